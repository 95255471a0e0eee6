//! Random catalogues and requirements for the planner: small ones for comparing, large ones for timing. The same seed gives
//! the same instance anywhere.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use stackwright_catalog::Catalog;
use stackwright_spec::host::{Capability, HostFacts};
use stackwright_spec::requirement::Requirement;

/// A generator of pseudo-random numbers (xorshift64*), so that no version of a library changes an instance.
pub struct Random(u64);

impl Random {
    /// The generator of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        usize::try_from(number).unwrap() % bound
    }

    /// True once in `often` times.
    pub fn once_in(&mut self, often: usize) -> bool {
        self.below(often) == 0
    }

    /// One of some things.
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    fn some<'a, T>(&mut self, list: &'a [T], often: usize) -> Vec<&'a T> {
        list.iter().filter(|_| self.once_in(often)).collect()
    }
}

/// A catalogue with a requirement and perhaps a host.
pub struct Instance {
    /// What is known.
    pub catalog: Catalog,
    /// What is required.
    pub requirement: Requirement,
    /// Where it must hold.
    pub host: Option<HostFacts>,
}

const WORDS: &[&str] = &[
    "I",
    "V",
    "F",
    "Cc",
    "G",
    "C",
    "S",
    "W",
    "We",
    "Ns",
    "Cg",
    "O",
    "V∘C",
    "V∘S∘C",
    "V∘C∘S",
    "F∘C",
    "G∘C",
    "G∘C∘S",
    "C∘V",
    "C∘S",
    "S∘C",
    "C∘W",
    "S∘W",
    "C∘S∘W",
    "M",
    "Am",
    "E",
    "Ist",
    "Otel",
    "P",
    "Gk",
];
const METRICS: &[(&str, &str)] = &[
    ("cold_start", "ms"),
    ("memory", "MB"),
    ("request_latency", "ms"),
    ("syscall_surface", ""),
    ("cpu_overhead", "%"),
];
const TARGETS: &[&str] = &["kubernetes", "oci", "host"];
const SCOPES: &[&str] = &["process", "process", "process", "oci-runtime", "cri", "unstated"];

fn file(kind: &str, key: &str, list: Vec<Value>) -> (String, Vec<u8>) {
    let value = json!({ "apiVersion": "stackwright/v1", "kind": kind, key: list });
    (format!("{kind}.yaml"), value.to_string().into_bytes())
}

/// The built-in files that say what operators, grades and metrics are.
fn fixed() -> Vec<(String, Vec<u8>)> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
    let names = ["operators.yaml", "grades.yaml", "metrics.yaml", "principles.yaml"];
    names.map(|n| (n.to_owned(), fs::read(data.join(n)).unwrap())).to_vec()
}

fn figure(random: &mut Random) -> Value {
    let typical = random.below(40) as f64 / 2.0;
    match random.below(6) {
        0 => json!({ "low": typical }),
        1 => json!({ "below": typical + 1.0 }),
        2 => json!({ "low": typical, "typical": typical + 1.0, "high": typical + 4.0 }),
        3 => json!({ "low": typical, "high": typical + 2.0 }),
        _ => json!({ "typical": typical }),
    }
}

fn record(id: &str, realization: &str, metric: (&str, &str), value: Value, random: &mut Random) -> Value {
    json!({
        "id": id,
        "subject": realization,
        "metric": metric.0,
        "unit": metric.1,
        "value": value,
        "scope": random.pick(SCOPES),
        "account": *random.pick(&["instance", "instance", "instance", "pod", "node"]),
        "conditions": "made up",
        "source": { "title": "made up" },
        "date": "2026",
        "kind": random.pick(&["claimed", "published", "measured"]),
    })
}

/// A small instance with everything in it that a rule can ask about.
pub fn small(seed: u64) -> Instance {
    let mut random = Random::new(seed);
    let technologies: Vec<String> = (0..6).map(|i| format!("t{i}")).collect();
    let needs = ["n0", "n1", "n2"];
    let listed = technologies
        .iter()
        .map(|id| json!({ "id": id, "name": id, "needs": random.some(&needs, 10), "source": { "title": "made up" } }));
    let listed: Vec<_> = listed.collect();
    let mut realizations = Vec::new();
    let mut records = Vec::new();
    let count = 4 + random.below(6);
    for index in 0..count {
        let id = format!("r{index}");
        let mut sources = Vec::new();
        let mut nothing = Vec::new();
        for (m, metric) in METRICS.iter().enumerate() {
            if random.once_in(6) {
                nothing.push(metric.0);
                continue;
            }
            let ids: Vec<String> = (0..random.below(3)).map(|e| format!("e{index}-{m}-{e}")).collect();
            for record_id in &ids {
                let value = figure(&mut random);
                records.push(record(record_id, &id, *metric, value, &mut random));
            }
            let reference = ids.first().filter(|_| random.once_in(2));
            let rest: Vec<_> = ids.iter().filter(|i| Some(*i) != reference).collect();
            sources.push(json!({ "metric": metric.0, "reference": reference, "evidence": rest }));
        }
        let mut words = vec![*random.pick(WORDS)];
        if random.once_in(3) {
            words.push(*random.pick(WORDS));
        }
        let mut realization = json!({
            "id": id,
            "summary": "made up",
            "words": words,
            "technologies": random.some(&technologies, 3),
            "targets": if random.once_in(6) { random.some(TARGETS, 2) } else { TARGETS.iter().collect() },
            "workloads": if random.once_in(6) { vec![*random.pick(&["linux-binary", "wasm-module"])] } else { vec![] },
            "requires_operators": random.some(&["I", "C", "M"], 8),
            "default": random.once_in(2),
            "metrics": sources,
            "adds_nothing_to": nothing,
        });
        if random.once_in(6) {
            realization["driver"] = json!("embedded-wasm");
        }
        if random.once_in(8) {
            realization["shared_by"] = json!("tenant");
        }
        if random.once_in(6) {
            realization["when"] = random
                .pick(&[
                    json!({ "domain": { "kernel": "hypervisor" } }),
                    json!({ "none": [{ "domain": { "layers": ["confinement"] } }] }),
                    json!({ "any": [{ "marks": ["admission"] }, { "domain": { "layers": ["namespaces"] } }] }),
                ])
                .clone();
        }
        realizations.push(realization);
    }
    let mut names: Vec<String> = technologies.clone();
    names.extend((0..count).map(|i| format!("r{i}")));
    let mut interactions: Vec<Value> = Vec::new();
    for i in 0..random.below(5) {
        let (subject, object) = (random.pick(&names).clone(), random.pick(&names).clone());
        let again = |o: &Value| {
            let ends = [&o["subject"], &o["object"]].map(|e| e.as_str().unwrap().to_owned());
            ends == [subject.clone(), object.clone()] || ends == [object.clone(), subject.clone()]
        };
        if subject != object && !interactions.iter().any(again) {
            interactions.push(json!({
                "id": format!("i{i}"),
                "subject": subject,
                "effect": random.pick(&["drops", "breaks", "degrades", "requires"]),
                "object": object,
                "note": "made up",
                "remedy": if random.once_in(3) { Some("a setting") } else { None },
                "source": { "title": "made up" },
            }));
        }
    }
    let mut files = fixed();
    files.push(file("Technologies", "technologies", listed));
    files.push(file("Realizations", "realizations", realizations));
    files.push(file("Interactions", "interactions", interactions));
    files.push(file("Evidence", "records", records));
    let catalog = Catalog::from_files(&files, "made up").unwrap_or_else(|e| panic!("seed {seed}: {e:?}"));
    let host = random.once_in(3).then(|| HostFacts {
        capabilities: needs
            .iter()
            .map(|name| (name, random.below(4)))
            .filter(|(_, fate)| *fate > 1)
            .map(|(name, fate)| Capability {
                name: (*name).to_owned(),
                ok: fate > 2,
                detail: "made up".to_owned(),
                remedy: Some("mend it".to_owned()),
            })
            .collect(),
        ..HostFacts::default()
    });
    let requirement = requirement(&mut random);
    let requirement = Requirement::read("r.yaml", requirement.to_string().as_bytes(), &catalog)
        .unwrap_or_else(|e| panic!("seed {seed}: {e:?}"));
    Instance {
        catalog,
        requirement,
        host,
    }
}

fn requirement(random: &mut Random) -> Value {
    let mut constraints = json!({});
    for (name, unit) in METRICS.iter() {
        if random.once_in(8) {
            let comparator = *random.pick(&["<", "<=", "<=", "<=", ">=", "="]);
            let bound = format!("{comparator} {}{unit}", random.below(60));
            constraints["metrics"][*name] = if random.once_in(3) {
                let mut all = json!({ "bound": bound, "scope": random.pick(&["process", "cri"]) });
                if random.once_in(2) {
                    all["account"] = json!("instance");
                } else if comparator.starts_with('<') {
                    all["per"] = json!("layer");
                }
                all
            } else {
                json!(bound)
            };
        }
    }
    for grade in ["latency", "security", "observability"] {
        if random.once_in(12) {
            let comparator = *random.pick(&[">=", ">=", ">=", "<=", "="]);
            constraints["grades"][grade] = json!(format!("{comparator} {}", 1 + random.below(5)));
        }
    }
    if random.once_in(8) {
        let relation = *random.pick(&["at_least", "exactly", "not"]);
        constraints["isolation"][relation] =
            json!(random.pick(&["operating-system", "user-kernel", "hardware", "language"]));
    }
    if random.once_in(10) {
        constraints["include"] = json!([random.pick(&["I", "C", "V", "M", "Otel", "Kc"])]);
    }
    if random.once_in(6) {
        constraints["exclude"] = json!([random.pick(&["S", "F", "G", "P"])]);
    }
    let needs = ["traffic-governance", "platform-filter", "l7-telemetry", "audit"];
    constraints["needs"] = json!(random.some(&needs, 16));
    let principles = [
        "container-target",
        "secure-default",
        "filter-inside",
        "wasm-needs-engine",
        "binary-needs-kernel",
    ];
    let workload = *random.pick(&["wasm", "binary"]);
    let technologies: Vec<String> = (0..6).map(|i| format!("t{i}")).collect();
    json!({
        "apiVersion": "stackwright/v1",
        "kind": "Requirement",
        "name": "made-up",
        "target": random.pick(TARGETS),
        "platform": { "with": random.some(&technologies, 20) },
        "workload": { workload: "file" },
        "constraints": constraints,
        "without": principles.iter().filter(|_| !random.once_in(5)).collect::<Vec<_>>(),
    })
}

/// What the realizations of a large instance implement, and how many share each word.
const SLOTS: &[(&str, usize)] = &[
    ("I", 20),
    ("C", 20),
    ("S", 15),
    ("C∘S", 15),
    ("V∘C", 15),
    ("V∘C∘S", 15),
    ("V∘S∘C", 10),
    ("G∘C", 10),
    ("F∘C", 10),
    ("M", 20),
    ("Am", 10),
    ("Otel", 20),
    ("P", 10),
    ("Gk", 10),
];

/// A large instance of 200 technologies, each with figures of three digits for all three objectives, of which `clashes`
/// pairs cannot be used together. The requirement wants a layer of every facet.
pub fn large(seed: u64, clashes: usize, body: &str) -> Instance {
    let mut random = Random::new(seed);
    let mut technologies = Vec::new();
    let mut realizations = Vec::new();
    let mut records = Vec::new();
    for (word, count) in SLOTS {
        for _ in 0..*count {
            let index = technologies.len();
            let id = format!("r{index}");
            technologies.push(json!({ "id": format!("t{index}"), "name": id, "source": { "title": "made up" } }));
            let mut sources = Vec::new();
            for (m, (metric, unit)) in METRICS.iter().take(3).enumerate() {
                let record_id = format!("e{index}-{m}");
                records.push(json!({
                    "id": record_id, "subject": id, "metric": metric, "unit": unit,
                    "value": { "typical": 1 + random.below(999) }, "scope": "process", "account": "instance",
                    "conditions": "made up", "source": { "title": "made up" }, "date": "2026", "kind": "published",
                }));
                sources.push(json!({ "metric": metric, "evidence": [record_id] }));
            }
            realizations.push(json!({
                "id": id, "summary": "made up", "words": [word], "technologies": [format!("t{index}")],
                "targets": TARGETS, "metrics": sources,
            }));
        }
    }
    let interactions = (0..clashes).map(|i| {
        let (subject, object) = (random.below(100), 100 + random.below(100));
        json!({
            "id": format!("i{i}"), "subject": format!("t{subject}"), "effect": "breaks", "object": format!("t{object}"),
            "note": "made up", "source": { "title": "made up" },
        })
    });
    let interactions: Vec<_> = interactions.collect();
    let mut files = fixed();
    files.push(file("Technologies", "technologies", technologies));
    files.push(file("Realizations", "realizations", realizations));
    files.push(file("Interactions", "interactions", interactions));
    files.push(file("Evidence", "records", records));
    let catalog = Catalog::from_files(&files, "made up").unwrap_or_else(|e| panic!("{e:?}"));
    let text = format!(
        "apiVersion: stackwright/v1\nkind: Requirement\nname: made-up\nworkload: {{ binary: file }}\ntarget: kubernetes\n{body}"
    );
    let requirement = Requirement::read("r.yaml", text.as_bytes(), &catalog).unwrap_or_else(|e| panic!("{e:?}"));
    Instance {
        catalog,
        requirement,
        host: None,
    }
}

/// A requirement that wants a layer of every facet.
pub const EVERYTHING: &str =
    "constraints: { needs: [traffic-governance, audit], include: [I, Otel], metrics: { cold_start: < 5s } }\n";
/// A requirement that wants nothing but what the target needs.
pub const NOTHING: &str = "constraints: {}\n";

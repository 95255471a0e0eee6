//! Checks of a requirement file: names, bounds, contradictions, each with its place.

use stackwright_algebra::OperatorId;
use stackwright_catalog::model::{Mechanism, Per, Role, Scope, WorkloadKind};
use stackwright_catalog::{Catalog, version};
use stackwright_text::yaml::Node;
use stackwright_text::yaml::Step::{self, Index, Key};
use stackwright_text::{Diagnostic, Source, nearest, suggestion};

use super::bands::bands;
use super::bound::{Bound, Comparator};
use super::file::{BoundFile, Bounds, ConstraintsFile, Preferences, RequirementFile, WorkloadFile};
use super::profile::{allows_any, excluded_needs};
use super::{
    GradeConstraint, GradeName, Installed, IsolationConstraint, IsolationRelation, MetricConstraint, Platform,
    Requirement, upholds,
};
use crate::findings::Findings;
use crate::workload::Port;

pub(super) struct Checker<'a> {
    catalog: &'a Catalog,
    pub(super) findings: Findings<'a>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(catalog: &'a Catalog, source: &'a Source, node: &'a Node) -> Self {
        Self {
            catalog,
            findings: Findings::new(source, node),
        }
    }

    pub(super) fn finish<T>(self, value: T) -> Result<T, Vec<Diagnostic>> {
        self.findings.finish(value)
    }

    pub(super) fn requirement(&mut self, file: RequirementFile) -> Requirement {
        let constraints = &file.constraints;
        let needs = self.needs(constraints);
        let mut metrics = self.metrics(constraints, &file.without);
        self.bands(&needs, &file.without, &mut metrics);
        let grades = self.grades(constraints);
        let isolation = self.isolation(constraints);
        let include = self.operators(&constraints.include, "include");
        let exclude = self.operators(&constraints.exclude, "exclude");
        for (i, id) in exclude.iter().enumerate().filter(|(_, id)| include.contains(id)) {
            let symbol = self.catalog.algebra().symbol(*id);
            let message = format!("`{symbol}` is both included and excluded");
            self.find(
                &[Key("constraints"), Key("exclude"), Index(i)],
                "requirement::contradiction",
                message,
            );
        }
        let principles: Vec<_> = self.catalog.data().principles.iter().map(|p| p.id.as_str()).collect();
        self.names(&file.without, &[Key("without")], "principle", &principles);
        self.preferences(&file.preferences);
        let workload_kind = self.workload(&file.workload);
        let platform = self.platform(&file);
        Requirement {
            name: self.name(file.name),
            workload_kind,
            facts: file
                .workload
                .facts
                .iter()
                .map(|fact| (*fact, "as the requirement says".to_owned()))
                .collect(),
            syscalls: self.syscalls(&file.workload),
            ports: self.ports(&file.workload),
            egress: self.egress(&file.workload),
            architecture: None,
            platform,
            workload: file.workload,
            target: file.target,
            metrics,
            grades,
            isolation,
            include,
            exclude,
            needs,
            regimes: file.constraints.regimes,
            without: file.without,
            preferences: file.preferences,
        }
    }

    fn find(&mut self, path: &[Step<'_>], code: &'static str, message: impl Into<String>) {
        self.findings.find(path, code, message, None);
    }

    fn find_help(&mut self, path: &[Step<'_>], code: &'static str, message: impl Into<String>, help: Option<String>) {
        self.findings.find(path, code, message, help);
    }

    /// A name becomes a folder's and a Kubernetes object's name, so it is a DNS label (RFC 1123).
    fn name(&mut self, name: String) -> String {
        let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
        let inner = name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if !(inner && edge(name.chars().next()) && edge(name.chars().last()) && name.len() <= 63) {
            let message = format!("`{name}` cannot be a name");
            let help = "use at most 63 lower-case letters, digits and inner hyphens, such as `edge-function`";
            self.find_help(&[Key("name")], "requirement::name", message, Some(help.to_owned()));
        }
        name
    }

    fn workload(&mut self, workload: &WorkloadFile) -> Option<WorkloadKind> {
        let given = [
            (&workload.wasm, "wasm", Some(WorkloadKind::WasmModule)),
            (&workload.binary, "binary", Some(WorkloadKind::LinuxBinary)),
            (&workload.image, "image", None),
            (&workload.score, "score", None),
            (&workload.manifest, "manifest", None),
        ];
        let given: Vec<_> = given
            .into_iter()
            .filter_map(|(value, key, kind)| value.as_ref().map(|v| (v, key, kind)))
            .collect();
        if given.len() > 1 {
            let keys: Vec<_> = given.iter().map(|(_, key, _)| format!("`{key}`")).collect();
            let message = format!("a workload is one thing, not {}", keys.join(" and "));
            self.find(&[Key("workload")], "requirement::workload", message);
        }
        for (value, key, _) in &given {
            if value.is_empty() {
                let message = format!("`{key}` is empty");
                self.find(&[Key("workload"), Key(key)], "requirement::workload", message);
            }
        }
        if let Some(image) = &workload.image
            && let Err(diagnostic) = crate::workload::image::Reference::parse(image)
        {
            let help = diagnostic.help().map(str::to_owned);
            let path = [Key("workload"), Key("image")];
            self.find_help(&path, diagnostic.code(), diagnostic.message(), help);
        }
        let follows = given.iter().find_map(|(_, _, kind)| *kind);
        if let (Some(follows), Some(stated)) = (follows, workload.kind)
            && follows != stated
        {
            let message = format!("the workload is {}, not {}", follows.title(), stated.title());
            self.find(&[Key("workload"), Key("kind")], "requirement::workload", message);
        }
        for (i, (name, _)) in workload.env.iter().enumerate() {
            if name.is_empty() || name.contains(['=', '\0']) {
                let message = format!("variable {} has an impossible name", i + 1);
                self.find(&[Key("workload"), Key("env")], "requirement::workload", message);
            }
        }
        // What is not said to be a module, and is in an image, is taken for Linux programs.
        let image = workload.image.is_some() || workload.score.is_some() || workload.manifest.is_some();
        workload.kind.or(follows).or(image.then_some(WorkloadKind::LinuxBinary))
    }

    fn ports(&mut self, workload: &WorkloadFile) -> Vec<Port> {
        let mut ports = Vec::new();
        for (i, text) in workload.ports.iter().enumerate() {
            match Port::parse(text) {
                Some(port) => ports.push(port),
                None => {
                    let message = format!("`{text}` is not a port");
                    let help = "write a number from 1 to 65535, with `/udp` after it if it is not TCP".to_owned();
                    let path = [Key("workload"), Key("ports"), Index(i)];
                    self.find_help(&path, "requirement::workload", message, Some(help));
                }
            }
        }
        ports
    }

    fn syscalls(&mut self, workload: &WorkloadFile) -> Vec<String> {
        let valid = |name: &str| {
            name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
                && name
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        };
        for (i, name) in workload.syscalls.iter().enumerate() {
            if !valid(name) {
                let path = [Key("workload"), Key("syscalls"), Index(i)];
                let message = format!("`{name}` cannot be a system call");
                let help = "write its name in lower case, such as `perf_event_open`".to_owned();
                self.find_help(&path, "requirement::workload", message, Some(help));
            }
        }
        workload.syscalls.clone()
    }

    fn platform(&mut self, file: &RequirementFile) -> Platform {
        let catalog = self.catalog;
        let given = &file.platform;
        let mut platform = Platform::default();
        let named = [
            (Role::Orchestrator, &given.orchestrator),
            (Role::Engine, &given.engine),
            (Role::Cni, &given.cni),
            (Role::Mesh, &given.mesh),
        ];
        for (role, text) in named {
            let Some(text) = text else { continue };
            let path = [Key("platform"), Key(role.name())];
            if text.trim() == "none" {
                platform.roles.insert(role, None);
                continue;
            }
            let known = catalog.data().technologies.iter().filter(|t| t.roles.contains(&role));
            let known: Vec<_> = known.map(|t| t.id.as_str()).collect();
            if let Some(id) = self.installed(text, &path, role.name(), &known, &mut platform) {
                platform.roles.insert(role, Some(id));
            }
        }
        let all: Vec<_> = catalog.data().technologies.iter().map(|t| t.id.as_str()).collect();
        for (i, text) in given.with.iter().enumerate() {
            let path = [Key("platform"), Key("with"), Index(i)];
            self.installed(text, &path, "technology", &all, &mut platform);
        }
        if let Some(version) = &given.kubernetes {
            let path = [Key("platform"), Key("kubernetes")];
            self.installed(
                &format!("kubernetes {version}"),
                &path,
                "technology",
                &all,
                &mut platform,
            );
        }
        let needs_one = file.target == stackwright_catalog::model::Target::Kubernetes;
        if needs_one && platform.roles.get(&Role::Orchestrator) == Some(&None) {
            let message = "the target is Kubernetes, but the platform has no orchestrator";
            let path = [Key("platform"), Key("orchestrator")];
            self.find(&path, "requirement::contradiction", message);
        }
        platform
    }

    /// Reads `name` or `name version`. Returns the name if it is known.
    fn installed(
        &mut self,
        text: &str,
        path: &[Step<'_>],
        what: &str,
        known: &[&str],
        platform: &mut Platform,
    ) -> Option<String> {
        let (name, version) = match text.trim().split_once(char::is_whitespace) {
            Some((name, version)) => (name, Some(version.trim())),
            None => (text.trim(), None),
        };
        if let Some(version) = version
            && version::numbers(version).is_none()
        {
            let message = format!("`{version}` is not a version");
            let help = format!("write numbers with points between them: `{name} 1.34`");
            self.find_help(path, "requirement::platform", message, Some(help));
        }
        if !known.contains(&name) {
            let help = suggestion(name, known);
            self.find_help(
                path,
                "requirement::platform",
                format!("unknown {what} `{name}`"),
                Some(help),
            );
            return None;
        }
        let version = version.map(str::to_owned);
        platform.installed.insert(name.to_owned(), Installed { version });
        Some(name.to_owned())
    }

    /// Needs that are stated and those that regimes ask for, by their names in the catalogue.
    fn needs(&mut self, constraints: &ConstraintsFile) -> Vec<String> {
        let catalog = self.catalog;
        let known: Vec<_> = catalog.data().needs.iter().map(|n| n.name.as_str()).collect();
        let base = [Key("constraints"), Key("needs")];
        let mut needs: Vec<String> = Vec::new();
        let given = &constraints.needs;
        let stated = given.stated.iter().map(|name| (name, true));
        let all = stated.chain(given.denied.iter().map(|name| (name, false)));
        for (i, (written, needed)) in all.enumerate() {
            let name = written.replace('_', "-");
            let step = if given.is_mapping { Key(written) } else { Index(i) };
            let path = [base.as_slice(), &[step]].concat();
            if !known.contains(&name.as_str()) {
                let help = suggestion(&name, &known);
                self.find_help(
                    &path,
                    "requirement::name",
                    format!("unknown need `{written}`"),
                    Some(help),
                );
            } else if needed && !needs.contains(&name) {
                needs.push(name);
            }
        }
        if let Some(owner) = constraints.filter_owner
            && !needs.iter().any(|n| n == owner.need())
        {
            needs.push(owner.need().to_owned());
        }
        let regimes: Vec<_> = catalog.data().regimes.iter().map(|r| r.id.as_str()).collect();
        self.names(
            &constraints.regimes,
            &[Key("constraints"), Key("regimes")],
            "compliance regime",
            &regimes,
        );
        for ask in constraints
            .regimes
            .iter()
            .filter_map(|id| catalog.regime(id))
            .flat_map(|r| &r.asks)
        {
            if given.denied.iter().any(|name| name.replace('_', "-") == ask.need) {
                let message = format!("`{}` is said not to be needed, but a regime asks for it", ask.need);
                let help = format!("control {}: {}", ask.control, ask.because);
                self.find_help(&base, "requirement::contradiction", message, Some(help));
            }
            if !needs.contains(&ask.need) {
                needs.push(ask.need.clone());
            }
        }
        for (need, excluded) in excluded_needs(catalog, &needs) {
            let message = format!("`{need}` and `{excluded}` cannot both be needed");
            self.find(&[Key("constraints")], "requirement::contradiction", message);
        }
        needs
    }

    /// Adds the bounds that principles give to words of quantity.
    fn bands(&mut self, needs: &[String], without: &[String], metrics: &mut Vec<MetricConstraint>) {
        match bands(self.catalog, needs, without) {
            Ok(found) => metrics.extend(found),
            Err(diagnostic) => self.findings.add(diagnostic),
        }
        let of_bands = |m: &&MetricConstraint| m.principle.is_some();
        let impossible = metrics.iter().filter(of_bands).find_map(|band| {
            let other = metrics
                .iter()
                .find(|m| m.is_about(band) && m.bound.contradicts(&band.bound))?;
            Some(format!(
                "{} cannot be `{}` and `{}` at once",
                band.metric, other.bound, band.bound
            ))
        });
        if let Some(message) = impossible {
            self.find(&[Key("constraints")], "requirement::contradiction", message);
        }
    }

    fn metrics(&mut self, constraints: &ConstraintsFile, without: &[String]) -> Vec<MetricConstraint> {
        let counts_shared = !upholds(self.catalog, without, Mechanism::PerInstance);
        let own_scope = upholds(self.catalog, without, Mechanism::DefaultScope);
        let known: Vec<_> = self.catalog.data().metrics.iter().map(|m| m.name.as_str()).collect();
        let mut list = Vec::new();
        for (name, bounds) in &constraints.metrics {
            let path = [Key("constraints"), Key("metrics"), Key(name)];
            let Some(metric) = self.catalog.metric(name) else {
                let help = suggestion(name, &known);
                self.find_help(
                    &path,
                    "requirement::metric",
                    format!("unknown metric `{name}`"),
                    Some(help),
                );
                continue;
            };
            let mut own: Vec<MetricConstraint> = Vec::new();
            let defaults = interval(bounds);
            for (i, bound) in bounds.items().enumerate() {
                let path = self.bound_path(&path, bounds.is_list(), i, bound);
                let default = defaults.map_or(Comparator::AtMost, |d| if i == 0 { d.0 } else { d.1 });
                let default_scope = if own_scope {
                    metric.default_scope
                } else {
                    Scope::PodReady
                };
                match Bound::quantity_or(bound.text(), &metric.unit, default) {
                    Ok(parsed) => own.push(MetricConstraint {
                        metric: name.clone(),
                        bound: parsed,
                        scope: bound.scope.unwrap_or(default_scope),
                        scope_stated: bound.scope.is_some(),
                        account: bound.account,
                        per: bound.per,
                        counts_shared,
                        principle: None,
                    }),
                    Err(diagnostic) => {
                        let help = diagnostic.help().map(str::to_owned);
                        self.find_help(&path, diagnostic.code(), diagnostic.message(), help);
                    }
                }
            }
            for bound in own
                .iter()
                .filter(|c| c.per == Per::Layer && c.bound.comparator.is_lower())
            {
                let message = format!("`{}` for each layer cannot be judged", bound.bound);
                let help = "a layer may cost nothing, so a bound for each layer is one from above".to_owned();
                self.find_help(&path, "requirement::bound", message, Some(help));
            }
            let empty = own.iter().enumerate().find_map(|(i, a)| {
                own.iter()
                    .skip(i + 1)
                    .find(|b| a.is_about(b) && a.bound.contradicts(&b.bound))
                    .map(|b| format!("{name} cannot be `{}` and `{}` at once", a.bound.text, b.bound.text))
            });
            if let Some(message) = empty {
                self.find(&path, "requirement::contradiction", message);
            }
            list.extend(own);
        }
        list
    }

    /// The node that holds a bound's text.
    fn bound_path<'p>(&self, path: &[Step<'p>], list: bool, index: usize, bound: &BoundFile) -> Vec<Step<'p>> {
        let mut path = path.to_vec();
        if list {
            path.push(Index(index));
        }
        if bound.is_mapping {
            path.push(Key("bound"));
        }
        path
    }

    fn grades(&mut self, constraints: &ConstraintsFile) -> Vec<GradeConstraint> {
        let known = GradeName::ALL.map(GradeName::name);
        let mut list: Vec<GradeConstraint> = Vec::new();
        for (name, bounds) in &constraints.grades {
            let path = [Key("constraints"), Key("grades"), Key(name)];
            let Some(grade) = GradeName::ALL.into_iter().find(|g| g.name() == name) else {
                let help = suggestion(name, &known);
                self.find_help(
                    &path,
                    "requirement::grade",
                    format!("unknown grade `{name}`"),
                    Some(help),
                );
                continue;
            };
            for (i, bound) in bounds.items().enumerate() {
                let path = self.bound_path(&path, bounds.is_list(), i, bound);
                let misplaced = bound.scope.is_some() || bound.account.is_some() || bound.per != Per::Stack;
                if misplaced {
                    let message = "a grade has neither a scope nor a unit of account";
                    self.find(&path, "requirement::bound", message);
                }
                match Bound::grade(bound.text()) {
                    Ok(parsed) => {
                        let other = list.iter().find(|g| g.grade == grade && g.bound.contradicts(&parsed));
                        if let Some(other) = other {
                            let message = format!("the {name} grade cannot be `{}` and `{parsed}`", other.bound);
                            self.find(&path, "requirement::contradiction", message);
                        }
                        list.push(GradeConstraint { grade, bound: parsed });
                    }
                    Err(diagnostic) => {
                        let help = diagnostic.help().map(str::to_owned);
                        self.find_help(&path, diagnostic.code(), diagnostic.message(), help);
                    }
                }
            }
        }
        list
    }

    fn isolation(&mut self, constraints: &ConstraintsFile) -> Vec<IsolationConstraint> {
        let catalog = self.catalog;
        let classes: Vec<_> = catalog.rules().isolation_classes().collect();
        let mut list = Vec::new();
        let Some(given) = &constraints.isolation else {
            return list;
        };
        let one = |class: &Option<String>| class.iter().cloned().collect::<Vec<_>>();
        for (key, relation, names, is_list) in [
            ("at_least", IsolationRelation::AtLeast, one(&given.at_least), false),
            ("exactly", IsolationRelation::Exactly, one(&given.exactly), false),
            ("not", IsolationRelation::Not, given.not.list.clone(), given.not.is_list),
        ] {
            for (i, class) in names.iter().enumerate() {
                let mut path = vec![Key("constraints"), Key("isolation"), Key(key)];
                if is_list {
                    path.push(Index(i));
                }
                match classes.iter().position(|c| c == class) {
                    Some(rank) => list.push(IsolationConstraint {
                        relation,
                        class: class.clone(),
                        rank,
                    }),
                    None => {
                        let help = suggestion(class, &classes);
                        let message = format!("unknown isolation class `{class}`");
                        self.find_help(&path, "requirement::isolation", message, Some(help));
                    }
                }
            }
        }
        if !allows_any(&list, catalog) {
            let message = "no isolation class fulfils all of these at once";
            self.find(
                &[Key("constraints"), Key("isolation")],
                "requirement::contradiction",
                message,
            );
        }
        list
    }

    fn operators(&mut self, symbols: &[String], key: &'static str) -> Vec<OperatorId> {
        let algebra = self.catalog.algebra();
        let mut ids = Vec::new();
        for (i, symbol) in symbols.iter().enumerate() {
            match algebra.find(symbol) {
                Some(id) => ids.push(id),
                None => {
                    let known = algebra.operators().iter().map(|o| o.symbol.as_str());
                    let help = nearest(symbol, known).map(|n| format!("did you mean `{n}`?"));
                    let path = [Key("constraints"), Key(key), Index(i)];
                    let message = format!("unknown operator `{symbol}`");
                    self.find_help(&path, "expression::unknown-operator", message, help);
                }
            }
        }
        ids
    }

    fn names(&mut self, names: &[String], path: &[Step<'_>], what: &str, known: &[&str]) {
        for (i, name) in names.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let path = [path, &[Index(i)]].concat();
                let help = suggestion(name, known);
                self.find_help(
                    &path,
                    "requirement::name",
                    format!("unknown {what} `{name}`"),
                    Some(help),
                );
            }
        }
    }

    fn preferences(&mut self, preferences: &Preferences) {
        let known: Vec<_> = self.catalog.data().metrics.iter().map(|m| m.name.as_str()).collect();
        let base = Key("preferences");
        self.names(&preferences.order, &[base, Key("order")], "metric", &known);
        for (name, weight) in &preferences.weights {
            let path = [base, Key("weights"), Key(name)];
            if !known.contains(&name.as_str()) {
                let help = suggestion(name, &known);
                self.find_help(
                    &path,
                    "requirement::metric",
                    format!("unknown metric `{name}`"),
                    Some(help),
                );
            }
            if !(weight.is_finite() && *weight >= 0.0) {
                let message = format!("a weight is a number from 0, found `{weight}`");
                self.find(&path, "requirement::weight", message);
            }
        }
        if !preferences.order.is_empty() && !preferences.weights.is_empty() {
            let message = "preferences are either an `order` or `weights`, not both";
            self.find(&[base], "requirement::contradiction", message);
        }
    }
}

/// For a list of two quantities without comparators, an interval: from the first to the second.
fn interval(bounds: &Bounds) -> Option<(Comparator, Comparator)> {
    match bounds {
        Bounds::Many(list) if list.len() == 2 && !list.iter().any(|b| Bound::is_compared(b.text())) => {
            Some((Comparator::AtLeast, Comparator::AtMost))
        }
        _ => None,
    }
}

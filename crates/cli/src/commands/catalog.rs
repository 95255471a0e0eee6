//! `catalog`: what is known, and checks of data files.

mod export;

use std::path::PathBuf;
use std::time::Instant;

use serde::Serialize;
use serde_json::{Value, json};
use stackwright::algebra::{Automaton, NotCongruent};
use stackwright::model::Kind;
use stackwright::overlay::{self, OverlayFile};
use stackwright::spec::requirement::{FleetFile, RequirementFile};
use stackwright::{Catalog, Diagnostic, Severity, suggestion};
use stackwright_locale::{Locale, say};

use crate::arguments::{self, Listed};
use crate::chosen::Chosen;
use crate::failure::{BAD_INPUT, Failure};
use crate::output::{Output, diagnostic_json, padded};

/// Carries out `catalog`.
pub fn run(arguments: &arguments::Catalog, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    match arguments {
        arguments::Catalog::Validate { paths } => validate(paths, chosen, output),
        arguments::Catalog::Schema { kind } => schema(kind.as_deref(), output),
        arguments::Catalog::List { what } => list(*what, chosen, output),
        arguments::Catalog::Show => show(chosen, output),
        arguments::Catalog::Export { rules } => export::run(*rules, chosen, output),
    }
}

fn validate(paths: &[PathBuf], chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let given: Result<Vec<_>, _> = paths.iter().map(|p| overlay::read(p)).collect();
    let given = given?;
    let own: Vec<OverlayFile> = given.iter().flat_map(|o| o.files.clone()).collect();
    let mut overlays = chosen.overlays()?;
    let whole = overlay::is_whole(&own);
    let files = own.len() + overlays.iter().map(|o| o.files.len()).sum::<usize>();
    let checked = if whole {
        let files: Vec<_> = own.into_iter().map(|f| (f.name, f.bytes)).collect();
        Catalog::from_files(&files, "")
    } else if given.is_empty() && overlays.is_empty() {
        let what = say!(output.locale(), "catalog-builtin");
        return valid(Catalog::builtin()?, &what, 0, output);
    } else {
        overlays.extend(given);
        Catalog::with_overlays(&overlays)
    };
    match checked {
        Ok(catalog) => {
            for warning in catalog.warnings() {
                output.warning(warning);
            }
            let names: Vec<_> = catalog.overlays().iter().map(|o| o.name.as_str()).collect();
            let what = match names.as_slice() {
                [] => say!(output.locale(), "catalog-files", files = files),
                names => say!(
                    output.locale(),
                    "catalog-overlay",
                    files = files,
                    names = names.join(", ")
                ),
            };
            valid(&catalog, &what, files, output)
        }
        Err(diagnostics) => {
            if output.is_json() {
                let of = |severity| {
                    let list = diagnostics.iter().filter(|d| d.severity() == severity);
                    list.map(diagnostic_json).collect::<Vec<_>>()
                };
                output.json(&json!({
                    "schema": "stackwright/catalog-validate/v1",
                    "ok": false,
                    "files": files,
                    "errors": of(Severity::Error),
                    "warnings": of(Severity::Warning),
                }));
            }
            Err(diagnostics.into())
        }
    }
}

/// Reports that a catalogue is in order, once equality is proved to be a congruence.
fn valid(catalog: &Catalog, what: &str, files: usize, output: &mut Output) -> Result<u8, Failure> {
    let proof = Proof::of(catalog)?;
    let data = catalog.data();
    if output.is_json() {
        output.json(&json!({
            "schema": "stackwright/catalog-validate/v1",
            "ok": true,
            "files": files,
            "overlays": catalog.overlays(),
            "operators": data.operators.len(),
            "technologies": data.technologies.len(),
            "realizations": data.realizations.len(),
            "interactions": data.interactions.len(),
            "evidence": data.evidence.len(),
            "congruence": proof.json(),
            "errors": [],
            "warnings": catalog.warnings().iter().map(diagnostic_json).collect::<Vec<_>>(),
        }));
    } else {
        let locale = output.locale();
        let verdict = match catalog.warnings().len() {
            0 => say!(locale, "catalog-well"),
            count => say!(locale, "catalog-warnings", count = count),
        };
        output.line(format!("{what}: {}; {verdict}", counts(catalog, locale)));
        output.line(proof.text(locale));
    }
    Ok(0)
}

fn counts(catalog: &Catalog, locale: &Locale) -> String {
    let data = catalog.data();
    say!(
        locale,
        "catalog-counts",
        operators = data.operators.len(),
        technologies = data.technologies.len(),
        realizations = data.realizations.len(),
        interactions = data.interactions.len(),
        evidence = data.evidence.len()
    )
}

/// That equality is a congruence, and what it took to prove it.
struct Proof {
    equations: usize,
    pairs: usize,
    milliseconds: f64,
}

impl Proof {
    fn of(catalog: &Catalog) -> Result<Self, Failure> {
        let start = Instant::now();
        let proof = catalog.automaton().congruence(catalog.algebra()).map_err(|why| {
            let message = match why {
                NotCongruent::TooLarge { equations } => format!("{equations} equations are too many to decide"),
                NotCongruent::Counterexample { context, .. } => {
                    let context = catalog.algebra().display(&context);
                    format!("equal words are not equal after {context}")
                }
            };
            Failure::new(Diagnostic::new("overlay::congruence", message), BAD_INPUT)
        })?;
        Ok(Self {
            equations: proof.equations,
            pairs: proof.pairs,
            milliseconds: milliseconds(start),
        })
    }

    fn json(&self) -> Value {
        json!({ "proved": true, "equations": self.equations, "pairs": self.pairs, "milliseconds": self.milliseconds })
    }

    fn text(&self, locale: &Locale) -> String {
        let proved = say!(
            locale,
            "catalog-proved",
            equations = self.equations,
            pairs = self.pairs,
            milliseconds = format!("{:.1}", self.milliseconds)
        );
        format!("  {proved}")
    }
}

fn milliseconds(start: Instant) -> f64 {
    (start.elapsed().as_secs_f64() * 1e4).round() / 10.0
}

fn schema(kind: Option<&str>, output: &mut Output) -> Result<u8, Failure> {
    const REQUIREMENT: &str = "Requirement";
    const FLEET: &str = "FleetRequirement";
    let mut names: Vec<_> = Kind::ALL.iter().map(|k| k.name()).collect();
    names.extend([REQUIREMENT, FLEET]);
    let Some(name) = kind else {
        for name in names {
            output.line(name);
        }
        return Ok(0);
    };
    if name == REQUIREMENT {
        output.json(&RequirementFile::schema());
        return Ok(0);
    }
    if name == FLEET {
        output.json(&FleetFile::schema());
        return Ok(0);
    }
    let Some(kind) = Kind::ALL.iter().find(|k| k.name() == name) else {
        return Err(Diagnostic::new("catalog::kind", format!("unknown kind `{name}`"))
            .with_help(suggestion(name, &names))
            .into());
    };
    output.json(&kind.schema());
    Ok(0)
}

fn list(what: Listed, chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let locale = output.locale();
    let language = locale.language();
    let data = catalog.data();
    match what {
        Listed::Operators => rows(output, &data.operators, |o| {
            let name = padded(o.name.get(language), 24);
            format!("{:<5} {name} {}", o.symbol, o.summary.get(language))
        }),
        Listed::Technologies => rows(output, &data.technologies, |t| format!("{:<28} {}", t.id, t.name)),
        Listed::Realizations => rows(output, &data.realizations, |r| {
            let summary = locale.told(&r.summary);
            format!("{:<32} {:<14} {summary}", r.id, r.words.join(" "))
        }),
        Listed::Metrics => rows(output, &data.metrics, |m| {
            let definition = locale.told(&m.definition);
            format!("{:<18} {:<4} {definition}", m.name, m.unit)
        }),
        Listed::Needs => rows(output, &data.needs, |n| {
            format!("{:<20} {}", n.name, locale.told(&n.summary))
        }),
        Listed::Principles => rows(output, &data.principles, |p| {
            let demand = locale.told(&p.demand.to_string());
            let what = say!(
                locale,
                "catalog-principle",
                demand = demand,
                because = locale.told(&p.because.to_string())
            );
            format!("{:<24} {what}", p.id)
        }),
        Listed::Regimes => rows(output, &data.regimes, |r| {
            let controls: Vec<_> = r.asks.iter().map(|a| format!("{} {}", a.control, a.need)).collect();
            format!("{:<18} {}: {}", r.id, r.name.get(language), controls.join(", "))
        }),
        Listed::Profiles => rows(output, &data.profiles, |p| {
            let reading: Vec<_> = p
                .reading
                .iter()
                .map(|r| {
                    let meaning = locale.told(&r.taken_for);
                    say!(locale, "catalog-taken-for", word = r.word.as_str(), meaning = meaning)
                })
                .collect();
            format!("{:<28} {}: {}", p.id, p.name.get(language), reading.join("; "))
        }),
        Listed::Evidence => rows(output, &data.evidence, |e| {
            format!(
                "{:<40} {:<16} {:<12} {} {}  {}, {}, {}",
                e.id,
                e.metric,
                e.scope.name(),
                e.value,
                e.unit,
                locale.told(e.kind.name()),
                e.source.title,
                e.date
            )
        }),
    }
    Ok(0)
}

fn rows<T: Serialize>(output: &mut Output, items: &[T], row: impl Fn(&T) -> String) {
    if output.is_json() {
        output.json(&items);
        return;
    }
    for item in items {
        output.line(row(item));
    }
}

fn show(chosen: &Chosen, output: &mut Output) -> Result<u8, Failure> {
    let catalog = chosen.get(output)?;
    let start = Instant::now();
    // Built once more, to see how long it takes here and now.
    Automaton::compile(catalog.algebra()).map_err(|why| Diagnostic::new("catalog::operators", why))?;
    let build = milliseconds(start);
    let proof = Proof::of(catalog)?;
    let size = catalog.automaton().size();
    let data = catalog.data();
    if output.is_json() {
        output.json(&json!({
            "schema": "stackwright/catalog-show/v1",
            "hash": catalog.hash(),
            "overlays": catalog.overlays(),
            "operators": data.operators.len(),
            "technologies": data.technologies.len(),
            "realizations": data.realizations.len(),
            "interactions": data.interactions.len(),
            "evidence": data.evidence.len(),
            "automaton": {
                "domain_states": size.domain_states,
                "states": size.states,
                "transitions": size.transitions,
                "mark_states": size.mark_states,
                "build_milliseconds": build,
            },
            "congruence": proof.json(),
        }));
        return Ok(0);
    }
    let locale = output.locale();
    output.line(say!(locale, "catalog-hash", hash = catalog.hash()));
    for overlay in catalog.overlays() {
        let (name, hash) = (overlay.name.as_str(), overlay.hash.as_str());
        output.line(format!(
            "  {}",
            say!(locale, "catalog-overlay-hash", name = name, hash = hash)
        ));
    }
    output.line(format!("  {}", counts(catalog, locale)));
    let automaton = say!(
        locale,
        "catalog-automaton",
        domains = size.domain_states,
        states = size.states,
        transitions = size.transitions,
        marks = size.mark_states,
        milliseconds = format!("{build:.1}")
    );
    output.line(format!("  {automaton}"));
    output.line(proof.text(locale));
    Ok(0)
}

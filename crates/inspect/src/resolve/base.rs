//! What a workload runs in: its kind or its runtime class says so.

use stackwright_catalog::model::{HandlerRule, ReferenceRole, VariantRule};

use super::{Answer, Claim, Found, Resolver, is_placeholder};
use crate::facts::{Spot, Text};
use crate::report::Unknown;
use crate::tree::Place;

/// Where the handler's name was found.
struct Named<'f> {
    file: Option<&'f str>,
    path: String,
    place: Place,
    why: String,
}

impl<'f, 'c> Resolver<'f, 'c> {
    pub(super) fn base(&self, answer: &mut Answer<'f, 'c>) {
        let workload = answer.workload;
        if let Some(elsewhere) = &workload.elsewhere {
            answer.unknown.push(Unknown {
                operators: Vec::new(),
                what: format!("the pod template is in another object, `{}`", elsewhere.value),
                settle: "give that object".to_owned(),
                assumed: false,
            });
        }
        if self.of_kind(answer) {
            return;
        }
        let Some(runtime) = &workload.runtime else {
            let path = self.spec_path(workload, "");
            self.run_by(
                answer,
                "",
                workload.place,
                path,
                None,
                "no runtime class is named, so it is the node's default",
            );
            return;
        };
        let key = if workload.service {
            "runtime"
        } else {
            "runtimeClassName"
        };
        let path = self.spec_path(workload, key);
        if is_placeholder(&runtime.value) {
            let what = format!("the runtime class is filled in later: `{}`", runtime.value);
            self.unsettled(answer, runtime, path, what, "render the template, or give its value");
        } else if workload.service {
            self.by_handler(answer, runtime, &path);
        } else {
            self.by_class(answer, runtime, path);
        }
    }

    /// Kinds that say themselves what they run in.
    fn of_kind(&self, answer: &mut Answer<'f, 'c>) -> bool {
        let workload = answer.workload;
        let Some(paths) = self.rules.workloads.get(usize::from(workload.rule)) else {
            return false;
        };
        let variants = workload.variants.iter();
        let variants = variants.filter_map(|(i, place)| Some((paths.rule.variants.get(usize::from(*i))?, *place)));
        let (more, other): (Vec<_>, Vec<_>) = variants.partition(|(rule, _)| rule.adds);
        let own = paths.rule.key.is_some() && !paths.rule.services;
        if paths.operators.is_empty() && more.is_empty() && other.is_empty() && !own {
            return false;
        }
        if let Some((rule, place)) = other.first() {
            self.of_field(answer, rule, *place, &paths.rule.technologies);
        } else if !paths.operators.is_empty() {
            let because = paths.rule.because.as_deref().unwrap_or("its kind says so");
            for symbol in self.symbols(&paths.operators) {
                answer.prove(&symbol, None, "kind".to_owned(), workload.place, because);
            }
            answer.claims.push(Claim {
                operators: paths.operators.clone(),
                technologies: paths.rule.technologies.iter().map(String::as_str).collect(),
                void: false,
            });
        }
        for (rule, place) in more {
            self.of_field(answer, rule, place, &[]);
        }
        true
    }

    fn of_field(&self, answer: &mut Answer<'f, 'c>, rule: &VariantRule, place: Place, technologies: &'c [String]) {
        let path = self.spec_path(answer.workload, &rule.field);
        for symbol in &rule.operators {
            answer.prove(symbol, None, path.clone(), place, &rule.because);
        }
        let technologies = technologies.iter().map(String::as_str).collect();
        answer.claims.push(self.claimed(&rule.operators, technologies));
    }

    fn by_handler(&self, answer: &mut Answer<'f, 'c>, runtime: &Spot, path: &str) {
        let why = format!("the runtime is `{}`", runtime.value);
        match self.rules.handler(&runtime.value) {
            Some(_) => self.run_by(answer, &runtime.value, runtime.place, path.to_owned(), None, &why),
            None => {
                let what = format!("the runtime `{}` is not known", runtime.value);
                self.unsettled(answer, runtime, path.to_owned(), what, "find out what it is");
            }
        }
    }

    fn by_class(&self, answer: &mut Answer<'f, 'c>, runtime: &'f Spot, path: String) {
        let name = &runtime.value;
        let class = self.class(name, &answer.workload.file);
        if let Found::Here(class) = class
            && let Some(handler) = &class.value
            && self.rules.handler(&handler.value).is_some()
        {
            let why = format!("the runtime class `{name}` is run by the handler `{}`", handler.value);
            let file = Some(&*class.file);
            let symbol_path = class.path.to_string();
            self.run_by(answer, &handler.value, handler.place, symbol_path, file, &why);
            self.prove_class(answer, name, path, runtime.place);
            return;
        }
        let (given, settle) = match class {
            Found::Here(class) => {
                let handler = class.value.as_ref().map_or("", |v| &v.value);
                (
                    format!("the handler `{handler}` of the runtime class `{name}` is not known"),
                    "the node's runtime configuration",
                )
            }
            Found::Elsewhere(_) => (
                format!("the runtime class `{name}` is defined, but in another file, which may be for another cluster"),
                "say that all files are of one cluster",
            ),
            Found::Nowhere if self.is_withheld(ReferenceRole::RuntimeClass) => (
                format!("the runtime class `{name}` may not be read"),
                "the right to list runtime classes",
            ),
            Found::Nowhere => (
                format!("the runtime class `{name}` is not defined here"),
                "the RuntimeClass, as from `kubectl get runtimeclass -o yaml`",
            ),
        };
        if self.rules.handler(name).is_some() {
            let why = format!("the runtime class `{name}` has the name of a well-known one");
            self.run_by(answer, name, runtime.place, path, None, &why);
            self.assume(
                answer,
                format!("{given}; what its name stands for by convention is assumed"),
                settle,
            );
        } else {
            self.unsettled(answer, runtime, path, given, settle);
        }
    }

    fn prove_class(&self, answer: &mut Answer<'f, 'c>, name: &Text, path: String, place: Place) {
        let symbols: Vec<String> = answer.evidence.iter().map(|e| e.operator.clone()).collect();
        for symbol in symbols {
            answer.prove(
                &symbol,
                None,
                path.clone(),
                place,
                &format!("the pod names the runtime class `{name}`"),
            );
        }
    }

    fn assume(&self, answer: &mut Answer<'f, 'c>, what: String, settle: &str) {
        let operators = answer
            .claims
            .last()
            .map(|c| self.symbols(&c.operators))
            .unwrap_or_default();
        answer.unknown.push(Unknown {
            operators,
            what,
            settle: settle.to_owned(),
            assumed: true,
        });
    }

    /// Claims what a known handler gives.
    fn run_by(
        &self,
        answer: &mut Answer<'f, 'c>,
        handler: &str,
        place: Place,
        path: String,
        file: Option<&str>,
        why: &str,
    ) {
        let Some(rule) = self.rules.handler(handler) else {
            return;
        };
        self.claim_handler(
            answer,
            rule,
            &Named {
                file,
                path,
                place,
                why: why.to_owned(),
            },
        );
        if let Some(unsettled) = &rule.unsettled {
            self.assume(answer, unsettled.clone(), "the node's runtime configuration");
        }
    }

    fn claim_handler(&self, answer: &mut Answer<'f, 'c>, rule: &'c HandlerRule, named: &Named<'_>) {
        let operators: Vec<_> = rule.operators.iter().collect();
        let technologies: Vec<_> = rule.technologies.iter().map(String::as_str).collect();
        let symbols = self.give(answer, &operators, &technologies, &rule.instead, None);
        for symbol in &symbols {
            answer.prove(symbol, named.file, named.path.clone(), named.place, &named.why);
        }
    }

    /// A container at least, and nothing is known beyond that.
    fn unsettled(&self, answer: &mut Answer<'f, 'c>, runtime: &Spot, path: String, what: String, settle: &str) {
        let why = "every runtime class runs a container; what is around it is not known";
        self.run_by(answer, "", runtime.place, path, None, why);
        answer.unknown.push(Unknown {
            operators: Vec::new(),
            what,
            settle: settle.to_owned(),
            assumed: false,
        });
    }
}

//! Requirements: what a workload needs of its isolation stack, with numbers.

mod bound;
mod file;

use stackwright_algebra::OperatorId;
use stackwright_catalog::Catalog;
use stackwright_catalog::model::{Account, Scope, Target, WorkloadKind};
use stackwright_text::yaml::Step::{self, Index, Key};
use stackwright_text::yaml::{Node, parse_bytes};
use stackwright_text::{Diagnostic, Source, Span, decode, nearest, suggestion};

pub use bound::{Bound, Comparator};
pub use file::{ApiVersion, Preferences, RequirementFile, RequirementKind, WorkloadFile};
use file::{BoundFile, ConstraintsFile};

/// A checked requirement.
#[derive(Clone, Debug, PartialEq)]
pub struct Requirement {
    /// Its name, which the bundle takes over.
    pub name: String,
    /// What is to be isolated.
    pub workload: WorkloadFile,
    /// What sort of thing that is.
    pub workload_kind: WorkloadKind,
    /// What the plan is emitted for.
    pub target: Target,
    /// Bounds on metrics.
    pub metrics: Vec<MetricConstraint>,
    /// Bounds on grades.
    pub grades: Vec<GradeConstraint>,
    /// Conditions on the isolation class.
    pub isolation: Vec<IsolationConstraint>,
    /// Operators that the stack must have.
    pub include: Vec<OperatorId>,
    /// Operators that it must not have.
    pub exclude: Vec<OperatorId>,
    /// Stated needs.
    pub needs: Vec<String>,
    /// Principles that are turned off.
    pub without: Vec<String>,
    /// What matters beyond the constraints.
    pub preferences: Preferences,
}

/// A bound on a metric.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricConstraint {
    /// The metric.
    pub metric: String,
    /// The bound, in the metric's unit.
    pub bound: Bound,
    /// The scope at which it is judged.
    pub scope: Scope,
    /// Whether the requirement named the scope; else it is the metric's default.
    pub scope_stated: bool,
    /// The unit of account, if the requirement named one; else every instance's own.
    pub account: Option<Account>,
}

/// A grade.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GradeName {
    /// Latency.
    Latency,
    /// Security.
    Security,
    /// Observability.
    Observability,
}

impl GradeName {
    /// Every grade.
    pub const ALL: [Self; 3] = [Self::Latency, Self::Security, Self::Observability];

    /// The name in requirements and output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Latency => "latency",
            Self::Security => "security",
            Self::Observability => "observability",
        }
    }
}

/// A bound on a grade.
#[derive(Clone, Debug, PartialEq)]
pub struct GradeConstraint {
    /// The grade.
    pub grade: GradeName,
    /// The bound.
    pub bound: Bound,
}

/// A condition on the isolation class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsolationConstraint {
    /// How the stack's class must stand to it.
    pub relation: IsolationRelation,
    /// The class's name.
    pub class: String,
    /// The class's place among all, 0 for the weakest.
    pub rank: usize,
}

/// How a stack's isolation class must stand to a given one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsolationRelation {
    /// It or a stronger one.
    AtLeast,
    /// Just it.
    Exactly,
    /// Another one.
    Not,
}

impl IsolationRelation {
    /// The words for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::AtLeast => "at least",
            Self::Exactly => "exactly",
            Self::Not => "not",
        }
    }
}

impl Requirement {
    /// Reads a requirement file.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, with places.
    pub fn read(name: &str, bytes: &[u8], catalog: &Catalog) -> Result<Self, Vec<Diagnostic>> {
        let (source, node) = parse_bytes(name, bytes).map_err(|d| vec![d])?;
        let file: RequirementFile = decode::decode(&source, &node).map_err(|d| vec![d])?;
        let mut checker = Checker {
            catalog,
            source: &source,
            node: &node,
            findings: Vec::new(),
        };
        let requirement = checker.requirement(file);
        if checker.findings.is_empty() {
            Ok(requirement)
        } else {
            Err(checker.findings)
        }
    }
}

struct Checker<'a> {
    catalog: &'a Catalog,
    source: &'a Source,
    node: &'a Node,
    findings: Vec<Diagnostic>,
}

impl Checker<'_> {
    fn requirement(&mut self, file: RequirementFile) -> Requirement {
        let constraints = &file.constraints;
        let metrics = self.metrics(constraints);
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
        let data = self.catalog.data();
        let needs: Vec<_> = data.needs.iter().map(|n| n.name.as_str()).collect();
        self.names(
            &file.constraints.needs,
            &[Key("constraints"), Key("needs")],
            "need",
            &needs,
        );
        let principles: Vec<_> = data.principles.iter().map(|p| p.id.as_str()).collect();
        self.names(&file.without, &[Key("without")], "principle", &principles);
        self.preferences(&file.preferences);
        let workload_kind = self.workload(&file.workload);
        Requirement {
            name: self.name(file.name),
            workload_kind,
            workload: file.workload,
            target: file.target,
            metrics,
            grades,
            isolation,
            include,
            exclude,
            needs: file.constraints.needs,
            without: file.without,
            preferences: file.preferences,
        }
    }

    fn find(&mut self, path: &[Step<'_>], code: &'static str, message: impl Into<String>) {
        self.find_help(path, code, message, None);
    }

    fn find_help(&mut self, path: &[Step<'_>], code: &'static str, message: impl Into<String>, help: Option<String>) {
        let span = self.node.at(path.iter().copied()).span;
        let text = self.source.text().get(span.start..span.end).unwrap_or("");
        let line = text.lines().next().unwrap_or("").trim_end();
        let diagnostic = Diagnostic::new(code, message)
            .with_source(self.source)
            .with_label(Span::new(span.start, span.start + line.len()), "here");
        self.findings.push(match help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        });
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

    fn workload(&mut self, workload: &WorkloadFile) -> WorkloadKind {
        let (given, kind) = match (&workload.wasm, &workload.binary) {
            (Some(_), None) => (1, WorkloadKind::WasmModule),
            (None, Some(_)) => (1, WorkloadKind::LinuxBinary),
            (None, None) => (0, WorkloadKind::LinuxBinary),
            (Some(_), Some(_)) => (2, WorkloadKind::LinuxBinary),
        };
        if given != 1 {
            let message = "a workload has exactly one of `wasm` and `binary`";
            self.find(&[Key("workload")], "requirement::workload", message);
        }
        for (i, (name, _)) in workload.env.iter().enumerate() {
            if name.is_empty() || name.contains(['=', '\0']) {
                let message = format!("variable {} has an impossible name", i + 1);
                self.find(&[Key("workload"), Key("env")], "requirement::workload", message);
            }
        }
        kind
    }

    fn metrics(&mut self, constraints: &ConstraintsFile) -> Vec<MetricConstraint> {
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
            let mut own = Vec::new();
            for (i, bound) in bounds.items().enumerate() {
                let path = self.bound_path(&path, bounds.is_list(), i, bound);
                match Bound::quantity(bound.text(), &metric.unit) {
                    Ok(parsed) => own.push(MetricConstraint {
                        metric: name.clone(),
                        bound: parsed,
                        scope: bound.scope.unwrap_or(metric.default_scope),
                        scope_stated: bound.scope.is_some(),
                        account: bound.account,
                    }),
                    Err(diagnostic) => {
                        let help = diagnostic.help().map(str::to_owned);
                        self.find_help(&path, diagnostic.code(), diagnostic.message(), help);
                    }
                }
            }
            let empty = own.iter().enumerate().find_map(|(i, a)| {
                own.iter()
                    .skip(i + 1)
                    .find(|b| a.scope == b.scope && a.bound.contradicts(&b.bound))
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
    fn bound_path<'p>(&self, path: &[Step<'p>; 3], list: bool, index: usize, bound: &BoundFile) -> Vec<Step<'p>> {
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
        for (name, text) in &constraints.grades {
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
            match Bound::grade(text.text()) {
                Ok(bound) => list.push(GradeConstraint { grade, bound }),
                Err(diagnostic) => {
                    let help = diagnostic.help().map(str::to_owned);
                    self.find_help(&path, diagnostic.code(), diagnostic.message(), help);
                }
            }
        }
        list
    }

    fn isolation(&mut self, constraints: &ConstraintsFile) -> Vec<IsolationConstraint> {
        let catalog = self.catalog;
        let classes: Vec<_> = catalog.rules().isolation_classes().collect();
        let mut list = Vec::new();
        let given = constraints.isolation.as_ref();
        for (key, relation, class) in [
            (
                "at_least",
                IsolationRelation::AtLeast,
                given.and_then(|i| i.at_least.as_ref()),
            ),
            (
                "exactly",
                IsolationRelation::Exactly,
                given.and_then(|i| i.exactly.as_ref()),
            ),
            ("not", IsolationRelation::Not, given.and_then(|i| i.not.as_ref())),
        ] {
            let Some(class) = class else { continue };
            let path = [Key("constraints"), Key("isolation"), Key(key)];
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
        let allowed = (0..classes.len()).any(|rank| list.iter().all(|c| c.allows(rank)));
        if !allowed {
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

impl IsolationConstraint {
    /// Whether a class of that place among all is allowed.
    pub fn allows(&self, rank: usize) -> bool {
        match self.relation {
            IsolationRelation::AtLeast => rank >= self.rank,
            IsolationRelation::Exactly => rank == self.rank,
            IsolationRelation::Not => rank != self.rank,
        }
    }
}

#[cfg(test)]
mod tests;

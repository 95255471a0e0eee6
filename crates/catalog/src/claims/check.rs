//! Checks of claims: every name is defined, every word is one, and every comparison compares something.

use std::collections::BTreeSet;

use stackwright_algebra::{Algebra, Automaton};
use stackwright_text::quantity::{self, Dimension as Unit, Quantity};
use stackwright_text::yaml::Step::{Index, Key};
use stackwright_text::{Diagnostic, Source, expression};

use crate::check::file::{FileChecker, Path, at};
use crate::check::is_grades;
use crate::model::{CellKind, CellValue, CommandLine, Dimension, Form, Label, Order, Predicate, Superlative, range};
use crate::read::{CatalogData, DataFile};

/// The code of what is wrong with a word.
const WORD: &str = "claim::word";

/// How a reference can stand to its authority, of what is known.
const ALIGNMENTS: [&str; 3] = ["aligned", "drifted", "missing"];

/// Checks the claims of one file against the whole catalogue.
pub(crate) fn check(
    file: &DataFile,
    data: &CatalogData,
    algebra: &Algebra,
    automaton: &Automaton,
    findings: &mut Vec<Diagnostic>,
) {
    let mut checker = FileChecker {
        file,
        data,
        algebra,
        automaton,
        findings,
    };
    for (i, claim) in file.data.claims.claims.iter().enumerate() {
        checker.form(vec![Key("claims"), Index(i), Key("form")], &claim.form);
    }
    for (i, label) in file.data.claims.labels.iter().enumerate() {
        checker.label(vec![Key("labels"), Index(i)], label);
    }
}

impl FileChecker<'_> {
    fn form(&mut self, path: Path, form: &Form) {
        match form {
            Form::Equal(sides) | Form::Differ(sides) => {
                let path = at(
                    &path,
                    [Key(if matches!(form, Form::Equal(_)) {
                        "equal"
                    } else {
                        "differ"
                    })],
                );
                let left = self.word(&at(&path, [Key("left")]), WORD, &sides.left);
                let right = self.word(&at(&path, [Key("right")]), WORD, &sides.right);
                if left.is_some() && left == right {
                    self.itself(&at(&path, [Key("right")]), &sides.right);
                }
            }
            Form::Idempotent(operators) => {
                let path = at(&path, [Key("idempotent")]);
                self.operators(&path, operators);
            }
            Form::Commute(pairs) => {
                let path = at(&path, [Key("commute")]);
                if pairs.is_empty() {
                    self.report(&path, "claim::subjects", "the claim is about no pair of operators");
                }
                for (i, [x, y]) in pairs.iter().enumerate() {
                    self.operator(&at(&path, [Index(i), Index(0)]), x);
                    self.operator(&at(&path, [Index(i), Index(1)]), y);
                    if x == y {
                        self.itself(&at(&path, [Index(i), Index(1)]), y);
                    }
                }
            }
            Form::Identity(word) => {
                self.word(&at(&path, [Key("identity")]), WORD, word);
            }
            // That no operator has an inverse is a claim, too.
            Form::Invertible(claim) => {
                for (i, symbol) in claim.only.iter().enumerate() {
                    self.operator(&at(&path, [Key("invertible"), Key("only"), Index(i)]), symbol);
                }
            }
            Form::Closed | Form::Homomorphism(_) | Form::ReducesToNamedForms => {}
            Form::Reaches(claim) => {
                let path = at(&path, [Key("reaches")]);
                self.word(&at(&path, [Key("word")]), WORD, &claim.word);
                self.stack(&at(&path, [Key("normal_form")]), WORD, &claim.normal_form);
            }
            Form::Grades(claim) => {
                let path = at(&path, [Key("grades")]);
                self.stack(&at(&path, [Key("word")]), WORD, &claim.word);
                if !is_grades(&claim.are) {
                    let message = format!("expected three grades such as `5▼-3▲-5▼`, found `{}`", claim.are);
                    self.report(&at(&path, [Key("are")]), "claim::value", message);
                }
            }
            Form::Is(is) => {
                let path = at(&path, [Key("is")]);
                self.dimension(&at(&path, [Key("of")]), &is.of);
                self.subject(&at(&path, [Key("subject")]), &is.of, &is.subject);
                self.predicate(&at(&path, [Key("value")]), &is.of, &is.value);
            }
            Form::Every(claim) | Form::Some(claim) => {
                let path = at(
                    &path,
                    [Key(if matches!(form, Form::Every(_)) {
                        "every"
                    } else {
                        "some"
                    })],
                );
                self.dimension(&at(&path, [Key("of")]), &claim.of);
                self.subjects(&at(&path, [Key("subjects")]), &claim.of, &claim.subjects, 1);
                self.predicate(&at(&path, [Key("value")]), &claim.of, &claim.value);
            }
            Form::Order(order) => self.order(&at(&path, [Key("order")]), order),
            Form::Superlative(claim) => self.superlative(&at(&path, [Key("superlative")]), claim),
            Form::Counted(claim) => {
                let path = at(&path, [Key("counted")]);
                self.metric(&at(&path, [Key("metric")]), &claim.metric);
                if claim.subjects.is_empty() {
                    self.report(
                        &at(&path, [Key("subjects")]),
                        "claim::subjects",
                        "the claim is about no subject",
                    );
                }
                for (i, subject) in claim.subjects.iter().enumerate() {
                    if !self.is_named(subject) {
                        self.unknown_subject(&at(&path, [Key("subjects"), Index(i)]), subject);
                    }
                }
            }
            Form::All(forms) | Form::Any(forms) => {
                let path = at(&path, [Key(if matches!(form, Form::All(_)) { "all" } else { "any" })]);
                if forms.is_empty() {
                    self.report(&path, "claim::subjects", "the claim has no parts");
                }
                for (i, form) in forms.iter().enumerate() {
                    self.form(at(&path, [Index(i)]), form);
                }
            }
            Form::Not(form) => self.form(at(&path, [Key("not")]), form),
            Form::Accepted(command) => {
                let path = at(&path, [Key("accepted")]);
                if command.line.trim().is_empty() {
                    self.report(
                        &at(&path, [Key("line")]),
                        "claim::value",
                        "the claim is about no command",
                    );
                }
                let matrices = &self.data.claims.matrices;
                match matrices.iter().find(|m| m.id == command.by) {
                    None => {
                        let known = matrices.iter().map(|m| m.id.as_str());
                        self.unknown(&at(&path, [Key("by")]), "matrix", &command.by, known);
                    }
                    Some(matrix) => {
                        let lacks = |wanted: &&str| !matrix.columns.iter().any(|c| c.id == *wanted);
                        if let Some(wanted) = CommandLine::COLUMNS.into_iter().find(lacks) {
                            let message =
                                format!("`{}` has no column `{wanted}`, so it describes no commands", command.by);
                            self.report(&at(&path, [Key("by")]), "claim::value", message);
                        }
                    }
                }
            }
        }
    }

    fn order(&mut self, path: &Path, order: &Order) {
        self.dimension(&at(path, [Key("of")]), &order.of);
        let path = at(path, [Key("ascending")]);
        if order.ascending.iter().flatten().count() < 2 {
            self.report(&path, "claim::subjects", "a chain orders at least two subjects");
        }
        let mut seen = BTreeSet::new();
        for (i, set) in order.ascending.iter().enumerate() {
            if set.is_empty() {
                self.report(&at(&path, [Index(i)]), "claim::subjects", "a set of a chain is empty");
            }
            for (j, subject) in set.iter().enumerate() {
                let path = at(&path, [Index(i), Index(j)]);
                self.subject(&path, &order.of, subject);
                if !seen.insert(subject.as_str()) {
                    self.itself(&path, subject);
                }
            }
        }
    }

    fn superlative(&mut self, path: &Path, claim: &Superlative) {
        self.dimension(&at(path, [Key("of")]), &claim.of);
        self.subjects(&at(path, [Key("among")]), &claim.of, &claim.among, 2);
        let path = at(path, [Key("subjects")]);
        self.subjects(&path, &claim.of, &claim.subjects, 1);
        for (i, subject) in claim.subjects.iter().enumerate() {
            if !claim.among.contains(subject) {
                let message = format!("`{subject}` is not among those it is compared with");
                self.report(&at(&path, [Index(i)]), "claim::subjects", message);
            }
        }
        if claim.among.iter().all(|s| claim.subjects.contains(s)) {
            self.report(&path, "claim::subjects", "there are no others to compare with");
        }
    }

    fn itself(&mut self, path: &Path, name: &str) {
        self.report(path, "claim::subjects", format!("`{name}` is compared with itself"));
    }

    fn operators(&mut self, path: &Path, symbols: &[String]) {
        if symbols.is_empty() {
            self.report(path, "claim::subjects", "the claim is about no operator");
        }
        for (i, symbol) in symbols.iter().enumerate() {
            self.operator(&at(path, [Index(i)]), symbol);
        }
    }

    fn subjects(&mut self, path: &Path, of: &Dimension, subjects: &[String], least: usize) {
        if subjects.len() < least {
            let message = format!("expected at least {least} here, found {}", subjects.len());
            self.report(path, "claim::subjects", message);
        }
        let mut seen = BTreeSet::new();
        for (i, subject) in subjects.iter().enumerate() {
            let path = at(path, [Index(i)]);
            self.subject(&path, of, subject);
            if !seen.insert(subject.as_str()) {
                self.report(&path, "claim::subjects", format!("`{subject}` is named twice"));
            }
        }
    }

    fn subject(&mut self, path: &Path, of: &Dimension, subject: &str) {
        match of {
            Dimension::Grade(_) | Dimension::ReferenceLatency | Dimension::Isolation => self.stack(path, WORD, subject),
            Dimension::Needs => {
                self.technology(path, subject);
            }
            Dimension::Alignment => {
                let references = &self.data.guidance.references;
                if !references.iter().any(|r| r.id == subject) {
                    let known = references.iter().map(|r| r.id.as_str());
                    self.unknown(path, "reference", subject, known);
                }
            }
            Dimension::Figure(_) if self.is_named(subject) => {}
            Dimension::Figure(_) => {
                let parsed = expression::parse(&Source::new("<word>", subject), self.algebra);
                if parsed.is_ok_and(|p| self.automaton.normalize(self.algebra, &p.word).is_ok()) {
                    return;
                }
                self.unknown_subject(path, subject);
            }
            Dimension::Row(row) => {
                let matrices = &self.data.claims.matrices;
                let Some(matrix) = matrices.iter().find(|m| m.id == row.matrix) else {
                    return;
                };
                if !matrix.columns.iter().any(|c| c.id == subject) {
                    let known = matrix.columns.iter().map(|c| c.id.as_str());
                    self.unknown(path, "column", subject, known);
                }
            }
            Dimension::Cell(cell) => {
                let matrices = &self.data.claims.matrices;
                let Some(matrix) = matrices.iter().find(|m| m.id == cell.matrix) else {
                    return;
                };
                if !matrix.rows.iter().any(|r| r.subject == subject) {
                    let known = matrix.rows.iter().map(|r| r.subject.as_str());
                    self.unknown(path, "row", subject, known);
                }
            }
        }
    }

    fn is_named(&self, id: &str) -> bool {
        self.data.technologies.iter().any(|t| t.id == id) || self.data.realizations.iter().any(|r| r.id == id)
    }

    fn unknown_subject(&mut self, path: &Path, subject: &str) {
        let data = self.data;
        let technologies = data.technologies.iter().map(|t| t.id.as_str());
        let known = technologies.chain(data.realizations.iter().map(|r| r.id.as_str()));
        self.unknown(path, "technology, realization or word", subject, known);
    }

    fn dimension(&mut self, path: &Path, of: &Dimension) {
        match of {
            Dimension::Grade(_)
            | Dimension::ReferenceLatency
            | Dimension::Isolation
            | Dimension::Needs
            | Dimension::Alignment => {}
            Dimension::Figure(figure) => self.metric(&at(path, [Key("figure"), Key("metric")]), &figure.metric),
            Dimension::Cell(cell) => {
                let data = self.data;
                let matrices = &data.claims.matrices;
                let path = at(path, [Key("cell")]);
                match matrices.iter().find(|m| m.id == cell.matrix) {
                    None => {
                        let known = matrices.iter().map(|m| m.id.as_str());
                        self.unknown(&at(&path, [Key("matrix")]), "matrix", &cell.matrix, known);
                    }
                    Some(matrix) if !matrix.columns.iter().any(|c| c.id == cell.column) => {
                        let known = matrix.columns.iter().map(|c| c.id.as_str());
                        self.unknown(&at(&path, [Key("column")]), "column", &cell.column, known);
                    }
                    Some(_) => {}
                }
            }
            Dimension::Row(row) => {
                let data = self.data;
                let path = at(path, [Key("row")]);
                match data.claims.matrices.iter().find(|m| m.id == row.matrix) {
                    None => {
                        let known = data.claims.matrices.iter().map(|m| m.id.as_str());
                        self.unknown(&at(&path, [Key("matrix")]), "matrix", &row.matrix, known);
                    }
                    Some(matrix) if !matrix.rows.iter().any(|r| r.subject == row.row) => {
                        let known = matrix.rows.iter().map(|r| r.subject.as_str());
                        self.unknown(&at(&path, [Key("row")]), "row", &row.row, known);
                    }
                    Some(_) => {}
                }
            }
        }
    }

    /// What the numbers of a dimension measure; `None` where it has words.
    fn unit(&self, of: &Dimension) -> Option<Unit> {
        match of {
            Dimension::Grade(_) => Some(Unit::Count),
            Dimension::ReferenceLatency => Some(Unit::Time),
            // Cells of a row are alike only by chance: of them only an order is claimed.
            Dimension::Isolation | Dimension::Needs | Dimension::Row(_) | Dimension::Alignment => None,
            Dimension::Figure(figure) => {
                let metric = self.data.metrics.iter().find(|m| m.name == figure.metric)?;
                quantity::unit(&metric.unit).map(|(dimension, _)| dimension)
            }
            Dimension::Cell(cell) => {
                let matrix = self.data.claims.matrices.iter().find(|m| m.id == cell.matrix)?;
                match &matrix.columns.iter().find(|c| c.id == cell.column)?.holds {
                    CellKind::Stars(_) => Some(Unit::Count),
                    CellKind::Interval(unit) | CellKind::Ranges(unit) => {
                        quantity::unit(unit).map(|(dimension, _)| dimension)
                    }
                    // A range can stand beside a level: it says what it measures.
                    CellKind::Levels(_) => {
                        let mut cells = matrix.rows.iter().filter_map(|r| r.cells.get(&cell.column));
                        cells.find_map(|c| match &c.value {
                            CellValue::Graded(graded) => range(&graded.range).map(|(_, _, unit)| unit),
                            _ => None,
                        })
                    }
                    _ => None,
                }
            }
        }
    }

    fn predicate(&mut self, path: &Path, of: &Dimension, predicate: &Predicate) {
        let unit = self.unit(of);
        let quantities: Vec<(Path, &str, Option<Unit>)> = match predicate {
            Predicate::Below(q) => vec![(at(path, [Key("below")]), q, unit)],
            Predicate::AtMost(q) => vec![(at(path, [Key("at-most")]), q, unit)],
            Predicate::Above(q) => vec![(at(path, [Key("above")]), q, unit)],
            Predicate::AtLeast(q) => vec![(at(path, [Key("at-least")]), q, unit)],
            Predicate::Between([a, b]) => vec![
                (at(path, [Key("between"), Index(0)]), a, unit),
                (at(path, [Key("between"), Index(1)]), b, unit),
            ],
            Predicate::About(about) => vec![
                (at(path, [Key("about"), Key("value")]), &about.value, unit),
                (
                    at(path, [Key("about"), Key("within")]),
                    &about.within,
                    Some(Unit::Ratio),
                ),
            ],
            Predicate::Word(word) => {
                self.said(&at(path, [Key("word")]), of, word);
                return;
            }
        };
        let mut values = Vec::new();
        for (path, text, unit) in quantities {
            match unit.map(|unit| Quantity::parse(text, unit)) {
                Some(Ok(quantity)) => values.push(quantity.value),
                Some(Err(error)) => self.report(&path, "claim::value", error.to_string()),
                None => self.report(&path, "claim::value", "these are no numbers: expected `word`"),
            }
        }
        if let (Predicate::Between(_), [least, greatest]) = (predicate, values.as_slice())
            && least > greatest
        {
            self.report(path, "claim::value", "the interval ends before it begins");
        }
    }

    /// A word that a value is said to be.
    fn said(&mut self, path: &Path, of: &Dimension, word: &str) {
        let claims = &self.data.claims;
        let known: Vec<&str> = match of {
            Dimension::Grade(grade) => {
                let labels = claims.labels.iter().filter(|l| l.of == *grade);
                labels.map(|l| l.name.as_str()).collect()
            }
            Dimension::Cell(cell) => {
                let matrix = claims.matrices.iter().find(|m| m.id == cell.matrix);
                let column = matrix.and_then(|m| m.columns.iter().find(|c| c.id == cell.column));
                match column.map(|c| &c.holds) {
                    Some(CellKind::Levels(levels)) => levels.iter().map(String::as_str).collect(),
                    Some(
                        CellKind::Words | CellKind::Checks | CellKind::Links | CellKind::Stacks | CellKind::Grades,
                    )
                    | None => return,
                    Some(_) => Vec::new(),
                }
            }
            Dimension::Isolation => {
                let classes = self.data.grades.iter().flat_map(|g| &g.isolation);
                classes.map(|c| c.name.as_str()).collect()
            }
            Dimension::Alignment => ALIGNMENTS.to_vec(),
            Dimension::Needs | Dimension::Row(_) => return,
            Dimension::Figure(_) | Dimension::ReferenceLatency => Vec::new(),
        };
        if known.is_empty() {
            self.report(path, "claim::value", "these values have no words: expected a number");
        } else if !known.contains(&word) {
            self.unknown(path, "word", word, known);
        }
    }

    fn label(&mut self, path: Path, label: &Label) {
        if !(1..=5).contains(&label.least) || !(label.least..=5).contains(&label.greatest) {
            self.report(
                &path,
                "claim::value",
                "a label stands for grades from 1 to 5, the least first",
            );
        }
    }
}

//! Comparing concepts, technologies and stacks: values side by side, who wins each and by how much, where evidence
//! disagrees, and when to use which.

mod offered;
mod subject;
mod usage;

use serde::Serialize;
use stackwright_catalog::claims::{CatalogFacts, Cells, Facts, Judgement, Reading, Sources, Value};
use stackwright_catalog::figure::Figure;
use stackwright_catalog::model::{
    Better, CellDimension, Claim, Dimension, EvidenceKind, Extreme, FigureDimension, Form, GradeName, RowDimension,
};
use stackwright_text::Diagnostic;
use stackwright_text::quantity;

use crate::table::{self, Named, Table, TableCell, TableRow, Typed};
use crate::{Atlas, Glossary};
use offered::Offered;
pub use subject::{Subject, SubjectKind};
pub use usage::Usage;

/// Compares concepts, technologies and stacks over dimensions.
#[derive(Clone, Copy, Debug)]
pub struct ComparisonEngine<'c> {
    atlas: Atlas<'c>,
}

/// What came of a comparison.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// What was compared.
    pub concepts: Vec<Subject>,
    /// By what.
    pub dimensions: Vec<Compared>,
    /// Where evidence does not agree with what is said, or with other evidence.
    pub disagreements: Vec<Disagreement>,
    /// What documents claim of these and these dimensions, judged.
    pub claims: Vec<JudgedClaim>,
    /// When to use which.
    pub usage: Vec<Usage>,
}

/// One dimension of a comparison.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// Its name.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What is better; nothing where no value is.
    pub better: Option<&'static str>,
    /// A value for each that is compared.
    pub cells: Vec<ComparedCell>,
    /// Who is better than all others that are known and comparable, or shares the first place.
    pub best: Vec<String>,
    /// By how much, against the next: steps of a scale, or the ratio of middles.
    pub margin: Option<String>,
}

/// A value in a comparison.
#[derive(Clone, Debug, Serialize)]
pub struct ComparedCell {
    /// As it is written; `?` where nothing is known.
    pub text: String,
    /// What it rests on, each reading, or why nothing is known.
    pub because: Vec<String>,
    /// Records of evidence.
    pub evidence: Vec<String>,
}

/// Evidence that does not fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Disagreement {
    /// About what.
    pub subject: String,
    /// In which dimension.
    pub dimension: String,
    /// What is said.
    pub said: String,
    /// What disagrees with it.
    pub evidence: String,
}

/// A claim with its verdict.
#[derive(Clone, Debug, Serialize)]
pub struct JudgedClaim {
    /// Its name.
    pub id: String,
    /// What is claimed.
    pub text: String,
    /// The verdict.
    pub verdict: &'static str,
    /// Why.
    pub because: Vec<String>,
}

impl<'c> ComparisonEngine<'c> {
    /// An engine over an atlas.
    pub fn new(atlas: Atlas<'c>) -> Self {
        Self { atlas }
    }

    /// Compares two or more over dimensions: names of dimensions, columns or matrices; all that say what is better, if none
    /// is named.
    ///
    /// # Errors
    ///
    /// Fewer than two, a name that there is not, a word that reaches no stack, something compared with itself, or a
    /// dimension that none of them has.
    pub fn compare(
        &self,
        subjects: &[String],
        dimensions: &[String],
        glossary: &Glossary<'_>,
    ) -> Result<Comparison, Diagnostic> {
        let mut chosen: Vec<Subject> = Vec::new();
        for name in subjects {
            let subject = Subject::find(&self.atlas, name, glossary)?;
            if chosen.iter().any(|s| s.id == subject.id) {
                let message = format!("`{name}` is compared with itself");
                return Err(Diagnostic::new("atlas::itself", message).with_help("name two different things"));
            }
            chosen.push(subject);
        }
        if chosen.len() < 2 {
            return Err(
                Diagnostic::new("atlas::itself", "a comparison is between two things or more")
                    .with_help("name another, such as `virtualization`, `gvisor` or `I∘C∘S`"),
            );
        }
        let offered = self.chosen(dimensions, &chosen, glossary)?;
        let figures = CatalogFacts {
            catalog: self.atlas.catalog,
        };
        let cells = Cells {
            matrices: &self.atlas.claims.matrices,
        };
        let sources = Sources(vec![&figures, &cells]);
        let mut compared = Vec::new();
        for dimension in &offered {
            let facts: Vec<_> = chosen.iter().map(|s| dimension.fact(s, &sources)).collect();
            let line = dimension.line(&chosen, &facts, glossary);
            // Without a name it is shown only if something is known.
            if !dimensions.is_empty() || facts.iter().any(|f| !f.readings.is_empty()) {
                compared.push(line);
            }
        }
        Ok(Comparison {
            disagreements: self.disagreements(&chosen, &offered, &sources, glossary),
            claims: self.claims(&chosen, &offered, glossary),
            usage: usage::of(&self.atlas, &chosen, &compared, glossary),
            dimensions: compared,
            concepts: chosen,
        })
    }

    /// Everything that can be asked of subjects of these kinds.
    fn offered(&self, kinds: &[SubjectKind], glossary: &Glossary<'_>) -> Vec<Offered<'c>> {
        let mut offered = Vec::new();
        let has = |kind| kinds.contains(&kind);
        if has(SubjectKind::Concept) {
            let concepts = &self.atlas.data.concepts;
            for matrix in &self.atlas.claims.matrices {
                let of_rows = matrix.rows.iter().all(|r| concepts.iter().any(|c| c.id == r.subject));
                let of_columns = matrix.columns.iter().all(|c| concepts.iter().any(|o| o.id == c.id));
                if of_rows {
                    offered.extend(matrix.columns.iter().map(|column| Offered {
                        id: format!("{}.{}", matrix.id, column.id),
                        title: glossary.entry(glossary.text(&matrix.title), glossary.text(&column.title)),
                        better: column.better,
                        of: Dimension::Cell(CellDimension {
                            matrix: matrix.id.clone(),
                            column: column.id.clone(),
                        }),
                        kind: SubjectKind::Concept,
                        cells: Some((matrix, column)),
                    }));
                } else if of_columns {
                    offered.extend(matrix.rows.iter().map(|row| Offered {
                        id: format!("{}.{}", matrix.id, row.subject),
                        title: glossary.entry(glossary.text(&matrix.title), &table::title(row, glossary)),
                        better: matrix.columns.first().and_then(|c| c.better),
                        of: Dimension::Row(RowDimension {
                            matrix: matrix.id.clone(),
                            row: row.subject.clone(),
                        }),
                        kind: SubjectKind::Concept,
                        cells: None,
                    }));
                }
            }
        }
        if has(SubjectKind::Stack) {
            for grade in [GradeName::Latency, GradeName::Security, GradeName::Observability] {
                offered.push(Offered {
                    id: grade.name().to_owned(),
                    title: glossary.name(grade.name()).to_owned(),
                    better: Some(Extreme::Most),
                    of: Dimension::Grade(grade),
                    kind: SubjectKind::Stack,
                    cells: None,
                });
            }
            offered.push(Offered {
                id: "isolation".to_owned(),
                title: glossary.name("isolation-class").to_owned(),
                better: Some(Extreme::Most),
                of: Dimension::Isolation,
                kind: SubjectKind::Stack,
                cells: None,
            });
        }
        if has(SubjectKind::Technology) || has(SubjectKind::Stack) {
            offered.extend(self.atlas.catalog.data().metrics.iter().map(|metric| Offered {
                id: metric.name.clone(),
                title: glossary.text(&metric.title).to_owned(),
                better: Some(match metric.better {
                    Better::Lower => Extreme::Least,
                    Better::Higher => Extreme::Most,
                }),
                of: Dimension::Figure(FigureDimension {
                    metric: metric.name.clone(),
                    scope: None,
                    account: None,
                }),
                kind: SubjectKind::Technology,
                cells: None,
            }));
        }
        offered
    }

    fn chosen(
        &self,
        names: &[String],
        subjects: &[Subject],
        glossary: &Glossary<'_>,
    ) -> Result<Vec<Offered<'c>>, Diagnostic> {
        let kinds: Vec<_> = subjects.iter().map(|s| s.kind).collect();
        let offered = self.offered(&kinds, glossary);
        if names.is_empty() {
            return Ok(offered.into_iter().filter(|o| o.better.is_some()).collect());
        }
        let mut chosen: Vec<Offered<'c>> = Vec::new();
        for name in names {
            let part = |o: &&Offered<'_>| o.id.split('.').any(|part| part == name);
            let titled = |o: &&Offered<'_>| o.title == *name || o.title.rsplit(['：', ' ']).next() == Some(name);
            let exact: Vec<_> = offered.iter().filter(|o| o.id == *name).collect();
            let found = [
                exact,
                offered.iter().filter(part).collect(),
                offered.iter().filter(titled).collect(),
            ];
            let Some(found) = found.into_iter().find(|f| !f.is_empty()) else {
                let known: Vec<_> = offered.iter().map(|o| o.id.as_str()).collect();
                return Err(table::unknown("dimension", name, known.into_iter()));
            };
            for dimension in found {
                if !chosen.iter().any(|c| c.id == dimension.id) {
                    chosen.push(dimension.clone());
                }
            }
        }
        Ok(chosen)
    }

    /// Where evidence about a concept's technologies lies outside of what a cell says, and where evidence about a technology
    /// contradicts itself or what documents claim.
    fn disagreements(
        &self,
        subjects: &[Subject],
        dimensions: &[Offered<'c>],
        sources: &dyn Facts,
        glossary: &Glossary<'_>,
    ) -> Vec<Disagreement> {
        let mut found = Vec::new();
        let mut add = |subject: &Subject, dimension: &Offered<'_>, said: String, evidence: &str| {
            found.push(Disagreement {
                subject: subject.title.clone(),
                dimension: dimension.title.clone(),
                said,
                evidence: evidence.to_owned(),
            });
        };
        for dimension in dimensions {
            for subject in subjects {
                let fact = dimension.fact(subject, sources);
                match (subject.kind, dimension.cells) {
                    (SubjectKind::Concept, Some((_, column))) => {
                        let Some(metric) = &column.metric else { continue };
                        let Some(reading) = fact.readings.first() else { continue };
                        for technology in self.technologies(&subject.id) {
                            let figure = Dimension::Figure(FigureDimension {
                                metric: metric.clone(),
                                scope: None,
                                account: None,
                            });
                            let known = sources.fact(&figure, technology).unwrap_or_default();
                            for other in known.readings.iter().filter(|o| apart(&reading.value, &o.value)) {
                                add(
                                    subject,
                                    dimension,
                                    dimension.written(subject, &fact, glossary),
                                    &other.text,
                                );
                            }
                        }
                    }
                    (SubjectKind::Technology, _) => {
                        for (index, reading) in fact.readings.iter().enumerate() {
                            let later = fact.readings.iter().skip(index + 1);
                            for other in later.filter(|o| o.frame == reading.frame && apart(&reading.value, &o.value)) {
                                add(subject, dimension, reading.text.clone(), &other.text);
                            }
                        }
                        for (claimed, text) in self.claimed(&subject.id, &dimension.of) {
                            for other in fact
                                .readings
                                .iter()
                                .filter(|o| o.frame == claimed.frame && apart(&claimed.value, &o.value))
                            {
                                add(subject, dimension, text.clone(), &other.text);
                            }
                        }
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// The technologies of the catalogue that a concept is made with.
    fn technologies(&self, concept: &str) -> Vec<&'c str> {
        let concept = self.atlas.data.concepts.iter().find(|c| c.id == concept);
        let named = concept
            .iter()
            .flat_map(|c| &c.technologies)
            .filter_map(|t| t.technology.as_deref());
        let mut technologies: Vec<&str> = Vec::new();
        for technology in named {
            if !technologies.contains(&technology) {
                technologies.push(technology);
            }
        }
        technologies
    }

    /// What is claimed of a technology without a method.
    fn claimed(&self, technology: &str, of: &Dimension) -> Vec<(Reading, String)> {
        let Dimension::Figure(asked) = of else {
            return Vec::new();
        };
        let records = self.atlas.catalog.data().evidence.iter();
        let records =
            records.filter(|r| r.subject == technology && r.metric == asked.metric && r.kind == EvidenceKind::Claimed);
        records
            .map(|record| {
                let text = format!(
                    "`{}`: {} {} ({})",
                    record.id,
                    record.value,
                    record.unit,
                    record.kind.name()
                );
                let reading = Reading {
                    value: Value::Interval(record.value, record.unit.clone()),
                    frame: Some((record.scope, record.account)),
                    text: text.clone(),
                    evidence: vec![record.id.clone()],
                };
                (reading, text)
            })
            .collect()
    }

    /// Claims about these dimensions and at least one of the subjects, two where they compare.
    fn claims(&self, subjects: &[Subject], dimensions: &[Offered<'_>], glossary: &Glossary<'_>) -> Vec<JudgedClaim> {
        let about = |claim: &&Claim| {
            let mut found = false;
            mentions(&claim.form, &mut |of, names, compares| {
                let named = subjects.iter().filter(|s| names.contains(&s.id.as_str())).count();
                let fits = dimensions.iter().any(|d| same_dimension(&d.of, of));
                found |= fits && named > usize::from(compares);
            });
            found
        };
        let claims: Vec<&Claim> = self.atlas.claims.claims.iter().filter(about).collect();
        let judgements = self.atlas.judge(claims.iter().copied());
        let judged = |(claim, judgement): (&&Claim, Judgement)| JudgedClaim {
            id: claim.id.clone(),
            text: glossary.text(&claim.text).to_owned(),
            verdict: judgement.verdict.name(),
            because: judgement.because.iter().map(|r| glossary.told(&r.text)).collect(),
        };
        claims.iter().zip(judgements).map(judged).collect()
    }
}

/// Whether a claim about the second is about the first: of figures, whatever the scope.
fn same_dimension(offered: &Dimension, claimed: &Dimension) -> bool {
    match (offered, claimed) {
        (Dimension::Figure(a), Dimension::Figure(b)) => a.metric == b.metric,
        (a, b) => a == b,
    }
}

/// Calls `see` with every dimension and its subjects that a form is about, and whether it compares them.
fn mentions(form: &Form, see: &mut dyn FnMut(&Dimension, &[&str], bool)) {
    let names = |list: &'_ [String]| -> Vec<String> { list.to_vec() };
    let mut call = |of: &Dimension, list: Vec<String>, compares| {
        see(of, &list.iter().map(String::as_str).collect::<Vec<_>>(), compares);
    };
    match form {
        Form::Is(is) => call(&is.of, vec![is.subject.clone()], false),
        Form::Every(q) | Form::Some(q) => call(&q.of, names(&q.subjects), false),
        Form::Order(order) => call(&order.of, order.ascending.concat(), true),
        Form::Superlative(claim) => call(&claim.of, names(&claim.among), true),
        Form::All(forms) | Form::Any(forms) => forms.iter().for_each(|f| mentions(f, see)),
        Form::Not(form) => mentions(form, see),
        _ => {}
    }
}

/// The figure of a value, in canonical units.
fn figure(value: &Value) -> Option<Figure> {
    match value {
        Value::Interval(figure, unit) | Value::Range(figure, unit) | Value::Graded(.., figure, unit) => {
            quantity::unit(unit).map(|(_, factor)| figure.scaled(factor))
        }
        _ => None,
    }
}

/// Whether two values have no point in common.
fn apart(a: &Value, b: &Value) -> bool {
    let Some((a, b)) = figure(a).zip(figure(b)) else {
        return false;
    };
    let below = |a: &Figure, b: &Figure| {
        a.upper()
            .is_some_and(|(high, strict)| high < b.lower() || (strict && high <= b.lower()))
    };
    below(&a, &b) || below(&b, &a)
}

impl Comparison {
    /// The values as a table: a row for each dimension, and who is best.
    pub fn table(&self, glossary: &Glossary<'_>) -> Table {
        let columns = self.concepts.iter().map(|s| Named {
            id: s.id.clone(),
            title: s.title.clone(),
        });
        let best = Named {
            id: "best".to_owned(),
            title: glossary.name("best").to_owned(),
        };
        let rows = self.dimensions.iter().map(|d| {
            let cells = d.cells.iter().zip(&self.concepts).map(|(cell, subject)| TableCell {
                text: cell.text.clone(),
                good: (!d.best.is_empty()).then(|| if d.best.contains(&subject.title) { 1.0 } else { 0.0 }),
                ..TableCell::default()
            });
            let margin = d.margin.as_ref().map(|m| format!(" ({m})")).unwrap_or_default();
            let winners = TableCell {
                text: format!("{}{margin}", glossary.list(d.best.iter().map(String::as_str))),
                value: Some(Typed::Words(d.best.clone())),
                ..TableCell::default()
            };
            TableRow {
                subject: Named {
                    id: d.id.clone(),
                    title: d.title.clone(),
                },
                cells: cells.chain([winners]).collect(),
            }
        });
        Table {
            id: "comparison".to_owned(),
            title: glossary.name("comparison").to_owned(),
            head: glossary.name("dimension").to_owned(),
            columns: columns.chain([best]).collect(),
            rows: rows.collect(),
        }
    }
}

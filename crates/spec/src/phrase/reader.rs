//! From linked items to a reading: what each concept says, and an account of every token.

use std::collections::BTreeSet;

use stackwright_catalog::Catalog;
use stackwright_catalog::model::{Assumption, Concept, Lexicon, Sense, SenseBound, Subject};
use stackwright_text::Span;

use super::grammar::{Grammar, Links};
use super::item::{Kind, items};
use super::meaning::{Assumed, Meaning, NotUnderstood, Reading, Reason, Understood};
use super::token::{Role, Token, Words};
use crate::requirement::{Bound, Comparator, GradeName, IsolationRelation};

/// Reads a text with a lexicon.
pub(super) fn read(text: &str, catalog: &Catalog, lexicon: &Lexicon) -> Reading {
    let words = Words::new(lexicon);
    let tokens = words.tokens(text);
    let items = items(&words, &tokens);
    let mut reader = Reader {
        text,
        catalog,
        tokens: &tokens,
        fates: tokens.iter().map(|t| Fate::of(t.role)).collect(),
        grammar: Grammar::new(&words, catalog, items),
        said: BTreeSet::new(),
        reading: Reading::default(),
    };
    for i in 0..reader.grammar.items.len() {
        reader.item(i);
    }
    reader.account();
    assume(&mut reader, lexicon);
    reader.reading
}

/// What becomes of a token.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fate {
    Understood,
    PassedOver,
    Not(Reason),
}

impl Fate {
    /// What becomes of a token that is part of nothing.
    fn of(role: Role) -> Self {
        match role {
            Role::Intensifier | Role::Range | Role::Between | Role::Then | Role::Break(_) | Role::Stop => {
                Self::PassedOver
            }
            Role::Concept(_) => Self::Not(Reason::Incomplete),
            Role::Number(_) | Role::Magnitude(_) => Self::Not(Reason::NothingMeasured),
            Role::Comparator(..) | Role::Prefer => Self::Not(Reason::NothingCompared),
            Role::Negation(_) => Self::Not(Reason::NothingDenied),
            Role::Unknown => Self::Not(Reason::Unknown),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    catalog: &'a Catalog,
    tokens: &'a [Token],
    fates: Vec<Fate>,
    grammar: Grammar<'a>,
    said: BTreeSet<Subject>,
    reading: Reading,
}

impl<'a> Reader<'a> {
    /// What an item says, if it is part of no other.
    fn item(&mut self, i: usize) {
        let Some(links) = self.grammar.links.get(i).cloned() else {
            return;
        };
        if links.part_of.is_some() {
            return;
        }
        if let Some((concept, _)) = self.grammar.concept(i) {
            let (meanings, implied) = self.says(i, concept, &links);
            let nothing = meanings.is_empty() && implied.is_empty();
            if !nothing {
                if concept.scenario {
                    self.said.insert(Subject::Scenario);
                }
                if !links.amounts.is_empty() {
                    self.said.insert(Subject::Quantity);
                }
                self.understood(i, &links, meanings, implied);
            } else if links.denied {
                self.fate(i, &links, Fate::Not(Reason::CannotBeDenied));
            } else if concept.passing {
                self.fate(i, &Links::default(), Fate::PassedOver);
            }
        } else if let Some(Kind::Amount(amount)) = self.grammar.items.get(i).map(|i| &i.kind) {
            let unnamed = self.grammar.words.lexicon.unnamed.iter();
            let meanings = unnamed
                .filter(|metric| self.catalog.metric(metric).is_some())
                .map(|metric| {
                    amount
                        .bounds
                        .iter()
                        .filter_map(|b| self.metric(metric, &b.text()))
                        .collect()
                })
                .find(|found: &Vec<_>| !found.is_empty());
            match meanings {
                Some(meanings) => {
                    self.said.insert(Subject::Quantity);
                    self.understood(i, &links, meanings, Vec::new());
                }
                None => self.fate(i, &links, Fate::Not(Reason::NothingMeasured)),
            }
        }
    }

    /// What a concept says and implies.
    fn says(&self, i: usize, concept: &'a Concept, links: &Links) -> (Vec<Meaning>, Vec<Meaning>) {
        let mut meanings = self.bounds(concept, links);
        let senses = self.grammar.senses(i);
        if links.preferred {
            meanings.extend(self.preferences(concept, &senses).into_iter().map(Meaning::Prefer));
            return (meanings, Vec::new());
        }
        if links.denied {
            if links.amounts.is_empty() {
                let own: Vec<_> = concept.unwanted.iter().collect();
                let denied: Vec<_> = senses.into_iter().filter_map(opposite).collect();
                let chosen = if own.is_empty() || !links.modifiers.is_empty() {
                    denied.iter().collect()
                } else {
                    own
                };
                meanings.extend(chosen.into_iter().filter_map(|s| self.meaning(s, None)));
            }
            return (meanings, Vec::new());
        }
        meanings.extend(senses.into_iter().filter_map(|s| self.meaning(s, links.relation)));
        let implied = concept.implies.iter().filter_map(|s| self.meaning(s, None)).collect();
        (meanings, implied)
    }

    /// The bounds that quantities beside a metric or grade give it. A denied bound is turned round if it says what must
    /// not be exceeded; else it says nothing.
    fn bounds(&self, concept: &Concept, links: &Links) -> Vec<Meaning> {
        let (mut scope, mut account) = (None, None);
        for part in &links.parts {
            if let Some((concept, _)) = self.grammar.concept(*part) {
                scope = scope.or(concept.scope);
                account = account.or(concept.account);
            }
        }
        let mut found = Vec::new();
        for amount in links.amounts.iter().filter_map(|a| self.grammar.items.get(*a)) {
            let Kind::Amount(amount) = &amount.kind else { continue };
            for bound in &amount.bounds {
                let mut bound = bound.clone();
                if links.denied {
                    bound.comparator = match bound.comparator {
                        Some(c @ (Comparator::Greater | Comparator::AtLeast)) => c.opposite(),
                        _ => continue,
                    };
                }
                if let Some(grade) = &concept.grade {
                    found.extend(grade_meaning(grade, &bound.text()));
                } else if let Some(Meaning::Metric { metric, bound, .. }) =
                    concept.metric.as_ref().and_then(|m| self.metric(m, &bound.text()))
                {
                    found.push(Meaning::Metric {
                        metric,
                        bound,
                        scope,
                        account,
                    });
                }
            }
        }
        found
    }

    /// The metrics of which something is preferred.
    fn preferences(&self, concept: &Concept, senses: &[&Sense]) -> Vec<String> {
        if let Some(metric) = &concept.metric {
            return vec![metric.clone()];
        }
        let of = |sense: &&Sense| match sense {
            Sense::Metric(bound) => Some(bound.name.clone()),
            Sense::Prefer(name) => Some(name.clone()),
            _ => None,
        };
        let said: Vec<_> = senses.iter().filter_map(of).collect();
        if !said.is_empty() {
            return said;
        }
        let could_be_said = concept.with.values().flatten();
        could_be_said.filter_map(|s| of(&s)).take(1).collect()
    }

    fn metric(&self, name: &str, bound: &str) -> Option<Meaning> {
        let metric = self.catalog.metric(name)?;
        let bound = Bound::quantity(bound, &metric.unit).ok()?;
        Some(Meaning::Metric {
            metric: metric.name.clone(),
            bound,
            scope: None,
            account: None,
        })
    }

    /// What a sense means; of an isolation class, in a relation.
    fn meaning(&self, sense: &Sense, relation: Option<Comparator>) -> Option<Meaning> {
        Some(match sense {
            Sense::Metric(SenseBound { name, bound }) => return self.metric(name, bound),
            Sense::Grade(SenseBound { name, bound }) => return grade_meaning(name, bound),
            Sense::Need(name) => Meaning::Need(name.clone()),
            Sense::Waive(name) => Meaning::NoNeed(name.clone()),
            Sense::Isolation(class) => Meaning::Isolation {
                relation: match relation {
                    Some(Comparator::Equal) => IsolationRelation::Exactly,
                    _ => IsolationRelation::AtLeast,
                },
                class: class.clone(),
            },
            Sense::OtherIsolation(class) => Meaning::Isolation {
                relation: IsolationRelation::Not,
                class: class.clone(),
            },
            Sense::Include(symbol) => Meaning::Operator(symbol.clone()),
            Sense::Exclude(symbol) => Meaning::NoOperator(symbol.clone()),
            Sense::Technology(id) => Meaning::Technology(id.clone()),
            Sense::WithoutTechnology(id) => Meaning::NoTechnology(id.clone()),
            Sense::Target(target) => Meaning::Target(*target),
            Sense::Workload(kind) => Meaning::Workload(*kind),
            Sense::Fact(name) => Meaning::Fact(name.clone()),
            Sense::WithoutFact(name) => Meaning::NoFact(name.clone()),
            Sense::Compliance(id) => Meaning::Compliance(id.clone()),
            Sense::Prefer(metric) => Meaning::Prefer(metric.clone()),
        })
    }

    /// All tokens of an item and its parts.
    fn tokens_of(&self, i: usize, links: &Links) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        let mut open = vec![i];
        open.extend(&links.parts);
        while let Some(j) = open.pop() {
            all.extend(self.grammar.items.get(j).into_iter().flat_map(|i| &i.tokens));
            if j != i {
                open.extend(self.grammar.links.get(j).into_iter().flat_map(|l| &l.parts));
            }
        }
        all
    }

    fn fate(&mut self, i: usize, links: &Links, fate: Fate) {
        for token in self.tokens_of(i, links) {
            if let Some(slot) = self.fates.get_mut(token) {
                *slot = fate;
            }
        }
    }

    fn understood(&mut self, i: usize, links: &Links, meanings: Vec<Meaning>, implied: Vec<Meaning>) {
        self.fate(i, links, Fate::Understood);
        let mut spans: Vec<Span> = Vec::new();
        let mut before = None;
        for token in self.tokens_of(i, links) {
            let Some(span) = self.tokens.get(token).map(|t| t.span) else {
                continue;
            };
            // The end of a line is a token of its own, though it looks like a space.
            match spans.last_mut() {
                Some(last) if before == token.checked_sub(1) && self.is_space(last.end, span.start) => {
                    last.end = span.end;
                }
                _ => spans.push(span),
            }
            before = Some(token);
        }
        let words: Vec<_> = spans.iter().filter_map(|s| self.text.get(s.start..s.end)).collect();
        self.reading.understood.push(Understood {
            phrase: words.join(" … "),
            spans,
            meanings,
            implied,
        });
    }

    fn is_space(&self, start: usize, end: usize) -> bool {
        self.text.get(start..end).is_some_and(|t| t.trim().is_empty())
    }

    /// Lists what was not understood and what was passed over. Words that stand together are listed together.
    fn account(&mut self) {
        let mut not: Vec<(Span, Reason)> = Vec::new();
        let mut before = None;
        for (token, fate) in self.tokens.iter().zip(&self.fates) {
            let follows = before == Some(fate);
            before = Some(fate);
            match (fate, not.last_mut()) {
                (Fate::Understood, _) => {}
                (Fate::PassedOver, _) => self.reading.passed_over.push(token.span),
                (Fate::Not(_), Some((last, _))) if follows && self.is_space(last.end, token.span.start) => {
                    last.end = token.span.end;
                }
                (Fate::Not(reason), _) => not.push((token.span, *reason)),
            }
        }
        let text = |span: Span| self.text.get(span.start..span.end).unwrap_or_default().to_owned();
        let not = not.into_iter().map(|(span, reason)| NotUnderstood {
            span,
            text: text(span),
            reason,
        });
        self.reading.not_understood = not.collect();
    }
}

fn grade_meaning(name: &str, bound: &str) -> Option<Meaning> {
    let grade = GradeName::ALL.into_iter().find(|g| g.name() == name)?;
    let bound = Bound::grade(bound).ok()?;
    Some(Meaning::Grade { grade, bound })
}

/// What is said by denying a sense, if that says anything.
fn opposite(sense: &Sense) -> Option<Sense> {
    Some(match sense {
        Sense::Need(name) => Sense::Waive(name.clone()),
        Sense::Isolation(class) => Sense::OtherIsolation(class.clone()),
        Sense::Include(symbol) => Sense::Exclude(symbol.clone()),
        Sense::Technology(id) => Sense::WithoutTechnology(id.clone()),
        Sense::Fact(name) => Sense::WithoutFact(name.clone()),
        _ => return None,
    })
}

/// Takes for granted what the text says nothing of.
fn assume(reader: &mut Reader<'_>, lexicon: &Lexicon) {
    for meaning in reader.reading.meanings() {
        match meaning {
            Meaning::Target(_) => reader.said.insert(Subject::Target),
            Meaning::Workload(_) => reader.said.insert(Subject::Workload),
            _ => false,
        };
    }
    let apply =
        |a: &&Assumption| !reader.reading.understood.is_empty() && !a.unsaid.iter().any(|s| reader.said.contains(s));
    let mut assumed = Vec::new();
    for assumption in lexicon.assumptions.iter().filter(apply) {
        let meanings = assumption.means.iter().filter_map(|s| reader.meaning(s, None));
        assumed.extend(meanings.map(|meaning| Assumed {
            meaning,
            because: assumption.because.clone(),
        }));
    }
    let said = reader.reading.meanings();
    assumed.retain(|a| !said.iter().any(|m| *m == a.meaning || m.overrides(&a.meaning)));
    reader.reading.assumed = assumed;
}

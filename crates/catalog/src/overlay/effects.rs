//! What the operators of overlays do to the algebra: what must not happen, and what should be known.

use std::collections::BTreeMap;

use stackwright_algebra::{Algebra, Automaton, Effect, NotCongruent, OperatorId, Side, Stack, Tables, first_change};
use stackwright_text::{Diagnostic, Source, expression};

use super::merge::Origins;
use crate::Catalog;
use crate::model::{Acceptance, Kind};
use crate::read::{CatalogData, DataFile};

/// The merged operators beside the built-in ones.
pub struct Review<'a> {
    /// The built-in catalogue.
    pub base: &'a Catalog,
    /// All operators.
    pub algebra: &'a Algebra,
    /// Their tables.
    pub automaton: &'a Automaton,
    /// The files of all overlays.
    pub files: &'a [&'a DataFile],
    /// Where the records of overlays come from.
    pub origins: &'a Origins,
}

impl Review<'_> {
    /// Errors and warnings, in this order.
    pub fn findings(&self) -> Vec<Diagnostic> {
        if self.files.iter().all(|f| f.kind != Kind::Operators) {
            return Vec::new();
        }
        let moved = self.moved();
        if !moved.is_empty() {
            return moved;
        }
        let mut findings = Vec::new();
        findings.extend(self.not_congruent());
        findings.extend(self.merged_stacks());
        findings.extend(self.changed());
        findings.extend(self.equal_operators());
        findings.extend(self.shadowed_symbols());
        findings
    }

    fn at(&self, list: &'static str, name: &str, code: &'static str, message: String) -> Diagnostic {
        match self.origins.get(&(list, name.to_owned())) {
            Some(origin) => origin.diagnostic(self.files, code, message),
            None => Diagnostic::new(code, message),
        }
    }

    /// The operators that overlays add or replace, in order.
    fn own(&self) -> impl Iterator<Item = OperatorId> {
        let own = |id: &OperatorId| {
            self.origins
                .contains_key(&("operators", self.algebra.symbol(*id).to_owned()))
        };
        self.algebra.ids().filter(own)
    }

    /// Operators that no longer act on the facet that they did: words would fall into other parts.
    fn moved(&self) -> Vec<Diagnostic> {
        let facet = |algebra: &Algebra, id| algebra.operator(id).map(|o| &o.effect).and_then(Effect::facet);
        let moved = self.own().filter_map(|id| {
            let old = facet(self.base.algebra(), id)?;
            let new = facet(self.algebra, id).filter(|new| *new != old)?;
            let symbol = self.algebra.symbol(id);
            let message = format!(
                "operator `{symbol}` acts on the {} facet, and what it replaces on the {} facet",
                new.name(),
                old.name()
            );
            let diagnostic = self.at("operators", symbol, "overlay::facet", message);
            Some(diagnostic.with_help("give the operator a symbol of its own"))
        });
        moved.collect()
    }

    fn not_congruent(&self) -> Option<Diagnostic> {
        let message = match self.automaton.congruence(self.algebra) {
            Ok(_) => return None,
            Err(NotCongruent::TooLarge { equations }) => {
                format!(
                    "that equal words stay equal in every context cannot be decided: it takes {equations} equations"
                )
            }
            Err(NotCongruent::Counterexample { context, left, right }) => {
                let show = |word: &[OperatorId]| self.algebra.display(word);
                match right {
                    Some(right) => {
                        format!(
                            "{} equals {}, but not after {}",
                            show(&left),
                            show(&right),
                            show(&context)
                        )
                    }
                    None => format!(
                        "{} describes no stack, but after {} it does",
                        show(&left),
                        show(&context)
                    ),
                }
            }
        };
        let file = self.files.iter().find(|f| f.kind == Kind::Operators)?;
        let help = "declare fewer layers, attributes and refinements of layers";
        Some(file.diagnostic(&[], "overlay::congruence", message).with_help(help))
    }

    /// A word of built-in operators that has another normal form now.
    fn changed(&self) -> Option<Diagnostic> {
        let old = Tables {
            algebra: self.base.algebra(),
            automaton: self.base.automaton(),
        };
        let new = Tables {
            algebra: self.algebra,
            automaton: self.automaton,
        };
        let change = first_change(old, new)?;
        let show = |word: &Option<Vec<OperatorId>>| match word {
            Some(word) => format!("the normal form {}", self.algebra.display(word)),
            None => "no stack".to_owned(),
        };
        let message = format!(
            "the built-in word {} had {} and would have {}",
            self.algebra.display(&change.word),
            show(&change.old),
            show(&change.new)
        );
        // The operator in the new form or in the word that is an overlay's, if one is.
        let letters = || change.new.iter().flatten().chain(&change.word);
        let macros = || change.word.iter().flat_map(|id| self.algebra.letters(id));
        let culprit = self.own().find(|own| letters().chain(macros()).any(|id| id == own));
        let accepted = self
            .files
            .iter()
            .any(|f| f.accepts.contains(&Acceptance::ChangedNormalForms));
        let code = "overlay::changed-normal-form";
        let diagnostic = match (culprit, self.files.iter().find(|f| f.kind == Kind::Operators)) {
            (Some(id), _) => self.at("operators", self.algebra.symbol(id), code, message),
            (None, Some(file)) => file.diagnostic(&[], code, message),
            (None, None) => Diagnostic::new(code, message),
        };
        let acceptance = Acceptance::ChangedNormalForms.name();
        Some(if accepted {
            let help = format!(
                "this is accepted with `accepts: [{acceptance}]`; realizations must be given for the new forms"
            );
            diagnostic.as_warning().with_help(help)
        } else {
            let help = format!("make it a macro with `expands`, or accept the change with `accepts: [{acceptance}]`");
            diagnostic.with_help(help)
        })
    }

    /// Operators that do what an earlier one does.
    fn equal_operators(&self) -> Vec<Diagnostic> {
        let mut findings = Vec::new();
        for id in self.own() {
            let does = |id| self.automaton.decide(self.algebra, &[id], &[id]).left;
            let Side::Stack { stack, .. } = does(id) else { continue };
            let equal = |other: &OperatorId| {
                *other != id && matches!(does(*other), Side::Stack { stack: other, .. } if other == stack)
            };
            // Of two own ones, the later is the one to think about.
            let before = |other: &OperatorId| *other < id || !self.own().any(|own| own == *other);
            if let Some(other) = self.algebra.ids().filter(before).find(equal) {
                let (symbol, other) = (self.algebra.symbol(id), self.algebra.symbol(other));
                let message = format!("operator `{symbol}` does just what `{other}` does");
                let diagnostic = self.at("operators", symbol, "overlay::equal-operator", message);
                findings.push(diagnostic.as_warning().with_help(format!(
                    "use `{other}`, or give `{symbol}` a mark of its own if it is to be told apart"
                )));
            }
        }
        findings
    }

    /// Protected built-in words that described different stacks and now describe the same.
    fn merged_stacks(&self) -> Vec<Diagnostic> {
        let reach = |algebra: &Algebra, word: &str| -> Option<Stack> {
            let parsed = expression::parse(&Source::new("<word>", word), algebra).ok()?;
            algebra.run(&parsed.word).ok()
        };
        let replaced: Vec<_> = self
            .own()
            .filter(|id| usize::from(id.0) < self.base.algebra().operators().len())
            .collect();
        let mut seen: BTreeMap<Stack, Vec<&str>> = BTreeMap::new();
        let mut findings = Vec::new();
        for word in protected(self.base.data()) {
            let Some(stack) = reach(self.algebra, word) else {
                continue;
            };
            let others = seen.entry(stack).or_default();
            for other in others.iter() {
                if reach(self.base.algebra(), word) == reach(self.base.algebra(), other) {
                    continue;
                }
                let message = format!("the protected words {other} and {word} describe the same stack");
                let symbol = |id: &OperatorId| self.algebra.symbol(*id);
                let culprit = replaced.iter().map(symbol).find(|s| word.split('∘').any(|w| w == *s));
                let diagnostic = match culprit {
                    Some(symbol) => self.at("operators", symbol, "overlay::merged-stacks", message),
                    None => Diagnostic::new("overlay::merged-stacks", message),
                };
                let help = "they are told apart for a reason: keep the effects that do";
                findings.push(diagnostic.as_warning().with_help(help));
            }
            others.push(word);
        }
        findings
    }

    /// Symbols that are easily taken for others.
    fn shadowed_symbols(&self) -> Vec<Diagnostic> {
        let symbols: Vec<&str> = self.algebra.operators().iter().map(|o| o.symbol.as_str()).collect();
        let builtin = |symbol: &str| self.base.algebra().find(symbol).is_some();
        let mut findings = Vec::new();
        for (at, symbol) in symbols.iter().enumerate() {
            let others = || symbols.iter().copied().filter(|s| s != symbol);
            let earlier = symbols.iter().take(at);
            let folded = earlier
                .copied()
                .find(|s| s.eq_ignore_ascii_case(symbol) && !builtin(symbol));
            let message = if let Some(other) = folded {
                format!("operator `{symbol}` differs from `{other}` only by case")
            } else if let Some(parts) = split(symbol, &others().collect::<Vec<_>>())
                && !(builtin(symbol) && parts.iter().all(|p| builtin(p)))
            {
                format!(
                    "operator `{symbol}` reads like {} written without anything between",
                    parts.join("∘")
                )
            } else if let Some(base) = others().find(|s| is_power(symbol, s) && !builtin(symbol)) {
                format!("operator `{symbol}` reads like a power of `{base}`")
            } else {
                continue;
            };
            let own = if builtin(symbol) {
                // A built-in symbol that a new one completes: the part is what is new.
                others().find(|s| !builtin(s) && symbol.contains(s)).unwrap_or(symbol)
            } else {
                symbol
            };
            let diagnostic = self.at("operators", own, "overlay::shadowed-symbol", message);
            findings.push(
                diagnostic
                    .as_warning()
                    .with_help("give it a symbol that cannot be mistaken"),
            );
        }
        findings
    }
}

/// A symbol as two or more others, written without anything between them.
fn split<'s>(symbol: &str, others: &[&'s str]) -> Option<Vec<&'s str>> {
    others.iter().find_map(|first| {
        let rest = symbol.strip_prefix(first)?;
        let rest = others
            .iter()
            .find(|o| **o == rest)
            .map(|o| vec![*o])
            .or_else(|| if rest.is_empty() { None } else { split(rest, others) })?;
        Some([vec![*first], rest].concat())
    })
}

/// Whether a symbol is another with digits after it, as `C2` and `C^2`.
fn is_power(symbol: &str, base: &str) -> bool {
    let digits = symbol.strip_prefix(base).unwrap_or_default();
    !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
}

/// Words that must describe different stacks: those with names, and others that data protects.
fn protected(data: &CatalogData) -> Vec<&str> {
    let mut words: Vec<&str> = Vec::new();
    for word in data.forms.iter().map(|f| &f.word).chain(&data.protected) {
        if !words.contains(&word.as_str()) {
            words.push(word);
        }
    }
    words
}

/// Writes the words of built-in records in the normal forms that they have now. They differ only where an overlay
/// accepts that; a word that describes no stack is left for the check of references.
pub fn rewrite(data: &mut CatalogData, origins: &Origins, algebra: &Algebra, automaton: &Automaton) {
    let normal = |word: &mut String| {
        let parsed = expression::parse(&Source::new("<word>", word.as_str()), algebra);
        if let Some(normal) = parsed.ok().and_then(|p| automaton.normalize(algebra, &p.word).ok()) {
            *word = algebra.display(&normal);
        }
    };
    let builtin = |list: &'static str, name: &str| !origins.contains_key(&(list, name.to_owned()));
    for form in data.forms.iter_mut().filter(|f| builtin("forms", &f.word)) {
        normal(&mut form.word);
    }
    for realization in data.realizations.iter_mut().filter(|r| builtin("realizations", &r.id)) {
        realization.words.iter_mut().for_each(normal);
    }
}

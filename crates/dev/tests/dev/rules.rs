//! The exported rules are a complete rewriting system with the engine's normal forms.

use std::collections::HashMap;
use std::sync::LazyLock;

use proptest::prelude::*;
use stackwright_algebra::{OperatorId, Rule, rewriting_rules};
use stackwright_dev::Compiled;
use stackwright_dev::generate::{settings, symbols, typed_word};

/// A program that knows the rules and nothing else. Letters are left on a stack; when its top is a left side, the right
/// side goes back to what is to be read. `None` is the zero.
struct Rewriter {
    rules: HashMap<Vec<OperatorId>, Option<Vec<OperatorId>>>,
    longest: usize,
}

impl Rewriter {
    fn new(rules: &[Rule]) -> Self {
        Self {
            rules: rules.iter().map(|r| (r.left.clone(), r.right.clone())).collect(),
            longest: rules.iter().map(|r| r.left.len()).max().unwrap(),
        }
    }

    fn rewrite(&self, word: &[OperatorId]) -> Option<Vec<OperatorId>> {
        let mut done: Vec<OperatorId> = Vec::new();
        let mut left: Vec<OperatorId> = word.iter().rev().copied().collect();
        while let Some(letter) = left.pop() {
            done.push(letter);
            let shortest = done.len().saturating_sub(self.longest);
            let rule = (shortest..done.len()).find_map(|from| Some((from, self.rules.get(&done[from..])?)));
            if let Some((from, right)) = rule {
                done.truncate(from);
                left.extend(right.as_ref()?.iter().rev());
            }
        }
        Some(done)
    }
}

fn builtin() -> &'static (Compiled, Vec<Rule>) {
    static BUILTIN: LazyLock<(Compiled, Vec<Rule>)> = LazyLock::new(|| {
        let engine = Compiled::builtin();
        let rules = rewriting_rules(&engine.algebra, &engine.automaton);
        (engine, rules)
    });
    &BUILTIN
}

#[test]
fn each_rule_is_an_equation_that_makes_a_word_less() {
    let (engine, rules) = builtin();
    for Rule { left, right } in rules {
        assert_eq!(engine.automaton.normalize(&engine.algebra, left).ok(), *right);
        if let Some(right) = right {
            assert!((right.len(), right) < (left.len(), left), "{left:?} → {right:?}");
        }
    }
}

#[test]
fn no_rule_is_redundant() {
    let (_, rules) = builtin();
    for rule in rules {
        let others: Vec<Rule> = rules.iter().filter(|r| *r != rule).cloned().collect();
        assert_eq!(Rewriter::new(&others).rewrite(&rule.left).as_ref(), Some(&rule.left));
    }
}

/// By the critical pair lemma: where two left sides overlap, both ways of rewriting end in the same word.
#[test]
fn the_rules_are_confluent() {
    let (_, rules) = builtin();
    let rewriter = Rewriter::new(rules);
    let mut overlaps = 0_u32;
    for first in rules {
        for second in rules {
            for shared in 1..first.left.len().min(second.left.len()) {
                let (begin, middle) = first.left.split_at(first.left.len() - shared);
                if !second.left.starts_with(middle) {
                    continue;
                }
                overlaps += 1;
                let end = &second.left[shared..];
                let one = first.right.as_ref().map(|r| [r, end].concat());
                let other = second.right.as_ref().map(|r| [begin, r].concat());
                let end_of = |word: Option<Vec<OperatorId>>| word.and_then(|w| rewriter.rewrite(&w));
                assert_eq!(end_of(one), end_of(other), "{first:?} and {second:?}");
            }
        }
    }
    assert!(overlaps > 1000, "{overlaps} overlaps");
}

proptest! {
    #![proptest_config(settings(2_000))]

    #[test]
    fn rewriting_ends_in_the_engine_s_normal_form(word in typed_word(0..40)) {
        let (engine, rules) = builtin();
        let rewriter = Rewriter::new(rules);
        let word: Vec<_> = engine.word(&word).iter().flat_map(|id| engine.algebra.letters(id).to_vec()).collect();
        prop_assert_eq!(rewriter.rewrite(&word), engine.automaton.normalize(&engine.algebra, &word).ok());
    }
}

#[test]
fn short_words_without_a_stack_rewrite_to_the_zero() {
    let (engine, rules) = builtin();
    let rewriter = Rewriter::new(rules);
    let letters: Vec<_> = symbols().into_iter().filter(|s| *s != "Kc").collect();
    for word in stackwright_dev::generate::all_words(&letters, 3) {
        let ids = engine.word(&word);
        let bounded = ids.len() > 2 && rewriter.rewrite(&ids).is_some() && engine.algebra.run(&ids).is_err();
        if bounded {
            // The one thing that the rules leave out: three hypervisors.
            let hypervisors = word.iter().filter(|s| ["V", "F", "Cc"].contains(*s)).count();
            assert_eq!(hypervisors, 3, "{word:?}");
        } else {
            assert_eq!(
                rewriter.rewrite(&ids),
                engine.automaton.normalize(&engine.algebra, &ids).ok()
            );
        }
    }
}

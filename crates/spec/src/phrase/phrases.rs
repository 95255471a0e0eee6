//! Finding the longest phrase at a place of a text.

use std::collections::BTreeMap;

use super::normal::{Char, characters, is_gap, is_han, is_letter};

/// Phrases and what each of them is, as a tree of characters. The first of two equal phrases counts.
#[derive(Clone, Debug)]
pub(super) struct Phrases<T> {
    nodes: Vec<Node<T>>,
}

#[derive(Clone, Debug)]
struct Node<T> {
    next: BTreeMap<char, usize>,
    found: Option<T>,
}

/// The most spaces and hyphens between two words of a phrase.
const MAX_GAP: usize = 8;

impl<T> Phrases<T> {
    pub(super) fn new() -> Self {
        let root = Node {
            next: BTreeMap::new(),
            found: None,
        };
        Self { nodes: vec![root] }
    }

    /// Adds a phrase. A space in it is optional beside a Chinese character.
    pub(super) fn add(&mut self, phrase: &str, found: T) {
        let chars: Vec<char> = characters(phrase).iter().map(|c| c.folded).collect();
        // The case of a single letter matters: it is a unit.
        let chars = match chars.as_slice() {
            [c] if c.is_ascii_alphabetic() => phrase.chars().collect(),
            _ => chars,
        };
        let mut node = 0;
        for (i, c) in chars.iter().enumerate() {
            let beside = |i: Option<usize>| i.and_then(|i| chars.get(i)).copied();
            let (before, after) = (beside(i.checked_sub(1)), beside(Some(i + 1)));
            let c = match (before, after) {
                (Some(before), Some(after)) if is_gap(*c) => {
                    if is_han(before) || is_han(after) {
                        continue;
                    }
                    ' '
                }
                _ => *c,
            };
            node = self.child(node, c);
        }
        if let Some(node) = self.nodes.get_mut(node) {
            node.found.get_or_insert(found);
        }
    }

    fn child(&mut self, node: usize, c: char) -> usize {
        if let Some(next) = self.nodes.get(node).and_then(|n| n.next.get(&c)) {
            return *next;
        }
        let new = self.nodes.len();
        self.nodes.push(Node {
            next: BTreeMap::new(),
            found: None,
        });
        if let Some(node) = self.nodes.get_mut(node) {
            node.next.insert(c, new);
        }
        new
    }

    /// The longest phrase that starts at a place, and where it ends. A phrase of letters ends with the word; an English
    /// word may have the plural's `s`.
    pub(super) fn longest(&self, chars: &[Char], at: usize) -> Option<(usize, &T)> {
        let folded = |i: usize| chars.get(i).map(|c| c.folded);
        let mut node = self.nodes.first()?;
        let mut best = None;
        let mut i = at;
        while let Some(c) = chars.get(i) {
            // A single letter is compared with regard to case.
            let alone = i == at && !folded(i + 1).is_some_and(is_letter);
            let compared = if alone && c.exact.is_ascii_uppercase() && node.next.contains_key(&c.exact) {
                c.exact
            } else {
                c.folded
            };
            if let Some(next) = node.next.get(&compared).filter(|_| !(is_gap(compared) && i > at)) {
                node = self.nodes.get(*next)?;
                i += 1;
                if let Some(found) = &node.found
                    && let Some(end) = end_of_word(chars, i)
                {
                    best = Some((end, found));
                }
            } else if i > at && is_gap(c.folded) {
                let Some(after) = (i..i + MAX_GAP).find(|i| !folded(*i).is_some_and(is_gap)) else {
                    break;
                };
                let han = folded(i.saturating_sub(1)).is_some_and(is_han) || folded(after).is_some_and(is_han);
                match node.next.get(&' ') {
                    Some(next) => node = self.nodes.get(*next)?,
                    None if han && c.folded == ' ' => {}
                    None => break,
                }
                i = after;
            } else {
                break;
            }
        }
        best
    }
}

/// Where the word ends that was read up to a place, if it ends there.
fn end_of_word(chars: &[Char], end: usize) -> Option<usize> {
    let letter = |i: usize| chars.get(i).is_some_and(|c| is_letter(c.folded));
    let last = end.checked_sub(1)?;
    if !letter(last) || !letter(end) {
        return Some(end);
    }
    let is = |i: usize, wanted: fn(&char) -> bool| chars.get(i).is_some_and(|c| wanted(&c.folded));
    let plural = is(last, char::is_ascii_lowercase) && is(end, |c| *c == 's') && !letter(end + 1);
    plural.then_some(end + 1)
}

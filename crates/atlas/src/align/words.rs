//! Two texts compared by their words.

/// What becomes of a word between one text and another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Both have it.
    Kept(String),
    /// Only the first has it.
    Left(String),
    /// Only the second has it.
    Right(String),
}

/// How one text stands to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Whether all words of the first stand in the second, together and in order.
    pub verbatim: bool,
    /// Twice the length of the longest common subsequence of words, divided by the number of words of both (the Dice
    /// coefficient over that subsequence): from 0, nothing in common, to 1, the same words.
    pub similarity: f64,
    /// The words of both, in order; where they differ, those of the first come first.
    pub changes: Vec<Change>,
}

/// A word as it is written, and as it is compared.
struct Word<'a> {
    written: &'a str,
    folded: String,
}

/// The words of a text: what stands between spaces, and each Chinese character by itself. They are compared without
/// punctuation around them and without regard to capitals; a word of punctuation alone is none.
fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    for piece in text.split_whitespace() {
        let mut rest = piece;
        while let Some(at) = rest.find(is_character) {
            let (before, from) = rest.split_at(at);
            let (character, after) = from.split_at(from.chars().next().map_or(0, char::len_utf8));
            push(before, &mut words);
            push(character, &mut words);
            rest = after;
        }
        push(rest, &mut words);
    }
    words
}

fn is_character(c: char) -> bool {
    ('\u{3400}'..='\u{9fff}').contains(&c)
}

fn push<'a>(written: &'a str, words: &mut Vec<Word<'a>>) {
    let folded = written.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    if !folded.is_empty() {
        words.push(Word { written, folded });
    }
}

/// Compares two texts.
pub fn compare(first: &str, second: &str) -> Comparison {
    let (a, b) = (words(first), words(second));
    let same = |x: &Word<'_>, y: &Word<'_>| x.folded == y.folded;
    let verbatim = !a.is_empty()
        && b.windows(a.len())
            .any(|window| window.iter().zip(&a).all(|(x, y)| same(x, y)));
    let lengths = suffix_lengths(&a, &b);
    let length = |i: usize, j: usize| lengths.get(i * (b.len() + 1) + j).copied().unwrap_or(0);
    let (mut i, mut j) = (0, 0);
    let mut changes = Vec::with_capacity(a.len() + b.len());
    loop {
        match (a.get(i), b.get(j)) {
            (Some(x), Some(y)) if same(x, y) => {
                changes.push(Change::Kept(y.written.to_owned()));
                (i, j) = (i + 1, j + 1);
            }
            (Some(x), y) if y.is_none() || length(i + 1, j) >= length(i, j + 1) => {
                changes.push(Change::Left(x.written.to_owned()));
                i += 1;
            }
            (_, Some(y)) => {
                changes.push(Change::Right(y.written.to_owned()));
                j += 1;
            }
            (_, None) => break,
        }
    }
    let total = a.len() + b.len();
    // Texts have far fewer words than a float has integers.
    #[allow(clippy::cast_precision_loss)]
    let similarity = if total == 0 {
        1.0
    } else {
        2.0 * length(0, 0) as f64 / total as f64
    };
    Comparison {
        verbatim,
        similarity,
        changes,
    }
}

/// The lengths of the longest common subsequences of every two suffixes, row by row.
fn suffix_lengths(a: &[Word<'_>], b: &[Word<'_>]) -> Vec<usize> {
    let width = b.len() + 1;
    let mut lengths = vec![0; (a.len() + 1) * width];
    for (i, x) in a.iter().enumerate().rev() {
        for (j, y) in b.iter().enumerate().rev() {
            let at = |row: usize, column: usize| lengths.get(row * width + column).copied().unwrap_or(0);
            let length = if x.folded == y.folded {
                at(i + 1, j + 1) + 1
            } else {
                at(i + 1, j).max(at(i, j + 1))
            };
            if let Some(cell) = lengths.get_mut(i * width + j) {
                *cell = length;
            }
        }
    }
    lengths
}

/// The passage of a longer text that is most like a shorter one: up to three sentences that follow each other, or the
/// first of those that are equally like it.
pub fn closest<'t>(wanted: &str, text: &'t str) -> &'t str {
    const RUN: usize = 3;
    let sentences = sentences(text);
    let mut best = (-1.0, "");
    for (at, (start, _)) in sentences.iter().enumerate() {
        for (_, end) in sentences.iter().skip(at).take(RUN) {
            let passage = text.get(*start..*end).unwrap_or("").trim();
            let Comparison {
                verbatim, similarity, ..
            } = compare(wanted, passage);
            // What holds all of the words comes before what only resembles them.
            let likeness = similarity + f64::from(u8::from(verbatim));
            if likeness > best.0 {
                best = (likeness, passage);
            }
        }
    }
    best.1
}

/// Where sentences begin and end: after `.`, `!` or `?` before a space, after `。`, and at ends of lines.
fn sentences(text: &str) -> Vec<(usize, usize)> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let before_space = characters.peek().is_none_or(|(_, next)| next.is_whitespace());
        if matches!(c, '\n' | '。') || (matches!(c, '.' | '!' | '?') && before_space) {
            let end = at + c.len_utf8();
            if text.get(start..end).is_some_and(|s| !s.trim().is_empty()) {
                sentences.push((start, end));
            }
            start = end;
        }
    }
    if text.get(start..).is_some_and(|s| !s.trim().is_empty()) {
        sentences.push((start, text.len()));
    }
    sentences
}

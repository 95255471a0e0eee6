//! Claims about command lines: whether a tool takes the options and operands that a document gives it.
//!
//! What commands take is a matrix, as their manuals list it: a row for each command.

use super::{Judge, Judgement, Reason, ReasonKind, Verdict};
use crate::model::{CellValue, CommandLine, Matrix, Row};

/// The columns that a matrix of commands has, [`CommandLine::COLUMNS`].
const OPTIONS: &str = CommandLine::COLUMNS[0];
const SWITCHES: &str = CommandLine::COLUMNS[1];
const OPERANDS: &str = CommandLine::COLUMNS[2];

impl Judge<'_> {
    /// Judges a command line: every command of it.
    pub(super) fn accepted(&self, command: &CommandLine) -> Judgement {
        let Some(matrix) = self.data.matrices.iter().find(|m| m.id == command.by) else {
            return Judgement::open(format!("there is no matrix {}", command.by));
        };
        let commands = command
            .line
            .split('|')
            .map(|c| c.split_whitespace().collect::<Vec<_>>());
        Judgement::all(commands.map(|words| judged(&words, matrix)).collect())
    }
}

fn judged(words: &[&str], matrix: &Matrix) -> Judgement {
    let Some((row, rest)) = command(words, matrix) else {
        return Judgement::open(format!("nothing is known of what {} takes", words.join(" ")));
    };
    let name = row.subject.as_str();
    let manual = Manual {
        options: cell(row, OPTIONS),
        switches: cell(row, SWITCHES),
        operands: cell(row, OPERANDS),
    };
    let source = row.cells.get(OPTIONS).and_then(|c| c.source.as_ref());
    let source = source
        .or(matrix.source.as_ref())
        .map(|s| s.title.as_str())
        .unwrap_or_default();
    match manual.read(rest) {
        Ok(taken) => {
            let taken = if taken.is_empty() {
                "no option".to_owned()
            } else {
                taken.join(", ")
            };
            let operands = manual.operands.join(" ");
            let mut judgement = Judgement::new(
                Verdict::Supported,
                ReasonKind::For,
                format!("{name} takes {taken} ({source})"),
            );
            if !operands.is_empty() {
                let text = format!("the operands of {name} are {operands}");
                judgement.because.push(Reason::new(ReasonKind::Besides, text));
            }
            judgement
        }
        Err(Refused::Option(option)) => {
            let text = format!("{name} has no option {option} ({source})");
            Judgement::new(Verdict::Contradicted, ReasonKind::Against, text)
        }
        Err(Refused::NoValue(option)) => {
            let text = format!("the option {option} of {name} takes a value, and none is given ({source})");
            Judgement::new(Verdict::Contradicted, ReasonKind::Against, text)
        }
        Err(Refused::TooFew(operand)) => {
            let text = format!("{name} wants {operand}, and it is not given ({source})");
            Judgement::new(Verdict::Contradicted, ReasonKind::Against, text)
        }
        Err(Refused::TooMany(word)) => {
            let text = format!("{name} has no use for {word} ({source})");
            Judgement::new(Verdict::Contradicted, ReasonKind::Against, text)
        }
    }
}

/// The row of the command that the words start with, the longest name first, and the other words.
fn command<'w, 'm>(words: &'w [&'w str], matrix: &'m Matrix) -> Option<(&'m Row, &'w [&'w str])> {
    (1..=words.len()).rev().find_map(|length| {
        let (name, rest) = words.split_at_checked(length)?;
        let name = name.join(" ");
        matrix.rows.iter().find(|r| r.subject == name).map(|row| (row, rest))
    })
}

fn cell<'r>(row: &'r Row, column: &str) -> Vec<&'r str> {
    match row.cells.get(column).map(|c| &c.value) {
        Some(CellValue::Words(words)) => words.iter().map(String::as_str).collect(),
        Some(CellValue::Word(word)) => vec![word],
        _ => Vec::new(),
    }
}

/// What a command takes.
struct Manual<'m> {
    options: Vec<&'m str>,
    switches: Vec<&'m str>,
    operands: Vec<&'m str>,
}

/// Why a command does not take its words.
#[derive(Debug, PartialEq, Eq)]
enum Refused {
    Option(String),
    NoValue(String),
    TooFew(String),
    TooMany(String),
}

impl Manual<'_> {
    /// The options that are given, or the first thing that is wrong.
    fn read(&self, words: &[&str]) -> Result<Vec<String>, Refused> {
        let (mut taken, mut operands) = (Vec::new(), Vec::new());
        let mut words = words.iter();
        // Operands that repeat are the arguments of a program, to which all belongs that follows its name.
        let has_program = self.operands.iter().any(|o| o.contains("..."));
        while let Some(word) = words.next() {
            let is_option = word.len() > 1 && word.starts_with('-');
            if !is_option || (has_program && !operands.is_empty()) {
                operands.push(*word);
            } else if let Some((option, value)) = self.option(word)? {
                if value.is_empty() && words.next().is_none() {
                    return Err(Refused::NoValue(option));
                }
                taken.push(option);
            } else {
                taken.push((*word).to_owned());
            }
        }
        let wanted = self.operands.iter().filter(|o| !o.starts_with('['));
        if let Some(missing) = wanted.clone().nth(operands.len()) {
            return Err(Refused::TooFew((*missing).to_owned()));
        }
        match operands.get(self.operands.len()) {
            Some(word) if !has_program => Err(Refused::TooMany((*word).to_owned())),
            _ => Ok(taken),
        }
    }

    /// An option with the value that stands in the same word, empty if the next word is it; nothing for switches.
    fn option<'w>(&self, word: &'w str) -> Result<Option<(String, &'w str)>, Refused> {
        let unknown = |name: &str| Refused::Option(name.to_owned());
        if word.starts_with("--") {
            let (name, value) = word.split_once('=').unwrap_or((word, ""));
            return match (self.options.contains(&name), self.switches.contains(&name)) {
                (true, _) => Ok(Some((name.to_owned(), value))),
                (_, true) => Ok(None),
                _ => Err(unknown(name)),
            };
        }
        // Short ones can stand together; the value of one is what follows it.
        for (at, letter) in word.char_indices().skip(1) {
            let name = format!("-{letter}");
            if self.options.contains(&name.as_str()) {
                let value = word.get(at + letter.len_utf8()..).unwrap_or_default();
                return Ok(Some((name, value)));
            }
            if !self.switches.contains(&name.as_str()) {
                return Err(unknown(&name));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;

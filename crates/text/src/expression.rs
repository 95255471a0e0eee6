//! The surface syntax of expressions: every way in which words of operators are written.
//!
//! ```text
//! expression = item { [ separator ] item }
//! item       = ( symbol | "∅" | "(" expression ")" ) [ power ]
//! separator  = "∘" | "→" | "->" | "," and their relatives; white space
//! power      = "^" digits | superscript digits
//! ```
//!
//! Full-width forms are read as their ASCII counterparts. The first operator is the outermost layer, nearest the
//! hardware.

use stackwright_algebra::{Algebra, IllTyped, OperatorId};

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};
use crate::suggest::nearest;

/// The number of letters that one expression may have after its powers are written out.
pub const MAX_LETTERS: usize = 1_000_000;

/// How deep parentheses may nest.
const MAX_DEPTH: usize = 64;

/// A parsed expression: its letters, and where each of them stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expression {
    /// The word.
    pub word: Vec<OperatorId>,
    /// The range of each letter.
    pub spans: Vec<Span>,
}

/// Reads an expression.
///
/// # Errors
///
/// A diagnostic with the place: an unknown operator with the nearest known one, a character that has no meaning, a
/// power without a number, an unbalanced parenthesis, or a word that is too long.
pub fn parse(source: &Source, algebra: &Algebra) -> Result<Expression, Diagnostic> {
    let mut parser = ExpressionParser {
        source,
        algebra,
        offset: 0,
    };
    let mut expression = Expression::default();
    parser.sequence(&mut expression, 0)?;
    match parser.peek() {
        None => Ok(expression),
        Some(_) => Err(parser.error("this closing parenthesis opens nowhere", parser.here())),
    }
}

/// The diagnostic for a word that describes no stack: where, why, and the word mended.
pub fn ill_typed(source: &Source, expression: &Expression, algebra: &Algebra, error: &IllTyped) -> Diagnostic {
    let mended = algebra.mend(&expression.word);
    let span = expression.spans.get(error.position).copied().unwrap_or_default();
    Diagnostic::new("expression::ill-typed", algebra.explain(error))
        .with_source(source)
        .with_label(span, "has no place here")
        .with_help(format!("did you mean `{}`?", algebra.display(&mended)))
}

struct ExpressionParser<'a> {
    source: &'a Source,
    algebra: &'a Algebra,
    offset: usize,
}

impl ExpressionParser<'_> {
    fn peek(&self) -> Option<char> {
        self.source.text().get(self.offset..)?.chars().next().map(narrow)
    }

    fn bump(&mut self) {
        let raw = self.source.text().get(self.offset..).and_then(|t| t.chars().next());
        self.offset += raw.map_or(0, char::len_utf8);
    }

    fn here(&self) -> Span {
        let len = self.source.text().get(self.offset..).and_then(|t| t.chars().next());
        Span::new(self.offset, self.offset + len.map_or(0, char::len_utf8))
    }

    fn error(&self, message: impl Into<String>, span: Span) -> Diagnostic {
        Diagnostic::new("expression::syntax", message)
            .with_source(self.source)
            .with_label(span, "here")
            .with_help("write operators with `∘`, `→`, `->`, commas or spaces between them, such as `I∘C∘S`")
    }

    fn sequence(&mut self, out: &mut Expression, depth: usize) -> Result<(), Diagnostic> {
        loop {
            self.skip_separators()?;
            match self.peek() {
                None | Some(')') => return Ok(()),
                Some(_) => self.item(out, depth)?,
            }
        }
    }

    fn skip_separators(&mut self) -> Result<(), Diagnostic> {
        while let Some(c) = self.peek() {
            if c == '-' || c == '=' {
                let start = self.here();
                self.bump();
                if self.peek() != Some('>') {
                    return Err(self.error(format!("`{c}` has no meaning here, `{c}>` is an arrow"), start));
                }
                self.bump();
            } else if is_separator(c) {
                self.bump();
            } else {
                break;
            }
        }
        Ok(())
    }

    fn item(&mut self, out: &mut Expression, depth: usize) -> Result<(), Diagnostic> {
        let start = self.offset;
        let first = out.word.len();
        match self.peek() {
            Some('∅') => self.bump(),
            Some('(') => {
                let open = self.here();
                if depth == MAX_DEPTH {
                    return Err(self.error(format!("parentheses nest deeper than {MAX_DEPTH}"), open));
                }
                self.bump();
                self.sequence(out, depth + 1)?;
                if self.peek() != Some(')') {
                    return Err(self.error("this parenthesis is not closed", open));
                }
                self.bump();
            }
            Some(c) if is_symbol_start(c) => self.symbol(out)?,
            _ => {
                let raw = self
                    .source
                    .text()
                    .get(self.offset..)
                    .and_then(|t| t.chars().next())
                    .unwrap_or(' ');
                return Err(self.error(format!("`{}` has no meaning here", raw.escape_default()), self.here()));
            }
        }
        self.power(out, first, start)
    }

    fn symbol(&mut self, out: &mut Expression) -> Result<(), Diagnostic> {
        let start = self.offset;
        let mut name = String::new();
        while let Some(c) = self.peek().filter(|c| is_symbol_start(*c) || c.is_ascii_digit()) {
            name.push(c);
            self.bump();
        }
        let span = Span::new(start, self.offset);
        let Some(id) = self.algebra.find(&name) else {
            return Err(self.unknown(&name, span));
        };
        if out.word.len() >= MAX_LETTERS {
            return Err(self.too_long(span));
        }
        out.word.push(id);
        out.spans.push(span);
        Ok(())
    }

    fn power(&mut self, out: &mut Expression, first: usize, start: usize) -> Result<(), Diagnostic> {
        let caret = self.here();
        let mut digits = String::new();
        if self.peek() == Some('^') {
            self.bump();
            while let Some(c) = self.peek().filter(char::is_ascii_digit) {
                digits.push(c);
                self.bump();
            }
            if digits.is_empty() {
                return Err(self.error("a power needs a number after `^`", caret));
            }
        } else {
            while let Some(digit) = self.peek().and_then(superscript) {
                digits.push(digit);
                self.bump();
            }
        }
        if digits.is_empty() {
            return Ok(());
        }
        let span = Span::new(start, self.offset);
        let block_word = out.word.split_off(first);
        let block_spans = out.spans.split_off(first);
        let times = digits.parse::<usize>().ok();
        let total = times.and_then(|t| t.checked_mul(block_word.len()));
        if total.and_then(|t| t.checked_add(first)).is_none_or(|t| t > MAX_LETTERS) {
            return Err(self.too_long(span));
        }
        for _ in 0..times.filter(|_| !block_word.is_empty()).unwrap_or(0) {
            out.word.extend_from_slice(&block_word);
            out.spans.extend_from_slice(&block_spans);
        }
        Ok(())
    }

    fn too_long(&self, span: Span) -> Diagnostic {
        Diagnostic::new(
            "expression::too-long",
            format!("the word has more than {MAX_LETTERS} letters"),
        )
        .with_source(self.source)
        .with_label(span, "here")
        .with_help("repeated operators are absorbed or refused long before that: a smaller power says the same")
    }

    fn unknown(&self, name: &str, span: Span) -> Diagnostic {
        let symbols: Vec<_> = self.algebra.operators().iter().map(|o| o.symbol.as_str()).collect();
        let help = if let Some(split) = self.split(name) {
            format!(
                "did you mean `{}`? operators are written with `∘`, `→` or a space between them",
                split.join("∘")
            )
        } else if let Some(symbol) = symbols.iter().find(|s| s.eq_ignore_ascii_case(name)).copied() {
            format!("did you mean `{symbol}`? case matters")
        } else {
            let near = nearest(name, symbols.iter().copied());
            let near = near.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
            format!("{near}the operators are {}", symbols.join(" "))
        };
        Diagnostic::new("expression::unknown-operator", format!("unknown operator `{name}`"))
            .with_source(self.source)
            .with_label(span, "not an operator")
            .with_help(help)
    }

    /// Several symbols written without anything between them, longest first.
    fn split(&self, name: &str) -> Option<Vec<&str>> {
        let mut rest = name;
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let symbol = self
                .algebra
                .operators()
                .iter()
                .map(|o| o.symbol.as_str())
                .filter(|s| rest.starts_with(s))
                .max_by_key(|s| s.len())?;
            parts.push(symbol);
            rest = rest.get(symbol.len()..)?;
        }
        (parts.len() > 1).then_some(parts)
    }
}

/// Full-width forms as ASCII.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

fn is_symbol_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

/// Whether a character separates operators by itself.
pub(crate) fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '∘' | '◦'
                | '○'
                | '·'
                | '⋅'
                | '•'
                | '→'
                | '⟶'
                | '⇒'
                | '➔'
                | '➜'
                | ','
                | '、'
                | ';'
                | '>'
                | '+'
                | '.'
        )
}

fn superscript(c: char) -> Option<char> {
    Some(match c {
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴' => '4',
        '⁵' => '5',
        '⁶' => '6',
        '⁷' => '7',
        '⁸' => '8',
        '⁹' => '9',
        _ => return None,
    })
}

#[cfg(test)]
mod tests;

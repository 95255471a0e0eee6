//! One expression a line from standard input.

use std::io::{self, BufRead, BufReader};

use serde_json::json;
use stackwright::{Diagnostic, Source, Span};

use crate::failure::{BAD_INPUT, Failure};
use crate::output::Output;

/// Carries out `each` for every line of standard input. A bad line is reported and the rest goes on; the exit code is
/// then 2.
pub fn lines(
    output: &mut Output,
    mut each: impl FnMut(&Source, &mut Output) -> Result<(), Diagnostic>,
) -> Result<u8, Failure> {
    let mut reader = BufReader::with_capacity(1 << 16, io::stdin().lock());
    let mut buffer = Vec::new();
    let mut number = 0_u64;
    let mut code = 0;
    while !output.is_closed() {
        buffer.clear();
        match reader.read_until(b'\n', &mut buffer) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                let message = format!("cannot read standard input: {error}");
                return Err(Failure::new(Diagnostic::new("cli::file", message), BAD_INPUT));
            }
        }
        number += 1;
        let line = trimmed(&buffer);
        let result = match std::str::from_utf8(line) {
            Ok(text) => each(&Source::new(format!("<stdin>:{number}"), text), output),
            Err(error) => {
                let at = error.valid_up_to();
                let source = Source::new(format!("<stdin>:{number}"), String::from_utf8_lossy(line).into_owned());
                Err(Diagnostic::new("expression::encoding", "the line is not UTF-8")
                    .with_source(&source)
                    .with_label(Span::new(at, at), "here"))
            }
        };
        if let Err(diagnostic) = result {
            code = BAD_INPUT;
            if output.is_json() {
                let place = diagnostic.place();
                output.json_line(&json!({
                    "line": number,
                    "input": String::from_utf8_lossy(line),
                    "error": {
                        "code": diagnostic.code(),
                        "message": diagnostic.message(),
                        "help": diagnostic.help(),
                        "column": place.map(|p| p.column),
                    },
                }));
            } else {
                output.diagnostic(&diagnostic);
            }
        }
    }
    Ok(code)
}

fn trimmed(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

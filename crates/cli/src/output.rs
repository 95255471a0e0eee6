//! Standard output and standard error: results to the one, everything else to the other.

use std::io::{self, BufWriter, ErrorKind, IsTerminal as _, Stderr, StdoutLock, Write};
use std::process::ExitCode;

use miette::{GraphicalReportHandler, GraphicalTheme};
use serde::Serialize;
use serde_json::json;
use stackwright::{Diagnostic, Language};
use stackwright_locale::{Locale, say};
use unicode_width::UnicodeWidthStr as _;

use crate::arguments::{Color, Format, Global};
use crate::failure::Failure;
use crate::titled::Titled;

/// Where a command writes.
pub struct Output {
    stdout: BufWriter<StdoutLock<'static>>,
    stderr: Stderr,
    format: Format,
    locale: &'static Locale,
    quiet: bool,
    handler: GraphicalReportHandler,
    /// Set once the reader of standard output is gone; nothing more is then written, and that is no failure.
    closed: bool,
}

impl Output {
    /// The streams of this process.
    pub fn new(global: &Global, language: Language) -> Self {
        let color = match global.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()) && io::stderr().is_terminal(),
        };
        let theme = if color {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        Self {
            stdout: BufWriter::with_capacity(1 << 16, io::stdout().lock()),
            stderr: io::stderr(),
            format: global.format,
            locale: Locale::of(if global.format == Format::Json {
                Language::En
            } else {
                language
            }),
            quiet: global.quiet,
            handler: GraphicalReportHandler::new_themed(theme).with_width(100),
            closed: false,
        }
    }

    /// How results are printed.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The language of what people read; that of JSON is always the same.
    pub fn locale(&self) -> &'static Locale {
        self.locale
    }

    /// Whether results are printed as JSON.
    pub fn is_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Whether the reader of standard output is gone.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// Prints a result.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Prints a line of a result.
    pub fn line(&mut self, line: impl AsRef<str>) {
        self.text(line.as_ref());
        self.text("\n");
    }

    /// Prints a JSON document.
    pub fn json(&mut self, value: &impl Serialize) {
        match serde_json::to_string_pretty(value) {
            Ok(text) => self.line(text),
            Err(error) => self.note(&say!(self.locale, "no-json", error = error.to_string())),
        }
    }

    /// Prints a JSON document on one line.
    pub fn json_line(&mut self, value: &impl Serialize) {
        match serde_json::to_string(value) {
            Ok(text) => self.line(text),
            Err(error) => self.note(&say!(self.locale, "no-json", error = error.to_string())),
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        if self.closed {
            return;
        }
        if let Err(error) = self.stdout.write_all(bytes) {
            self.write_failed(&error);
        }
    }

    fn write_failed(&mut self, error: &io::Error) {
        self.closed = true;
        if error.kind() != ErrorKind::BrokenPipe {
            let text = say!(self.locale, "no-output", error = error.to_string());
            let _ = writeln!(self.stderr, "{text}");
        }
    }

    /// Writes out what is buffered, before something else writes to standard output.
    pub fn flush(&mut self) {
        if !self.closed
            && let Err(error) = self.stdout.flush()
        {
            self.write_failed(&error);
        }
    }

    /// Says something beside the result.
    pub fn note(&mut self, text: &str) {
        if !self.quiet {
            let _ = writeln!(self.stderr, "{text}");
        }
    }

    /// Reports one thing that is wrong.
    pub fn diagnostic(&mut self, diagnostic: &Diagnostic) {
        self.flush();
        if self.is_json() {
            let line = diagnostic_json(diagnostic);
            let _ = writeln!(self.stderr, "{line}");
            return;
        }
        let mut text = String::new();
        let titled = Titled::new(diagnostic, self.locale);
        if self.handler.render_report(&mut text, &titled).is_ok() {
            let _ = write!(self.stderr, "{text}");
        } else {
            let _ = writeln!(self.stderr, "{}: {diagnostic}", diagnostic.code());
        }
    }

    /// Reports something to be known.
    pub fn warning(&mut self, diagnostic: &Diagnostic) {
        if !self.quiet {
            self.diagnostic(diagnostic);
        }
    }

    /// Reports a failure and gives its exit code.
    pub fn failure(&mut self, failure: &Failure) -> u8 {
        for diagnostic in &failure.diagnostics {
            self.diagnostic(diagnostic);
        }
        failure.code
    }

    /// Writes out what is left and ends with an exit code.
    pub fn finish(mut self, code: u8) -> ExitCode {
        self.flush();
        ExitCode::from(code)
    }
}

/// A diagnostic as JSON.
pub fn diagnostic_json(diagnostic: &Diagnostic) -> serde_json::Value {
    let place = diagnostic.place();
    json!({
        "code": diagnostic.code(),
        "severity": diagnostic.severity().name(),
        "message": diagnostic.message(),
        "help": diagnostic.help(),
        "file": diagnostic.source_name(),
        "line": place.map(|p| p.line),
        "column": place.map(|p| p.column),
    })
}

/// A text filled up with spaces to a width in columns of a terminal, of which a Chinese character takes two.
pub fn padded(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{:missing$}", "")
}

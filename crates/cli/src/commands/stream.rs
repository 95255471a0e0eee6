//! One expression a line from standard input.
//!
//! Lines are read in blocks, worked on by as many threads as there are processors, and written in order. Block after
//! block goes to the threads in turn and is collected in the same turn, so that memory stays bounded by a few blocks and a
//! line that arrives alone is answered at once.

use std::io::{self, Read};
use std::num::NonZero;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use serde::Serialize;
use serde_json::json;
use stackwright::{Diagnostic, Source, Span};

use crate::failure::{BAD_INPUT, Failure};
use crate::output::Output;

/// How much is read at once, in bytes.
const BLOCK: usize = 1 << 18;
/// The longest line, in bytes.
const MAX_LINE: usize = 1 << 24;
/// Blocks that wait for a thread, and answers that wait to be written.
const WAITING: usize = 2;

/// A line of standard input.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    /// Its number, from 1.
    number: u64,
    /// Its text, without the end of line.
    pub text: &'a str,
}

impl Line<'_> {
    /// The line as the source of a diagnostic.
    pub fn source(&self) -> Source {
        Source::new(format!("<stdin>:{}", self.number), self.text)
    }
}

/// Some whole lines.
struct Block {
    /// The number of the first line.
    first: u64,
    bytes: Vec<u8>,
    /// Whether this is only the beginning of a line that is too long.
    cut: bool,
}

/// What becomes of a block.
#[derive(Default)]
struct Answer {
    text: String,
    /// Diagnostics, each with the length of the text that comes before it.
    diagnostics: Vec<(usize, Diagnostic)>,
    failed: bool,
}

/// Carries out `each` for every line of standard input; it appends its answer to a text. A bad line is reported and the
/// rest goes on; the exit code is then 2. `worker` makes what one thread needs for its lines.
pub fn lines<E>(output: &mut Output, worker: impl Fn() -> E + Sync) -> Result<u8, Failure>
where
    E: FnMut(Line, &mut String) -> Result<(), Diagnostic>,
{
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let is_json = output.is_json();
    let worker = &worker;
    thread::scope(|scope| {
        let mut blocks = Vec::new();
        let mut answers = Vec::new();
        for _ in 0..threads {
            let (block_in, block_out) = sync_channel::<Block>(WAITING);
            let (answer_in, answer_out) = sync_channel(WAITING);
            scope.spawn(move || {
                let mut each = worker();
                for block in block_out {
                    if answer_in.send(answer(&block, is_json, &mut each)).is_err() {
                        break;
                    }
                }
            });
            blocks.push(block_in);
            answers.push(answer_out);
        }
        let reader = scope.spawn(move || read(&blocks));
        let code = write(&answers, output);
        // A thread that has something to send finds out by the closed channel that nobody wants it any more. One that
        // waits for input cannot; the process does not wait for it when the reader of the output is gone.
        drop(answers);
        if output.is_closed() && !reader.is_finished() {
            std::process::exit(i32::from(code));
        }
        match reader.join() {
            Ok(Err(error)) => {
                let message = format!("cannot read standard input: {error}");
                Err(Failure::new(Diagnostic::new("cli::file", message), BAD_INPUT))
            }
            _ => Ok(code),
        }
    })
}

/// Appends a JSON document and the end of a line.
pub fn json_line(value: &impl Serialize, out: &mut String) {
    // Answers have names for keys and nothing else that JSON cannot say.
    if let Ok(text) = serde_json::to_string(value) {
        out.push_str(&text);
        out.push('\n');
    }
}

/// Reads standard input into blocks of whole lines, one for each channel in turn.
fn read(blocks: &[SyncSender<Block>]) -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut turns = blocks.iter().cycle();
    let mut send = |block: Block| turns.next().is_some_and(|turn| turn.send(block).is_ok());
    let mut first = 1;
    let mut rest: Vec<u8> = Vec::new();
    let mut skipping = false;
    loop {
        let mut bytes = std::mem::take(&mut rest);
        let old = bytes.len();
        bytes.resize(old + BLOCK, 0);
        let read = match input.read(bytes.get_mut(old..).unwrap_or_default()) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => 0,
            Err(error) => return Err(error),
            Ok(0) => {
                bytes.truncate(old);
                if !bytes.is_empty() {
                    send(Block {
                        first,
                        bytes,
                        cut: false,
                    });
                }
                return Ok(());
            }
            Ok(read) => read,
        };
        bytes.truncate(old + read);
        let new = bytes.get(old..).unwrap_or_default();
        if skipping {
            let Some(end) = new.iter().position(|b| *b == b'\n') else {
                continue;
            };
            bytes.drain(..=old + end);
            skipping = false;
            first += 1;
        }
        let newest = bytes.len().min(old);
        let end = bytes
            .get(newest..)
            .unwrap_or_default()
            .iter()
            .rposition(|b| *b == b'\n');
        let Some(end) = end.map(|end| newest + end) else {
            if bytes.len() > MAX_LINE {
                skipping = true;
                if !send(Block {
                    first,
                    bytes,
                    cut: true,
                }) {
                    return Ok(());
                }
            } else {
                rest = bytes;
            }
            continue;
        };
        rest = bytes.split_off(end + 1);
        let count = bytes.iter().filter(|b| **b == b'\n').count() as u64;
        if !send(Block {
            first,
            bytes,
            cut: false,
        }) {
            return Ok(());
        }
        first += count;
    }
}

/// Answers the lines of a block.
fn answer(block: &Block, is_json: bool, each: &mut impl FnMut(Line, &mut String) -> Result<(), Diagnostic>) -> Answer {
    let mut answer = Answer::default();
    if block.cut {
        let message = format!("the line has more than {MAX_LINE} bytes");
        let line = Line {
            number: block.first,
            text: "",
        };
        let diagnostic = Diagnostic::new("expression::too-long", message).with_source(&line.source());
        answer.report(line, diagnostic, is_json);
        return answer;
    }
    let bytes = block.bytes.strip_suffix(b"\n").unwrap_or(&block.bytes);
    let mut one = |line: Line, encoding: Result<(), Diagnostic>| {
        if let Err(diagnostic) = encoding.and_then(|()| each(line, &mut answer.text)) {
            answer.report(line, diagnostic, is_json);
        }
    };
    let numbers = block.first..;
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            for (number, text) in numbers.zip(text.split('\n')) {
                let text = text.strip_suffix('\r').unwrap_or(text);
                one(Line { number, text }, Ok(()));
            }
        }
        Err(_) => {
            for (number, line) in numbers.zip(bytes.split(|b| *b == b'\n')) {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                let text = String::from_utf8_lossy(line);
                let line_of_text = Line { number, text: &text };
                one(line_of_text, encoding(line, line_of_text));
            }
        }
    }
    answer
}

/// Whether a line is UTF-8, given also as the text that is nearest to it.
fn encoding(bytes: &[u8], line: Line) -> Result<(), Diagnostic> {
    std::str::from_utf8(bytes).map(|_| ()).map_err(|error| {
        let at = error.valid_up_to();
        Diagnostic::new("expression::encoding", "the line is not UTF-8")
            .with_source(&line.source())
            .with_label(Span::new(at, at), "here")
    })
}

impl Answer {
    fn report(&mut self, line: Line, diagnostic: Diagnostic, is_json: bool) {
        self.failed = true;
        if !is_json {
            self.diagnostics.push((self.text.len(), diagnostic));
            return;
        }
        let place = diagnostic.place();
        let value = json!({
            "line": line.number,
            "input": line.text,
            "error": {
                "code": diagnostic.code(),
                "message": diagnostic.message(),
                "help": diagnostic.help(),
                "column": place.map(|p| p.column),
            },
        });
        json_line(&value, &mut self.text);
    }
}

/// Writes the answers in the order of their blocks, each at once.
fn write(answers: &[Receiver<Answer>], output: &mut Output) -> u8 {
    let mut code = 0;
    for turn in answers.iter().cycle() {
        let Ok(answer) = turn.recv() else { break };
        if answer.failed {
            code = BAD_INPUT;
        }
        let mut written = 0;
        for (before, diagnostic) in &answer.diagnostics {
            output.text(answer.text.get(written..*before).unwrap_or_default());
            output.diagnostic(diagnostic);
            written = *before;
        }
        output.text(answer.text.get(written..).unwrap_or_default());
        output.flush();
        if output.is_closed() {
            break;
        }
    }
    code
}

//! Where answers come from: flags, a file, and whoever is asked.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write as _, stderr, stdin};

use stackwright::atlas::decide::{Course, NoAnswer};
use stackwright::input;
use stackwright::model::{GuidanceData, Question};
use stackwright::{Diagnostic, nearest};
use stackwright_locale::{Locale, say};
use stackwright_text::yaml::{self, Node, Value};

use crate::arguments::Decide;
use crate::failure::Failure;
use crate::output::Output;

/// The key of a file that names the requirement.
const NAME: &str = "name";

/// All questions answered.
pub struct Answered<'a> {
    /// The answers.
    pub course: Course<'a>,
    /// The name of the requirement.
    pub name: String,
}

/// Answers all questions: by flags, else by the file, else by asking, on standard error and standard input.
pub fn answered<'a>(
    arguments: &Decide,
    guidance: &'a GuidanceData,
    output: &mut Output,
) -> Result<Answered<'a>, Failure> {
    let locale = output.locale();
    let mut given = match &arguments.answers {
        Some(path) => {
            let bytes = input::read(path).map_err(|e| Failure::file("read", path, &e))?;
            file(&path.to_string_lossy(), &bytes, locale)?
        }
        None => BTreeMap::new(),
    };
    for text in &arguments.answer {
        let Some((question, answers)) = text.split_once('=').filter(|(question, _)| !question.is_empty()) else {
            let message = say!(locale, "decide-no-flag", text = text.as_str());
            return Err(Diagnostic::new("decide::answer", message)
                .with_help(say!(locale, "decide-no-flag-help"))
                .into());
        };
        given.insert(question.to_owned(), parts(answers));
    }
    let name = given.remove(NAME).and_then(|mut names| names.pop());
    let mut course = Course::new(guidance);
    while let Some(question) = course.next() {
        if let Some(answers) = given.remove(&question.id) {
            let answers: Vec<_> = answers.iter().map(String::as_str).collect();
            course
                .answer(&question.id, &answers)
                .map_err(|no| diagnostic(&no, guidance, &question.id, locale))?;
        } else {
            ask(question, &mut course, guidance, output)?;
        }
    }
    if let Some((question, answers)) = given.pop_first() {
        let answers: Vec<_> = answers.iter().map(String::as_str).collect();
        // Every question that is asked has its answer, so this one is not asked or does not exist.
        if let Err(no) = course.answer(&question, &answers) {
            return Err(diagnostic(&no, guidance, &question, locale).into());
        }
    }
    Ok(Answered {
        course,
        name: name.unwrap_or_else(|| "decision".to_owned()),
    })
}

/// Asks a question until it is answered. The end of the input leaves it unanswered.
fn ask<'a>(
    question: &'a Question,
    course: &mut Course<'a>,
    guidance: &GuidanceData,
    output: &mut Output,
) -> Result<(), Failure> {
    let locale = output.locale();
    output.flush();
    let mut err = stderr().lock();
    // What cannot be shown is not waited for: the input then ends the question.
    let _ = writeln!(err, "\n{}", question.text.get(locale.language()));
    let _ = write!(err, "{}", choices(question, locale));
    loop {
        let prompt = match (&question.default, question.several) {
            (Some(default), _) => say!(locale, "decide-prompt-default", default = default.as_str()),
            (None, true) => say!(locale, "decide-prompt-several"),
            (None, false) => say!(locale, "decide-prompt-one"),
        };
        let _ = write!(err, "{prompt} ");
        let _ = err.flush();
        let mut line = String::new();
        let read = stdin().lock().read_line(&mut line);
        if read
            .map_err(|error| Diagnostic::new("cli::file", say!(locale, "decide-no-input", error = error.to_string())))?
            == 0
        {
            let _ = writeln!(err);
            let message = say!(locale, "decide-unanswered", question = question.id.as_str());
            let answers: Vec<_> = question.answers.iter().map(|a| a.id.as_str()).collect();
            let help = say!(
                locale,
                "decide-unanswered-help",
                question = question.id.as_str(),
                answers = answers.join(", ")
            );
            return Err(Diagnostic::new("decide::unanswered", message).with_help(help).into());
        }
        let answers = parts(&line);
        let answers: Vec<_> = answers.iter().map(String::as_str).collect();
        match course.answer(&question.id, &answers) {
            Ok(()) => return Ok(()),
            Err(no) => {
                let diagnostic = diagnostic(&no, guidance, &question.id, locale);
                let _ = writeln!(err, "{diagnostic}");
            }
        }
    }
}

/// The answers of a question, a line each, with their numbers and names.
fn choices(question: &Question, locale: &Locale) -> String {
    let lines = (1..).zip(&question.answers).map(|(number, answer)| {
        let text = answer.text.get(locale.language());
        format!("  {number:>2}  {:<18} {text}\n", answer.id)
    });
    lines.collect()
}

/// Prints every question with its answers, and when it is asked.
pub fn list(guidance: &GuidanceData, output: &mut Output) {
    if output.is_json() {
        output.json(&guidance.questions);
        return;
    }
    let locale = output.locale();
    for question in &guidance.questions {
        let after: Vec<_> = question.after.iter().map(|(q, a)| format!("{q}={a}")).collect();
        let after = if after.is_empty() {
            String::new()
        } else {
            format!("  ({})", say!(locale, "decide-after", answer = after.join(", ")))
        };
        let text = question.text.get(locale.language());
        output.line(format!("{}  {text}{after}", question.id));
        output.text(&choices(question, locale));
    }
}

/// The parts of an answer: between commas of either script.
fn parts(text: &str) -> Vec<String> {
    let parts = text.split([',', '，', '、']).map(str::trim);
    parts.filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

/// Reads a file of answers.
fn file(name: &str, bytes: &[u8], locale: &Locale) -> Result<BTreeMap<String, Vec<String>>, Diagnostic> {
    let (source, node) = yaml::parse_bytes(name, bytes)?;
    let wrong = |span| {
        Diagnostic::new("decide::answers", say!(locale, "decide-no-answers"))
            .with_source(&source)
            .with_label(span, say!(locale, "decide-here"))
            .with_help(say!(locale, "decide-no-answers-help"))
    };
    let Value::Mapping(entries) = &node.value else {
        return Err(wrong(node.span));
    };
    let mut answers = BTreeMap::new();
    for (key, value) in entries {
        let answer = |node: &Node| node.as_str().map(str::to_owned).ok_or(node.span);
        let list = match &value.value {
            Value::Sequence(items) => items.iter().map(answer).collect(),
            _ => answer(value).map(|one| vec![one]),
        };
        let key = answer(key).map_err(&wrong)?;
        answers.insert(key, list.map_err(&wrong)?);
    }
    Ok(answers)
}

fn diagnostic(no: &NoAnswer<'_>, guidance: &GuidanceData, question: &str, locale: &Locale) -> Diagnostic {
    let did_you_mean = |near: Option<&str>, all: Vec<&str>| match near {
        Some(name) => say!(locale, "did-you-mean", name = name),
        None => say!(locale, "decide-there-are", names = all.join(", ")),
    };
    match no {
        NoAnswer::Question => {
            let all: Vec<_> = guidance.questions.iter().map(|q| q.id.as_str()).collect();
            let message = say!(locale, "decide-no-question", question = question);
            Diagnostic::new("decide::question", message)
                .with_help(did_you_mean(nearest(question, all.iter().copied()), all))
        }
        NoAnswer::Elsewhere(question) => {
            let after: Vec<_> = question.after.iter().map(|(q, a)| format!("{q}={a}")).collect();
            let message = say!(
                locale,
                "decide-elsewhere",
                question = question.id.as_str(),
                answer = after.join(", ")
            );
            Diagnostic::new("decide::question", message)
        }
        NoAnswer::Answer { question, given } => {
            let all: Vec<_> = question.answers.iter().map(|a| a.id.as_str()).collect();
            let message = say!(
                locale,
                "decide-no-answer",
                answer = given.as_str(),
                question = question.id.as_str()
            );
            Diagnostic::new("decide::answer", message).with_help(did_you_mean(nearest(given, all.iter().copied()), all))
        }
        NoAnswer::One(question) => {
            let all: Vec<_> = question.answers.iter().map(|a| a.id.as_str()).collect();
            let message = say!(locale, "decide-one", question = question.id.as_str());
            Diagnostic::new("decide::answer", message).with_help(did_you_mean(None, all))
        }
    }
}

//! What an address answers, as text.

use stackwright_catalog::model::LiveForm;

/// What an address answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The status of HTTP.
    pub status: u16,
    /// What it said, without marks.
    pub text: String,
}

impl Page {
    /// The text of an answer; one that is not of the form has none.
    pub fn read(status: u16, body: &[u8], form: LiveForm) -> Self {
        let body = String::from_utf8_lossy(body);
        let text = match form {
            LiveForm::Summary => summary(&body),
            LiveForm::Html => html(&body),
            LiveForm::Text => markdown(&body),
        };
        Self { status, text }
    }
}

fn summary(body: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    let extract = value.get("extract").and_then(serde_json::Value::as_str);
    extract.unwrap_or_default().to_owned()
}

/// The text of a page: without tags, scripts and styles, and with each block on a line.
fn html(body: &str) -> String {
    const SILENT: [&str; 4] = ["script", "style", "noscript", "template"];
    const INLINE: [&str; 12] = [
        "a", "b", "i", "em", "strong", "code", "span", "sup", "sub", "abbr", "cite", "dfn",
    ];
    let mut text = String::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
            continue;
        }
        let (tag, after) = after.split_once('>').unwrap_or((after, ""));
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .collect::<String>()
            .to_ascii_lowercase();
        rest = after;
        if SILENT.contains(&name.as_str()) && !tag.starts_with('/') {
            let end = format!("</{name}");
            let lower = after.to_ascii_lowercase();
            rest = lower.find(&end).and_then(|at| after.get(at..)).unwrap_or("");
        } else if !INLINE.contains(&name.as_str()) {
            text.push('\n');
        }
    }
    text.push_str(rest);
    entities(&text)
}

/// The entities that English text has, as characters.
fn entities(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let named = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        let character = named.and_then(|(name, _)| match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" | "rsquo" | "lsquo" => Some('\''),
            "nbsp" => Some(' '),
            _ => {
                let digits = name.strip_prefix('#')?;
                let code = match digits.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => digits.parse(),
                };
                char::from_u32(code.ok()?)
            }
        });
        match (character, named) {
            (Some(c), Some((_, after))) => {
                out.push(c);
                rest = after;
            }
            _ => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// Text without links and marks of Markdown; lines of one paragraph are one line.
fn markdown(body: &str) -> String {
    let mut text = String::new();
    for line in body.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            text.push('\n');
            continue;
        }
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("](") {
            // `[words](address)`: the words stay.
            let at = before.rfind('[').unwrap_or(before.len());
            let (start, words) = before.split_at(at);
            text.push_str(start);
            text.push_str(words.trim_start_matches('['));
            rest = after.split_once(')').map_or("", |(_, rest)| rest);
        }
        text.push_str(rest);
        text.push(' ');
    }
    text
}

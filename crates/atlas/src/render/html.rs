//! Self-contained pages: one file, no scripts, nothing fetched.

use std::fmt::Write as _;

use stackwright_text::Language;

use crate::table::Table;

const STYLE: &str = include_str!("style.css");

/// Text as HTML and SVG have it.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // What XML does not allow in a text.
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A page with this body.
pub fn page(title: &str, language: Language, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n{body}</body>\n</html>\n",
        escape(title)
    )
}

/// A table; where one value is better than another, the better one is greener.
pub fn table(table: &Table) -> String {
    let mut out = format!(
        "<div class=\"wide\"><table id=\"{}\">\n<caption>{}</caption>\n<thead><tr><th scope=\"col\">{}</th>",
        escape(&table.id),
        escape(&table.title),
        escape(&table.head)
    );
    for column in &table.columns {
        let _ = write!(out, "<th scope=\"col\">{}</th>", escape(&column.title));
    }
    out += "</tr></thead>\n<tbody>\n";
    for row in &table.rows {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th>", escape(&row.subject.title));
        for cell in &row.cells {
            let shade = cell.good.map(|good| format!(" style=\"background:{}\"", shade(good)));
            let text = escape(&cell.text);
            let text = match cell.address.as_deref().filter(|a| is_web(a)) {
                Some(address) => format!("<a href=\"{}\">{text}</a>", escape(address)),
                None => text,
            };
            let flaw = cell.flaw.map(|flaw| {
                let called = cell.called.as_deref().unwrap_or(flaw);
                let why = cell.instead.as_deref().unwrap_or(called);
                format!(" <sup title=\"{}\">{}</sup>", escape(why), escape(called))
            });
            let _ = write!(
                out,
                "<td{}>{text}{}</td>",
                shade.unwrap_or_default(),
                flaw.unwrap_or_default()
            );
        }
        out += "</tr>\n";
    }
    out + "</tbody>\n</table></div>\n"
}

/// Whether an address is one that a page may lead to.
pub(super) fn is_web(address: &str) -> bool {
    address.starts_with("https://") || address.starts_with("http://")
}

/// From white to green. Dark text is readable on all of it.
pub(super) fn shade(good: f64) -> String {
    let good = good.clamp(0.0, 1.0);
    let mix = |white: f64, green: f64| {
        let value = (green - white).mul_add(good, white).round();
        // Between 0 and 255.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let value = value as u8;
        value
    };
    format!(
        "#{:02x}{:02x}{:02x}",
        mix(255.0, 134.0),
        mix(255.0, 206.0),
        mix(255.0, 160.0)
    )
}

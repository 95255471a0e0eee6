//! Short documents: headings, sentences, quotations, lists and tables, as text, Markdown and HTML.

use std::fmt::Write as _;

use super::html::is_web;
use super::{escape, html, markdown, text};
use crate::table::Table;

/// A part of a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading, 1 being the greatest.
    Heading(usize, String),
    /// A sentence or several.
    Paragraph(String),
    /// What somebody else says.
    Quotation(String),
    /// Entries.
    List(Vec<String>),
    /// A table.
    Table(Table),
    /// A picture in SVG, of which text has nothing.
    Picture(String),
}

/// A document as text for a terminal.
pub fn blocks_text(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Heading(level, title) => {
                let line = if *level > 1 { "\n" } else { "" };
                let _ = writeln!(out, "{line}{title}");
            }
            Block::Paragraph(sentence) => {
                let _ = writeln!(out, "{sentence}");
            }
            Block::Quotation(words) => {
                let _ = writeln!(out, "“{words}”");
            }
            Block::List(entries) => entries.iter().for_each(|e| {
                let _ = writeln!(out, "  {e}");
            }),
            Block::Table(table) => out += &text(table),
            Block::Picture(_) => {}
        }
    }
    out
}

/// A document as Markdown.
pub fn blocks_markdown(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Heading(level, title) => {
                let _ = writeln!(out, "{} {title}\n", "#".repeat(*level));
            }
            Block::Paragraph(sentence) => {
                let _ = writeln!(out, "{sentence}\n");
            }
            Block::Quotation(words) => {
                let _ = writeln!(out, "> {words}\n");
            }
            Block::List(entries) => {
                for entry in entries {
                    let _ = writeln!(out, "- {entry}");
                }
                out.push('\n');
            }
            Block::Table(table) => {
                let _ = writeln!(out, "{}", markdown(table));
            }
            Block::Picture(_) => {}
        }
    }
    out.trim_end().to_owned() + "\n"
}

/// A sentence as HTML; an address in pointed brackets, as in Markdown, leads there, under the words before it.
fn linked(text: &str) -> String {
    let found = text.strip_suffix('>').and_then(|t| t.rsplit_once(" <"));
    match found.filter(|(_, address)| is_web(address)) {
        Some((words, address)) => format!("<a href=\"{}\">{}</a>", escape(address), escape(words)),
        None => escape(text),
    }
}

/// A document as the body of a page.
pub fn blocks_html(blocks: &[Block]) -> String {
    let mut out = String::new();
    for block in blocks {
        match block {
            Block::Heading(level, title) => {
                let _ = writeln!(out, "<h{level}>{}</h{level}>", escape(title));
            }
            Block::Paragraph(sentence) => {
                let _ = writeln!(out, "<p>{}</p>", linked(sentence));
            }
            Block::Quotation(words) => {
                let _ = writeln!(out, "<blockquote>{}</blockquote>", escape(words));
            }
            Block::List(entries) => {
                out += "<ul>\n";
                for entry in entries {
                    let _ = writeln!(out, "<li>{}</li>", linked(entry));
                }
                out += "</ul>\n";
            }
            Block::Table(table) => out += &html(table),
            Block::Picture(svg) => {
                let _ = writeln!(out, "<figure>\n{svg}</figure>");
            }
        }
    }
    out
}

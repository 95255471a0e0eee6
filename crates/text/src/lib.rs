//! Spans, diagnostics, spanned YAML, and the surface syntax of expressions and quantities.
//!
//! Everything a user writes passes through here on its way in, and everything that is wrong with it is reported as a
//! [`Diagnostic`]: where, what was expected, and what to do.

pub mod decode;
mod diagnostic;
pub mod expression;
mod language;
mod notation;
pub mod quantity;
mod source;
mod suggest;
pub mod yaml;

pub use diagnostic::{Diagnostic, Label, Severity};
pub use language::Language;
pub use notation::Notation;
pub use source::{Place, Source, Span};
pub use suggest::{nearest, suggestion};

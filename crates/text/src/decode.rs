//! From YAML nodes to typed values, by serde: every error knows the node it is about.

use std::fmt;

use serde::de::value::StrDeserializer;
use serde::de::{self, DeserializeOwned, IntoDeserializer, Visitor};

use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};
use crate::suggest::suggestion;
use crate::yaml::{Node, Value};

/// Decodes a document.
///
/// # Errors
///
/// The first value that does not fit, with its place, what was expected and the nearest valid name.
pub fn decode<T: DeserializeOwned>(source: &Source, node: &Node) -> Result<T, Diagnostic> {
    T::deserialize(node).map_err(|error| error.diagnostic(source))
}

/// Why a node could not be decoded.
#[derive(Clone, Debug)]
pub struct DecodeError(Box<Inner>);

#[derive(Clone, Debug)]
struct Inner {
    code: &'static str,
    message: String,
    help: Option<String>,
    span: Option<Span>,
}

impl DecodeError {
    fn new(code: &'static str, message: String) -> Self {
        Self(Box::new(Inner {
            code,
            message,
            help: None,
            span: None,
        }))
    }

    fn help(mut self, help: String) -> Self {
        self.0.help = Some(help);
        self
    }

    fn at(mut self, span: Span) -> Self {
        self.0.span.get_or_insert(span);
        self
    }

    fn diagnostic(self, source: &Source) -> Diagnostic {
        let inner = *self.0;
        let mut diagnostic = Diagnostic::new(inner.code, inner.message).with_source(source);
        if let Some(span) = inner.span {
            diagnostic = diagnostic.with_label(first_line(source, span), "here");
        }
        match inner.help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        }
    }
}

/// The part of a span that is on its first line: a whole mapping as a label hides what it is about.
fn first_line(source: &Source, span: Span) -> Span {
    let text = source.text().get(span.start..span.end).unwrap_or("");
    let line = text.lines().next().unwrap_or("").trim_end();
    Span::new(span.start, span.start + line.len())
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for DecodeError {}

impl de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new("yaml::type", message.to_string())
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self::new("yaml::unknown-key", format!("unknown key `{field}`")).help(suggestion(field, expected))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self::new("yaml::unknown-value", format!("unknown value `{variant}`")).help(suggestion(variant, expected))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("yaml::missing-key", format!("the key `{field}` is missing"))
    }

    fn invalid_type(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(
            "yaml::type",
            format!("expected {expected}, found {}", Found(unexpected)),
        )
    }

    fn invalid_value(unexpected: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Self::new(
            "yaml::type",
            format!("expected {expected}, found {}", Found(unexpected)),
        )
    }
}

/// What was found, in words of YAML rather than of Rust.
struct Found<'a>(de::Unexpected<'a>);

impl fmt::Display for Found<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            de::Unexpected::Map | de::Unexpected::StructVariant => f.write_str("a mapping"),
            de::Unexpected::Seq | de::Unexpected::TupleVariant => f.write_str("a list"),
            de::Unexpected::Unit | de::Unexpected::Option => f.write_str("nothing"),
            de::Unexpected::Str(s) => write!(f, "`{s}`"),
            de::Unexpected::Bool(b) => write!(f, "`{b}`"),
            de::Unexpected::Unsigned(n) => write!(f, "`{n}`"),
            de::Unexpected::Signed(n) => write!(f, "`{n}`"),
            de::Unexpected::Float(n) => write!(f, "`{n}`"),
            other => write!(f, "{other}"),
        }
    }
}

impl<'de> de::Deserializer<'de> for &Node {
    type Error = DecodeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        let result = match &self.value {
            Value::Scalar { text, plain: false } => visitor.visit_str(text),
            Value::Scalar { text, plain: true } => visit_plain(text, self.is_null(), visitor),
            Value::Sequence(items) => visitor.visit_seq(Items(items.iter())),
            Value::Mapping(entries) => visitor.visit_map(Entries {
                entries: entries.iter(),
                value: None,
            }),
        };
        result.map_err(|e| e.at(self.span))
    }

    /// A plain scalar is text where text is wanted: `version: 1.24` need not be quoted.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        match self.as_str().filter(|_| !self.is_null()) {
            Some(text) => visitor.visit_str(text).map_err(|e: DecodeError| e.at(self.span)),
            None => self.deserialize_any(visitor),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DecodeError> {
        if self.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
        .map_err(|e: DecodeError| e.at(self.span))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        visitor.visit_newtype_struct(self).map_err(|e| e.at(self.span))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        let access = match &self.value {
            Value::Scalar { .. } => Variant { key: self, value: None },
            Value::Mapping(entries) => match entries.as_slice() {
                [(key, value)] => Variant {
                    key,
                    value: Some(value),
                },
                _ => {
                    let error = DecodeError::new("yaml::type", "expected exactly one key here".to_owned());
                    return Err(error.help(suggestion("", variants)).at(self.span));
                }
            },
            Value::Sequence(_) => {
                let error = DecodeError::new("yaml::type", "expected a name or a mapping, found a list".to_owned());
                return Err(error.at(self.span));
            }
        };
        visitor.visit_enum(access).map_err(|e| e.at(self.span))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct ignored_any
    }
}

/// Resolves a plain scalar by the core schema.
fn visit_plain<'de, V: Visitor<'de>>(text: &str, null: bool, visitor: V) -> Result<V::Value, DecodeError> {
    if null {
        return visitor.visit_unit();
    }
    match text {
        "true" | "True" | "TRUE" => return visitor.visit_bool(true),
        "false" | "False" | "FALSE" => return visitor.visit_bool(false),
        _ => {}
    }
    if let Ok(number) = text.parse::<u64>() {
        return visitor.visit_u64(number);
    }
    if let Ok(number) = text.parse::<i64>() {
        return visitor.visit_i64(number);
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.'))
        && let Ok(number) = text.parse::<f64>()
    {
        return visitor.visit_f64(number);
    }
    visitor.visit_str(text)
}

struct Items<'a>(std::slice::Iter<'a, Node>);

impl<'de> de::SeqAccess<'de> for Items<'_> {
    type Error = DecodeError;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, DecodeError> {
        self.0.next().map(|node| seed.deserialize(node)).transpose()
    }
}

struct Entries<'a> {
    entries: std::slice::Iter<'a, (Node, Node)>,
    value: Option<&'a Node>,
}

impl<'de> de::MapAccess<'de> for Entries<'_> {
    type Error = DecodeError;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, DecodeError> {
        let Some((key, value)) = self.entries.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, DecodeError> {
        match self.value.take() {
            Some(value) => seed.deserialize(value).map_err(|e| e.at(value.span)),
            None => Err(DecodeError::new("yaml::type", "expected a value".to_owned())),
        }
    }
}

struct Variant<'a> {
    key: &'a Node,
    value: Option<&'a Node>,
}

impl<'a, 'de> de::EnumAccess<'de> for Variant<'a> {
    type Error = DecodeError;
    type Variant = VariantValue<'a>;

    fn variant_seed<V: de::DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, VariantValue<'a>), DecodeError> {
        let name = self.key.as_str().unwrap_or_default();
        let name: StrDeserializer<'_, DecodeError> = name.into_deserializer();
        let variant = seed.deserialize(name).map_err(|e| e.at(self.key.span))?;
        Ok((variant, VariantValue(self.value)))
    }
}

/// The value of an enum's variant, if it has one.
pub struct VariantValue<'a>(Option<&'a Node>);

impl<'de> de::VariantAccess<'de> for VariantValue<'_> {
    type Error = DecodeError;

    fn unit_variant(self) -> Result<(), DecodeError> {
        match self.0 {
            None => Ok(()),
            Some(node) => {
                Err(DecodeError::new("yaml::type", "expected nothing after this name".to_owned()).at(node.span))
            }
        }
    }

    fn newtype_variant_seed<T: de::DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DecodeError> {
        match self.0 {
            Some(node) => seed.deserialize(node),
            None => Err(DecodeError::new(
                "yaml::type",
                "expected a mapping with this key and a value".to_owned(),
            )),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, DecodeError> {
        self.struct_variant(&[], visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DecodeError> {
        match self.0 {
            Some(node) => de::Deserializer::deserialize_any(node, visitor),
            None => Err(DecodeError::new(
                "yaml::type",
                "expected a mapping with this key and a value".to_owned(),
            )),
        }
    }
}

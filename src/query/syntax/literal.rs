//! Literals, and how they are written.

use super::Type;
use crate::dialect::Op;
use crate::model::{SpanKind, SpanStatus};
use std::fmt;

/// A value written in the query.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `nil`.
    Nil,
    /// `true`, `false`.
    Bool(bool),
    /// `42`.
    Int(i64),
    /// `0.5`; always finite.
    Float(f64),
    /// `1h30m`, in nanoseconds.
    Duration(i64),
    /// `"text"`.
    Str(String),
    /// `ok`, `error`, `unset`.
    Status(SpanStatus),
    /// `server`, `client` …
    Kind(SpanKind),
    /// `tool`, `llm` …; only beside `span:op`.
    Op(Op),
}

/// Words for the status of a span.
pub(crate) const STATUS: [(&str, SpanStatus); 3] =
    [("ok", SpanStatus::Ok), ("error", SpanStatus::Error), ("unset", SpanStatus::Unset)];

/// Words for the kind of a span.
pub(crate) const KINDS: [(&str, SpanKind); 6] = [
    ("unspecified", SpanKind::Unspecified),
    ("internal", SpanKind::Internal),
    ("server", SpanKind::Server),
    ("client", SpanKind::Client),
    ("producer", SpanKind::Producer),
    ("consumer", SpanKind::Consumer),
];

impl Literal {
    /// The literal of a bare word, if it is one.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let status = || STATUS.iter().find(|(w, _)| *w == word).map(|(_, s)| Self::Status(*s));
        let kind = || KINDS.iter().find(|(w, _)| *w == word).map(|(_, k)| Self::Kind(*k));
        match word {
            "true" => Some(Self::Bool(true)),
            "false" => Some(Self::Bool(false)),
            "minInt" => Some(Self::Int(i64::MIN)),
            "maxInt" => Some(Self::Int(i64::MAX)),
            _ => status().or_else(kind).or_else(|| Op::from_word(word).map(Self::Op)),
        }
    }

    /// The type.
    #[must_use]
    pub fn ty(&self) -> Type {
        match self {
            Self::Nil => Type::Nil,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Float(_) => Type::Float,
            Self::Duration(_) => Type::Duration,
            Self::Str(_) => Type::Str,
            Self::Status(_) => Type::Status,
            Self::Kind(_) => Type::Kind,
            Self::Op(_) => Type::Op,
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nil => f.write_str("nil"),
            Self::Bool(truth) => write!(f, "{truth}"),
            Self::Int(i64::MIN) => f.write_str("minInt"),
            Self::Int(number) => write!(f, "{number}"),
            // Debug always shows that this is a float (`1.0`, `1e300`).
            Self::Float(number) => write!(f, "{number:?}"),
            Self::Duration(ns) => write_duration(f, *ns),
            Self::Str(text) => write_text(f, text),
            Self::Status(status) => f.write_str(word(&STATUS, *status)),
            Self::Kind(kind) => f.write_str(word(&KINDS, *kind)),
            Self::Op(op) => f.write_str(op.as_str()),
        }
    }
}

fn word<T: PartialEq + Copy>(words: &[(&'static str, T)], value: T) -> &'static str {
    words.iter().find(|(_, v)| *v == value).map_or("", |(w, _)| w)
}

fn write_duration(f: &mut fmt::Formatter<'_>, ns: i64) -> fmt::Result {
    const UNITS: [(&str, u64); 6] = [
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];
    if ns == 0 {
        return f.write_str("0s");
    }
    if ns < 0 {
        f.write_str("-")?;
    }
    let mut rest = ns.unsigned_abs();
    for (unit, size) in UNITS {
        if rest >= size {
            write!(f, "{}{unit}", rest / size)?;
            rest %= size;
        }
    }
    Ok(())
}

/// Text in double quotes with Go's escapes.
fn write_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            '\r' => f.write_str("\\r")?,
            c if c.is_control() => write!(f, "\\u{:04x}", u32::from(c))?,
            c => write!(f, "{c}")?,
        }
    }
    f.write_str("\"")
}

/// All bare words that are literals.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    let plain = ["true", "false", "nil", "minInt", "maxInt"];
    let status = STATUS.iter().map(|(word, _)| *word);
    plain.into_iter().chain(status).chain(KINDS.iter().map(|(word, _)| *word))
}

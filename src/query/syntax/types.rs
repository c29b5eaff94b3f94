//! Static types.

use std::fmt;

/// What is known of a value before evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// An attribute: anything.
    Unknown,
    /// The literal `nil`.
    Nil,
    /// A 64-bit integer.
    Int,
    /// A double.
    Float,
    /// Nanoseconds.
    Duration,
    /// Text.
    Str,
    /// A truth value.
    Bool,
    /// `ok`, `error`, `unset`.
    Status,
    /// `server`, `client` …
    Kind,
    /// What a span does: `tool`, `llm` …
    Op,
}

impl Type {
    /// Whether this is a number; durations are.
    #[must_use]
    pub fn is_number(self) -> bool {
        matches!(self, Self::Int | Self::Float | Self::Duration)
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "attribute",
            Self::Nil => "nil",
            Self::Int => "int",
            Self::Float => "float",
            Self::Duration => "duration",
            Self::Str => "string",
            Self::Bool => "bool",
            Self::Status => "status",
            Self::Kind => "kind",
            Self::Op => "op",
        })
    }
}

//! Tokens.

use crate::query::QueryError;
use crate::query::syntax::{Attr, Literal};
use std::fmt;

/// One token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// An operator or bracket.
    Sign(&'static str),
    /// A plain word.
    Word(String),
    /// An attribute with its scope, or a scoped intrinsic.
    Attr(Attr),
    /// A name under `parent.`, which nothing can evaluate.
    Parent(String),
    /// A number, duration or text.
    Literal(Literal),
    /// Something that is no token, and why.
    Bad(Box<QueryError>),
    /// The end of the query.
    End,
}

impl fmt::Display for Token {
    /// As an error message names it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sign(sign) => write!(f, "`{sign}`"),
            Self::Word(word) => write!(f, "`{word}`"),
            Self::Attr(attr) => write!(f, "`{attr}`"),
            Self::Parent(name) => write!(f, "`{name}`"),
            Self::Literal(literal) => write!(f, "`{literal}`"),
            Self::Bad(error) => write!(f, "{}", error.message),
            Self::End => f.write_str("the end of the query"),
        }
    }
}

/// Signs, longest first: the longest that fits is taken.
pub(super) const SIGNS: [&str; 35] = [
    "!>>", "!<<", "&>>", "&<<", "&&", "||", "<=", ">=", "=~", "!~", "!=", "!>", "!<", ">>", "<<",
    "&>", "&<", "&~", "=", "<", ">", "+", "-", "*", "/", "%", "^", "!", "|", "~", "(", ")", "{",
    "}", ",",
];

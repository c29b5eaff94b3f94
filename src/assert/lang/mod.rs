//! The language of rules: expressions over the session model, with TraceQL
//! wherever spans are selected.
//!
//! Belongs here: words, grammar, types. Does not belong here: values (see
//! `eval`) and the shape of spec files (see `spec`).

mod ast;
mod call;
mod error;
mod parse;
mod pattern;
mod source;
mod token;
pub(crate) mod words;

pub(crate) use ast::{Arith, Asked, Cmp, Compare, Expr, Quantifier, Reduce, Source, What};
pub(crate) use error::{ExprError, did_you_mean};
pub(crate) use parse::{Parser, expression};
pub(crate) use pattern::{Label, PatternNode, pattern};
pub(crate) use source::{of_query, source};

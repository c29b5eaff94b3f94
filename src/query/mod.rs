//! Queries: Grafana Tempo's TraceQL with a voice vocabulary.
//!
//! [`parse()`] gives a [`Query`] that is well-formed and well-typed;
//! [`Query::explain`] prints it; [`Query::evaluate`] asks it of the spans of a
//! [`Store`](crate::model::Store), a trace at a time. Here belongs the language
//! and nothing else: what commands do with matches is theirs.

mod error;
mod eval;
mod filter;
mod parse;
mod parsed;
mod pattern;
pub mod syntax;

pub use error::QueryError;
pub use eval::{Answer, Found, Index, Match};
pub(crate) use eval::{TTFB_KEYS, TTFT_KEYS};
pub use filter::filter;
pub use parse::parse;
pub(crate) use parse::{duration, nearest};
pub use parsed::{Body, Hint, Query};
pub(crate) use pattern::compile as compile_pattern;

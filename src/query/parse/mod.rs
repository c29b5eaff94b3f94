//! Text → [`Query`](super::Query), checked.

mod check;
mod cursor;
mod field;
mod lex;
mod metrics;
mod number;
mod query;
mod scalar;
mod stage;
mod suggest;
mod text;
mod token;

pub(crate) use number::duration;
pub use query::parse;
pub(crate) use suggest::nearest;

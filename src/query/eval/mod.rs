//! Evaluation: a query over the spans of one store.
//!
//! [`Index`] lays spans out so that relations are ranges of positions and
//! filters work on columns; a stage takes sets of positions and gives sets of
//! positions. Everything here is private but the index and the answers.

mod aggregate;
mod answer;
mod bits;
mod column;
mod index;
mod intrinsic;
mod layout;
mod ops;
mod plan;
mod row;
mod select;
mod stage;
mod structure;
mod value;
mod voice;

pub use answer::{Answer, Found, Match};
pub use index::Index;
pub(crate) use voice::{TTFB_KEYS, TTFT_KEYS};

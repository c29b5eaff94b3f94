//! Spec files: YAML or JSON, several documents a file, includes, variables.
//!
//! Belongs here: the shape of a spec and what is wrong with one. Does not
//! belong here: the language inside (see `lang`) and what rules mean (see
//! `eval`).

mod error;
mod keys;
mod load;
pub(crate) mod model;
mod rule;
mod vars;
mod yaml;

pub use error::SpecError;
pub use model::{SnapshotRule, Spec};

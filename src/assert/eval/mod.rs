//! What rules mean: things of a session, values, verdicts.
//!
//! Belongs here: asking sessions. Does not belong here: reading specs (see
//! `spec`) and printing verdicts.

mod arrange;
mod calls;
mod case;
mod expr;
mod fields;
mod finding;
mod hygiene;
mod nearest;
mod outcome;
mod reduce;
mod rules;
mod run;
mod sequence;
mod shared;
mod structure;
mod tree;
mod units;
mod value;
mod waterfall;
mod world;

use case::Unit;
pub(crate) use run::holds_here;
pub use run::{Evaluated, RunError, evaluate};

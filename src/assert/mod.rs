//! Assertions: rules over sessions, and what became of each.
//!
//! A [`Spec`] holds rules, [`evaluate`] asks them of sessions, [`Verdicts`] say
//! how each ended. Belongs here: specs and their meaning, snapshots, verdicts
//! and the reports that show them. Does not belong here: selecting spans (see
//! [`crate::query`]) and putting turns together (see [`crate::session`]).

mod eval;
mod init;
mod lang;
pub mod report;
pub mod snapshot;
mod spec;
mod verdict;

pub use eval::{Evaluated, RunError, evaluate};
pub use init::first_spec;
pub use spec::{SnapshotRule, Spec, SpecError};
pub use verdict::{RulePlace, RuleSeverity, Status, Verdict, Verdicts};

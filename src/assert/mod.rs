//! Assertions: rules over sessions, and what became of each.
//!
//! Belongs here: specs and their meaning, snapshots, verdicts and the reports
//! that show them. Does not belong here: selecting spans (see
//! [`crate::query`]) and putting turns together (see [`crate::session`]).

pub mod report;
pub mod snapshot;
mod verdict;
mod write;

pub use verdict::{RulePlace, RuleSeverity, Status, Verdict, Verdicts};

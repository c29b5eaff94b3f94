//! Reports: what became of the rules, in the form that each reader wants.
//!
//! One file a format, each with `write(verdicts, context, out)`. What they have
//! in common (which verdict first, what it is about, the command that opens the
//! place) is in [`case`]. Text that came from data is made safe by each format
//! in its own spelling.

mod case;
mod github;
mod json;
mod junit;
mod kind;
mod markdown;
mod sarif;
mod tap;
mod text;

pub use github::{append_step_summary, step_summary};
pub use json::ASSERT_SCHEMA;
pub use kind::{BadReport, ReportError, ReportKind, ReportTarget, write_report, write_reports};

use super::{RuleSeverity, Verdicts};
use crate::model::Store;
use crate::session::Sessions;
use std::time::Duration;

/// What reports need beside the verdicts.
#[derive(Clone, Copy, Debug)]
pub struct ReportContext<'a> {
    /// The records.
    pub store: &'a Store,
    /// Everything that was rebuilt.
    pub sessions: &'a Sessions,
    /// The sources as the user named them, for verdicts that do not name theirs.
    pub sources: &'a [String],
    /// Failures of this severity and worse fail the run.
    pub least: RuleSeverity,
    /// How long the run took, where that is to be said. It makes reports of equal
    /// runs differ.
    pub elapsed: Option<Duration>,
    /// Whether text uses colour and weight.
    pub color: bool,
    /// Whether text lists what passed, too.
    pub verbose: bool,
}

impl<'a> ReportContext<'a> {
    /// A plain report on everything that fails.
    #[must_use]
    pub fn new(store: &'a Store, sessions: &'a Sessions, sources: &'a [String]) -> Self {
        Self {
            store,
            sessions,
            sources,
            least: RuleSeverity::Error,
            elapsed: None,
            color: false,
            verbose: false,
        }
    }
}

/// How many failed and fail the run, and how many failed and do not.
fn failures(verdicts: &Verdicts, least: RuleSeverity) -> (usize, usize) {
    let failed = verdicts.count(super::Status::Failed);
    let fatal = verdicts.list.iter().filter(|verdict| verdict.fails(least)).count();
    (fatal, failed - fatal)
}

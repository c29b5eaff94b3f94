//! What became of a rule in one session.

use crate::model::SpanIx;

/// How a rule ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It held.
    Passed,
    /// It did not.
    Failed,
    /// The data has nothing that the rule speaks of.
    Skipped,
    /// There is data, but too little for a verdict.
    Insufficient,
}

impl Status {
    /// The word used in every report.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
            Self::Insufficient => "insufficient",
        }
    }
}

/// How much a failure matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RuleSeverity {
    /// It is said, no more.
    Info,
    /// It is said loudly, and fails the run only when asked to.
    Warn,
    /// It fails the run.
    #[default]
    Error,
}

impl RuleSeverity {
    /// The word used in specs and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// Where a rule is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulePlace {
    /// The spec file as the user named it, or the flag (`--expect`).
    pub file: String,
    /// Line, from 1; `None` for a flag.
    pub line: Option<usize>,
}

/// What became of one rule in one session (or over all, for suite rules).
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// The rule's id.
    pub rule: String,
    /// Where it is written.
    pub place: RulePlace,
    /// How much a failure matters.
    pub severity: RuleSeverity,
    /// The session's id; `None` for a rule over all sessions.
    pub session: Option<String>,
    /// The source that the session came from, as the user named it.
    pub source: Option<String>,
    /// How it ended.
    pub status: Status,
    /// One line for people: what was found. Never empty.
    pub message: String,
    /// What the rule wants, as it is written.
    pub expected: Option<String>,
    /// What was there instead.
    pub found: Option<String>,
    /// The span or turn that comes closest, with the field that differs.
    pub nearest: Option<String>,
    /// Further lines: a diff, a small waterfall of the turn.
    pub details: Vec<String>,
    /// The spans that the verdict is about, worst first.
    pub spans: Vec<SpanIx>,
    /// The turn that it is about.
    pub turn: Option<u32>,
}

impl Verdict {
    /// Whether it fails a run in which failures of `least` and worse do.
    #[must_use]
    pub fn fails(&self, least: RuleSeverity) -> bool {
        self.status == Status::Failed && self.severity >= least
    }
}

/// All verdicts of a run, in the order of sessions, then of rules; suite rules
/// come last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdicts {
    /// The list.
    pub list: Vec<Verdict>,
}

impl Verdicts {
    /// How many ended so.
    #[must_use]
    pub fn count(&self, status: Status) -> usize {
        self.list.iter().filter(|verdict| verdict.status == status).count()
    }
}

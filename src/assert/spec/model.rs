//! A spec, read and checked.

use crate::assert::lang::{Asked, Cmp, Expr, PatternNode, Source};
use crate::assert::{RulePlace, RuleSeverity};

/// All rules of a run, in the order in which they are written.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    pub(crate) documents: Vec<Document>,
}

impl Spec {
    /// Puts the rules of another spec behind these.
    pub fn append(&mut self, other: Self) {
        self.documents.extend(other.documents);
    }

    /// How many rules there are.
    #[must_use]
    pub fn rules(&self) -> usize {
        self.documents.iter().map(|document| document.rules.len()).sum()
    }
}

/// Rules that are written together.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    pub rules: Vec<Rule>,
}

/// What a rule is asked of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scope {
    Span,
    Turn,
    Exchange,
    #[default]
    Session,
    Suite,
}

/// What happens to a rule whose values are not in the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenMissing {
    Fail,
    Skip,
    Warn,
}

/// What a session must have for a rule to be asked of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Need {
    Audio,
    Spans,
    Logs,
    Metrics,
    Speech,
    Tools,
    Turns,
}

impl Need {
    pub(crate) const ALL: [(&'static str, Self); 7] = [
        ("audio", Self::Audio),
        ("spans", Self::Spans),
        ("logs", Self::Logs),
        ("metrics", Self::Metrics),
        ("speech", Self::Speech),
        ("tools", Self::Tools),
        ("turns", Self::Turns),
    ];

    pub(crate) fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, need)| *need == self).map_or("", |(word, _)| word)
    }
}

/// A rule.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub id: String,
    pub place: RulePlace,
    pub scope: Scope,
    /// Which turns (exchanges, spans) it is asked of.
    pub filters: Vec<Expr>,
    pub needs: Vec<Need>,
    pub when_missing: Option<WhenMissing>,
    pub severity: RuleSeverity,
    pub min_n: Option<usize>,
    pub form: Form,
    /// What it wants, as it is written, on one line.
    pub expected: String,
}

/// What a rule wants.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// A query selects something.
    Selects(Asked),
    /// A query selects nothing.
    SelectsNone(Asked),
    /// An expression is true, for every thing that it is true or false of.
    Holds(Expr),
    /// There is something, maybe near a time.
    Exists {
        source: Source,
        within: Option<Within>,
    },
    /// There is nothing such.
    Absent(Source),
    /// Everything selected satisfies.
    Every {
        source: Source,
        satisfies: Satisfies,
    },
    /// So many are selected.
    Count {
        source: Source,
        limits: Vec<(Cmp, f64)>,
    },
    Sequence {
        steps: Vec<Source>,
        mode: Mode,
    },
    Tree {
        root: PatternNode,
        mode: Mode,
    },
    /// Several expressions, each with its text.
    AllOf(Vec<(Expr, String)>),
    Hygiene(Hygiene),
    Snapshot(SnapshotRule),
}

/// `within: 8s of user.end`.
#[derive(Clone, Debug)]
pub(crate) struct Within {
    pub ms: f64,
    pub of: Expr,
    pub text: String,
}

/// What every selected thing must satisfy.
#[derive(Clone, Debug)]
pub(crate) enum Satisfies {
    Expr(Expr),
    /// Its span is among those that a query selects.
    Query(Asked),
}

/// How exactly a sequence or the children of a node must be as written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// In this order; others may come between.
    #[default]
    Ordered,
    /// In this order, and no others.
    Strict,
    /// In any order, and no others.
    Unordered,
    /// No others; some may be left out.
    Subset,
    /// In any order; others may come between.
    Superset,
}

/// Rules that are known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hygiene {
    NoOrphans,
    AllClosed,
    NoNegativeDurations,
    NoErrors,
    NoToolErrors,
    ToolsUnderAgentTurn,
    EveryUserTurnAnswered,
    NoDoubleAnswer,
}

impl Hygiene {
    pub(crate) const ALL: [(&'static str, Self, &'static str); 8] = [
        ("no-orphans", Self::NoOrphans, "every parent of a span is in the data"),
        ("all-closed", Self::AllClosed, "every span and tool call that began has ended"),
        ("no-negative-durations", Self::NoNegativeDurations, "nothing ends before it starts"),
        ("no-errors", Self::NoErrors, "no error but recovered attempts and requests"),
        ("no-tool-errors", Self::NoToolErrors, "no tool call failed"),
        (
            "tools-under-agent-turn",
            Self::ToolsUnderAgentTurn,
            "every tool call is part of an agent turn",
        ),
        ("every-user-turn-answered", Self::EveryUserTurnAnswered, "the agent answers every turn"),
        ("no-double-answer", Self::NoDoubleAnswer, "no user turn is answered twice"),
    ];

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, ..)| *name == word).map(|(_, rule, _)| *rule)
    }

    /// What it wants, in words.
    pub(crate) fn wants(self) -> &'static str {
        Self::ALL.iter().find(|(_, rule, _)| *rule == self).map_or("", |(.., wants)| wants)
    }
}

/// A snapshot to compare with, as the spec says it. Words are those of the
/// snapshot's own options.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotRule {
    /// The file, found beside the spec.
    pub file: std::path::PathBuf,
    /// Which spans have lines: `turns`, `ops`, `spans`.
    pub detail: Option<String>,
    /// Which facts are kept; empty keeps the usual ones.
    pub keep: Vec<String>,
    /// Ends of the buckets of lengths, rising: `50ms`, `1s`, `inf`.
    pub buckets: Option<Vec<String>>,
    /// Whether equal neighbours become one line.
    pub fold: bool,
    /// How text is shown: `length-class`, `hash`, `omit`.
    pub text: Option<String>,
}

impl Spec {
    /// The snapshots to compare with, each with its place and severity. Rules
    /// are asked by [`evaluate`](crate::assert::evaluate), snapshots are not.
    pub fn snapshots(&self) -> impl Iterator<Item = (&SnapshotRule, &RulePlace, RuleSeverity)> {
        let rules = self.documents.iter().flat_map(|document| &document.rules);
        rules.filter_map(|rule| match &rule.form {
            Form::Snapshot(snapshot) => Some((snapshot, &rule.place, rule.severity)),
            _ => None,
        })
    }
}

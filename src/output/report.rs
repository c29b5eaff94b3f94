//! What every format renders: sessions with the store behind them, narrowed to
//! what the user asked for.

use super::chosen::Chosen;
use super::escape::line;
use super::levels::Levels;
use super::summary::plural;
use crate::diagnostic::Diagnostic;
use crate::model::{LogIx, Nanos, SpanIx, Store};
use crate::open::SourceReport;
use crate::session::{Session, Sessions, Turn};
use hashbrown::HashMap;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The part of a session that alone is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// Who said what.
    Transcript,
    /// Tool calls.
    Tools,
    /// Errors, failed tools among them.
    Errors,
    /// Log records.
    Logs,
}

impl Only {
    /// The word used in arguments and documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transcript => "transcript",
            Self::Tools => "tools",
            Self::Errors => "errors",
            Self::Logs => "logs",
        }
    }

    /// What is shown, as words: `tool calls are`.
    pub(crate) fn as_shown(self) -> &'static str {
        match self {
            Self::Transcript => "the transcript is",
            Self::Tools => "tool calls are",
            Self::Errors => "errors are",
            Self::Logs => "log records are",
        }
    }
}

/// What is shown of each session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Content {
    /// Nothing but this.
    pub only: Option<Only>,
    /// Which log records.
    pub levels: Levels,
    /// Spans too.
    pub spans: bool,
    /// Log records too.
    pub logs: bool,
    /// Metric points too.
    pub metrics: bool,
    /// Lists what is otherwise only counted (skipped parts).
    pub verbose: bool,
}

impl Content {
    /// Whether a part of a session is shown.
    #[must_use]
    pub fn has(&self, part: Only) -> bool {
        self.only.is_none_or(|only| only == part)
    }

    /// Whether log records are shown.
    #[must_use]
    pub fn shows_logs(&self) -> bool {
        self.only == Some(Only::Logs) || (self.logs && self.only.is_none())
    }
}

/// Why nothing fits what the user asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// No session has this id.
    #[error("no session `{wanted}`", wanted = line(wanted))]
    Session {
        /// What was asked for.
        wanted: String,
        /// The sessions there are, one a line.
        known: String,
    },
    /// Several sessions begin like this.
    #[error("`{wanted}` fits {count} sessions", wanted = line(wanted))]
    Ambiguous {
        /// What was asked for.
        wanted: String,
        /// How many it fits.
        count: usize,
        /// The sessions that fit, one a line.
        known: String,
    },
    /// No session has a turn of this number.
    #[error("no turn {wanted}")]
    Turn {
        /// The number asked for.
        wanted: u32,
        /// The sessions there are and how many turns they have, one a line.
        known: String,
    },
}

impl NotFound {
    /// What there is instead, one a line.
    #[must_use]
    pub fn known(&self) -> &str {
        match self {
            Self::Session { known, .. }
            | Self::Ambiguous { known, .. }
            | Self::Turn { known, .. } => known,
        }
    }
}

/// Sessions to show, with everything the formats need beside them.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    /// The records.
    pub store: &'a Store,
    /// Everything that was rebuilt.
    pub all: &'a Sessions,
    /// The sessions to show, narrowed where only a turn is wanted.
    pub shown: Vec<Cow<'a, Session>>,
    /// The turn that alone is shown.
    pub turn: Option<u32>,
    /// What the sessions and turns were chosen by, and what that left out.
    pub chosen: Option<Chosen>,
    /// What was read.
    pub sources: &'a [SourceReport],
    /// What a reader should know beyond single sessions: reading first, then
    /// rebuilding.
    pub diagnostics: Vec<&'a Diagnostic>,
}

impl<'a> Report<'a> {
    /// A report on everything.
    #[must_use]
    pub fn new(
        store: &'a Store,
        all: &'a Sessions,
        sources: &'a [SourceReport],
        reading: &'a [Diagnostic],
    ) -> Self {
        Self {
            store,
            all,
            shown: all.list.iter().map(Cow::Borrowed).collect(),
            turn: None,
            chosen: None,
            sources,
            diagnostics: reading.iter().chain(&all.diagnostics).collect(),
        }
    }

    /// Whether only some turns of a session are shown, so that what is said of
    /// whole sessions does not fit.
    pub(crate) fn is_narrowed(&self) -> bool {
        self.turn.is_some() || self.chosen.is_some()
    }

    /// Keeps the sessions that are named: by any of their ids, by a beginning
    /// that only one has, or by their number, from 1. No name keeps all.
    ///
    /// # Errors
    /// When a name names none, or is a beginning that fits several.
    pub fn keep_sessions<T: AsRef<str>>(&mut self, wanted: &[T]) -> Result<(), NotFound> {
        if wanted.is_empty() {
            return Ok(());
        }
        let mut kept = BTreeSet::new();
        for name in wanted {
            kept.extend(self.named(name.as_ref())?);
        }
        let mut at = 0..;
        self.shown.retain(|_| at.next().is_some_and(|at| kept.contains(&at)));
        Ok(())
    }

    /// Positions of the sessions that `wanted` names.
    fn named(&self, wanted: &str) -> Result<Vec<usize>, NotFound> {
        let positions = |fits: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let numbered = self.shown.iter().enumerate();
            numbered.filter(|(_, s)| ids(s).any(fits)).map(|(at, _)| at).collect()
        };
        let exact = positions(&|id| id == wanted);
        if !exact.is_empty() {
            return Ok(exact);
        }
        let number = wanted.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
        if let Some(at) = number.filter(|&at| at < self.shown.len()) {
            return Ok(vec![at]);
        }
        let begins = positions(&|id| !wanted.is_empty() && id.starts_with(wanted));
        match begins.len() {
            1 => Ok(begins),
            0 => {
                let known = list(self.shown.iter().enumerate());
                Err(NotFound::Session { wanted: wanted.into(), known })
            }
            count => {
                let numbered = self.shown.iter().enumerate();
                let known = list(numbered.filter(|(at, _)| begins.contains(at)));
                Err(NotFound::Ambiguous { wanted: wanted.into(), count, known })
            }
        }
    }

    /// Keeps one turn, in every session that has it: its tools, errors, spans
    /// and log records, and what of the session happened in its time.
    ///
    /// # Errors
    /// When no session has it.
    pub fn keep_turn(&mut self, wanted: u32) -> Result<(), NotFound> {
        let kept: Vec<_> =
            self.shown.iter().filter_map(|s| only_turn(self.store, s, wanted)).collect();
        if kept.is_empty() {
            let known = list(self.shown.iter().enumerate());
            return Err(NotFound::Turn { wanted, known });
        }
        self.shown = kept.into_iter().map(Cow::Owned).collect();
        self.turn = Some(wanted);
        Ok(())
    }
}

fn ids(session: &Session) -> impl Iterator<Item = &str> {
    std::iter::once(&session.id)
        .chain(session.ids.values())
        .chain(&session.trace_ids)
        .map(String::as_str)
}

fn list<'s>(sessions: impl Iterator<Item = (usize, &'s Cow<'s, Session>)>) -> String {
    let lines: Vec<String> = sessions
        .map(|(at, session)| {
            format!(
                "{}  {} ({}, {})",
                at + 1,
                line(&session.id),
                session.framework.as_str(),
                plural(session.turns.len(), "turn")
            )
        })
        .collect();
    if lines.is_empty() { "there is none".into() } else { lines.join("\n") }
}

fn only_turn(store: &Store, session: &Session, number: u32) -> Option<Session> {
    let turn = session.turns.iter().find(|t| t.number == number)?;
    let mut narrow = session.clone();
    narrow.turns = vec![turn.clone()];
    narrow.handoffs.retain(|h| happened_during(turn, h.at));
    narrow.errors.clear();
    narrow.usage = turn.usage;
    narrow.spans.clone_from(&turn.spans);
    narrow.logs.clone_from(&turn.logs);
    narrow.points.clear();
    let ids: Vec<String> = turn
        .spans
        .iter()
        .filter_map(|&ix| store.span(ix))
        .map(|s| format!("{:016x}", s.row.id))
        .collect();
    narrow.diagnostics.retain(|d| d.span_id.as_ref().is_some_and(|id| ids.contains(id)));
    Some(narrow)
}

/// Whether something happened between the start and the end of a turn.
pub(super) fn happened_during(turn: &Turn, at: Option<Nanos>) -> bool {
    at.is_some_and(|at| {
        turn.start.is_some_and(|start| at >= start) && turn.end.is_some_and(|end| at <= end)
    })
}

/// The turns of a session by their records.
#[derive(Clone, Debug, Default)]
pub(crate) struct TurnIndex {
    spans: HashMap<SpanIx, u32>,
    logs: HashMap<LogIx, u32>,
}

impl TurnIndex {
    pub(crate) fn new(turns: &[Turn]) -> Self {
        let mut index = Self::default();
        for turn in turns {
            index.spans.extend(turn.spans.iter().map(|&ix| (ix, turn.number)));
            index.logs.extend(turn.logs.iter().map(|&ix| (ix, turn.number)));
        }
        index
    }

    pub(crate) fn span(&self, ix: SpanIx) -> Option<u32> {
        self.spans.get(&ix).copied()
    }

    pub(crate) fn log(&self, ix: LogIx) -> Option<u32> {
        self.logs.get(&ix).copied()
    }
}

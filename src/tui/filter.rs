//! The filter of an opened call: the spans that a query finds, and what of the
//! call is shown for it. Which rows that leaves is the business of
//! [`super::rows`].

use super::rows::{Home, Row, turn_of};
use crate::model::{SpanIx, Store};
use crate::output::Report;
use crate::query::{QueryError, filter};
use crate::session::{Session, SpanTree, Turn};
use hashbrown::HashSet;

/// Where more spans match, turns are not unfolded to show them.
const FEW: usize = 2_000;

/// A query's answer in one session.
#[derive(Debug)]
pub(super) struct Filter {
    /// The query, as it was typed.
    pub(super) text: String,
    /// How many spans the session has.
    pub(super) of: usize,
    /// What a reader should know about the answer.
    pub(super) note: Option<String>,
    matching: HashSet<SpanIx>,
    /// Spans above those that match.
    above: HashSet<SpanIx>,
    /// Which turns hold a match, by position.
    turns: Vec<bool>,
}

impl Filter {
    /// Asks a query of a session.
    ///
    /// # Errors
    /// A query that is wrong.
    pub(super) fn new(
        report: &Report<'_>,
        session: &Session,
        text: &str,
    ) -> Result<Self, QueryError> {
        let found = filter(text)?.evaluate(report.store, report.all)?;
        let all: HashSet<SpanIx> =
            found.matches.iter().flat_map(|one| one.spans.iter().copied()).collect();
        let matching = session.spans.iter().copied().filter(|span| all.contains(span)).collect();
        let above = above(report.store, &matching);
        let turns = session.turns.iter().map(|turn| holds(turn, &matching)).collect();
        let note = found.diagnostics.first().map(|note| note.message.clone());
        Ok(Self {
            text: text.trim().to_owned(),
            of: session.spans.len(),
            note,
            matching,
            above,
            turns,
        })
    }

    /// How many spans match.
    pub(super) fn count(&self) -> usize {
        self.matching.len()
    }

    /// Whether what matches can be shown unfolded.
    pub(super) fn is_small(&self) -> bool {
        self.count() <= FEW
    }

    pub(super) fn has(&self, span: SpanIx) -> bool {
        self.matching.contains(&span)
    }

    /// Whether a row that is no span is shown.
    pub(super) fn keeps(&self, session: &Session, row: Row) -> bool {
        let turn = turn_of(row).and_then(|turn| session.turns.get(turn as usize));
        let span = match row {
            Row::Session | Row::Outside => return true,
            Row::Handoff { .. } => None,
            Row::Turn(at) => return self.turns.get(at as usize) == Some(&true),
            Row::Fault(at) => session.errors.get(at as usize).and_then(|error| error.span),
            Row::Tool { at, .. } => {
                turn.and_then(|turn| turn.tools.get(at as usize)).and_then(|tool| tool.span)
            }
            Row::Error { at, .. } => {
                turn.and_then(|turn| turn.errors.get(at as usize)).and_then(|error| error.span)
            }
            Row::Span { home: Home::Turn(_) | Home::Outside, .. } => return true,
        };
        span.is_some_and(|span| self.shows(span))
    }

    /// The nodes of a tree that match or stand above a match.
    pub(super) fn kept_nodes(&self, tree: &SpanTree) -> Vec<bool> {
        tree.nodes.iter().map(|node| self.shows(node.span)).collect()
    }

    /// Whether a span matches or stands above one that does.
    fn shows(&self, span: SpanIx) -> bool {
        self.has(span) || self.above.contains(&span)
    }
}

/// Whether a turn holds one of some spans.
fn holds(turn: &Turn, spans: &HashSet<SpanIx>) -> bool {
    let tools = turn.tools.iter().filter_map(|tool| tool.span);
    let errors = turn.errors.iter().filter_map(|error| error.span);
    turn.spans.iter().copied().chain(tools).chain(errors).any(|span| spans.contains(&span))
}

/// All spans above some, by the parent ids in the data.
fn above(store: &Store, spans: &HashSet<SpanIx>) -> HashSet<SpanIx> {
    let mut above = HashSet::new();
    for span in spans {
        let mut at = *span;
        while let Some(row) = store.spans().get(at.index())
            && let Some(parent) = store.find_span(row.trace, row.parent)
            && above.insert(parent)
        {
            at = parent;
        }
    }
    above
}

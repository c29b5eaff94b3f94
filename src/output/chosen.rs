//! Sessions and turns chosen by a query on their spans (`show --where`).

use super::escape::line;
use super::report::{Report, happened_during};
use super::summary::plural;
use crate::model::{SpanIx, Store};
use crate::session::{Session, Turn, Usage};
use hashbrown::HashSet;
use std::borrow::Cow;

/// What sessions and turns were chosen by, and how many were left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The query as the user wrote it.
    pub query: String,
    /// How many sessions there were to choose from.
    pub sessions: usize,
    /// How many turns there were to choose from, in all of these sessions.
    pub turns: usize,
    /// How many spans match, in all of these sessions.
    pub spans: usize,
    /// For each session that is shown what there was to choose from in it.
    pub of: Vec<ChosenOf>,
}

/// What there was to choose from in one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenOf {
    /// Turns.
    pub turns: usize,
    /// Spans that match.
    pub spans: usize,
    /// Those of them that are in no turn.
    pub outside: usize,
}

impl Chosen {
    /// What is shown of how much: `where { … }: 1 of 3 sessions and 2 of 21 turns
    /// shown`, made safe to show.
    #[must_use]
    pub fn account(&self, shown: &[Cow<'_, Session>]) -> String {
        let turns: usize = shown.iter().map(|session| session.turns.len()).sum();
        format!(
            "where {}: {} of {} and {} of {} shown",
            line(&self.query),
            shown.len(),
            plural(self.sessions, "session"),
            turns,
            plural(self.turns, "turn"),
        )
    }
}

impl ChosenOf {
    /// What is shown of a session: `2 of 7 turns shown, 3 matching spans`.
    pub(super) fn account(&self, session: &Session) -> String {
        let mut words = format!(
            "{} of {} shown, {}",
            session.turns.len(),
            plural(self.turns, "turn"),
            plural(self.spans, "matching span"),
        );
        if self.outside > 0 {
            words.push_str(&format!(" ({} in no turn)", self.outside));
        }
        words
    }
}

impl Report<'_> {
    /// Keeps the sessions that hold one of `matching`, and of each the turns
    /// that do: with all their tools, errors, spans and log records, and with
    /// what of the session happened in their time. Matching spans of no turn are
    /// kept as spans of the session.
    pub fn keep_where(&mut self, query: &str, matching: &HashSet<SpanIx>) {
        let mut chosen = Chosen {
            query: query.to_owned(),
            sessions: self.shown.len(),
            turns: self.shown.iter().map(|session| session.turns.len()).sum(),
            spans: 0,
            of: Vec::new(),
        };
        let mut kept = Vec::new();
        for session in &self.shown {
            let spans = session.spans.iter().filter(|ix| matching.contains(*ix)).count();
            if spans == 0 {
                continue;
            }
            let narrow = only_matching(self.store, session, matching);
            let inside: HashSet<SpanIx> = spans_of(&narrow.turns).collect();
            let outside = narrow.spans.iter().filter(|ix| !inside.contains(*ix)).count();
            chosen.spans += spans;
            chosen.of.push(ChosenOf { turns: session.turns.len(), spans, outside });
            kept.push(Cow::Owned(narrow));
        }
        self.shown = kept;
        self.chosen = Some(chosen);
    }
}

/// The spans that turns are made of.
fn spans_of(turns: &[Turn]) -> impl Iterator<Item = SpanIx> + '_ {
    turns.iter().flat_map(|turn| {
        let tools = turn.tools.iter().filter_map(|tool| tool.span);
        let errors = turn.errors.iter().filter_map(|error| error.span);
        turn.spans.iter().copied().chain(tools).chain(errors)
    })
}

fn only_matching(store: &Store, session: &Session, matching: &HashSet<SpanIx>) -> Session {
    let all_turns: HashSet<SpanIx> = spans_of(&session.turns).collect();
    let mut narrow = session.clone();
    narrow
        .turns
        .retain(|turn| spans_of(std::slice::from_ref(turn)).any(|span| matching.contains(&span)));
    let turns = &narrow.turns;
    let inside: HashSet<SpanIx> = spans_of(turns).collect();
    // In their canonical order.
    narrow
        .spans
        .retain(|ix| inside.contains(ix) || (matching.contains(ix) && !all_turns.contains(ix)));
    let logs: HashSet<_> = turns.iter().flat_map(|turn| turn.logs.iter().copied()).collect();
    narrow.logs.retain(|ix| logs.contains(ix));
    narrow.handoffs.retain(|handoff| turns.iter().any(|turn| happened_during(turn, handoff.at)));
    narrow.errors.retain(|error| error.span.is_some_and(|span| matching.contains(&span)));
    narrow.points.clear();
    narrow.usage = Usage::default();
    for turn in turns {
        narrow.usage.add(&turn.usage);
    }
    let ids: HashSet<String> = narrow
        .spans
        .iter()
        .filter_map(|&ix| store.span(ix))
        .map(|span| format!("{:016x}", span.row.id))
        .collect();
    narrow.diagnostics.retain(|found| found.span_id.as_ref().is_some_and(|id| ids.contains(id)));
    narrow
}

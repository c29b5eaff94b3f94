//! What the formats of `agentobs query` have in common.

use super::report::TurnIndex;
use super::time::length;
use crate::model::{SpanIx, SpanStatus, SpanView, Store};
use crate::query::{Answer, Found, Match};
use crate::session::{Session, Sessions};
use hashbrown::HashMap;

/// The answer to a query, with everything the formats need beside it.
#[derive(Clone, Copy, Debug)]
pub struct Matches<'a> {
    /// The records.
    pub store: &'a Store,
    /// Everything that was rebuilt.
    pub all: &'a Sessions,
    /// The query as the user wrote it.
    pub query: &'a str,
    /// What it found.
    pub found: &'a Found,
}

impl<'a> Matches<'a> {
    /// The session of a match.
    pub(super) fn session(&self, one: &Match) -> Option<&'a Session> {
        self.all.list.get(one.session?)
    }

    /// The turns of all sessions that have matches, by session.
    pub(super) fn turns(&self) -> HashMap<Option<usize>, TurnIndex> {
        let mut indices = HashMap::new();
        for one in &self.found.matches {
            let make =
                || self.session(one).map_or_else(TurnIndex::default, |s| TurnIndex::new(&s.turns));
            indices.entry(one.session).or_insert_with(make);
        }
        indices
    }

    /// The heads of the table's columns.
    pub(super) fn head(&self) -> Vec<&'a str> {
        let selected = self.found.selected.iter().map(String::as_str);
        ["turn", "start", "length", "op", "name", "status", "span"]
            .into_iter()
            .chain(selected)
            .collect()
    }

    /// A match as rows of text, not yet made safe.
    pub(super) fn rows(&self, one: &Match, turns: &TurnIndex) -> Vec<Vec<String>> {
        let session = self.session(one);
        let row = |at: usize, ix: SpanIx| {
            let span = self.store.span(ix)?;
            let mut cells = self.cells(&span, session, turns.span(ix));
            let selected = one.selected.get(at).map_or(&[][..], Vec::as_slice);
            cells.extend(selected.iter().map(shown));
            Some(cells)
        };
        one.spans.iter().enumerate().filter_map(|(at, ix)| row(at, *ix)).collect()
    }

    fn cells(
        &self,
        span: &SpanView<'_>,
        session: Option<&Session>,
        turn: Option<u32>,
    ) -> Vec<String> {
        let start = span.row.start.known().and_then(|start| session?.ms(Some(start)));
        vec![
            turn.map_or_else(missing, |turn| turn.to_string()),
            start.map_or_else(missing, super::time::offset),
            span.duration_ms().map_or_else(missing, length),
            self.all.op(span.ix).as_str().to_owned(),
            span.name().to_owned(),
            match span.row.status {
                SpanStatus::Unset => missing(),
                SpanStatus::Ok => "ok".to_owned(),
                SpanStatus::Error => "error".to_owned(),
            },
            format!("{:016x}", span.row.id),
        ]
    }
}

fn missing() -> String {
    "–".to_owned()
}

/// A value for people.
pub(super) fn shown(answer: &Answer) -> String {
    match answer {
        Answer::Nil => missing(),
        Answer::Bool(truth) => truth.to_string(),
        Answer::Int(number) => number.to_string(),
        Answer::Float(number) => number.to_string(),
        Answer::Duration(ns) => length(*ns as f64 / 1e6),
        Answer::Text(text) => text.clone(),
        Answer::List(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
    }
}

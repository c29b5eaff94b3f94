//! What a query found.

use super::aggregate::shown;
use super::bits::Bits;
use super::index::Index;
use super::row::Run;
use super::stage::{Group, Selected, State};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{SpanIx, Store};
use crate::query::{Query, QueryError};
use crate::session::Sessions;

/// A value as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Not there.
    Nil,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A double.
    Float(f64),
    /// Nanoseconds.
    Duration(i64),
    /// Text; also the words of a status, a kind and an op.
    Text(String),
    /// Several values.
    List(Vec<Answer>),
}

/// One spanset that is left at the end of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The session, as position in [`Sessions::list`]; of several in one trace
    /// that of the first span that has one.
    pub session: Option<usize>,
    /// The trace id.
    pub trace: u128,
    /// Its spans, in order of time; never empty.
    pub spans: Vec<SpanIx>,
    /// What `by` split by, and this spanset's value of it.
    pub group: Vec<(String, Answer)>,
    /// For each span the values of [`Found::selected`].
    pub selected: Vec<Vec<Answer>>,
}

/// The answer to a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Spansets: traces in order of time, groups in order of their first span.
    pub matches: Vec<Match>,
    /// Names that `select` chose, without repetition.
    pub selected: Vec<String>,
    /// What a reader should know about the evaluation.
    pub diagnostics: Vec<Diagnostic>,
}

impl Index<'_> {
    /// Evaluates a query.
    ///
    /// # Errors
    ///
    /// Metrics queries, and operators whose operand gives several spansets of
    /// one trace.
    pub fn ask(&mut self, query: &Query) -> Result<Found, QueryError> {
        let pipeline = query.can_run()?;
        let plan = self.plan(pipeline)?;
        let run = Run::new(self);
        let everything = State::Traces(Bits::full(0..self.layout.len()));
        let mut selected = Vec::new();
        let state = run.stages(&plan, everything, &mut selected)?;
        let matches = match state {
            State::Traces(bits) => {
                let layout = &self.layout;
                let of_trace = |trace| {
                    let range = layout.trace_range(trace);
                    let spans = bits.iter_from(range.start).take_while(|p| *p < range.end);
                    Group { trace, spans: spans.map(|p| p as u32).collect(), labels: Vec::new() }
                };
                let groups = layout.traces_of(&bits).into_iter().map(of_trace);
                groups.map(|group| found(&run, group, &selected)).collect()
            }
            State::Groups(groups) => {
                groups.into_iter().map(|group| found(&run, group, &selected)).collect()
            }
        };
        let selected = selected.iter().map(|(name, _)| (*name).to_owned()).collect();
        let diagnostics = run
            .faults()
            .into_iter()
            .map(|(fault, times)| {
                let message = format!("{} ({times} times)", fault.message());
                Diagnostic::new(Severity::Warning, "query-value", message)
            })
            .collect();
        Ok(Found { matches, selected, diagnostics })
    }
}

fn found(run: &Run<'_, '_>, mut group: Group, selected: &Selected<'_>) -> Match {
    let Index { layout, tables, voice, .. } = run.index;
    let session = group
        .spans
        .iter()
        .filter_map(|p| voice.session.get(*p as usize))
        .find(|session| **session != super::layout::NONE)
        .map(|session| *session as usize);
    group.spans.sort_by_key(|p| layout.rank.get(*p as usize).copied());
    let values = |position: usize| {
        selected.iter().map(|(_, node)| shown(run.operand(node, position), tables)).collect()
    };
    let trace = layout.traces.get(group.trace).map_or(0, |t| tables.store.trace_id(t.trace));
    let selected = match selected.is_empty() {
        true => Vec::new(),
        false => group.spans.iter().map(|p| values(*p as usize)).collect(),
    };
    let spans = group.spans.iter().filter_map(|p| layout.spans.get(*p as usize)).copied();
    Match { session, trace, spans: spans.collect(), group: group.labels, selected }
}

impl Query {
    /// Evaluates this query over a store. For many queries over one store,
    /// make one [`Index`] and ask it.
    ///
    /// # Errors
    ///
    /// Those of [`Index::ask`].
    pub fn evaluate(&self, store: &Store, sessions: &Sessions) -> Result<Found, QueryError> {
        Index::new(store, sessions).ask(self)
    }
}

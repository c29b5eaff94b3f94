//! Everything that was read, made ready for rules: whose a span is, and the
//! answers to queries, each asked once.

use crate::assert::lang::Asked;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{SpanIx, Store};
use crate::query::syntax::Attr;
use crate::query::{Found, Index, Query, QueryError};
use crate::session::Sessions;
use hashbrown::HashMap;
use std::cell::RefCell;

/// No session, no turn.
pub(crate) const NONE: u32 = u32::MAX;

/// All sessions with their records.
pub(crate) struct World<'a> {
    pub store: &'a Store,
    pub sessions: &'a Sessions,
    /// Session by span, as position in the list.
    session_of: Vec<u32>,
    /// Turn by span, as position in the turns of its session.
    turn_of: Vec<u32>,
    index: RefCell<Index<'a>>,
    answers: HashMap<Box<str>, Answer>,
    pub diagnostics: Vec<Diagnostic>,
}

/// What a query selects in each session.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    /// Spans by session.
    spans: Vec<Vec<SpanIx>>,
}

impl Answer {
    pub(crate) fn of_session(&self, at: usize) -> &[SpanIx] {
        self.spans.get(at).map_or(&[], Vec::as_slice)
    }
}

impl<'a> World<'a> {
    pub(crate) fn new(store: &'a Store, sessions: &'a Sessions) -> Self {
        let spans = store.spans();
        let mut session_of = vec![NONE; spans.len()];
        let mut turn_of = vec![NONE; spans.len()];
        for (number, session) in (0u32..).zip(&sessions.list) {
            mark(&mut session_of, &session.spans, number);
            for (at, turn) in (0u32..).zip(&session.turns) {
                mark(&mut turn_of, &turn.spans, at);
            }
        }
        Self {
            store,
            sessions,
            session_of,
            turn_of,
            index: RefCell::new(Index::new(store, sessions)),
            answers: HashMap::new(),
            diagnostics: Vec::new(),
        }
    }

    pub(crate) fn turn_of(&self, span: SpanIx) -> Option<u32> {
        self.turn_of.get(span.index()).copied().filter(|turn| *turn != NONE)
    }

    /// Asks a query that rules will want the answer of.
    pub(crate) fn prepare(&mut self, asked: &Asked) -> Result<(), QueryError> {
        if self.answers.contains_key(&asked.key) {
            return Ok(());
        }
        let found = self.index.get_mut().ask(&asked.query)?;
        let mut spans: Vec<Vec<SpanIx>> = vec![Vec::new(); self.sessions.list.len()];
        for span in found.matches.iter().flat_map(|one| &one.spans) {
            // Several sessions may share a trace, so spans are told apart one by one.
            let session = self.session_of.get(span.index()).copied().unwrap_or(NONE);
            if let Some(list) = spans.get_mut(session as usize) {
                list.push(*span);
            }
        }
        for diagnostic in found.diagnostics.into_iter().chain(self.unknown(&asked.query)) {
            if !self.diagnostics.contains(&diagnostic) {
                self.diagnostics.push(diagnostic);
            }
        }
        self.answers.insert(asked.key.clone(), Answer { spans });
        Ok(())
    }

    /// Attributes of a query that no record has: probably misspelled, and then
    /// nothing is ever found.
    fn unknown(&self, query: &Query) -> Vec<Diagnostic> {
        let mut attrs = Vec::new();
        if let Ok(pipeline) = query.can_run() {
            pipeline.attrs(&mut attrs);
        }
        let is_unknown = |attr: &&&Attr| match attr {
            Attr::Custom { name, .. } => self.store.find_str(name).is_none(),
            Attr::Intrinsic(_) => false,
        };
        let warn = |attr: &&Attr| {
            let message = format!("no span has the attribute {attr}");
            Diagnostic::new(Severity::Warning, "unknown-attribute", message)
                .hint("a rule that looks for it finds nothing: is it spelled as in the data?")
        };
        attrs.iter().filter(is_unknown).map(warn).collect()
    }

    /// What a query selects in a session.
    pub(crate) fn answer(&self, asked: &Asked, session: usize) -> &[SpanIx] {
        self.answers.get(&asked.key).map_or(&[], |answer| answer.of_session(session))
    }

    /// Asks a further query, to explain a failure.
    pub(crate) fn ask(&self, query: &Query) -> Option<Found> {
        self.index.borrow_mut().ask(query).ok()
    }

    pub(crate) fn session_of(&self, span: SpanIx) -> Option<usize> {
        let at = self.session_of.get(span.index()).copied().filter(|at| *at != NONE)?;
        Some(at as usize)
    }
}

fn mark(of: &mut [u32], spans: &[SpanIx], number: u32) {
    for span in spans {
        if let Some(slot) = of.get_mut(span.index())
            && *slot == NONE
        {
            *slot = number;
        }
    }
}

//! A place of a call that was named before the timeline opened
//! (`view --at turn:7`).

use super::app::App;
use super::desk::Desk;
use super::rows::{Home, Level, Row};
use crate::model::{SpanIx, Store};
use crate::output::Report;
use crate::session::Session;

/// A place of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landmark {
    /// The turn of this number.
    Turn(u32),
    /// The span of this id.
    Span(u64),
}

impl Landmark {
    /// Whether a session that is shown has it.
    #[must_use]
    pub fn is_in(self, report: &Report<'_>) -> bool {
        report.shown.iter().any(|session| self.row(report.store, session).is_some())
    }

    /// Its row in a session.
    fn row(self, store: &Store, session: &Session) -> Option<Row> {
        let id = match self {
            Self::Turn(number) => {
                let at = session.turns.iter().position(|turn| turn.number == number)?;
                return Some(Row::Turn(at as u32));
            }
            Self::Span(id) => id,
        };
        let is_it = |ix: &SpanIx| store.spans().get(ix.index()).is_some_and(|row| row.id == id);
        for (turn, number) in session.turns.iter().zip(0u32..) {
            if let Some(at) =
                turn.tools.iter().position(|tool| tool.span.as_ref().is_some_and(is_it))
            {
                return Some(Row::Tool { turn: number, at: at as u32 });
            }
            if let Some(node) = turn.spans.iter().position(is_it) {
                return Some(Row::Span { home: Home::Turn(number), node: node as u32 });
            }
        }
        // A span of no turn: the row above all of these is there in any case.
        session.spans.iter().any(is_it).then_some(Row::Outside)
    }
}

impl App<'_> {
    /// Opens the first session that has a place, and selects it. Gives whether
    /// there is one.
    pub fn go_to(&mut self, place: Landmark) -> bool {
        let store = self.report.store;
        let found = self
            .sessions
            .iter()
            .enumerate()
            .find_map(|(at, session)| Some((at, place.row(store, session)?)));
        let Some((at, row)) = found else { return false };
        self.open_call(at);
        let (Some(call), Some(session)) = (&mut self.call, self.sessions.get(at)) else {
            return false;
        };
        if let Row::Span { home: Home::Turn(turn), .. } = row {
            call.rows.set_level(turn, Level::Spans);
        }
        let mut desk = Desk { store, session, call };
        desk.unfold_above(row);
        desk.go_to(row);
        self.settle();
        true
    }
}

//! An opened call: what is unfolded, selected and visible of one session.

use super::axis::Window;
use super::filter::Filter;
use super::jumps::Jumps;
use super::rows::{Home, Row, Rows, turn_of};
use super::scroll::Cursor;
use super::search::Search;
use super::theme::Theme;
use crate::model::{LogIx, LogRow, Nanos, SpanIx, Store};
use crate::session::Session;
use ratatui::text::Line;

/// What the lower pane shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lower {
    /// Nothing: the list has all the room.
    Hidden,
    /// Facts of the selected row.
    Detail,
    /// Log records of the selected row's turn.
    Logs,
    /// One of them, whole.
    Log,
}

/// Which pane the moving keys act on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Focus {
    /// The rows.
    Rows,
    /// The lower pane.
    Lower,
}

/// Text of the detail pane, made when the selection or the width changes.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) of: Option<(Row, Option<LogIx>, u16)>,
    pub(super) lines: Vec<Line<'static>>,
    pub(super) top: usize,
}

/// The state of an opened call.
#[derive(Debug)]
pub(super) struct Call {
    /// Position in the list of sessions.
    pub(super) session: usize,
    pub(super) rows: Rows,
    pub(super) cursor: Cursor,
    pub(super) origin: Option<Nanos>,
    pub(super) whole: Window,
    pub(super) window: Window,
    pub(super) lower: Lower,
    pub(super) focus: Focus,
    pub(super) page: Page,
    pub(super) log: Cursor,
    pub(super) search: Search,
    /// What alone is shown, where the user chose.
    pub(super) filter: Option<Filter>,
    pub(super) jumps: Jumps,
    /// Spans of no turn, in canonical order.
    pub(super) outside: Vec<SpanIx>,
    /// Log records of no turn, in order of time.
    pub(super) outside_logs: Vec<LogIx>,
    /// [`Session::log_clock_ms`].
    log_clock_ms: f64,
}

/// Longer calls are first shown through a window of so many turns, in which a
/// turn is some columns wide.
const FIRST_WINDOW_TURNS: f64 = 20.0;
const FIRST_WINDOW_MS: (f64, f64) = (20_000.0, 90_000.0);

impl Call {
    pub(super) fn open(store: &Store, session: &Session, at: usize) -> Self {
        let spans = session.turns.iter().flat_map(|turn| &turn.spans);
        let outside = not_among(&session.spans, spans, store.spans().len(), SpanIx::index);
        let logs = session.turns.iter().flat_map(|turn| &turn.logs);
        let outside_logs = not_among(&session.logs, logs, store.logs().len(), LogIx::index);
        let (origin, whole) = extent(store, session);
        let mut rows = Rows::new(session, &outside, session.turns.is_empty());
        rows.rebuild(store, session, &outside, None);
        let turn_ms = whole.length() / session.turns.len().max(1) as f64;
        let first_ms = (turn_ms * FIRST_WINDOW_TURNS).clamp(FIRST_WINDOW_MS.0, FIRST_WINDOW_MS.1);
        let first = Window::new(whole.start, whole.end.min(whole.start + first_ms));
        // A turn says more than the session's own row.
        let first_turn = rows.list().iter().position(|row| turn_of(*row).is_some());
        Self {
            session: at,
            cursor: Cursor { at: first_turn.unwrap_or(0), top: 0 },
            rows,
            origin,
            whole,
            window: if whole.length() <= first_ms * 2.0 { whole } else { first },
            lower: Lower::Detail,
            focus: Focus::Rows,
            page: Page::default(),
            log: Cursor::default(),
            search: Search::default(),
            filter: None,
            jumps: Jumps::new(session),
            outside,
            outside_logs,
            log_clock_ms: session.log_clock_ms,
        }
    }

    pub(super) fn selected(&self) -> Row {
        self.rows.get(self.cursor.at).unwrap_or(Row::Session)
    }

    /// Milliseconds of a time from the session's start.
    pub(super) fn ms(&self, time: Option<Nanos>) -> Option<f64> {
        Some(time?.ms_since(self.origin?))
    }

    /// Milliseconds of a log record from the session's start.
    pub(super) fn log_ms(&self, row: &LogRow) -> Option<f64> {
        self.ms(row.at().map(|at| at.plus_ms(-self.log_clock_ms)))
    }

    /// When a row began and ended, as far as the data says.
    pub(super) fn times(&self, store: &Store, session: &Session, row: Row) -> Times {
        let at = |time: Option<Nanos>| Times { start: self.ms(time), end: self.ms(time) };
        let turn = turn_of(row).and_then(|turn| session.turns.get(turn as usize));
        match row {
            Row::Session => Times { start: self.ms(session.start), end: self.ms(session.end) },
            Row::Fault(ix) => at(session.errors.get(ix as usize).and_then(|e| e.at)),
            Row::Handoff { at: ix, .. } => at(session.handoffs.get(ix as usize).and_then(|h| h.at)),
            Row::Turn(_) => {
                turn.map_or(Times::NONE, |t| Times { start: self.ms(t.start), end: self.ms(t.end) })
            }
            Row::Tool { at: ix, .. } => {
                let tool = turn.and_then(|t| t.tools.get(ix as usize));
                let start = tool.and_then(|t| self.ms(t.start));
                let length = tool.and_then(|t| t.duration_ms);
                Times { start, end: start.zip(length).map(|(start, ms)| start + ms) }
            }
            Row::Error { at: ix, .. } => {
                at(turn.and_then(|t| t.errors.get(ix as usize)).and_then(|e| e.at))
            }
            Row::Outside => Times::NONE,
            Row::Span { home, node } => {
                let span = self.rows.span(home, node).and_then(|(ix, ..)| store.span(ix));
                span.map_or(Times::NONE, |span| Times {
                    start: self.ms(span.row.start.known()),
                    end: self.ms(span.row.end.known()),
                })
            }
        }
    }

    /// The log records that go with a row.
    pub(super) fn logs<'a>(&'a self, session: &'a Session, row: Row) -> &'a [LogIx] {
        match (turn_of(row), row) {
            (Some(turn), _) => session.turns.get(turn as usize).map_or(&[], |turn| &turn.logs),
            (None, Row::Outside | Row::Span { home: Home::Outside, .. }) => &self.outside_logs,
            (None, _) => &session.logs,
        }
    }

    /// The span that a row is about.
    pub(super) fn span_of(&self, session: &Session, row: Row) -> Option<SpanIx> {
        let turn = turn_of(row).and_then(|turn| session.turns.get(turn as usize));
        match row {
            Row::Span { home, node } => self.rows.span(home, node).map(|(span, ..)| span),
            Row::Tool { at, .. } => turn?.tools.get(at as usize)?.span,
            Row::Error { at, .. } => turn?.errors.get(at as usize)?.span,
            Row::Fault(at) => session.errors.get(at as usize)?.span,
            Row::Session | Row::Handoff { .. } | Row::Turn(_) | Row::Outside => None,
        }
    }

    /// The log record under the cursor of the log pane.
    pub(super) fn selected_log(&self, session: &Session) -> Option<LogIx> {
        self.logs(session, self.selected()).get(self.log.at).copied()
    }

    /// Unfolds what hides a row, and selects it.
    pub(super) fn reveal(&mut self, store: &Store, session: &Session, row: Row) {
        let mut at = self.rows.position(row);
        if let (None, Some(turn)) = (at, turn_of(row)) {
            self.rows.set_level(turn, super::rows::Level::Parts);
            self.rows.rebuild(store, session, &self.outside, self.filter.as_ref());
            at = self.rows.position(row);
        }
        if let Some(at) = at {
            self.cursor.at = at;
            self.focus = Focus::Rows;
        }
    }

    /// Makes the text of the detail pane, if it is out of date.
    pub(super) fn write_page(&mut self, facts: super::facts::Facts<'_>, theme: Theme, width: u16) {
        let log = match self.lower {
            Lower::Log => self.selected_log(facts.session),
            _ => None,
        };
        let of = Some((self.selected(), log, width));
        if self.page.of != of {
            let lines = match log {
                Some(log) => facts.log(self, theme, width, log),
                None => facts.row(self, theme, width),
            };
            self.page = Page { of, lines, top: 0 };
        }
    }
}

/// Start and end in milliseconds from the session's start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Times {
    pub(super) start: Option<f64>,
    pub(super) end: Option<f64>,
}

impl Times {
    pub(super) const NONE: Self = Self { start: None, end: None };

    /// Both ends, one standing for the other where it is missing.
    pub(super) fn both(self) -> Option<(f64, f64)> {
        let (start, end) = (self.start.or(self.end)?, self.end.or(self.start)?);
        Some((start.min(end), start.max(end)))
    }
}

/// The records of a session that are in none of its turns; `rows` is the length
/// of their table.
fn not_among<'r, Ix: Copy + 'r>(
    all: &[Ix],
    inside: impl Iterator<Item = &'r Ix>,
    rows: usize,
    position: fn(Ix) -> usize,
) -> Vec<Ix> {
    let mut taken = vec![false; rows];
    for ix in inside {
        if let Some(slot) = taken.get_mut(position(*ix)) {
            *slot = true;
        }
    }
    all.iter().copied().filter(|ix| taken.get(position(*ix)) != Some(&true)).collect()
}

/// Where time 0 is, and from when to when the call lasted. Spans decide only
/// where nothing better is known: one with a broken clock would stretch the axis.
fn extent(store: &Store, session: &Session) -> (Option<Nanos>, Window) {
    let turns = session.turns.iter().flat_map(|turn| {
        let speech = turn.speech.iter().flat_map(|s| [s.start, s.end]);
        speech.chain([turn.start, turn.end])
    });
    let known = turns.chain([session.start, session.end]).flatten();
    let mut ends = known.fold(None, widen);
    if ends.is_none() {
        let spans = session.spans.iter().filter_map(|ix| store.spans().get(ix.index()));
        ends =
            spans.flat_map(|row| [row.start.known(), row.end.known()]).flatten().fold(None, widen);
    }
    if ends.is_none() {
        let logs = session.logs.iter().filter_map(|ix| store.log(*ix)?.at());
        ends = logs.fold(None, widen);
    }
    let Some((first, last)) = ends else { return (None, Window::new(0.0, 1000.0)) };
    let origin = session.start.unwrap_or(first);
    (Some(origin), Window::new(first.ms_since(origin), last.ms_since(origin)))
}

fn widen(ends: Option<(Nanos, Nanos)>, time: Nanos) -> Option<(Nanos, Nanos)> {
    Some(ends.map_or((time, time), |(first, last)| (first.min(time), last.max(time))))
}

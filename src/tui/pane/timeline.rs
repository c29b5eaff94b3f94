//! The right column: bars on a shared time axis.

use crate::model::SpanStatus;
use crate::session::{Op, Role, Session, ToolStatus, Turn};
use crate::tui::app::App;
use crate::tui::axis::{Place, ticks};
use crate::tui::call::{Call, Times};
use crate::tui::canvas::Canvas;
use crate::tui::rows::{Row, turn_of};
use ratatui::style::Style;

/// The axis above the bars.
pub(in crate::tui) fn ruler(app: &App<'_>, call: &Call, to: &mut Canvas<'_>) {
    let theme = app.theme;
    let earlier = call.window.start > call.whole.start;
    let later = call.window.end < call.whole.end;
    // Labels leave room for the arrows that say that there is more.
    let first = if earlier { 2 } else { 0 };
    let end = usize::from(to.width()).saturating_sub(if later { 2 } else { 0 });
    for (column, label) in ticks(call.window, to.width()) {
        if column >= first && usize::from(column) + label.len() <= end {
            to.put(column, 0, &label, theme.dim());
        }
    }
    if earlier {
        to.put(0, 0, theme.glyphs().earlier, theme.bold());
    }
    if later {
        to.put(to.width().saturating_sub(1), 0, theme.glyphs().later, theme.bold());
    }
}

/// The bars of the visible rows.
pub(in crate::tui) fn render(app: &App<'_>, call: &Call, session: &Session, to: &mut Canvas<'_>) {
    let rows = call.rows.list().iter().skip(call.cursor.top).take(usize::from(to.height()));
    for (row, y) in rows.zip(0u16..) {
        Painter { app, call, session, y, to }.row(*row);
    }
}

/// Paints one line.
struct Painter<'p, 'b> {
    app: &'p App<'p>,
    call: &'p Call,
    session: &'p Session,
    y: u16,
    to: &'p mut Canvas<'b>,
}

impl Painter<'_, '_> {
    fn row(&mut self, row: Row) {
        let theme = self.app.theme;
        let glyphs = theme.glyphs();
        let times = self.call.times(self.app.report.store, self.session, row);
        let turn = turn_of(row).and_then(|turn| self.session.turns.get(turn as usize));
        match row {
            Row::Session => self.overview(),
            Row::Handoff { .. } => {
                // The arrow of ASCII has two columns.
                let glyph = if theme.ascii { ">" } else { glyphs.handoff };
                self.mark(times.start, glyph, theme.bold());
            }
            Row::Turn(_) => {
                if let Some(turn) = turn {
                    self.turn(turn, times);
                }
            }
            Row::Tool { at, .. } => {
                let tool = turn.and_then(|turn| turn.tools.get(at as usize));
                let failed = tool.is_some_and(|tool| tool.status == ToolStatus::Error);
                self.bar(times, theme.op(Op::Tool));
                if failed {
                    self.mark_inside(times.end, glyphs.error, theme.bad());
                }
            }
            Row::Fault(_) | Row::Error { .. } => {
                let style = if self.is_recovered(row) { theme.warn() } else { theme.bad() };
                self.mark(times.start, glyphs.error, style);
            }
            Row::Outside => {}
            Row::Span { home, node } => {
                let Some((ix, ..)) = self.call.rows.span(home, node) else { return };
                let mut look = theme.op(self.app.report.all.op(ix));
                let span = self.app.report.store.span(ix);
                let failed = span.is_some_and(|span| span.row.status == SpanStatus::Error);
                if failed {
                    look.1 = theme.bad();
                }
                self.bar(times, look);
                if failed {
                    self.mark_inside(times.end.or(times.start), glyphs.error, theme.bad());
                }
            }
        }
    }

    fn place(&self, start: f64, end: f64) -> Place {
        self.call.window.place(self.to.width(), start, end)
    }

    /// A bar with one look; an arrow where its end is not known.
    fn bar(&mut self, times: Times, look: (&str, Style)) {
        let Some((start, end)) = times.both() else { return };
        let glyphs = self.app.theme.glyphs();
        match self.place(start, end) {
            Place::Earlier => self.hidden(Place::Earlier),
            Place::Later => self.hidden(Place::Later),
            Place::Columns(from, to) => {
                self.to.fill(from, to, self.y, look.0, look.1);
                if times.end.is_none() {
                    self.to.put(to, self.y, glyphs.open_end, self.app.theme.warn());
                }
            }
        }
    }

    /// Where to look for what is not on the axis.
    fn hidden(&mut self, place: Place) {
        let (theme, glyphs) = (self.app.theme, self.app.theme.glyphs());
        let last = self.to.width().saturating_sub(1);
        match place {
            Place::Earlier => drop(self.to.put(0, self.y, glyphs.earlier, theme.dim())),
            Place::Later => drop(self.to.put(last, self.y, glyphs.later, theme.dim())),
            Place::Columns(..) => {}
        }
    }

    /// One glyph at a time.
    fn mark(&mut self, at: Option<f64>, glyph: &str, style: Style) {
        let Some(at) = at else { return };
        match self.place(at, at) {
            Place::Columns(column, _) => drop(self.to.put(column, self.y, glyph, style)),
            // A mark at the very end of the axis belongs to its last column.
            Place::Later if at <= self.call.window.end => {
                self.to.put(self.to.width().saturating_sub(1), self.y, glyph, style);
            }
            place => self.hidden(place),
        }
    }

    /// All that happened in a turn, the most telling on top.
    fn turn(&mut self, turn: &Turn, times: Times) {
        let theme = self.app.theme;
        let glyphs = theme.glyphs();
        let Some((start, end)) = times.both() else { return };
        let Place::Columns(from, to) = self.place(start, end) else {
            return self.hidden(self.place(start, end));
        };
        let mut ranks = vec![0u8; usize::from(self.to.width())];
        raise(&mut ranks, from, to, EXTENT);
        for ix in &turn.spans {
            let rank = rank(self.app.report.all.op(*ix));
            let row = self.app.report.store.spans().get(ix.index());
            let Some(row) = row.filter(|_| rank > EXTENT) else { continue };
            let times = Times {
                start: self.call.ms(row.start.known()),
                end: self.call.ms(row.end.known()),
            };
            self.raise(&mut ranks, times, rank);
        }
        for tool in &turn.tools {
            let start = self.call.ms(tool.start);
            let end = start.zip(tool.duration_ms).map(|(start, ms)| start + ms);
            self.raise(&mut ranks, Times { start, end }, rank(Op::Tool));
        }
        for speech in &turn.speech {
            let times = Times { start: self.call.ms(speech.start), end: self.call.ms(speech.end) };
            self.raise(&mut ranks, times, rank(Op::Speech));
        }
        for (rank, x) in ranks.iter().zip(0u16..) {
            let (glyph, style) = match op_of(*rank) {
                Some(Op::Speech) => (glyphs.speech, theme.role(turn.role)),
                Some(op) => theme.op(op),
                None if *rank == EXTENT => (glyphs.extent, theme.dim()),
                None => continue,
            };
            self.to.put(x, self.y, glyph, style);
        }
        self.turn_marks(turn, end);
    }

    fn turn_marks(&mut self, turn: &Turn, end: f64) {
        let theme = self.app.theme;
        let glyphs = theme.glyphs();
        for tool in turn.tools.iter().filter(|tool| tool.status == ToolStatus::Error) {
            let start = self.call.ms(tool.start);
            let at = start.map(|start| start + tool.duration_ms.unwrap_or(0.0));
            self.mark_inside(at, glyphs.error, theme.bad());
        }
        for error in turn.errors.iter().filter(|error| !error.kind.is_recovered()) {
            self.mark_inside(self.call.ms(error.at), glyphs.error, theme.bad());
        }
        if turn.interrupted == Some(true) {
            let spoke_until = turn.speech.iter().filter_map(|s| self.call.ms(s.end));
            let cut = spoke_until.fold(f64::NEG_INFINITY, f64::max);
            let cut = if cut.is_finite() { cut } else { end };
            self.mark_inside(Some(cut), glyphs.cut, theme.warn());
        }
    }

    /// A mark on a bar; one that is not on the axis is not pointed at, since
    /// the bar is.
    fn mark_inside(&mut self, at: Option<f64>, glyph: &str, style: Style) {
        if let Some(at) = at
            && let Place::Columns(column, _) = self.place(at, at)
        {
            self.to.put(column, self.y, glyph, style);
        }
    }

    fn raise(&self, ranks: &mut [u8], times: Times, rank: u8) {
        if let Some((start, end)) = times.both()
            && let Place::Columns(from, to) = self.place(start, end)
        {
            raise(ranks, from, to, rank);
        }
    }

    fn is_recovered(&self, row: Row) -> bool {
        let turn = turn_of(row).and_then(|turn| self.session.turns.get(turn as usize));
        let error = match row {
            Row::Error { at, .. } => turn.and_then(|turn| turn.errors.get(at as usize)),
            Row::Fault(at) => self.session.errors.get(at as usize),
            _ => None,
        };
        error.is_some_and(|error| error.kind.is_recovered())
    }

    /// The whole call in one line: the user above, the agent below, errors on
    /// top of both.
    fn overview(&mut self) {
        const USER: u8 = 1;
        const AGENT: u8 = 2;
        let theme = self.app.theme;
        let glyphs = theme.glyphs();
        let mut who = vec![0u8; usize::from(self.to.width())];
        for turn in &self.session.turns {
            let bit = if turn.role == Role::User { USER } else { AGENT };
            let whole = Times { start: self.call.ms(turn.start), end: self.call.ms(turn.end) };
            let spoken = turn.speech.iter().map(|speech| Times {
                start: self.call.ms(speech.start),
                end: self.call.ms(speech.end),
            });
            // A transcript alone does not say when it was heard: its turn stands for it.
            let unheard = (turn.speech.is_empty() && turn.spans.is_empty()).then_some(whole);
            for times in spoken.chain(unheard) {
                let Some((start, end)) = times.both() else { continue };
                let Place::Columns(from, to) = self.place(start, end) else { continue };
                let cells = who.iter_mut().skip(usize::from(from)).take(usize::from(to - from));
                cells.for_each(|cell| *cell |= bit);
            }
        }
        for (bits, x) in who.iter().zip(0u16..) {
            let (glyph, style) = match *bits {
                0 => continue,
                USER => (glyphs.user_half, theme.role(Role::User)),
                AGENT => (glyphs.agent_half, theme.role(Role::Agent)),
                _ => (glyphs.speech, theme.plain()),
            };
            self.to.put(x, self.y, glyph, style);
        }
        for row in &self.call.jumps.marks {
            if self.is_recovered(*row) {
                continue;
            }
            let at = self.call.times(self.app.report.store, self.session, *row);
            self.mark_inside(at.end.or(at.start), glyphs.error, theme.bad());
        }
    }
}

/// The rank of a turn's bare extent.
const EXTENT: u8 = 1;

/// What covers what on a turn's line.
const RANKS: [(Op, u8); 7] = [
    (Op::Stt, 2),
    (Op::Eou, 3),
    (Op::Llm, 4),
    (Op::Realtime, 5),
    (Op::Tts, 6),
    (Op::Tool, 7),
    (Op::Speech, 8),
];

fn rank(op: Op) -> u8 {
    // Speech spans are in the turn's speech already.
    RANKS.iter().find(|(other, _)| *other == op).map_or(0, |(_, rank)| *rank)
}

fn op_of(rank: u8) -> Option<Op> {
    RANKS.iter().find(|(_, other)| *other == rank).map(|(op, _)| *op)
}

fn raise(ranks: &mut [u8], from: u16, to: u16, rank: u8) {
    let cells = ranks.iter_mut().skip(usize::from(from)).take(usize::from(to - from));
    cells.for_each(|cell| *cell = (*cell).max(rank));
}

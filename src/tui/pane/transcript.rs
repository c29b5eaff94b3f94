//! The left column: turns with what was said, and what is nested under them.

use crate::model::{Nanos, SpanStatus};
use crate::output::escape;
use crate::output::summary::{nothing_said, plural};
use crate::output::time::{length, offset};
use crate::session::{CallError, Measure, Session, ToolCall, ToolStatus, Turn};
use crate::tui::app::App;
use crate::tui::call::{Call, Focus};
use crate::tui::canvas::Canvas;
use crate::tui::facts::error_words;
use crate::tui::rows::{Home, Level, Row, turn_of};
use crate::tui::search::marks;
use ratatui::style::Style;

/// Columns of the word that says what a row is.
const KIND: u16 = 5;
/// Columns of a start time.
const TIME: u16 = 8;
/// From this width on start times are shown.
const ROOM_FOR_TIMES: u16 = 60;
/// Deeper spans are not indented further.
const DEEPEST: u32 = 8;

/// One line of the column.
struct Entry {
    /// Fold mark: whether it is unfolded; `None` where there is nothing to.
    open: Option<bool>,
    number: Option<u32>,
    start: Option<f64>,
    kind: (&'static str, Style),
    /// Depth in a tree of spans.
    depth: Option<u16>,
    text: (String, Style),
    /// Marks, each with its style.
    flags: Vec<(&'static str, Style)>,
    /// A length or latency.
    value: String,
}

impl Entry {
    fn new(kind: &'static str, style: Style, text: impl Into<String>) -> Self {
        Self {
            open: None,
            number: None,
            start: None,
            kind: (kind, style),
            depth: None,
            text: (text.into(), Style::new()),
            flags: Vec::new(),
            value: String::new(),
        }
    }
}

/// The line over the column.
pub(in crate::tui) fn title(app: &App<'_>, call: &Call, session: &Session, to: &mut Canvas<'_>) {
    let theme = app.theme;
    let grid = Grid::of(session, to.width());
    to.put(2, 0, "#", theme.dim());
    if grid.times {
        to.put(grid.kind.saturating_sub(TIME), 0, "start", theme.dim());
    }
    to.put(grid.kind, 0, "who", theme.dim());
    let said = if session.turns.is_empty() { "what" } else { "said" };
    to.put(grid.text, 0, said, theme.dim());
    let right = if call.jumps.slow.is_empty() { "took" } else { "response" };
    let right_at = to.width().saturating_sub(right.len() as u16 + 1);
    if right_at > grid.text + said.len() as u16 {
        to.put(right_at, 0, right, theme.dim());
    }
}

/// The visible rows.
pub(in crate::tui) fn render(app: &App<'_>, call: &Call, session: &Session, to: &mut Canvas<'_>) {
    let grid = Grid::of(session, to.width());
    let rows = call.rows.list().iter().skip(call.cursor.top).take(usize::from(to.height()));
    for (row, y) in rows.zip(0u16..) {
        if let Some(entry) = (Writer { app, call, session }).entry(*row) {
            write(app, call, &grid, &entry, y, to);
        }
        if call.cursor.top + usize::from(y) == call.cursor.at {
            to.restyle(y, app.theme.selected(call.focus == Focus::Rows));
        }
    }
}

/// Where the columns of the list begin.
struct Grid {
    digits: u16,
    times: bool,
    kind: u16,
    text: u16,
    /// Columns a level of spans.
    indent: u16,
}

impl Grid {
    fn of(session: &Session, width: u16) -> Self {
        let digits = session.turns.len().max(1).ilog10() as u16 + 1;
        let times = width >= ROOM_FOR_TIMES;
        let kind = 2 + digits + 1 + if times { TIME } else { 0 };
        Self { digits, times, kind, text: kind + KIND + 1, indent: if times { 2 } else { 1 } }
    }
}

fn write(app: &App<'_>, call: &Call, grid: &Grid, entry: &Entry, y: u16, to: &mut Canvas<'_>) {
    let theme = app.theme;
    let glyphs = theme.glyphs();
    let mark = entry.open.map(|open| if open { glyphs.unfolded } else { glyphs.folded });
    let digits = usize::from(grid.digits);
    if let Some(number) = entry.number {
        to.put(2, y, &format!("{number:>digits$}"), theme.dim());
    }
    if let Some(start) = entry.start.filter(|_| grid.times) {
        to.put(grid.kind - TIME, y, &format!("{:>7}", offset(start)), theme.dim());
    }
    to.put(grid.kind, y, entry.kind.0, entry.kind.1);
    let mut x = grid.text;
    match (entry.depth, mark) {
        (None, Some(mark)) => drop(to.put(0, y, mark, theme.plain())),
        (None, None) => {}
        (Some(depth), mark) => {
            x = (x + depth * grid.indent).min(to.width());
            to.put(x, y, mark.unwrap_or(" "), theme.plain());
            x += 2;
        }
    }
    let end = right_field(app, entry, y, to);
    let room = usize::from(end.saturating_sub(x));
    let text = theme.fit(&entry.text.0, room);
    to.put(x, y, &text, entry.text.1);
    for (from, until) in marks(&text, &call.search.needle) {
        let (Some(before), Some(hit)) = (text.get(..from), text.get(from..until)) else { continue };
        to.put(x + escape::width(before) as u16, y, hit, theme.hit());
    }
}

/// Flags and value at the right end; gives the column where the text must end.
fn right_field(app: &App<'_>, entry: &Entry, y: u16, to: &mut Canvas<'_>) -> u16 {
    let flags = entry.flags.len() as u16;
    let value = escape::width(&entry.value) as u16;
    if flags + value == 0 {
        return to.width();
    }
    let between = u16::from(flags > 0 && value > 0);
    let start = to.width().saturating_sub(flags + between + value + 1);
    let mut x = start;
    for (flag, style) in &entry.flags {
        x = to.put(x, y, flag, *style);
    }
    to.put(x + between, y, &entry.value, app.theme.plain());
    start.saturating_sub(1)
}

/// Makes the entries.
struct Writer<'w> {
    app: &'w App<'w>,
    call: &'w Call,
    session: &'w Session,
}

impl Writer<'_> {
    fn entry(&self, row: Row) -> Option<Entry> {
        let theme = self.app.theme;
        let turn = turn_of(row).and_then(|turn| self.session.turns.get(turn as usize));
        let mut entry = match row {
            Row::Session => self.whole(),
            Row::Fault(at) => self.error(self.session.errors.get(at as usize)?),
            Row::Handoff { at, .. } => {
                let handoff = self.session.handoffs.get(at as usize)?;
                let name = |name: &Option<String>| name.clone().unwrap_or_else(|| "?".into());
                let arrow = theme.glyphs().handoff;
                let text = format!("handoff {} {arrow} {}", name(&handoff.from), name(&handoff.to));
                Entry::new(arrow, theme.bold(), text)
            }
            Row::Turn(at) => self.turn(at, turn?),
            Row::Tool { at, .. } => self.tool(turn?.tools.get(at as usize)?),
            Row::Error { at, .. } => self.error(turn?.errors.get(at as usize)?),
            Row::Outside => {
                let spans = plural(self.call.outside.len(), "span");
                let place =
                    if self.session.turns.is_empty() { "no turns" } else { "outside turns" };
                let mut entry = Entry::new("", theme.plain(), format!("{place}: {spans}"));
                entry.open = Some(self.call.rows.is_outside_open());
                entry
            }
            Row::Span { home, node } => self.span(home, node)?,
        };
        if !matches!(row, Row::Session | Row::Outside) {
            entry.start = self.call.times(self.app.report.store, self.session, row).start;
        }
        Some(entry)
    }

    fn whole(&self) -> Entry {
        let mut entry = Entry::new("", Style::new(), "whole call");
        if self.app.is_loose(self.call.session) {
            entry.text.0 = "records of no session".into();
        }
        entry.value = self.session.duration_ms().map(length).unwrap_or_default();
        entry
    }

    fn turn(&self, at: u32, turn: &Turn) -> Entry {
        let theme = self.app.theme;
        let text = turn.text.as_deref().filter(|text| !text.is_empty());
        let mut entry = Entry::new(turn.role.as_str(), theme.role(turn.role), "");
        entry.text = match text {
            Some(text) => (text.to_owned(), theme.plain()),
            None => (nothing_said(turn).to_owned(), theme.dim()),
        };
        entry.number = Some(turn.number);
        let foldable = !turn.tools.is_empty() || !turn.errors.is_empty();
        entry.open = match self.call.rows.level(at) {
            Level::Spans => Some(true),
            Level::Parts if foldable => Some(true),
            Level::Parts | Level::Closed if foldable || !turn.spans.is_empty() => Some(false),
            Level::Parts | Level::Closed => None,
        };
        if turn.errors.iter().any(|error| !error.kind.is_recovered())
            || turn.tools.iter().any(|tool| tool.status == ToolStatus::Error)
        {
            entry.flags.push((theme.glyphs().error, theme.bad()));
        }
        if turn.interrupted == Some(true) {
            entry.flags.push((theme.glyphs().cut, theme.warn()));
        }
        entry.value = short(&turn.latency.e2e);
        entry
    }

    fn tool(&self, tool: &ToolCall) -> Entry {
        let theme = self.app.theme;
        let mut text = match tool.status {
            ToolStatus::Unfinished => format!("{} (unfinished)", tool.name),
            ToolStatus::Ok | ToolStatus::Error | ToolStatus::Unknown => tool.name.clone(),
        };
        let said = match tool.status {
            ToolStatus::Error => tool.error.as_deref().or(tool.output.as_deref()),
            ToolStatus::Ok | ToolStatus::Unfinished | ToolStatus::Unknown => None,
        };
        match (said, tool.arguments.as_deref()) {
            (Some(said), _) => text = format!("{text}: {said}"),
            (None, Some(arguments)) => text = format!("{text} {arguments}"),
            (None, None) => {}
        }
        let mut entry = Entry::new("tool", theme.op(crate::session::Op::Tool).1, text);
        if tool.status == ToolStatus::Error {
            entry.text.1 = theme.bad();
            entry.flags.push((theme.glyphs().error, theme.bad()));
        }
        entry.value = tool.duration_ms.map(length).unwrap_or_default();
        entry
    }

    fn error(&self, error: &CallError) -> Entry {
        let theme = self.app.theme;
        let style = if error.kind.is_recovered() { theme.warn() } else { theme.bad() };
        let mut entry = Entry::new("error", style, error_words(error));
        entry.text.1 = style;
        entry
    }

    fn span(&self, home: Home, node: u32) -> Option<Entry> {
        let theme = self.app.theme;
        let (ix, depth, children) = self.call.rows.span(home, node)?;
        let span = self.app.report.store.span(ix)?;
        let op = self.app.report.all.op(ix);
        let mut entry = Entry::new("", theme.dim(), span.name());
        // Deeper than the indent goes: the depth is written instead.
        if depth > DEEPEST {
            entry.text.0 = format!("[{depth}] {}", span.name());
        }
        entry.kind.0 = kind(op);
        entry.depth = Some(depth.min(DEEPEST) as u16);
        entry.open = (children > 0).then(|| self.call.rows.is_span_open(home, node));
        if span.row.status == SpanStatus::Error {
            entry.text.1 = theme.bad();
            entry.flags.push((theme.glyphs().error, theme.bad()));
        }
        entry.value = match (span.duration_ms(), span.row.end) {
            (Some(ms), _) => length(ms),
            (None, Nanos::NONE) => "unended".into(),
            (None, _) => String::new(),
        };
        Some(entry)
    }
}

/// The word of an op, where it fits in the column.
fn kind(op: crate::session::Op) -> &'static str {
    use crate::session::Op;
    match op {
        Op::Realtime => "rt",
        Op::Handoff => "hand",
        Op::Lifecycle => "life",
        Op::Session => "sess",
        Op::Speech => "voice",
        Op::Other => "",
        op => op.as_str(),
    }
}

/// The value to show where there is room for one: `~` where it is derived.
fn short(measure: &Measure) -> String {
    let told = measure.reported_ms.or(measure.heard_ms).map(length);
    told.or(measure.derived_ms.map(|ms| format!("~{}", length(ms)))).unwrap_or_default()
}

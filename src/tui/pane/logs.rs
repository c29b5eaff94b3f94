//! The lower pane with log records, a line each.

use crate::model::{LogRow, SpanIx, Value};
use crate::output::Level;
use crate::output::json::compact_value;
use crate::output::time::offset;
use crate::session::Session;
use crate::tui::app::App;
use crate::tui::call::{Call, Focus};
use crate::tui::canvas::Canvas;

/// The records of the selected row's turn; those of the selected span are marked.
pub(in crate::tui) fn render(app: &App<'_>, call: &Call, session: &Session, to: &mut Canvas<'_>) {
    let theme = app.theme;
    let logs = call.logs(session, call.selected());
    if logs.is_empty() {
        to.put(0, 0, "no log records", theme.dim());
        return;
    }
    let span = call.span_of(session, call.selected());
    let visible = logs.iter().skip(call.log.top).take(usize::from(to.height()));
    for (ix, y) in visible.zip(0u16..) {
        let Some(row) = app.report.store.log(*ix) else { continue };
        line(app, call, row, is_of(app, row, span), y, to);
        let focused = call.focus == Focus::Lower;
        if focused && call.log.top + usize::from(y) == call.log.at {
            to.restyle(y, theme.selected(true));
        }
    }
}

fn is_of(app: &App<'_>, row: &LogRow, span: Option<SpanIx>) -> bool {
    let span = span.and_then(|ix| app.report.store.spans().get(ix.index()));
    span.is_some_and(|span| span.id == row.span && Some(span.trace) == row.trace)
}

fn line(app: &App<'_>, call: &Call, row: &LogRow, is_of: bool, y: u16, to: &mut Canvas<'_>) {
    let theme = app.theme;
    let at = call.log_ms(row).map_or_else(|| "?".into(), offset);
    to.put(0, y, if is_of { theme.glyphs().folded } else { " " }, theme.bold());
    to.put(1, y, &format!("{at:>8}"), theme.dim());
    let level = Level::of(app.report.store, row);
    let style = match level {
        Some(Level::Error | Level::Fatal) => theme.bad(),
        Some(Level::Warn) => theme.warn(),
        Some(Level::Trace | Level::Debug) => theme.dim(),
        Some(Level::Info) | None => theme.plain(),
    };
    to.put(10, y, level.map_or("?", Level::as_str), style);
    let room = usize::from(to.width().saturating_sub(16));
    let event = app.report.store.str(row.event_name);
    let text = match app.report.store.value(row.body) {
        Value::Str(text) => theme.fit(text, room),
        Value::Empty => theme.fit(event, room),
        other => theme.fit(&compact_value(other), room),
    };
    to.put(16, y, &text, style);
}

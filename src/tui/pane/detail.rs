//! The lower pane: its title line, and the text of facts.

use crate::session::Session;
use crate::tui::app::App;
use crate::tui::call::{Call, Focus, Lower};
use crate::tui::canvas::Canvas;
use crate::tui::rows::{Row, turn_of};

/// The line between the rows and the lower pane.
pub(in crate::tui) fn title(app: &App<'_>, call: &Call, session: &Session, to: &mut Canvas<'_>) {
    let theme = app.theme;
    let rule = theme.glyphs().rule;
    to.fill(0, to.width(), 0, rule, theme.dim());
    let row = call.selected();
    let logs = call.logs(session, row).len();
    let name = match call.lower {
        Lower::Logs => "log records",
        Lower::Log => "log record",
        Lower::Detail | Lower::Hidden => "details",
    };
    let style = theme.bold();
    let focused = call.focus == Focus::Lower;
    let style = if focused { style.patch(theme.selected(true)) } else { style };
    // The log pane is about the turn, not about the row inside it.
    let about = match (call.lower, turn_of(row)) {
        (Lower::Logs | Lower::Log, Some(turn)) => about(app, call, session, Row::Turn(turn)),
        _ => about(app, call, session, row),
    };
    let title = theme.fit(&format!("{name}: {about}"), usize::from(to.width()).saturating_sub(4));
    let x = to.put(1, 0, &format!(" {title} "), style);
    let place = match call.lower {
        Lower::Detail | Lower::Log | Lower::Hidden => place(call),
        Lower::Logs if logs == 0 => String::new(),
        Lower::Logs => format!("{}/{logs}", call.log.at + 1),
    };
    let other = match call.lower {
        Lower::Detail | Lower::Hidden => format!("L {logs} logs"),
        Lower::Logs => "Tab Enter: whole record".to_owned(),
        Lower::Log => "Esc: back".to_owned(),
    };
    let right =
        if place.is_empty() { format!(" {other} ") } else { format!(" {other} {rule} {place} ") };
    let width = crate::output::escape::width(&right) as u16;
    if x + width + 2 <= to.width() {
        to.put(to.width() - width - 1, 0, &right, theme.plain());
    }
}

/// Which part of the text is visible, where not all of it is.
fn place(call: &Call) -> String {
    match (call.page.top, call.page.lines.len()) {
        (0, _) => String::new(),
        (top, lines) => format!("line {} of {lines}", top + 1),
    }
}

/// What the selected row is.
fn about(app: &App<'_>, call: &Call, session: &Session, row: Row) -> String {
    let turn = turn_of(row).and_then(|turn| session.turns.get(turn as usize));
    let of_turn = || turn.map(|turn| format!("turn {} ({})", turn.number, turn.role.as_str()));
    let home = || of_turn().unwrap_or_else(|| "outside turns".into());
    match row {
        Row::Session => "the whole call".into(),
        Row::Fault(_) => "an error of the session".into(),
        Row::Handoff { .. } => "the handoff".into(),
        Row::Turn(_) | Row::Outside => home(),
        Row::Tool { at, .. } => {
            let tool = turn.and_then(|turn| turn.tools.get(at as usize));
            format!("{} in {}", tool.map_or("a tool", |tool| tool.name.as_str()), home())
        }
        Row::Error { .. } => format!("an error in {}", home()),
        Row::Span { home: at, node } => {
            let span = call.rows.span(at, node).and_then(|(ix, ..)| app.report.store.span(ix));
            format!("{} in {}", span.map_or("a span", |span| span.name()), home())
        }
    }
}

/// The text, from its first visible line on.
pub(in crate::tui) fn render(call: &Call, to: &mut Canvas<'_>) {
    let lines = call.page.lines.iter().skip(call.page.top).take(usize::from(to.height()));
    for (line, y) in lines.zip(0u16..) {
        to.line(y, line);
    }
}

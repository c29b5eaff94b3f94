//! The list of sessions, where there are several to pick from.

use crate::output::escape;
use crate::output::summary::plural;
use crate::output::time::{date, length};
use crate::session::Session;
use crate::tui::app::App;
use crate::tui::canvas::Canvas;
use ratatui::layout::Rect;

/// Lines above the list.
const ABOVE: u16 = 3;

/// Sessions that fit on a screen.
pub(in crate::tui) fn height(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(ABOVE + 1))
}

pub(in crate::tui) fn render(app: &App<'_>, to: &mut Canvas<'_>) {
    let theme = app.theme;
    let count = app.sessions.len() - usize::from(app.has_loose);
    let x = to.put(0, 0, &plural(count, "session"), theme.bold());
    let notes = app.report.diagnostics.len();
    if notes > 0 {
        let words = format!("{}{} on the input", theme.glyphs().separator, plural(notes, "note"));
        to.put(x, 0, &words, theme.warn());
    }
    if app.sessions.is_empty() {
        to.put(0, 2, "nothing to show", theme.plain());
        return;
    }
    let head = columns(["start (UTC)", "lasted", "framework", "turns", "tools", "errors"]);
    let x = to.put(2, 2, &head, theme.dim());
    to.put(x, 2, "session", theme.dim());
    let rows = usize::from(to.height().saturating_sub(ABOVE));
    for (y, at) in (app.list.top..app.sessions.len()).take(rows).enumerate() {
        let Some(session) = app.session(at) else { continue };
        let y = ABOVE + y as u16;
        if at == app.list.at {
            to.put(0, y, theme.glyphs().folded, theme.plain());
        }
        if app.is_loose(at) {
            let words =
                [plural(session.spans.len(), "span"), plural(session.logs.len(), "log record")];
            to.put(2, y, &format!("no session: {}", words.join(", ")), theme.plain());
        } else {
            row(app, session, y, to);
        }
        if at == app.list.at {
            to.restyle(y, theme.selected(true));
        }
    }
}

fn row(app: &App<'_>, session: &Session, y: u16, to: &mut Canvas<'_>) {
    let theme = app.theme;
    let counts = session.counts();
    let start = session.start.and_then(date).unwrap_or_else(|| "?".into());
    let start = start.get(..19).unwrap_or(&start);
    let lasted = session.duration_ms().map_or_else(|| "?".into(), length);
    let faults = counts.errors + counts.tool_errors;
    let words = columns([
        start,
        &lasted,
        session.framework.as_str(),
        &counts.turns.to_string(),
        &counts.tool_calls.to_string(),
        &faults.to_string(),
    ]);
    let style = if faults > 0 { theme.bad() } else { theme.plain() };
    let x = to.put(2, y, &words, style);
    let mut name = session.id.clone();
    if !session.agents.is_empty() {
        name = format!("{name}  {}", session.agents.join(", "));
    }
    if !session.complete {
        name = format!("{name}  (incomplete)");
    }
    let room = usize::from(to.width().saturating_sub(x));
    to.put(x, y, &theme.fit(&name, room), theme.plain());
}

/// The columns before a session's id, each followed by a blank.
fn columns(words: [&str; 6]) -> String {
    const WIDTHS: [(usize, bool); 6] =
        [(19, false), (8, true), (9, false), (5, true), (5, true), (6, true)];
    let mut out = String::new();
    for (word, (width, right)) in words.into_iter().zip(WIDTHS) {
        let pad = " ".repeat(width.saturating_sub(escape::width(word)));
        let parts = if right { [&pad, word] } else { [word, &pad] };
        out.push_str(&parts.concat());
        out.push(' ');
    }
    out.push(' ');
    out
}

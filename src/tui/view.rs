//! The whole screen, drawn from the state and nothing else.

use super::app::{App, Overlay};
use super::call::Lower;
use super::canvas::Canvas;
use super::layout::{Areas, is_too_small};
use super::pane;
use ratatui::Frame;
use ratatui::layout::Rect;

/// Draws the state. Only what is visible is formatted.
pub fn draw(app: &App<'_>, frame: &mut Frame<'_>) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    if is_too_small(area) {
        let mut canvas = Canvas::new(buffer, area);
        canvas.put(0, 0, "terminal too small", app.theme.bold());
        canvas.put(0, 1, "(40 x 10 needed)", app.theme.plain());
        return;
    }
    if let Overlay::Help(top) = app.overlay {
        return pane::help::render(app.theme, top, &mut Canvas::new(buffer, area));
    }
    let status = Rect { y: area.bottom() - 1, height: 1, ..area };
    let Some((call, session)) = app.call.as_ref().and_then(|c| Some((c, app.session(c.session)?)))
    else {
        let list = Rect { height: area.height - 1, ..area };
        pane::sessions::render(app, &mut Canvas::new(buffer, list));
        return pane::status::render(app, &mut Canvas::new(buffer, status));
    };
    let areas = Areas::of(area, call.lower, call.rows.list().len());
    pane::head::render(app, call, session, &mut Canvas::new(buffer, areas.head));
    let (left, right) = areas.columns(areas.ruler);
    pane::transcript::title(app, call, session, &mut Canvas::new(buffer, left));
    pane::timeline::ruler(app, call, &mut Canvas::new(buffer, right));
    let (left, right) = areas.columns(areas.rows);
    pane::transcript::render(app, call, session, &mut Canvas::new(buffer, left));
    pane::timeline::render(app, call, session, &mut Canvas::new(buffer, right));
    if call.lower != Lower::Hidden {
        let mut title = Canvas::new(buffer, areas.lower_title);
        pane::detail::title(app, call, session, &mut title);
        let mut canvas = Canvas::new(buffer, areas.lower);
        match call.lower {
            Lower::Logs => pane::logs::render(app, call, session, &mut canvas),
            Lower::Detail | Lower::Log | Lower::Hidden => pane::detail::render(call, &mut canvas),
        }
    }
    let bar = Rect { x: area.x + areas.left, width: 1, ..areas.rows };
    let mut bar = Canvas::new(buffer, Rect { y: areas.ruler.y, height: bar.height + 1, ..bar });
    for y in 0..bar.height() {
        bar.put(0, y, app.theme.glyphs().bar, app.theme.dim());
    }
    // A text that is wrong is shown above what is wrong with it.
    let lines = if app.is_typing() && app.message.is_some() { 2 } else { 1 };
    let status = Rect { y: area.bottom() - lines, height: lines, ..area };
    pane::status::render(app, &mut Canvas::new(buffer, status));
}

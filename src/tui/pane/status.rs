//! The last line: what just happened, what is being typed, else the keys that
//! help most.

use crate::tui::app::{App, Overlay, Prompt};
use crate::tui::call::Focus;
use crate::tui::canvas::Canvas;

pub(in crate::tui) fn render(app: &App<'_>, to: &mut Canvas<'_>) {
    let theme = app.theme;
    let width = usize::from(to.width());
    if let Overlay::Prompt(prompt, typed) = &app.overlay {
        let sign = match prompt {
            Prompt::Search => "/",
            Prompt::Filter => "filter: ",
        };
        // The end of what is typed stays visible.
        let text = theme.line(typed);
        let room = width.saturating_sub(sign.len() + 2);
        let skip = crate::output::escape::width(&text).saturating_sub(room);
        let shown: String = crate::output::escape::clusters(&text).skip(skip).collect();
        to.fill(0, to.width(), 0, " ", theme.plain());
        let x = to.put(0, 0, sign, theme.bold());
        let x = to.put(x, 0, &shown, theme.plain());
        to.put(x, 0, " ", theme.selected(true));
        if let Some(message) = &app.message {
            to.fill(0, to.width(), 1, " ", theme.plain());
            to.put(0, 1, &theme.fit(message, width), theme.bad());
        }
        return;
    }
    if let Some(message) = &app.message {
        to.put(0, 0, &theme.fit(message, width), theme.bold());
        return;
    }
    let place = place(app);
    let hints = to.width().saturating_sub(place.len() as u16 + 1);
    let mut x = 0;
    for (key, words) in keys(app) {
        let takes = (key.len() + 1 + words.len()) as u16;
        if x + takes > hints {
            break;
        }
        x = to.put(x, 0, key, theme.bold());
        x = to.put(x + 1, 0, words, theme.dim()) + 2;
    }
    to.put(hints + 1, 0, &place, theme.dim());
}

fn place(app: &App<'_>) -> String {
    match &app.call {
        Some(call) => format!("{}/{}", call.cursor.at + 1, call.rows.list().len()),
        None if app.sessions.is_empty() => String::new(),
        None => format!("{}/{}", app.list.at + 1, app.sessions.len()),
    }
}

fn keys(app: &App<'_>) -> Vec<(&'static str, &'static str)> {
    let Some(call) = &app.call else {
        return vec![("?", "help"), ("q", "quit"), ("Enter", "open"), ("e", "next with errors")];
    };
    let mut keys = vec![("?", "help"), ("q", "quit")];
    if app.sessions.len() > 1 && call.filter.is_none() && call.focus == Focus::Rows {
        keys.push(("Esc", "sessions"));
    }
    if !call.search.needle.is_empty() {
        keys.push(("n", "next hit"));
    }
    if call.filter.is_some() && call.focus == Focus::Rows {
        keys.push(("Esc", "no filter"));
    }
    match call.focus {
        Focus::Rows => keys.extend([
            ("Enter", "spans"),
            ("e", "error"),
            ("s", "slow"),
            ("t", "tool"),
            ("i", "interruption"),
            ("/", "search"),
            ("f", "filter"),
            ("L", "logs"),
            ("+-", "zoom"),
            ("Tab", "details"),
            ("z", "fold all"),
            ("hl", "pan"),
        ]),
        Focus::Lower => {
            keys.extend([("Tab", "back to the turns"), ("L", "logs"), ("d", "details")])
        }
    }
    keys
}

//! The head: which call, how long, how it ended, what happened.

use crate::output::summary::{ending, plural, records};
use crate::output::time::{date, length};
use crate::session::Session;
use crate::tui::app::App;
use crate::tui::call::Call;
use crate::tui::canvas::Canvas;
use crate::tui::filter::Filter;
use ratatui::style::Style;

pub(in crate::tui) fn render(app: &App<'_>, call: &Call, session: &Session, to: &mut Canvas<'_>) {
    let theme = app.theme;
    if app.is_loose(call.session) {
        line(app, to, 0, [("records of no session".to_owned(), theme.bold())]);
    } else {
        line(app, to, 0, identity(app, session));
    }
    let mut pieces: Vec<(String, Style)> = call.filter.iter().map(|f| filter(app, f, to)).collect();
    pieces.extend(account(app, session));
    line(app, to, 1, pieces);
}

/// What alone is shown. The counts stay visible, however long the query is.
fn filter(app: &App<'_>, filter: &Filter, to: &Canvas<'_>) -> (String, Style) {
    let counts = format!(" ({} of {})", filter.count(), plural(filter.of, "span"));
    let room = usize::from(to.width()).saturating_sub("filter: ".len() + counts.len());
    let query = app.theme.fit(&filter.text, room);
    (format!("filter: {query}{counts}"), app.theme.hit())
}

/// Which call: what matters most first, since narrow screens cut the rest.
fn identity(app: &App<'_>, session: &Session) -> Vec<(String, Style)> {
    let theme = app.theme;
    let (end, complete) = ending(session);
    let mut pieces = vec![(session.id.clone(), theme.bold())];
    pieces.extend(session.duration_ms().map(|ms| (length(ms), theme.plain())));
    pieces.push((end, if complete { theme.plain() } else { theme.warn() }));
    pieces.push((session.framework.as_str().to_owned(), theme.plain()));
    if !session.agents.is_empty() {
        pieces.push((session.agents.join(", "), theme.plain()));
    }
    pieces.extend(session.start.and_then(date).map(|date| (date, theme.dim())));
    pieces
}

/// What happened in it, faults marked; then how much there is to look at.
fn account(app: &App<'_>, session: &Session) -> Vec<(String, Style)> {
    let theme = app.theme;
    let counts = session.counts();
    let mut pieces = Vec::new();
    let mut say = |count: usize, words: String, style: Style| {
        if count > 0 {
            pieces.push((words, style));
        }
    };
    if !session.turns.is_empty() {
        say(1, plural(counts.turns, "turn"), theme.plain());
        say(counts.tool_calls, plural(counts.tool_calls, "tool call"), theme.plain());
        say(counts.tool_errors, format!("{} failed", counts.tool_errors), theme.bad());
    }
    if counts.errors > 0 || counts.tool_errors == 0 {
        let style = if counts.errors > 0 { theme.bad() } else { theme.plain() };
        say(1, plural(counts.errors, "error"), style);
    }
    let interrupted = counts.interruptions;
    say(interrupted, format!("{interrupted} interrupted"), theme.warn());
    let errors = session.turns.iter().flat_map(|turn| &turn.errors).chain(&session.errors);
    let recovered = errors.filter(|error| error.kind.is_recovered()).count();
    say(recovered, format!("{recovered} recovered"), theme.warn());
    say(counts.handoffs, plural(counts.handoffs, "handoff"), theme.plain());
    let notes = session.diagnostics.len() + app.report.diagnostics.len();
    say(notes, plural(notes, "note"), theme.warn());
    pieces.extend(records(&counts).into_iter().map(|words| (words, theme.dim())));
    pieces
}

/// Pieces in a row, with a separator between them; what does not fit is cut.
fn line(
    app: &App<'_>,
    to: &mut Canvas<'_>,
    y: u16,
    pieces: impl IntoIterator<Item = (String, Style)>,
) {
    let theme = app.theme;
    let mut x = 0;
    for (at, (words, style)) in pieces.into_iter().enumerate() {
        if at > 0 {
            if x + 3 >= to.width() {
                return;
            }
            x = to.put(x, y, theme.glyphs().separator, theme.dim());
        }
        let room = usize::from(to.width().saturating_sub(x));
        x = to.put(x, y, &theme.fit(&words, room), style);
    }
}

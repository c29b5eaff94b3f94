//! The help: every key, written from the table that the keys are read from,
//! and what the bars mean.

use crate::output::escape::width;
use crate::session::Op;
use crate::tui::canvas::Canvas;
use crate::tui::keys::{Group, TABLE, labels};
use crate::tui::theme::Theme;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Width from which on the keys stand in two columns.
const TWO_COLUMNS: u16 = 78;
/// Columns of the keys.
const KEYS: usize = 12;

/// Number of lines, and how many of them fit.
pub(in crate::tui) fn size(area: Rect) -> (usize, usize) {
    let theme = Theme { color: false, ascii: true };
    (lines(theme, area.width).len(), usize::from(area.height.saturating_sub(1)))
}

/// The help from a line on.
pub(in crate::tui) fn render(theme: Theme, top: usize, to: &mut Canvas<'_>) {
    let lines = lines(theme, to.width());
    let height = to.height().saturating_sub(1);
    for (line, y) in lines.iter().skip(top).zip(0..height) {
        to.line(y, line);
    }
    let more = lines.len().saturating_sub(top) > usize::from(height);
    let hint = if more { "Esc closes the help, down shows more" } else { "Esc closes the help" };
    to.put(0, height, hint, theme.dim());
}

fn lines(theme: Theme, columns: u16) -> Vec<Line<'static>> {
    let mut lines = legend(theme, columns);
    lines.push(Line::default());
    let blocks: Vec<Vec<Line<'static>>> = TABLE.iter().map(|g| block(theme, g)).collect();
    if columns < TWO_COLUMNS {
        for block in blocks {
            lines.extend(block);
            lines.push(Line::default());
        }
        return lines;
    }
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for (block, group) in blocks.into_iter().zip(TABLE) {
        let side = if group.is_left { &mut left } else { &mut right };
        if !side.is_empty() {
            side.push(Line::default());
        }
        side.extend(block);
    }
    let half = usize::from(columns / 2);
    let rows = left.len().max(right.len());
    let mut right = right.into_iter();
    let mut left = left.into_iter();
    for _ in 0..rows {
        let mut line = left.next().unwrap_or_default();
        let used: usize = line.spans.iter().map(|span| width(&span.content)).sum();
        line.push_span(Span::raw(" ".repeat(half.saturating_sub(used))));
        line.extend(right.next().unwrap_or_default().spans);
        lines.push(line);
    }
    lines
}

fn block(theme: Theme, group: &Group) -> Vec<Line<'static>> {
    let mut lines = vec![Line::from(Span::styled(group.title, theme.bold()))];
    for binding in group.bindings {
        let keys = labels(binding, theme.ascii);
        let pad = " ".repeat(KEYS.saturating_sub(width(&keys)).max(1));
        lines.push(Line::from(vec![Span::raw(keys), Span::raw(pad), Span::raw(binding.help)]));
    }
    lines
}

/// What the bars mean, in as many lines as it takes.
fn legend(theme: Theme, columns: u16) -> Vec<Line<'static>> {
    let glyphs = theme.glyphs();
    let of = |op, words| {
        let (glyph, style) = theme.op(op);
        (glyph, style, words)
    };
    let entries: [(&str, Style, &str); 13] = [
        of(Op::Speech, "speech"),
        of(Op::Llm, "model"),
        of(Op::Realtime, "speech model"),
        of(Op::Tts, "speech synthesis"),
        of(Op::Tool, "tool"),
        of(Op::Stt, "speech recognition"),
        of(Op::Eou, "end of turn"),
        (glyphs.extent, theme.dim(), "rest of a turn"),
        (glyphs.cut, theme.warn(), "cut off"),
        (glyphs.error, theme.bad(), "error"),
        (glyphs.open_end, theme.warn(), "end not known"),
        ("~", theme.plain(), "computed by agentobs"),
        (glyphs.user_half, theme.plain(), "user, agent in the first row"),
    ];
    let mut lines = vec![Line::from(Span::styled("Bars and marks", theme.bold()))];
    let (mut line, mut used) = (Line::default(), 0);
    for (glyph, style, words) in entries {
        let glyph = match glyph == glyphs.user_half {
            true => format!("{glyph} {}", glyphs.agent_half),
            false => glyph.to_owned(),
        };
        let takes = width(&glyph) + 1 + words.len() + 2;
        if used > 0 && used + takes > usize::from(columns) {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        line.push_span(Span::styled(glyph, style));
        line.push_span(Span::raw(format!(" {words}  ")));
        used += takes;
    }
    lines.push(line);
    lines
}

//! Text of the detail pane: labels and values, wrapped to the pane's width.
//!
//! Every label and value goes through the theme here, so whoever writes on a
//! sheet may hand over text from data as it is.

use super::theme::Theme;
use crate::output::escape::{clusters, width};
use crate::output::summary::thousands;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

/// Column of the values.
const COLUMN: usize = 12;
/// Longer values are shown up to here, and the rest is counted.
const LONGEST_VALUE: usize = 32 * 1024;

/// A sheet that is written from top to bottom.
pub(super) struct Sheet {
    theme: Theme,
    width: usize,
    lines: Vec<Line<'static>>,
}

impl Sheet {
    pub(super) fn new(theme: Theme, width: u16) -> Self {
        Self { theme, width: usize::from(width).max(1), lines: Vec::new() }
    }

    pub(super) fn finish(self) -> Vec<Line<'static>> {
        self.lines
    }

    pub(super) fn theme(&self) -> Theme {
        self.theme
    }

    /// A line over what follows; with a blank line before it.
    pub(super) fn heading(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        let text = self.theme.fit(text, self.width);
        self.lines.push(Line::from(Span::styled(text, self.theme.bold())));
    }

    /// A label and its value.
    pub(super) fn fact(&mut self, label: &str, value: &str) {
        self.styled(label, value, self.theme.plain());
    }

    /// A label and its value, if there is one.
    pub(super) fn maybe(&mut self, label: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.fact(label, value);
        }
    }

    /// A label and its value in a style of its own.
    pub(super) fn styled(&mut self, label: &str, value: &str, style: Style) {
        self.entry(label, COLUMN.min(self.width / 2), value, style);
    }

    /// A key of the data and its value; keys may be long.
    pub(super) fn attribute(&mut self, key: &str, value: &str) {
        self.entry(&format!("{key}:"), 2.min(self.width / 2), value, self.theme.plain());
    }

    fn entry(&mut self, label: &str, indent: usize, value: &str, style: Style) {
        let end = floor_char_boundary(value, LONGEST_VALUE);
        let (head, rest) = value.split_at_checked(end).unwrap_or((value, ""));
        let label = self.theme.fit(label, self.width);
        let mut first = vec![Span::styled(label.clone(), self.theme.dim())];
        let mut used = width(&label);
        let pad = indent.saturating_sub(used).max(1).min(self.width.saturating_sub(used));
        first.push(Span::raw(" ".repeat(pad)));
        used += pad;
        let room = self.width.saturating_sub(used);
        let pretty = if width_is_over(head, room) { pretty(head) } else { None };
        let safe = self.theme.block(pretty.as_deref().unwrap_or(head)).into_owned();
        let mut wrapped = wrap(&safe, room, self.width.saturating_sub(indent).max(1)).into_iter();
        first.extend(wrapped.next().map(|line| Span::styled(line, style)));
        self.lines.push(Line::from(first));
        let lead = " ".repeat(indent);
        let rows = wrapped
            .map(|line| Line::from(vec![Span::raw(lead.clone()), Span::styled(line, style)]));
        self.lines.extend(rows);
        if !rest.is_empty() {
            let more =
                format!("{} bytes more; `agentobs show` prints all", thousands(rest.len() as u64));
            let more = self.theme.fit(&more, self.width);
            self.lines.push(Line::from(Span::styled(more, self.theme.warn())));
        }
    }
}

fn width_is_over(text: &str, room: usize) -> bool {
    text.len() > room && (text.contains('\n') || width(text) > room)
}

fn floor_char_boundary(text: &str, most: usize) -> usize {
    if text.len() <= most {
        return text.len();
    }
    (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Lines of at most `first` columns, then `others`; broken at blanks where
/// there are any. The first line may stay empty where nothing fits in it.
fn wrap(text: &str, first: usize, others: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, paragraph) in text.split('\n').enumerate() {
        let mut room = if at == 0 { first } else { others };
        let mut rest = paragraph;
        loop {
            let cut = cut(rest, room, others);
            let (line, after) = rest.split_at_checked(cut).unwrap_or((rest, ""));
            lines.push(line.trim_end().to_owned());
            if after.is_empty() {
                break;
            }
            // A line's own indent is kept, the blank at a break is not.
            rest = after.strip_prefix(' ').unwrap_or(after);
            room = others;
        }
    }
    lines
}

/// Where to break a text for `room` columns. Always moves on, except where a
/// full line (`next`) has more room than this one.
fn cut(text: &str, room: usize, next: usize) -> usize {
    let (mut used, mut at, mut blank) = (0, 0, None);
    for cluster in clusters(text) {
        used += width(cluster);
        if used > room {
            if cluster == " " && at > 0 {
                return at;
            }
            let whole_word_fits_next = room < next;
            return match blank {
                Some(blank) => blank,
                None if at == 0 && whole_word_fits_next => 0,
                None => at.max(clusters(text).next().map_or(0, str::len)),
            };
        }
        if cluster == " " && at > 0 {
            blank = Some(at);
        }
        at += cluster.len();
    }
    text.len()
}

/// JSON text over several lines, its keys in their order and its numbers as
/// they are. `None` for text that is not a whole JSON object or array.
fn pretty(text: &str) -> Option<String> {
    const DEEPEST: usize = 40;
    let text = text.trim();
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut open = Vec::new();
    let mut chars = text.chars().peekable();
    let (mut in_string, mut escaped) = (false, false);
    let newline = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n("  ", depth.min(DEEPEST)));
    };
    while let Some(c) = chars.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '"' => {
                in_string = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                open.push(c);
                while chars.next_if(|c| c.is_ascii_whitespace()).is_some() {}
                if !matches!(chars.peek(), Some('}' | ']')) {
                    newline(&mut out, open.len());
                }
            }
            '}' | ']' => {
                let before = open.pop()?;
                if (before == '{') != (c == '}') {
                    return None;
                }
                if !out.ends_with(['{', '[']) {
                    newline(&mut out, open.len());
                }
                out.push(c);
                if open.is_empty() && chars.peek().is_some() {
                    return None;
                }
            }
            ',' => {
                out.push(c);
                newline(&mut out, open.len());
            }
            ':' => out.push_str(": "),
            c if c.is_ascii_whitespace() => {}
            c => out.push(c),
        }
    }
    (open.is_empty() && !in_string).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::{Sheet, pretty, wrap};
    use crate::output::escape::width;
    use crate::tui::Theme;

    #[test]
    fn words_wrap() {
        assert_eq!(wrap("one two three", 7, 9), ["one two", "three"]);
        assert_eq!(wrap("onetwothree four", 3, 6), ["one", "twothr", "ee", "four"]);
        assert_eq!(wrap("你好世界", 3, 4), ["你", "好世", "界"]);
        assert_eq!(wrap("a\n\n  b", 5, 5), ["a", "", "  b"]);
        assert_eq!(wrap("x", 0, 1), ["", "x"]);
        assert_eq!(wrap("你", 1, 1), ["你"]);
    }

    #[test]
    fn json_keeps_order_and_numbers() {
        assert_eq!(
            pretty(r#"{"b":1.50, "a":["x,{", {}]}"#).as_deref(),
            Some("{\n  \"b\": 1.50,\n  \"a\": [\n    \"x,{\",\n    {}\n  ]\n}")
        );
        for broken in ["{", "[}", "{} x", "plain", "{\"a\": \"", ""] {
            assert_eq!(pretty(broken), None, "{broken}");
        }
    }

    #[test]
    fn nothing_is_wider_than_the_pane() {
        let value = "Grüße 你好 👨‍👩‍👧 \u{1b}[31m {\"k\":[1,2]} ".repeat(40) + &"x".repeat(50_000);
        for columns in [24, 40, 80] {
            let mut sheet = Sheet::new(Theme { color: false, ascii: false }, columns);
            sheet.fact("label", &value);
            sheet.attribute("a.rather.long.attribute.key", &value);
            for line in sheet.finish() {
                let text: String = line.spans.iter().map(|s| s.content.as_ref()).collect();
                assert!(width(&text) <= usize::from(columns), "{columns}: {text:?}");
                assert!(!text.contains(char::is_control));
            }
        }
    }
}

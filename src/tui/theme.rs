//! Colours, glyphs, and the one way by which text from data reaches a cell.
//!
//! Only the terminal's own sixteen colours are used, so light and dark schemes
//! both work, and colour never carries meaning alone: every mark is a glyph or
//! a word too.

use crate::output::escape;
use crate::session::{Op, Role};
use ratatui::style::{Color, Modifier, Style};
use std::borrow::Cow;
use std::fmt::Write;

/// How the screen looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Whether to use colour.
    pub color: bool,
    /// Whether to use ASCII only.
    pub ascii: bool,
}

/// The drawing characters; each takes one column.
#[derive(Debug)]
pub(super) struct Glyphs {
    pub(super) speech: &'static str,
    pub(super) user_half: &'static str,
    pub(super) agent_half: &'static str,
    pub(super) llm: &'static str,
    pub(super) realtime: &'static str,
    pub(super) tts: &'static str,
    pub(super) stt: &'static str,
    pub(super) eou: &'static str,
    pub(super) tool: &'static str,
    pub(super) other: &'static str,
    pub(super) extent: &'static str,
    pub(super) cut: &'static str,
    pub(super) error: &'static str,
    pub(super) open_end: &'static str,
    pub(super) earlier: &'static str,
    pub(super) later: &'static str,
    pub(super) folded: &'static str,
    pub(super) unfolded: &'static str,
    pub(super) rule: &'static str,
    pub(super) bar: &'static str,
    pub(super) handoff: &'static str,
    pub(super) more: &'static str,
    pub(super) separator: &'static str,
}

static UNICODE: Glyphs = Glyphs {
    speech: "█",
    user_half: "▀",
    agent_half: "▄",
    llm: "━",
    realtime: "═",
    tts: "▒",
    stt: "╌",
    eou: "·",
    tool: "▚",
    other: "┅",
    extent: "─",
    cut: "×",
    error: "!",
    open_end: "→",
    earlier: "◂",
    later: "▸",
    folded: "▸",
    unfolded: "▾",
    rule: "─",
    bar: "│",
    handoff: "⇒",
    more: "…",
    separator: " · ",
};

static ASCII: Glyphs = Glyphs {
    speech: "#",
    user_half: "u",
    agent_half: "a",
    llm: "=",
    realtime: "%",
    tts: "~",
    stt: "_",
    eou: ":",
    tool: "*",
    other: "+",
    extent: "-",
    cut: "x",
    error: "!",
    open_end: ">",
    earlier: "<",
    later: ">",
    folded: "+",
    unfolded: "-",
    rule: "-",
    bar: "|",
    handoff: "=>",
    more: "~",
    separator: " | ",
};

impl Theme {
    /// The look that the environment asks for.
    ///
    /// Where `color` says nothing, `NO_COLOR` (not empty) decides. ASCII is used where the locale
    /// names a character set that is not UTF-8, or for `AGENTOBS_ASCII=1`;
    /// `AGENTOBS_ASCII=0` forbids it. A locale that says nothing, as in most
    /// containers, counts as UTF-8.
    #[must_use]
    pub fn from_env(color: Option<bool>, get: impl Fn(&str) -> Option<String>) -> Self {
        let set = |key: &str| get(key).filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
        let ascii = match set("AGENTOBS_ASCII").as_deref() {
            Some("0") => false,
            Some(_) => true,
            None => locale.is_some_and(|locale| !is_utf8(&locale)),
        };
        Self { color: color.unwrap_or_else(|| set("NO_COLOR").is_none()), ascii }
    }

    pub(super) fn glyphs(self) -> &'static Glyphs {
        if self.ascii { &ASCII } else { &UNICODE }
    }

    /// Text from data on one line, safe to show.
    pub(super) fn line(self, text: &str) -> Cow<'_, str> {
        self.in_charset(escape::line(text))
    }

    /// Text from data with its line breaks, safe to show; tabs become blanks.
    pub(super) fn block(self, text: &str) -> Cow<'_, str> {
        let safe = self.in_charset(escape::block(text));
        if safe.contains('\t') { Cow::Owned(safe.replace('\t', "    ")) } else { safe }
    }

    /// Text from data on one line of at most `columns` columns. Only as much of
    /// the text is looked at as may fit.
    pub(super) fn fit(self, text: &str, columns: usize) -> String {
        // Several characters may share a column (marks, joined emoji).
        let most = columns * 4 + 64;
        let end = text.char_indices().nth(most).map_or(text.len(), |(at, _)| at);
        let (head, rest) = text.split_at_checked(end).unwrap_or((text, ""));
        let line = self.line(head);
        if rest.is_empty() && escape::width(&line) <= columns {
            return line.into_owned();
        }
        if columns == 0 {
            return String::new();
        }
        let room = columns - 1;
        let mut out = String::with_capacity(columns + 3);
        let mut used = 0;
        for cluster in escape::clusters(&line) {
            used += escape::width(cluster);
            if used > room {
                break;
            }
            out.push_str(cluster);
        }
        out.push_str(self.glyphs().more);
        out
    }

    fn in_charset(self, text: Cow<'_, str>) -> Cow<'_, str> {
        if !self.ascii || text.is_ascii() {
            return text;
        }
        let mut out = String::with_capacity(text.len() * 2);
        for c in text.chars() {
            match c {
                '⏎' => out.push_str("\\n"),
                '…' => out.push_str("..."),
                '·' => out.push('|'),
                '–' | '—' | '─' => out.push('-'),
                c if c.is_ascii() => out.push(c),
                // Writing to a String cannot fail.
                c => drop(write!(out, "\\u{{{:x}}}", u32::from(c))),
            }
        }
        Cow::Owned(out)
    }

    fn colored(self, color: Color) -> Style {
        if self.color { Style::new().fg(color) } else { Style::new() }
    }

    pub(super) fn plain(self) -> Style {
        Style::new()
    }

    pub(super) fn bold(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub(super) fn dim(self) -> Style {
        Style::new().add_modifier(Modifier::DIM)
    }

    /// The row that the keys act on.
    pub(super) fn selected(self, focused: bool) -> Style {
        if focused {
            Style::new().add_modifier(Modifier::REVERSED)
        } else {
            Style::new().add_modifier(Modifier::UNDERLINED)
        }
    }

    /// A hit of the search.
    pub(super) fn hit(self) -> Style {
        self.colored(Color::Yellow).add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
    }

    pub(super) fn bad(self) -> Style {
        self.colored(Color::Red).add_modifier(Modifier::BOLD)
    }

    pub(super) fn warn(self) -> Style {
        self.colored(Color::Yellow)
    }

    pub(super) fn role(self, role: Role) -> Style {
        match role {
            Role::User => self.colored(Color::Cyan),
            Role::Agent => self.colored(Color::Green),
        }
    }

    /// The glyph and colour of an op's bar.
    pub(super) fn op(self, op: Op) -> (&'static str, Style) {
        let glyphs = self.glyphs();
        match op {
            Op::Speech => (glyphs.speech, self.plain()),
            Op::Llm => (glyphs.llm, self.colored(Color::Blue)),
            Op::Realtime => (glyphs.realtime, self.colored(Color::Blue)),
            Op::Tts => (glyphs.tts, self.colored(Color::Green)),
            Op::Stt => (glyphs.stt, self.colored(Color::Cyan)),
            Op::Eou | Op::Vad => (glyphs.eou, self.colored(Color::Yellow)),
            Op::Tool => (glyphs.tool, self.colored(Color::Magenta)),
            Op::Error => (glyphs.other, self.bad()),
            Op::Session
            | Op::Turn
            | Op::Handoff
            | Op::Hook
            | Op::Lifecycle
            | Op::Eval
            | Op::Other => (glyphs.other, self.plain()),
        }
    }
}

fn is_utf8(locale: &str) -> bool {
    let locale = locale.to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

#[cfg(test)]
mod tests {
    use super::Theme;
    use crate::output::escape::width;

    fn theme(color: Option<bool>, vars: &[(&str, &str)]) -> Theme {
        let get =
            |key: &str| vars.iter().find(|(name, _)| *name == key).map(|(_, v)| (*v).to_owned());
        Theme::from_env(color, get)
    }

    #[test]
    fn the_environment_decides() {
        for (vars, color, ascii) in [
            (vec![], true, false),
            (vec![("LANG", "C")], true, true),
            (vec![("LANG", "de_DE.UTF-8")], true, false),
            (vec![("LANG", "de_DE.UTF-8"), ("LC_ALL", "POSIX")], true, true),
            (vec![("LANG", "C"), ("AGENTOBS_ASCII", "0")], true, false),
            (vec![("AGENTOBS_ASCII", "1")], true, true),
            (vec![("NO_COLOR", "1")], false, false),
            (vec![("NO_COLOR", "")], true, false),
        ] {
            assert_eq!(theme(None, &vars), Theme { color, ascii }, "{vars:?}");
        }
        assert!(!theme(Some(false), &[]).color);
        assert!(theme(Some(true), &[("NO_COLOR", "1")]).color, "a flag wins");
    }

    #[test]
    fn long_and_hostile_text_fits() {
        let ascii = Theme { color: false, ascii: true };
        let unicode = Theme { color: false, ascii: false };
        assert_eq!(unicode.fit("a longer text", 6), "a lon…");
        assert_eq!(unicode.fit("short", 6), "short");
        assert_eq!(unicode.fit("你好世界", 6), "你好…");
        assert_eq!(ascii.fit("naïve", 20), "na\\u{ef}ve");
        assert_eq!(ascii.fit("naïve", 4), "na\\~");
        for text in ["e\u{301}".repeat(1000), "\u{1b}[31m".repeat(500), "👨‍👩‍👧".repeat(99)]
        {
            for columns in 0..20 {
                assert!(width(&unicode.fit(&text, columns)) <= columns);
                assert!(width(&ascii.fit(&text, columns)) <= columns);
            }
        }
    }
}

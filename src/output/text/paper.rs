//! Lines on paper: words wrapped at a width, with hanging indent and style.

use crate::output::escape::{block, clusters, width};
use anstyle::{AnsiColor, Style};
use std::borrow::Cow;
use std::io::{self, Write};

pub(super) const PLAIN: Style = Style::new();
pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const USER: Style = AnsiColor::Cyan.on_default().bold();
pub(super) const AGENT: Style = AnsiColor::Green.on_default().bold();
pub(super) const TOOL: Style = AnsiColor::Magenta.on_default();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const WARN: Style = AnsiColor::Yellow.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();

/// Even on a very narrow terminal text has this many columns.
const LEAST_COLUMNS: usize = 16;

/// A piece of text in one style, already safe to show.
#[derive(Clone, Debug)]
pub(super) struct Piece<'a> {
    style: Style,
    text: Cow<'a, str>,
    /// Whether its words stay together on a line where they can.
    whole: bool,
}

/// Text from data: everything hidden is shown, line breaks stay.
pub(super) fn data(style: Style, text: &str) -> Piece<'_> {
    Piece { style, text: block(text), whole: false }
}

/// Text of our own.
pub(super) fn own<'a>(style: Style, text: impl Into<Cow<'a, str>>) -> Piece<'a> {
    Piece { style, text: text.into(), whole: false }
}

/// Text of our own that is read as one: `210 ms`, `1 handoff`.
pub(super) fn whole<'a>(style: Style, text: impl Into<Cow<'a, str>>) -> Piece<'a> {
    Piece { style, text: text.into(), whole: true }
}

/// Where lines are written.
pub(super) struct Paper<'w> {
    out: &'w mut dyn Write,
    width: usize,
    color: bool,
    style: Style,
    column: usize,
    /// Blanks that are written only if a word follows on the line.
    blanks: usize,
}

impl<'w> Paper<'w> {
    pub(super) fn new(out: &'w mut dyn Write, width: usize, color: bool) -> Self {
        Self { out, width, color, style: PLAIN, column: 0, blanks: 0 }
    }

    /// An empty line.
    pub(super) fn gap(&mut self) -> io::Result<()> {
        self.out.write_all(b"\n")
    }

    /// A paragraph: `first` at the margin, then `text` from column `indent` on,
    /// wrapped, its further lines indented as much.
    pub(super) fn flow(
        &mut self,
        indent: usize,
        first: &[Piece<'_>],
        text: &[Piece<'_>],
    ) -> io::Result<()> {
        for piece in first {
            self.write(piece.style, &piece.text)?;
        }
        self.blanks += indent.saturating_sub(self.column + self.blanks);
        self.body(indent, text)
    }

    fn body(&mut self, indent: usize, text: &[Piece<'_>]) -> io::Result<()> {
        let mut fresh = true;
        for piece in text {
            if piece.whole && width(&piece.text) <= self.room(indent) {
                self.word(indent, piece.style, &piece.text, fresh)?;
                fresh = false;
                continue;
            }
            for token in tokens(&piece.text) {
                match token {
                    Token::Break => {
                        self.break_line()?;
                        self.blanks = indent;
                        fresh = true;
                    }
                    Token::Blanks(count) => self.blanks += count,
                    Token::Word(word) => {
                        self.word(indent, piece.style, word, fresh)?;
                        fresh = false;
                    }
                }
            }
        }
        self.break_line()
    }

    /// A paragraph whose first line starts at column `start` and whose further
    /// lines start at `indent`.
    pub(super) fn hanging(
        &mut self,
        start: usize,
        indent: usize,
        text: &[Piece<'_>],
    ) -> io::Result<()> {
        self.blanks = start;
        self.body(indent, text)
    }

    /// Columns from `indent` to the edge.
    fn room(&self, indent: usize) -> usize {
        self.width.saturating_sub(indent).max(LEAST_COLUMNS)
    }

    fn word(&mut self, indent: usize, style: Style, word: &str, fresh: bool) -> io::Result<()> {
        let room = self.room(indent);
        let edge = indent + room;
        let columns = width(word);
        if columns > room {
            return self.long_word(indent, edge, style, word);
        }
        if !fresh && self.column + self.blanks + columns > edge {
            self.break_line()?;
            self.blanks = indent;
        }
        self.write(style, word)
    }

    /// A word that fits on no line is cut wherever the line ends.
    fn long_word(
        &mut self,
        indent: usize,
        edge: usize,
        style: Style,
        word: &str,
    ) -> io::Result<()> {
        for cluster in clusters(word) {
            if self.column + self.blanks + width(cluster) > edge {
                self.break_line()?;
                self.blanks = indent;
            }
            self.write(style, cluster)?;
        }
        Ok(())
    }

    fn write(&mut self, style: Style, text: &str) -> io::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        // Where the style changes, the blanks between belong to neither.
        if style != self.style {
            self.set(PLAIN)?;
        }
        write!(self.out, "{:1$}", "", self.blanks)?;
        self.column += self.blanks + width(text);
        self.blanks = 0;
        self.set(style)?;
        self.out.write_all(text.as_bytes())
    }

    fn set(&mut self, style: Style) -> io::Result<()> {
        if !self.color || self.style == style {
            return Ok(());
        }
        if self.style != PLAIN {
            write!(self.out, "{}", self.style.render_reset())?;
        }
        write!(self.out, "{}", style.render())?;
        self.style = style;
        Ok(())
    }

    fn break_line(&mut self) -> io::Result<()> {
        self.set(PLAIN)?;
        self.column = 0;
        self.blanks = 0;
        self.out.write_all(b"\n")
    }
}

enum Token<'a> {
    Word(&'a str),
    Blanks(usize),
    Break,
}

/// Columns that a tab takes.
const TAB: usize = 4;

fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        if first == '\n' {
            rest = rest.get(1..)?;
            return Some(Token::Break);
        }
        let is_blank = |c: char| matches!(c, ' ' | '\t');
        let blank = is_blank(first);
        let len = rest.find(|c: char| c == '\n' || is_blank(c) != blank).unwrap_or(rest.len());
        let (token, after) = rest.split_at_checked(len)?;
        rest = after;
        Some(if blank {
            Token::Blanks(token.chars().map(|c| if c == '\t' { TAB } else { 1 }).sum())
        } else {
            Token::Word(token)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{BAD, DIM, PLAIN, Paper, data, own, whole};

    fn printed(width: usize, color: bool, draw: impl Fn(&mut Paper<'_>)) -> String {
        let mut out = Vec::new();
        draw(&mut Paper::new(&mut out, width, color));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn text_wraps_with_hanging_indent() {
        let shown = printed(24, false, |paper| {
            let text =
                "a flat white, please\n  indented\n\nand\ta longlonglonglonglonglonglong word";
            paper.flow(6, &[own(DIM, "  1")], &[data(PLAIN, text)]).unwrap();
        });
        assert_eq!(
            shown,
            "  1   a flat white,\n      please\n        indented\n\n      and    a longlongl\n      \
             onglonglonglonglon\n      g word\n"
        );
    }

    #[test]
    fn whole_pieces_stay_together_where_they_fit() {
        let shown = printed(22, false, |paper| {
            let pieces = [own(PLAIN, "tts "), whole(PLAIN, "90 ms"), own(PLAIN, " · ")];
            paper.hanging(14, 2, &pieces).unwrap();
            paper.hanging(0, 2, &[whole(PLAIN, "tokens 1 692 in, 185 out")]).unwrap();
        });
        assert_eq!(shown, "              tts\n  90 ms ·\ntokens 1 692 in, 185\n  out\n");
    }

    #[test]
    fn wide_letters_count_twice() {
        let shown = printed(20, false, |paper| {
            paper.flow(2, &[], &[data(PLAIN, "你好世界你好世界你好世界")]).unwrap();
        });
        assert_eq!(shown, "  你好世界你好世界你\n  好世界\n");
    }

    #[test]
    fn style_never_crosses_lines_and_is_off_without_color() {
        let draw = |paper: &mut Paper<'_>| {
            let pieces = [own(BAD, "not so good at all"), own(PLAIN, " \u{1b}?")];
            paper.flow(0, &[], &pieces).unwrap();
        };
        let coloured = printed(16, true, draw);
        assert_eq!(coloured, "\u{1b}[31mnot so good at\u{1b}[0m\n\u{1b}[31mall\u{1b}[0m \u{1b}?\n");
        assert!(!printed(16, false, draw).contains("\u{1b}["));
    }

    #[test]
    fn no_line_ends_in_blanks() {
        let shown = printed(30, false, |paper| {
            paper.flow(10, &[own(PLAIN, " 1")], &[]).unwrap();
            paper.flow(10, &[own(PLAIN, " 2")], &[data(PLAIN, "x  \n  \n")]).unwrap();
        });
        assert!(shown.lines().all(|line| line.trim_end() == line), "{shown:?}");
    }
}

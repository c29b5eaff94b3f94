//! Text that came from data, made safe to show.
//!
//! A transcript, an attribute or a file name may hold terminal sequences,
//! bidirectional overrides or invisible characters. Everything that shows such
//! text (terminal, Markdown, error messages) sends it through [`line()`] or
//! [`block()`] first: what cannot be seen is written as `\u{1b}`, the spelling
//! of Rust, so that nothing is lost and nothing acts. JSON has its own spelling
//! (`\u001b`), over the same set of characters ([`is_hidden`]).
//!
//! Also here, because it needs the same care: the width of text in terminal
//! columns and cutting it to a width.

use std::borrow::Cow;
use std::fmt::Write;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What stands for a line break where text must stay on one line.
const LINE_BREAK: char = '⏎';
/// What stands for the text that was cut off.
const ELLIPSIS: char = '…';
const ZERO_WIDTH_NON_JOINER: char = '\u{200c}';
const ZERO_WIDTH_JOINER: char = '\u{200d}';

/// What happens to line breaks and tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// The result is one line: a line break becomes `⏎`, a tab a space.
    Single,
    /// Line breaks and tabs are kept; `\r\n` becomes `\n`.
    Keep,
}

/// Whether a character is invisible or acts on the text around it: control
/// characters (C0, DEL, C1), bidirectional controls, line and paragraph
/// separators, zero-width characters, tags and the byte order mark.
///
/// The two zero-width joiners are not among them: Persian, the Indic scripts
/// and emoji are spelled with them. [`safe`] shows them where they have nothing
/// to join.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    matches!(c,
        // ASCII first: nearly all text ends here.
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

/// Whether a character reorders the text around it.
#[must_use]
pub fn is_bidi_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// `text` on one line, safe to show.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    safe(text, Lines::Single)
}

/// `text` with its line breaks, safe to show.
#[must_use]
pub fn block(text: &str) -> Cow<'_, str> {
    safe(text, Lines::Keep)
}

/// `text` with everything hidden shown as `\u{…}`. Clean text is borrowed.
///
/// A joiner (U+200C, U+200D) is kept after a visible character that is not
/// ASCII, and shown elsewhere: `pay\u{200d}pal` has nothing to join.
#[must_use]
pub fn safe(text: &str, lines: Lines) -> Cow<'_, str> {
    let Some(first) = first_unsafe(text, lines) else { return Cow::Borrowed(text) };
    let (clean, rest) = text.split_at_checked(first).unwrap_or(("", text));
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(clean);
    let mut before = clean.chars().next_back();
    let mut chars = rest.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => continue,
            '\n' => out.push(if lines == Lines::Keep { '\n' } else { LINE_BREAK }),
            '\t' => out.push(if lines == Lines::Keep { '\t' } else { ' ' }),
            c if is_shown_escaped(c, before) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
            }
            c => out.push(c),
        }
        before = Some(c);
    }
    Cow::Owned(out)
}

fn first_unsafe(text: &str, lines: Lines) -> Option<usize> {
    let mut before = None;
    for (at, c) in text.char_indices() {
        let kept = lines == Lines::Keep && matches!(c, '\n' | '\t');
        if !kept && is_shown_escaped(c, before) {
            return Some(at);
        }
        before = Some(c);
    }
    None
}

fn is_shown_escaped(c: char, before: Option<char>) -> bool {
    match c {
        ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER => {
            before.is_none_or(|b| b.is_ascii() || is_hidden(b) || is_joiner(b))
        }
        c => is_hidden(c),
    }
}

fn is_joiner(c: char) -> bool {
    matches!(c, ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER)
}

/// Terminal columns that `text` takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` in at most `columns` terminal columns; where it was cut, it ends in
/// `…`. A cut never falls between a letter and its marks or inside an emoji.
#[must_use]
pub fn clip(text: &str, columns: usize) -> Cow<'_, str> {
    if text.len() <= columns || width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut out = String::new();
    let mut used = 0;
    for cluster in clusters(text) {
        let next = width(cluster);
        if used + next > columns - 1 {
            break;
        }
        used += next;
        out.push_str(cluster);
    }
    out.push(ELLIPSIS);
    Cow::Owned(out)
}

/// The pieces of `text` that must not be cut apart: a character with its marks,
/// joined emoji, a pair of regional indicators. An approximation of Unicode's
/// grapheme clusters that errs towards longer pieces.
pub fn clusters(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (cluster, after) = rest.split_at_checked(cluster_len(rest))?;
        rest = after;
        (!cluster.is_empty()).then_some(cluster)
    })
}

/// Longer pieces are cut nevertheless: a letter with a thousand marks is no text.
const LONGEST_CLUSTER: usize = 64;

fn cluster_len(text: &str) -> usize {
    let mut chars = text.char_indices();
    let Some((_, first)) = chars.next() else { return 0 };
    let (mut before, mut flags) = (first, usize::from(is_flag_half(first)));
    for (at, c) in chars {
        let joins = !first.is_ascii_control()
            && (c.width() == Some(0)
                || matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
                || before == ZERO_WIDTH_JOINER
                || (is_flag_half(c) && flags == 1));
        if !joins || at >= LONGEST_CLUSTER {
            return at;
        }
        flags += usize::from(is_flag_half(c));
        before = c;
    }
    text.len()
}

fn is_flag_half(c: char) -> bool {
    matches!(c, '\u{1f1e6}'..='\u{1f1ff}')
}

#[cfg(test)]
mod tests {
    use super::{Lines, block, clip, clusters, is_bidi_control, is_hidden, line, safe, width};
    use std::borrow::Cow;

    #[test]
    fn clean_text_is_borrowed() {
        for text in ["", "hello", "Grüße, 你好", "naïve café", "می‌خواهم", "👨‍👩‍👧 ok"]
        {
            assert!(matches!(line(text), Cow::Borrowed(t) if t == text), "{text:?}");
        }
        assert!(matches!(block("two\n\tlines"), Cow::Borrowed(_)));
    }

    #[test]
    fn hidden_characters_are_shown() {
        for (text, shown) in [
            ("\u{1b}[31mred", "\\u{1b}[31mred"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("a\0b\u{7f}", "a\\u{0}b\\u{7f}"),
            ("abc\u{202e}cba", "abc\\u{202e}cba"),
            ("\u{2066}x\u{2069}\u{61c}", "\\u{2066}x\\u{2069}\\u{61c}"),
            ("\u{feff}start", "\\u{feff}start"),
            ("pay\u{200d}pal", "pay\\u{200d}pal"),
            ("a\u{2028}b", "a\\u{2028}b"),
            ("one\ntwo\r\nthree\tend", "one⏎two⏎three end"),
            ("over\rwrite", "over\\u{d}write"),
        ] {
            assert_eq!(line(text), shown, "{text:?}");
        }
        assert_eq!(block("one\r\ntwo\tx\u{1b}"), "one\ntwo\tx\\u{1b}");
    }

    #[test]
    fn nothing_hidden_is_left() {
        let all: String = (0..=0x10_ffffu32).filter_map(char::from_u32).collect();
        let shown = safe(&all, Lines::Single);
        assert!(!shown.chars().any(|c| is_hidden(c) || c.is_control() || is_bidi_control(c)));
        assert_eq!(line(&shown), shown, "safe text stays as it is");
    }

    #[test]
    fn clipping_counts_columns_and_keeps_clusters_whole() {
        assert_eq!(clip("short", 5), "short");
        assert_eq!(clip("longer text", 5), "long…");
        assert_eq!(clip("你好世界", 5), "你好…");
        assert_eq!(clip("你好世界", 4), "你…");
        assert_eq!(clip("👨‍👩‍👧👨‍👩‍👧", 3), "👨‍👩‍👧…");
        assert_eq!(clip("e\u{301}e\u{301}e\u{301}", 2), "e\u{301}…");
        assert_eq!(clip("anything", 0), "");
        for columns in 0..12 {
            assert!(width(&clip("a你e\u{301}👩‍👧🇩🇪🇫🇷zzz", columns)) <= columns);
        }
    }

    #[test]
    fn clusters_give_the_text_back() {
        let text = "a\u{301}🇩🇪🇫🇷👍🏽👨‍👩‍👧b";
        assert_eq!(clusters(text).collect::<String>(), text);
        assert_eq!(clusters(text).count(), 6);
        let marks = format!("a{}", "\u{301}".repeat(1000));
        assert!(clusters(&marks).count() > 1);
    }
}

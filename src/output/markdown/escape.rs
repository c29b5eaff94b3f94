//! Text from data as plain text in Markdown.

use crate::output::escape::{Lines, safe};

/// Text inside a paragraph, a heading or a list item, on one line. It must not
/// begin a line: what acts only there (`1.`, `-`, indentation) is not escaped.
pub(crate) fn inline(text: &str) -> String {
    escaped(text, LineBreak::Mark)
}

/// Text inside a table cell; line breaks become `<br>`.
pub(crate) fn cell(text: &str) -> String {
    escaped(text, LineBreak::Html)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LineBreak {
    Mark,
    Html,
}

fn escaped(text: &str, breaks: LineBreak) -> String {
    let lines = if breaks == LineBreak::Html { Lines::Keep } else { Lines::Single };
    let text = safe(text, lines);
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.chars();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let next = rest.clone().next();
        match c {
            '\n' => out.push_str("<br>"),
            '\t' => out.push(' '),
            // In code, GitHub makes neither a mention nor an address of it.
            '@' => out.push_str("`@`"),
            // `#12` would link to an issue.
            '#' if next.is_some_and(|n| n.is_ascii_digit()) => out.push_str("`#`"),
            // `https://…` and `www.…` would become links.
            ':' if next == Some('/') => out.push_str("\\:"),
            '.' if matches!(before, 'w' | 'W') => out.push_str("\\."),
            // Between letters it is no markup.
            '_' if before.is_alphanumeric() && next.is_some_and(char::is_alphanumeric) => {
                out.push('_');
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#' | '$' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        before = c;
    }
    out
}

/// Text as a code span: a fence longer than any run of backticks inside. Fit
/// for table cells.
pub(crate) fn code(text: &str) -> String {
    let text = safe(text, Lines::Single);
    if text.trim().is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // Blanks keep a backtick at either end apart from the fence.
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    // Tables split at `|` even inside code.
    format!("{fence}{pad}{}{pad}{fence}", text.replace('|', "\\|"))
}

/// Text as a block of code.
pub(crate) fn fenced(language: &str, text: &str) -> String {
    let text = safe(text, Lines::Keep);
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

fn longest_run(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::{cell, code, fenced, inline};

    #[test]
    fn data_is_plain_text() {
        for (text, markdown) in [
            ("Sure, one flat white. 4.20!", "Sure, one flat white. 4.20!"),
            ("<script>x</script>", "\\<script\\>x\\</script\\>"),
            ("[a](http://x) www.x.y", "\\[a\\](http\\://x) www\\.x.y"),
            ("`**_|~&", "\\`\\*\\*\\_\\|\\~\\&"),
            ("a_b _c_", "a_b \\_c\\_"),
            ("@maintainer a@b.c #12 # x", "`@`maintainer a`@`b.c `#`12 \\# x"),
            ("two\nlines\u{1b}", "two⏎lines\\\\u{1b}"),
        ] {
            assert_eq!(inline(text), markdown);
        }
        assert_eq!(cell("two\nlines"), "two<br>lines");
    }

    #[test]
    fn code_cannot_be_closed_from_inside() {
        assert_eq!(code("a|b"), "`a\\|b`");
        assert_eq!(code("``x`"), "``` ``x` ```");
        assert_eq!(fenced("json", "````\n# x"), "`````json\n````\n# x\n`````\n");
        assert_eq!(fenced("", "x\n"), "```\nx\n```\n");
    }
}

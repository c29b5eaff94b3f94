//! Text → tokens. A query in braces is one piece: its grammar is TraceQL's.

use super::words::Unit;

/// A token with the byte at which it starts.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(String),
    Number(f64, Unit),
    Text(String),
    Sign(&'static str),
    /// Something that starts no token, with what is wrong.
    Bad(String),
    End,
}

const SIGNS: [&str; 31] = [
    "->", "==", "!=", "<=", ">=", "=~", "!~", "&&", "||", "+-", "…", "...", "±", "=", "<", ">",
    "!", "+", "-", "*", "/", "(", ")", "[", "]", ",", ".", "{", "}", "|", "?",
];

/// The token at or behind `at`: its start, the token, and where it ends.
pub(super) fn next(text: &str, at: usize) -> (usize, Token, usize) {
    let rest = text.get(at..).unwrap_or("");
    let start = at + (rest.len() - rest.trim_start().len());
    let rest = text.get(start..).unwrap_or("");
    let Some(first) = rest.chars().next() else { return (start, Token::End, start) };
    if first.is_ascii_digit() {
        let end = start + number_length(rest);
        return (start, number(text.get(start..end).unwrap_or("")), end);
    }
    if first.is_alphabetic() || first == '_' {
        let len = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        return (start, Token::Word(rest.get(..len).unwrap_or("").to_owned()), start + len);
    }
    if first == '"' || first == '\'' || first == '`' {
        let (token, len) = quoted(rest, first);
        return (start, token, start + len);
    }
    for sign in SIGNS {
        if rest.starts_with(sign) {
            return (start, Token::Sign(sign), start + sign.len());
        }
    }
    (start, Token::Bad(format!("`{first}` means nothing here")), start + first.len_utf8())
}

/// A number with its unit: digits, letters and dots that belong together.
fn number_length(rest: &str) -> usize {
    let mut len = 0;
    let mut chars = rest.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let more = match c {
            '0'..='9' | 'µ' | 'μ' | 'a'..='z' | 'A'..='Z' => true,
            '.' => chars.peek().is_some_and(|(_, next)| next.is_ascii_digit()),
            _ => false,
        };
        if !more {
            return at + if c == '%' { 1 } else { 0 };
        }
        len = at + c.len_utf8();
    }
    len
}

fn number(text: &str) -> Token {
    let split = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(split).unwrap_or((text, ""));
    let value = digits.parse::<f64>().ok();
    match (value, unit) {
        (Some(value), "") => Token::Number(value, Unit::Plain),
        (Some(value), "%") => Token::Number(value / 100.0, Unit::Share),
        (Some(value), "tok" | "tokens") => Token::Number(value, Unit::Tokens),
        _ => match crate::query::duration(text) {
            Some(ns) => Token::Number(ns as f64 / 1e6, Unit::Ms),
            None => {
                Token::Bad(format!("`{text}` is no number: units are ns us ms s m h, % and tok"))
            }
        },
    }
}

/// A text in quotes and its length. `"…"` has the usual escapes.
fn quoted(rest: &str, quote: char) -> (Token, usize) {
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return (Token::Text(value), at + c.len_utf8());
        }
        if c == '\\' && quote == '"' {
            match chars.next().map(|(_, c)| c) {
                Some('n') => value.push('\n'),
                Some('t') => value.push('\t'),
                Some(c @ ('"' | '\\')) => value.push(c),
                // Patterns are full of other escapes, which are theirs.
                Some(other) => value.extend(['\\', other]),
                None => break,
            }
            continue;
        }
        value.push(c);
    }
    (Token::Bad("a text that does not end".to_owned()), rest.len())
}

/// Where a TraceQL query that starts at `at` ends: before a closing bracket
/// that it did not open, a comma or `->` outside brackets, or at the end.
pub(crate) fn query_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    let (mut depth, mut braces) = (0usize, 0usize);
    let mut quote: Option<char> = None;
    let mut chars = rest.char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        if let Some(open) = quote {
            match c {
                '\\' if open == '"' => {
                    chars.next();
                }
                c if c == open => quote = None,
                _ => {}
            }
            continue;
        }
        match c {
            '"' | '`' => quote = Some(c),
            '{' => braces += 1,
            '}' if braces == 0 => return at + offset,
            '}' => braces -= 1,
            '(' | '[' => depth += 1,
            ')' | ']' if depth == 0 => return at + offset,
            ')' | ']' => depth -= 1,
            ',' if depth == 0 && braces == 0 => return at + offset,
            '-' if depth == 0 && braces == 0 && chars.peek().is_some_and(|(_, c)| *c == '>') => {
                return at + offset;
            }
            _ => {}
        }
    }
    text.len()
}

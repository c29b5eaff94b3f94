//! Patterns of `=~` and `!~`: RE2's syntax and rules on the `regex` crate.
//!
//! Both are of one family; what differs is translated: `\d \w \s \b` are ASCII
//! in RE2, `[` and `&&` inside a class are plain characters there, a brace that
//! starts no repetition is a brace, and `\Q…\E` quotes. Patterns are anchored
//! at both ends and `.` matches newlines, as Tempo has it.

use regex::bytes::{Regex, RegexBuilder};
use std::iter::Peekable;
use std::str::Chars;

/// Compiled patterns above this size are refused: a query must not eat memory.
const SIZE_LIMIT: usize = 4 << 20;

/// Compiles a pattern so that it must match a whole text.
pub(crate) fn compile(pattern: &str) -> Result<Regex, String> {
    let translated = translate(pattern)?;
    RegexBuilder::new(&format!("\\A(?s:{translated})\\z"))
        .size_limit(SIZE_LIMIT)
        .nest_limit(100)
        .build()
        .map_err(|error| reason(&error))
}

/// The last line of the error says what is wrong; the ones above it show our
/// translation, which the user never wrote.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or("").trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut open = 0usize;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => escape(&mut out, &mut chars, false)?,
            '[' => class(&mut out, &mut chars)?,
            '{' => brace(&mut out, &mut chars)?,
            '(' => {
                open += 1;
                out.push(c);
            }
            ')' if open == 0 => return Err("unopened group".to_owned()),
            ')' => {
                open -= 1;
                out.push(c);
            }
            '}' => out.push_str("\\}"),
            c => out.push(c),
        }
    }
    Ok(out)
}

/// What follows a backslash.
fn escape(out: &mut String, chars: &mut Peekable<Chars<'_>>, in_class: bool) -> Result<(), String> {
    let Some(c) = chars.next() else { return Err("trailing backslash".to_owned()) };
    let set = match c {
        'd' | 'D' => "0-9",
        'w' | 'W' => "0-9A-Za-z_",
        's' | 'S' => "\\t\\n\\x0C\\r ",
        'b' | 'B' if !in_class => {
            out.push_str(if c == 'b' { "(?-u:\\b)" } else { "(?-u:\\B)" });
            return Ok(());
        }
        'Q' if !in_class => {
            quoted(out, chars);
            return Ok(());
        }
        'C' | 'Z' | 'G' | '<' | '>' | 'u' | 'U' => {
            return Err(format!("`\\{c}` is no escape"));
        }
        '0'..='7' => return octal(out, chars, c),
        'p' | 'P' | 'x' => {
            out.push('\\');
            out.push(c);
            // Their braces hold a name or a number, no repetition.
            if chars.peek() == Some(&'{') {
                for c in chars.by_ref() {
                    out.push(c);
                    if c == '}' {
                        break;
                    }
                }
            }
            return Ok(());
        }
        c => {
            out.push('\\');
            out.push(c);
            return Ok(());
        }
    };
    match (c.is_ascii_uppercase(), in_class) {
        (false, true) => out.push_str(set),
        (true, _) => out.push_str(&format!("[^{set}]")),
        (false, false) => out.push_str(&format!("[{set}]")),
    }
    Ok(())
}

/// `\123` and `\0`; a single other digit would be a back reference.
fn octal(out: &mut String, chars: &mut Peekable<Chars<'_>>, first: char) -> Result<(), String> {
    let mut number = first.to_digit(8).unwrap_or(0);
    let mut digits = 1;
    while digits < 3
        && let Some(digit) = chars.peek().and_then(|c| c.to_digit(8))
    {
        number = number * 8 + digit;
        digits += 1;
        chars.next();
    }
    if first != '0' && digits == 1 {
        return Err("back references are not supported".to_owned());
    }
    out.push_str(&format!("\\x{{{number:x}}}"));
    Ok(())
}

fn quoted(out: &mut String, chars: &mut Peekable<Chars<'_>>) {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        if c == '\\' && chars.peek() == Some(&'E') {
            chars.next();
            break;
        }
        text.push(c);
    }
    out.push_str(&regex::escape(&text));
}

/// A bracketed class; the bracket is already read.
fn class(out: &mut String, chars: &mut Peekable<Chars<'_>>) -> Result<(), String> {
    out.push('[');
    if chars.peek() == Some(&'^') {
        chars.next();
        out.push('^');
    }
    let mut first = true;
    while let Some(c) = chars.next() {
        match c {
            ']' if !first => {
                out.push(']');
                return Ok(());
            }
            '[' if chars.peek() == Some(&':') => {
                out.push('[');
                for c in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            '\\' => escape(out, chars, true)?,
            '[' | ']' | '&' | '~' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
        first = false;
    }
    Err("unclosed character class".to_owned())
}

/// A brace: a repetition (`{2}`, `{2,}`, `{2,5}`) or a plain character.
fn brace(out: &mut String, chars: &mut Peekable<Chars<'_>>) -> Result<(), String> {
    let inside: String = chars.clone().take_while(|c| *c != '}').take(16).collect();
    let closed = chars.clone().nth(inside.chars().count()) == Some('}');
    let (low, high) = inside.split_once(',').unwrap_or((&inside, &inside));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !closed || !is_number(low) || !(high.is_empty() || is_number(high)) {
        out.push_str("\\{");
        return Ok(());
    }
    // RE2's own bound.
    if [low, high].into_iter().any(|n| !n.is_empty() && n.parse::<u32>().map_or(true, |n| n > 1000))
    {
        return Err("repetition above 1000".to_owned());
    }
    out.push('{');
    out.push_str(&inside);
    out.push('}');
    for _ in 0..=inside.chars().count() {
        chars.next();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn anchored_like_tempo() {
        for (pattern, text, expected) in [
            ("too", "tool", false),
            ("tool", "tool", true),
            ("t.*", "t\nx", true),
            ("a|b", "ab", false),
            ("(?i)TIME.*", "timeout", true),
            (r"\d+", "٣", false),
            (r"\d+", "123", true),
            (r"\W", "ä", true),
            (r"a\b.*", "a b", true),
            ("[[a]+", "[a", true),
            ("[]a]+", "]a", true),
            ("[a&&b]+", "a&b", true),
            ("[[:alpha:]]+", "abc", true),
            ("a{2}", "aa", true),
            ("a{x}", "a{x}", true),
            ("{", "{", true),
            (r"\Qa.b\E+", "a.bb", true),
            (r"\x41\101", "AA", true),
            (r"[\d\s]+", "1 2", true),
            (r"\p{Greek}+", "λ", true),
            ("(?P<n>a)", "a", true),
            ("", "", true),
        ] {
            let regex = compile(pattern).unwrap_or_else(|e| panic!("{pattern}: {e}"));
            assert_eq!(regex.is_match(text.as_bytes()), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn what_re2_refuses() {
        for pattern in ["(", "a)", "a)|(b", "[a", "*", r"\1", "a{1001}", r"(?=a)", "a\\", "(?<!a)"]
        {
            assert!(compile(pattern).is_err(), "{pattern}");
        }
    }
}

//! How JSON is written: indented by two blanks or on one line, and with
//! everything hidden in strings escaped (see [`escape`](crate::output::escape)),
//! so that a document shown in a terminal acts on nothing.

use crate::output::escape::is_hidden;
use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter};
use std::io::{self, Write};

/// How a document is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Indented by two blanks.
    Pretty,
    /// On one line, without blanks.
    Compact,
}

/// The formatter of all JSON that agentobs writes.
#[derive(Clone, Debug)]
pub(crate) struct SafeFormatter {
    layout: Layout,
    depth: usize,
    /// Whether the innermost array or object has a value: empty ones stay on
    /// one line.
    has_value: bool,
}

impl SafeFormatter {
    pub(crate) fn new(layout: Layout) -> Self {
        Self { layout, depth: 0, has_value: false }
    }

    fn open<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth += 1;
        self.has_value = false;
        out.write_all(bracket)
    }

    fn close<W: ?Sized + Write>(&mut self, out: &mut W, bracket: &[u8]) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        if self.has_value {
            self.new_line(out)?;
        }
        self.has_value = true;
        out.write_all(bracket)
    }

    fn next<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        self.new_line(out)
    }

    fn new_line<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        if self.layout == Layout::Compact {
            return Ok(());
        }
        out.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| out.write_all(b"  "))
    }

    fn colon<W: ?Sized + Write>(&self, out: &mut W) -> io::Result<()> {
        out.write_all(if self.layout == Layout::Compact { b":" } else { b": " })
    }
}

impl Formatter for SafeFormatter {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"]")
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, _out: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.open(out, b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.close(out, b"}")
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.next(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.colon(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, _out: &mut W) -> io::Result<()> {
        self.has_value = true;
        Ok(())
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        write_escaped(out, fragment)
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::Quote => out.write_all(b"\\\""),
            CharEscape::ReverseSolidus => out.write_all(b"\\\\"),
            CharEscape::Solidus => out.write_all(b"/"),
            CharEscape::Backspace => out.write_all(b"\\b"),
            CharEscape::FormFeed => out.write_all(b"\\f"),
            CharEscape::LineFeed => out.write_all(b"\\n"),
            CharEscape::CarriageReturn => out.write_all(b"\\r"),
            CharEscape::Tab => out.write_all(b"\\t"),
            CharEscape::AsciiControl(byte) => write!(out, "\\u{byte:04x}"),
        }
    }

    /// JSON that was in the data: laid out like the rest, its strings escaped
    /// like the rest, its numbers and the order of its keys as they were.
    fn write_raw_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        let mut opened = false;
        while let Some(c) = rest.chars().next() {
            let (token, after) = split_token(rest, c);
            rest = after;
            if c.is_ascii_whitespace() {
                continue;
            }
            if opened && !matches!(c, ']' | '}') {
                self.new_line(out)?;
                self.has_value = true;
            }
            opened = false;
            match c {
                '{' | '[' => {
                    self.open(out, token.as_bytes())?;
                    opened = true;
                }
                '}' | ']' => self.close(out, token.as_bytes())?,
                ',' => self.next(out, false)?,
                ':' => self.colon(out)?,
                '"' => write_string(out, token)?,
                _ => out.write_all(token.as_bytes())?,
            }
        }
        Ok(())
    }
}

/// The first token of valid JSON and what follows it. `first` begins `text`.
fn split_token(text: &str, first: char) -> (&str, &str) {
    let len = match first {
        '"' => string_len(text),
        '{' | '}' | '[' | ']' | ',' | ':' => 1,
        c if c.is_ascii_whitespace() => 1,
        _ => text
            .find(|c: char| c.is_ascii_whitespace() || matches!(c, ',' | ':' | ']' | '}'))
            .unwrap_or(text.len()),
    };
    text.split_at_checked(len.max(1)).unwrap_or((text, ""))
}

fn string_len(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Writes a string of the data. Encoders that write all but ASCII as `\\uXXXX`
/// (Python's default) would hide what was said: such strings are written anew.
fn write_string<W: ?Sized + Write>(out: &mut W, token: &str) -> io::Result<()> {
    if !token.contains("\\u") {
        return write_escaped(out, token);
    }
    match serde_json::from_str::<String>(token) {
        Ok(text) => {
            let formatter = SafeFormatter::new(Layout::Compact);
            text.serialize(&mut serde_json::Serializer::with_formatter(out, formatter))?;
            Ok(())
        }
        Err(_) => write_escaped(out, token),
    }
}

/// Writes text that is already valid inside a JSON string, with everything
/// hidden as `\uXXXX`.
fn write_escaped<W: ?Sized + Write>(out: &mut W, text: &str) -> io::Result<()> {
    let mut rest = text;
    while let Some(at) = rest.find(is_hidden) {
        let (clean, hidden) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.write_all(clean.as_bytes())?;
        let mut chars = hidden.chars();
        for unit in chars.next().iter().flat_map(|c| c.encode_utf16(&mut [0; 2]).to_vec()) {
            write!(out, "\\u{unit:04x}")?;
        }
        rest = chars.as_str();
    }
    out.write_all(rest.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::{Layout, SafeFormatter};
    use serde::Serialize;
    use serde_json::value::RawValue;

    fn written(value: &impl Serialize, layout: Layout) -> String {
        let mut out = Vec::new();
        let mut to = serde_json::Serializer::with_formatter(&mut out, SafeFormatter::new(layout));
        value.serialize(&mut to).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn hidden_characters_are_escaped() {
        let text = "a\u{1b}[0m\u{7f}\u{9b}\u{202e}\u{feff}\u{e0041}\"é你";
        let json = written(&text, Layout::Compact);
        assert_eq!(json, r#""a\u001b[0m\u007f\u009b\u202e\ufeff\udb40\udc41\"é你""#);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn pretty_is_what_serde_json_writes() {
        let value = serde_json::json!({"a": [], "b": {}, "c": [1, {"d": null}], "e": "x\ny"});
        assert_eq!(written(&value, Layout::Pretty), serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(written(&value, Layout::Compact), value.to_string());
    }

    #[test]
    fn words_that_python_escaped_are_readable() {
        let raw: &RawValue = serde_json::from_str(
            r#"{"caf\u00e9": "\u4f60\u597d \ud83d\ude00 \u001b\u202e \"x\""}"#,
        )
        .unwrap();
        let written = written(&[raw], Layout::Compact);
        assert_eq!(written, r#"[{"café":"你好 😀 \u001b\u202e \"x\""}]"#);
    }

    #[test]
    fn json_of_the_data_is_laid_out_like_the_rest() {
        let text =
            "{ \"z\":[1 ,2.50,{}, [ ] ],\"a\\\"\u{9b}\" : 18446744073709551999 ,\n\"t\":true}";
        let raw: &RawValue = serde_json::from_str(text).unwrap();
        let compact = written(&[raw], Layout::Compact);
        assert_eq!(compact, r#"[{"z":[1,2.50,{},[]],"a\"\u009b":18446744073709551999,"t":true}]"#);
        let pretty = written(&[raw], Layout::Pretty);
        let expected = "[\n  {\n    \"z\": [\n      1,\n      2.50,\n      {},\n      []\n    ],\n    \
             \"a\\\"\\u009b\": 18446744073709551999,\n    \"t\": true\n  }\n]";
        assert_eq!(pretty, expected);
    }
}

//! One pass over an object that stands on one line: where it ends, and where
//! its members and those of the object in it are.
//!
//! Nearly all records of nearly all logs are such lines. They are found by the
//! same rules as [`Scanner`] has; whatever is unusual is left to it, so an
//! object is noted or scanned and means the same both ways.

use super::fields::{Field, Kind};
use super::scan::{Scan, Scanner, scalar_len};
use memchr::memchr3;

/// Members of one object that are noted: events and envelopes have a dozen.
const MAX_MEMBERS: usize = 64;

/// Where one member stands.
#[derive(Clone, Copy, Debug)]
struct Span {
    key: (usize, usize),
    kind: Kind,
    raw: (usize, usize),
}

/// The members of an object and of the first object in it.
#[derive(Debug, Default)]
pub(super) struct Notes {
    outer: Vec<Span>,
    inner: Vec<Span>,
    /// Where the object inside begins; 0 where there is none.
    inner_at: usize,
}

/// The members of an object, as they were noted.
#[derive(Clone, Copy, Debug)]
pub struct Members<'a> {
    /// What the positions are of.
    bytes: &'a [u8],
    spans: &'a [Span],
    /// The object inside whose members are noted, too.
    inner: Option<(usize, &'a [Span])>,
}

impl<'a> Members<'a> {
    /// The members in order.
    pub fn iter(self) -> impl Iterator<Item = Field<'a>> {
        let part = move |(from, to)| self.bytes.get(from..to).unwrap_or_default();
        let field =
            move |span: &Span| Field { key: part(span.key), kind: span.kind, raw: part(span.raw) };
        self.spans.iter().map(field)
    }

    /// The members of the object that a member is, where they were noted.
    pub(super) fn of(self, field: &Field<'_>) -> Option<Self> {
        let (at, spans) = self.inner?;
        let noted = self.bytes.get(at..)?;
        let same = field.kind == Kind::Object && std::ptr::eq(noted.as_ptr(), field.raw.as_ptr());
        same.then_some(Self { bytes: self.bytes, spans, inner: None })
    }
}

impl Notes {
    /// Notes the object that the bytes begin with. Returns where it ends; `None`
    /// where it is not whole, not on one line or not as usual.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Option<usize> {
        self.outer.clear();
        self.inner.clear();
        self.inner_at = 0;
        // Whatever begins otherwise may be no JSON, or spread over lines.
        if !bytes.starts_with(b"{\"") {
            return None;
        }
        let mut walk = Walk { bytes, at: 0 };
        let mut before = b'{';
        loop {
            let Some(key) = walk.key(before)? else { return Some(walk.at) };
            before = b',';
            let from = walk.at;
            let (kind, raw) = if self.inner_at == 0 && walk.peek() == Some(b'{') {
                self.inner_at = from;
                let mut before = b'{';
                while let Some(key) = walk.key(before)? {
                    before = b',';
                    let (kind, raw) = walk.value(2)?;
                    push(&mut self.inner, Span { key, kind, raw })?;
                }
                (Kind::Object, (from, walk.at))
            } else {
                walk.value(1)?
            };
            push(&mut self.outer, Span { key, kind, raw })?;
        }
    }

    /// The members that were noted of an object.
    pub(super) fn members<'a>(&'a self, bytes: &'a [u8]) -> Members<'a> {
        let inner = (self.inner_at > 0).then_some((self.inner_at, self.inner.as_slice()));
        Members { bytes, spans: &self.outer, inner }
    }
}

fn push(list: &mut Vec<Span>, span: Span) -> Option<()> {
    (list.len() < MAX_MEMBERS).then(|| list.push(span))
}

/// A place in an object.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Walk<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn blanks(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b' ' | b'\t' | b'\r' => self.at += 1,
                other => return Some(other),
            }
        }
    }

    /// Goes over what stands `before` the next member, a brace or a comma, to its
    /// value: its key. The inner `None` is the end of the object.
    fn key(&mut self, before: u8) -> Option<Option<(usize, usize)>> {
        let first = self.blanks()?;
        self.at += 1;
        match first {
            b'}' => return Some(None),
            _ if first == before => {}
            _ => return None,
        }
        match self.blanks()? {
            b'"' => {}
            // After a comma there must be a key.
            b'}' if before == b'{' => {
                self.at += 1;
                return Some(None);
            }
            _ => return None,
        }
        let key = self.string()?;
        if self.blanks()? != b':' {
            return None;
        }
        self.at += 1;
        self.blanks()?;
        Some(Some(key))
    }

    /// The text between the quotes of a string, by the rules of the scanner.
    fn string(&mut self) -> Option<(usize, usize)> {
        let start = self.at + 1;
        let mut at = start;
        loop {
            at += memchr3(b'"', b'\\', b'\n', self.bytes.get(at..)?)?;
            match self.bytes.get(at)? {
                b'"' => break,
                b'\\' if !matches!(self.bytes.get(at + 1)?, b'\n' | b'\r') => at += 2,
                _ => return None,
            }
        }
        self.at = at + 1;
        Some((start, at))
    }

    /// The value at the current place, `depth` levels inside.
    fn value(&mut self, depth: usize) -> Option<(Kind, (usize, usize))> {
        let start = self.at;
        let first = self.peek()?;
        let kind = match first {
            b'"' => return Some((Kind::String, self.string()?)),
            b'{' | b'[' => {
                let mut scanner = Scanner::inside(start, depth);
                match scanner.run(self.bytes) {
                    Scan::Done(end) if scanner.lines == 0 => self.at = end,
                    _ => return None,
                }
                if first == b'{' { Kind::Object } else { Kind::Array }
            }
            _ => {
                self.at += scalar_len(self.bytes.get(start..)?)?;
                if first.is_ascii_digit() || first == b'-' { Kind::Number } else { Kind::Word }
            }
        };
        Some((kind, (start, self.at)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::fields::{Fields, Kind};
    use super::super::scan::{MAX_DEPTH, Scan, Scanner};
    use super::Notes;

    #[test]
    fn notes_what_the_scanner_and_the_fields_see() {
        for text in [
            r#"{"t":1.5,"event":{"type":"x","delta":"a\"b","n":null,"o":[1,{}]},"z":true} tail"#,
            r#"{"a":{},"b":{"c":{"d":"}"}}}"#,
            "{\"a\" : { } , \"b\":\t[ ]\r} ",
            r#"{"a":"\u00e9\\","":-1e3}"#,
        ] {
            let mut notes = Notes::default();
            let end = notes.take(text.as_bytes()).unwrap();
            assert_eq!(Scanner::new(0).run(text.as_bytes()), Scan::Done(end), "{text}");
            let object = &text.as_bytes()[..end];
            let shown = |f| format!("{f:?}");
            let members = notes.members(object);
            let noted: Vec<_> = members.iter().map(shown).collect();
            assert_eq!(noted, Fields::new(object).map(shown).collect::<Vec<_>>(), "{text}");
            let inner = members.iter().find(|f| f.kind == Kind::Object);
            if let Some(field) = inner {
                let noted: Vec<_> = members.of(&field).unwrap().iter().map(shown).collect();
                assert_eq!(noted, Fields::new(field.raw).map(shown).collect::<Vec<_>>(), "{text}");
            }
        }
    }

    #[test]
    fn leaves_the_rest_to_the_scanner() {
        let deep =
            |levels: usize| format!("{{\"a\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
        let inner = |levels: usize| format!("{{\"a\":{}}}", deep(levels));
        for text in [
            "{\"a\":1,\n\"b\":2}",
            "{\"a\":[1,\n2]}",
            "{\"a\":\"cut\n\"}",
            "{\"a\":\"cut\\\n\"}",
            r#"{"a":1,}"#,
            r#"{,"a":1}"#,
            r#"{"a":1"#,
            r#"{"a":tru}"#,
            r#"{"a" "b"}"#,
            r#"{"a":1{"b":2}"#,
            r#"{"a":{"b":1{"c":2}}"#,
            r#"{"a":{"b":1]}"#,
            "{}",
            "{a: 1}",
            "[1]",
            &deep(MAX_DEPTH),
            &inner(MAX_DEPTH - 1),
        ] {
            assert_eq!(Notes::default().take(text.as_bytes()), None, "{text}");
        }
        for text in [deep(MAX_DEPTH - 1), inner(MAX_DEPTH - 2)] {
            assert_eq!(Notes::default().take(text.as_bytes()), Some(text.len()));
            assert_eq!(Scanner::new(0).run(text.as_bytes()), Scan::Done(text.len()));
        }
    }
}

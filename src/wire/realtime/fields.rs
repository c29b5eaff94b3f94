//! Members of a JSON object without parsing their values.

use memchr::memchr2;
use std::borrow::Cow;

/// What kind of value a member has, by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    String,
    /// An object.
    Object,
    /// An array.
    Array,
    /// A number.
    Number,
    /// `true`, `false` or `null`.
    Word,
}

/// One member of an object.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// The key as written, between its quotes.
    pub key: &'a [u8],
    /// The value's kind.
    pub kind: Kind,
    /// The value as written; of text what is between the quotes.
    pub raw: &'a [u8],
}

impl<'a> Field<'a> {
    /// Text, unescaped where it needs to be; `None` for other kinds and for
    /// text that is not UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<Cow<'a, str>> {
        if self.kind != Kind::String {
            return None;
        }
        unescape(self.raw)
    }

    /// A number; `None` for other kinds.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        if self.kind != Kind::Number {
            return None;
        }
        std::str::from_utf8(self.raw).ok()?.parse().ok()
    }
}

/// Resolves the escapes of a JSON string; borrows where there are none.
pub(super) fn unescape(raw: &[u8]) -> Option<Cow<'_, str>> {
    if memchr::memchr(b'\\', raw).is_none() {
        return std::str::from_utf8(raw).ok().map(Cow::Borrowed);
    }
    let mut quoted = Vec::with_capacity(raw.len() + 2);
    quoted.push(b'"');
    quoted.extend_from_slice(raw);
    quoted.push(b'"');
    serde_json::from_slice::<String>(&quoted).ok().map(Cow::Owned)
}

/// The members of an object, in order. The object must have passed a scan;
/// of other bytes the members up to the first oddity are given.
#[derive(Clone, Debug)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    /// The members of an object that starts at the first byte.
    #[must_use]
    pub fn new(object: &'a [u8]) -> Self {
        let open = usize::from(object.first() == Some(&b'{'));
        Self { bytes: if open == 1 { object } else { &[] }, at: open }
    }

    fn blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n' | b',' | b':') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn string(&mut self) -> Option<&'a [u8]> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return None;
        }
        let start = self.at + 1;
        let end = string_end(self.bytes, start)?;
        self.at = end + 1;
        self.bytes.get(start..end)
    }
}

/// Position of the quote that ends the string whose text starts at `start`.
pub(super) fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        let found = at + memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes.get(found) == Some(&b'"') {
            return Some(found);
        }
        at = found + 2;
    }
}

/// Position after the object or array that starts at `start`.
fn nested_end(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut depth, mut at) = (0usize, start);
    loop {
        match bytes.get(at)? {
            b'"' => at = string_end(bytes, at + 1)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// A value at the first byte that is no blank: its kind, its raw bytes and the
/// position after it.
fn value_at(bytes: &[u8], at: usize) -> Option<(Kind, &[u8], usize)> {
    let first = *bytes.get(at)?;
    match first {
        b'"' => {
            let end = string_end(bytes, at + 1)?;
            Some((Kind::String, bytes.get(at + 1..end)?, end + 1))
        }
        b'{' | b'[' => {
            let end = nested_end(bytes, at)?;
            let kind = if first == b'{' { Kind::Object } else { Kind::Array };
            Some((kind, bytes.get(at..end)?, end))
        }
        _ => {
            let rest = bytes.get(at..)?;
            let len = rest
                .iter()
                .position(|b| matches!(b, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n'))
                .unwrap_or(rest.len());
            let number = first.is_ascii_digit() || first == b'-';
            let kind = if number { Kind::Number } else { Kind::Word };
            Some((kind, rest.get(..len)?, at + len))
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        self.blank();
        let key = self.string()?;
        self.blank();
        let (kind, raw, end) = value_at(self.bytes, self.at)?;
        self.at = end;
        Some(Field { key, kind, raw })
    }
}

/// The items of an array, in order, as fields without key.
pub(super) fn items(array: &[u8]) -> impl Iterator<Item = Field<'_>> {
    let mut at = 1;
    std::iter::from_fn(move || {
        while let Some(b' ' | b'\t' | b'\r' | b'\n' | b',') = array.get(at) {
            at += 1;
        }
        if matches!(array.get(at), None | Some(b']')) {
            return None;
        }
        let (kind, raw, end) = value_at(array, at)?;
        at = end.max(at + 1);
        Some(Field { key: &[], kind, raw })
    })
}

#[cfg(test)]
mod tests {
    use super::{Fields, Kind, items};

    #[test]
    fn members_are_borrowed() {
        let object = br#"{ "a" : "x\"y", "b":[1,"]"], "c": {"d":1} ,"e":-1.5,"f":null}"#;
        let fields: Vec<_> = Fields::new(object).collect();
        let kinds: Vec<_> = fields.iter().map(|f| f.kind).collect();
        assert_eq!(kinds, [Kind::String, Kind::Array, Kind::Object, Kind::Number, Kind::Word]);
        assert_eq!(fields[0].text().as_deref(), Some("x\"y"));
        assert_eq!(fields[2].raw, br#"{"d":1}"#);
        assert_eq!(fields[3].number(), Some(-1.5));
        assert_eq!(items(fields[1].raw).count(), 2);
    }
}

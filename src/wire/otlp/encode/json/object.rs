//! A writer of JSON: objects member by member, and the values in them.

/// Writes JSON objects member by member; values that proto3 takes for unset
/// are left out.
pub(super) struct Object<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl<'o> Object<'o> {
    pub(super) fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    pub(super) fn end(self) {
        self.out.push(b'}');
    }

    /// Writes a key of our own; these need no escaping.
    pub(super) fn key(&mut self, key: &'static str) -> &mut Vec<u8> {
        if !self.first {
            self.out.push(b',');
        }
        self.first = false;
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    pub(super) fn text(&mut self, key: &'static str, value: &str) {
        if !value.is_empty() {
            string(self.key(key), value);
        }
    }

    pub(super) fn id(&mut self, key: &'static str, id: &[u8]) {
        if !id.is_empty() {
            let out = self.key(key);
            out.push(b'"');
            for byte in id {
                display(out, format_args!("{byte:02x}"));
            }
            out.push(b'"');
        }
    }

    pub(super) fn number(&mut self, key: &'static str, value: i64) {
        if value != 0 {
            display(self.key(key), value);
        }
    }

    /// A 64-bit integer, as text.
    pub(super) fn long(&mut self, key: &'static str, value: u64) {
        if value != 0 {
            quoted(self.key(key), value);
        }
    }

    pub(super) fn truth(&mut self, key: &'static str, value: bool) {
        if value {
            self.key(key).extend_from_slice(b"true");
        }
    }

    pub(super) fn double(&mut self, key: &'static str, value: f64) {
        double(self.key(key), value);
    }

    pub(super) fn integer(&mut self, key: &'static str, value: i64) {
        quoted(self.key(key), value);
    }

    /// A list, unless it is empty.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        items: &[T],
        write: impl Fn(&mut Vec<u8>, &T),
    ) {
        if !items.is_empty() {
            list(self.key(key), items, write);
        }
    }

    /// An object.
    pub(super) fn object(&mut self, key: &'static str, write: impl FnOnce(&mut Object<'_>)) {
        object(self.key(key), write);
    }
}

pub(super) fn object(out: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
    let mut object = Object::begin(out);
    write(&mut object);
    object.end();
}

pub(super) fn list<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

pub(super) fn string(out: &mut Vec<u8>, text: &str) {
    // Writing to memory cannot fail.
    if !text.chars().any(is_hidden) {
        let _ = serde_json::to_writer(out, text);
        return;
    }
    let mut plain = Vec::with_capacity(text.len() + 16);
    let _ = serde_json::to_writer(&mut plain, text);
    let mut bytes = [0u8; 4];
    for c in String::from_utf8_lossy(&plain).chars() {
        if is_hidden(c) {
            display(out, format_args!("\\u{:04x}", u32::from(c)));
        } else {
            out.extend_from_slice(c.encode_utf8(&mut bytes).as_bytes());
        }
    }
}

/// Characters that act on terminals without being seen; JSON may escape them.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{7f}'..='\u{9f}' | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

pub(super) fn display(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    use std::io::Write;
    let _ = write!(out, "{value}");
}

pub(super) fn quoted(out: &mut Vec<u8>, value: impl std::fmt::Display) {
    use std::io::Write;
    let _ = write!(out, "\"{value}\"");
}

pub(super) fn double(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        let _ = serde_json::to_writer(out, &value);
    } else if value.is_nan() {
        out.extend_from_slice(b"\"NaN\"");
    } else if value > 0.0 {
        out.extend_from_slice(b"\"Infinity\"");
    } else {
        out.extend_from_slice(b"\"-Infinity\"");
    }
}

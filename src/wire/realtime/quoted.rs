//! Events inside of strings: JSON in JSON, base64 of it, lines of a log, cells
//! of a table.

use super::base64;
use super::envelope::{Found, Meta, Unwrapper};
use super::fields::{Field, Kind, string_end, unescape};
use super::scan::{Scan, Scanner};
use super::text;
use memchr::memmem;
use std::borrow::Cow;

/// Text before the JSON of a log line in a string.
const PREFIX: usize = 256;

impl Unwrapper {
    /// Events in a line that has JSON between quotes: `msg="{\"type\": …}"`, and
    /// in tables, where quotes are doubled.
    pub(super) fn quoted(&mut self, line: &[u8], each: &mut dyn FnMut(Found<'_>)) -> usize {
        let escaped = memmem::find(line, b"\"{\\\"").map(|at| (at, false));
        let doubled = memmem::find(line, b"\"{\"\"").map(|at| (at, true));
        let Some((at, doubled)) = escaped.into_iter().chain(doubled).min() else { return 0 };
        let Some((before, quoted)) = line.split_at_checked(at) else { return 0 };
        let json = if doubled {
            let text = String::from_utf8_lossy(quoted.get(1..).unwrap_or_default());
            text.replace("\"\"", "\"").into_bytes()
        } else {
            let Some(end) = string_end(quoted, 1) else { return 0 };
            let text = quoted.get(1..end).and_then(unescape);
            text.map_or_else(Vec::new, |text| text.into_owned().into_bytes())
        };
        let Scan::Done(end) = Scanner::new(0).run(&json) else { return 0 };
        let mut meta = text::of_prefix(&String::from_utf8_lossy(before));
        meta.repeat = meta.repeat.max(1);
        self.object(json.get(..end).unwrap_or_default(), &meta, 0, each)
    }

    /// Events in a string: JSON, base64 of it, or a line of a log with JSON in it.
    pub(super) fn text(
        &mut self,
        raw: &[u8],
        meta: &Meta,
        depth: u32,
        each: &mut dyn FnMut(Found<'_>),
    ) -> usize {
        if let Some(json) = opened(raw) {
            let json: &[u8] = &json;
            let kind = if json.first() == Some(&b'[') { Kind::Array } else { Kind::Object };
            return self.value(&Field { key: &[], kind, raw: json }, meta, depth + 1, each);
        }
        if !has_line(raw) {
            return 0;
        }
        let Some(line) = unescape(raw) else { return 0 };
        let Some((before, json)) = line.find("{\"").map(|at| line.split_at(at)) else { return 0 };
        let Scan::Done(end) = Scanner::new(0).run(json.as_bytes()) else { return 0 };
        let told = text::of_prefix(before);
        let mut meta = meta.clone();
        meta.direction = told.direction.or(meta.direction);
        meta.time = meta.time.or(told.time);
        let json = json.as_bytes().get(..end).unwrap_or_default();
        self.object(json, &meta, depth + 1, each)
    }
}

/// Whether text may hold JSON: it begins like an object or a list, or like the
/// base64 of an object.
pub(super) fn may_open(raw: &[u8]) -> bool {
    let text = raw.trim_ascii_start();
    matches!(text.first(), Some(b'{' | b'['))
        || text.starts_with(b"eyJ")
        || text.starts_with(b"ewog")
        || text.starts_with(b"ewo")
}

/// Whether text may be a line of a log that goes on with JSON.
pub(super) fn has_line(raw: &[u8]) -> bool {
    let head = raw.get(..raw.len().min(PREFIX)).unwrap_or_default();
    memchr::memchr(b'\\', head).is_some() && memmem::find(head, b"{\\\"").is_some()
}

/// The JSON in a text, checked.
fn opened(raw: &[u8]) -> Option<Cow<'_, [u8]>> {
    if !may_open(raw) {
        return None;
    }
    let json: Cow<'_, [u8]> = if matches!(raw.trim_ascii_start().first(), Some(b'{' | b'[')) {
        match unescape(raw)? {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes().trim_ascii_start()),
            Cow::Owned(text) if text.starts_with(['{', '[']) => Cow::Owned(text.into_bytes()),
            Cow::Owned(text) => Cow::Owned(text.trim_start().as_bytes().to_vec()),
        }
    } else {
        Cow::Owned(base64::decode(raw)?)
    };
    matches!(Scanner::new(0).run(&json), Scan::Done(_)).then_some(json)
}

//! From a stream of text to the JSON objects in it.
//!
//! One way for every format: a line, an array's item and an object in the
//! middle of console text are all "an object, with what stands before it on
//! its line". Lines without an object are handed on as text. An object that
//! breaks is given up at the next line that is indented no deeper than the one
//! it began on, so nothing inside a damaged record is taken for a record.

use super::mend::is_literal;
use super::note::{Members, Notes};
use super::scan::{Scan, Scanner};
use memchr::memchr;
use std::io::{self, Read};

/// How many bytes are read at once.
const CHUNK: usize = 256 * 1024;
/// An object that broke this early may have been a brace in prose.
const PROSE: usize = 256;
/// How many braces of one line of prose are tried.
const TRIES: usize = 64;

/// What stands at one place of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FrameKind {
    /// A whole JSON object.
    Object,
    /// An object of JavaScript or Python, as JSON in [`Frames::literal`].
    Literal,
    /// A line without an object.
    Text,
    /// An object that breaks before it ends.
    Broken,
    /// An object that was cut off by the end of the stream.
    Cut,
    /// An object that is longer than the limit.
    TooLong,
}

/// One piece of the stream, as positions in [`Frames::bytes`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub kind: FrameKind,
    /// Start of what stands before the object on its line.
    pub prefix: usize,
    /// Start of the object or text.
    pub start: usize,
    /// End of the object or text.
    pub end: usize,
    /// Line number of the start, from 1.
    pub line: u64,
    /// Whether a broken object looks like a JavaScript or Python literal.
    pub literal: bool,
    /// Lines that were left out of an object because they are no JSON.
    pub repaired: u32,
    /// Whether the object's members are in [`Frames::members`].
    pub noted: bool,
}

/// The pieces of a stream.
pub(super) struct Frames<'r> {
    input: &'r mut dyn Read,
    pub(super) buffer: Vec<u8>,
    /// Everything before it is used.
    pub(super) start: usize,
    /// Everything from here on is room for more.
    pub(super) filled: usize,
    /// Number of bytes dropped from the front of the buffer.
    pub(super) dropped: u64,
    ended: bool,
    pub(super) line: u64,
    pub(super) limit: usize,
    /// Blanks at the beginning of the current line.
    pub(super) indent: usize,
    /// Whether `start` is still in them.
    in_indent: bool,
    /// Whether `start` is in the middle of a line that was already counted.
    pub(super) in_line: bool,
    /// The newest object that was no JSON, turned into JSON.
    pub(super) literal: Vec<u8>,
    /// The members of the newest object that stands on one line.
    notes: Notes,
    /// Why reading stopped, if not at the end.
    pub failed: Option<io::Error>,
}

impl<'r> Frames<'r> {
    /// The pieces of `input`; objects over `limit` bytes are passed over.
    pub(super) fn new(input: &'r mut dyn Read, limit: usize) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            filled: 0,
            dropped: 0,
            ended: false,
            line: 1,
            limit,
            indent: 0,
            in_indent: true,
            in_line: false,
            literal: Vec::new(),
            notes: Notes::default(),
            failed: None,
        }
    }

    /// The bytes that a frame's positions are of, until the next call of `next`.
    pub(super) fn bytes(&self, from: usize, to: usize) -> &[u8] {
        self.buffer.get(from..to).unwrap_or_default()
    }

    /// The JSON of a [`FrameKind::Literal`].
    pub(super) fn literal(&self) -> &[u8] {
        &self.literal
    }

    /// The members of an object, where they are noted.
    pub(super) fn members(&self, frame: &Frame) -> Option<Members<'_>> {
        frame.noted.then(|| self.notes.members(self.bytes(frame.start, frame.end)))
    }

    /// Position in the stream of a position in the buffer.
    pub(super) fn offset(&self, at: usize) -> u64 {
        self.dropped + at as u64
    }

    /// What is read and not used yet.
    pub(super) fn tail(&self) -> &[u8] {
        self.buffer.get(self.start..self.filled).unwrap_or_default()
    }

    /// Reads more; false at the end of the stream. Used bytes may be dropped,
    /// so positions are kept relative to `start` across calls.
    pub(super) fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        if self.start >= CHUNK || self.start == self.filled {
            self.buffer.copy_within(self.start..self.filled, 0);
            self.dropped += self.start as u64;
            self.filled -= self.start;
            self.start = 0;
        }
        if self.buffer.len() - self.filled < CHUNK {
            self.buffer.resize((self.buffer.len() * 2).max(2 * CHUNK), 0);
        }
        loop {
            let free = self.buffer.get_mut(self.filled..).unwrap_or_default();
            match self.input.read(free) {
                Ok(0) => self.ended = true,
                Ok(read) => {
                    self.filled += read;
                    return true;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    self.failed = Some(error);
                    self.ended = true;
                }
            }
            return false;
        }
    }

    /// The next piece; `None` at the end.
    pub(super) fn next(&mut self) -> Option<Frame> {
        loop {
            self.skip_punctuation();
            match self.tail().first().copied() {
                None if self.more() => {}
                None => return None,
                Some(b'{') => {
                    if let Some(frame) = self.object(0) {
                        return Some(frame);
                    }
                }
                Some(_) => {
                    if let Some(frame) = self.line_of_text() {
                        return Some(frame);
                    }
                }
            }
        }
    }

    /// Blanks, and what stands between the items of arrays.
    fn skip_punctuation(&mut self) {
        if self.dropped == 0 && self.start == 0 && self.buffer.starts_with(b"\xef\xbb\xbf") {
            self.start = 3;
        }
        while let Some(byte) = self.tail().first() {
            match byte {
                b'\n' => self.new_line(),
                b' ' | b'\t' => self.indent += usize::from(self.in_indent),
                b'\r' | b',' | b']' | b';' | 0x1e => self.in_indent = false,
                b'[' if self.opens_array() => self.in_indent = false,
                _ => break,
            }
            self.start += 1;
        }
        self.in_indent &= self.start == self.filled;
    }

    pub(super) fn new_line(&mut self) {
        self.line += 1;
        self.indent = 0;
        self.in_indent = true;
        self.in_line = false;
    }

    /// Whether the bracket at the current place opens an array of records
    /// rather than a line like `[vite] connected`.
    fn opens_array(&self) -> bool {
        let rest = self.tail().get(1..).unwrap_or_default();
        match rest.iter().find(|b| !matches!(b, b' ' | b'\t' | b'\r')) {
            None => true,
            Some(b) => matches!(b, b'{' | b'[' | b'\n' | b']'),
        }
    }

    /// A line that does not begin with an object. `None` when it is only the
    /// rest of a line that was counted.
    fn line_of_text(&mut self) -> Option<Frame> {
        let (mut from, mut tries) = (0, 0);
        let mut len = self.line_len();
        while tries < TRIES
            && let Some(brace) = memchr(b'{', self.tail().get(from..len).unwrap_or_default())
        {
            from += brace;
            if self.may_be_object(from, len) {
                tries += 1;
                if let Some(frame) = self.object(from) {
                    return Some(frame);
                }
                len = self.line_len();
            }
            from += 1;
        }
        let (start, line) = (self.start, self.line);
        self.start += len;
        let counted = std::mem::replace(&mut self.in_line, true);
        let end = self.start;
        (!counted).then_some(Frame {
            kind: FrameKind::Text,
            prefix: start,
            start,
            end,
            line,
            literal: false,
            repaired: 0,
            noted: false,
        })
    }

    /// A cheap look: after the brace comes a quote, a closing brace, a blank or
    /// the end of the line.
    fn may_be_object(&self, brace: usize, len: usize) -> bool {
        match self.tail().get(brace + 1..len).and_then(|rest| rest.first()) {
            None => true,
            Some(b) => matches!(b, b'"' | b'\'' | b'}' | b' ' | b'\t' | b'\r'),
        }
    }

    /// The object that begins `at` bytes after the current place. `None` when
    /// there was a brace in prose only; nothing is used then.
    fn object(&mut self, at: usize) -> Option<Frame> {
        let line = self.line;
        let here = self.buffer.get(self.start + at..self.filled).unwrap_or_default();
        if let Some(len) = self.notes.take(here) {
            return Some(self.whole(at, at + len, line, 0, true));
        }
        if let Some(frame) = self.literal_object(at, line) {
            return Some(frame);
        }
        let mut scanner = Scanner::new(at);
        let mut repaired = 0;
        let kind = loop {
            match scanner.run(self.tail()) {
                Scan::Done(end) => {
                    self.line += scanner.lines + u64::from(repaired);
                    return Some(self.whole(at, end, line, repaired, false));
                }
                Scan::More if self.tail().len() - at > self.limit => break FrameKind::TooLong,
                Scan::More if self.more() => {}
                Scan::More => break FrameKind::Cut,
                Scan::Broken(stop) if at > 0 && !scanner.had_key && stop - at < PROSE => {
                    return None;
                }
                Scan::Broken(stop) => match self.leave_out(at, stop, repaired) {
                    Some(next) => {
                        scanner.resume(next);
                        repaired += 1;
                    }
                    None => break FrameKind::Broken,
                },
            }
        };
        let literal = kind == FrameKind::Broken && self.tail().get(at..).is_some_and(is_literal);
        self.line += u64::from(repaired);
        self.give_up();
        let here = self.start;
        Some(Frame {
            kind,
            prefix: here,
            start: here,
            end: here,
            line,
            literal,
            repaired: 0,
            noted: false,
        })
    }

    /// The object from `at` to `end` bytes after the current place, which is used.
    fn whole(&mut self, at: usize, end: usize, line: u64, repaired: u32, noted: bool) -> Frame {
        let prefix = self.start;
        self.start += end;
        self.in_line = true;
        Frame {
            kind: FrameKind::Object,
            prefix,
            start: prefix + at,
            end: prefix + end,
            line,
            literal: false,
            repaired,
            noted,
        }
    }

    /// Length of the line from the current place on, without its line feed;
    /// a line over the limit is cut there.
    fn line_len(&mut self) -> usize {
        let mut seen = 0;
        loop {
            let tail = self.tail();
            if let Some(feed) = memchr(b'\n', tail.get(seen..).unwrap_or_default()) {
                return seen + feed;
            }
            seen = tail.len();
            if seen > self.limit || !self.more() {
                return self.tail().len();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FrameKind, Frames};

    /// Kind, line, prefix and content of every frame, read in tiny pieces too.
    fn frames(text: &str) -> Vec<(FrameKind, u64, String, String)> {
        let mut input = text.as_bytes();
        let mut frames = Frames::new(&mut input, 1 << 20);
        let mut all = Vec::new();
        while let Some(f) = frames.next() {
            let part = |a, b| String::from_utf8_lossy(frames.bytes(a, b)).into_owned();
            all.push((f.kind, f.line, part(f.prefix, f.start), part(f.start, f.end)));
        }
        all
    }

    fn kinds(text: &str) -> Vec<(FrameKind, u64)> {
        frames(text).into_iter().map(|(kind, line, ..)| (kind, line)).collect()
    }

    #[test]
    fn lines_arrays_and_console_text() {
        use FrameKind::{Object, Text};
        assert_eq!(kinds("\u{feff}{\"a\":1}\r\n{\"b\":2}\n"), [(Object, 1), (Object, 2)]);
        assert_eq!(kinds("[ {\"a\":1},\n {\"b\":2} ]\n"), [(Object, 1), (Object, 2)]);
        assert_eq!(kinds("const x = [\n{\"a\":1},\n];\n"), [(Text, 1), (Object, 2)]);
        let console = "[vite] up\nx.ts:1 got {channels: 2}\nx.ts:2 Data: {\n \"a\": 1\n} (3)\nend";
        assert_eq!(kinds(console), [(Text, 1), (Text, 2), (Object, 3), (Text, 6)]);
        assert_eq!(frames(console)[2].2, "x.ts:2 Data: ");
    }

    #[test]
    fn damage_costs_one_record() {
        use FrameKind::{Broken, Cut, Object};
        assert_eq!(
            kinds("{\"a\":1}\n{\"a\":\"cu\n{\"b\":{\"c\":1}\n{\"d\":4}\n{\"e\":"),
            [(Object, 1), (Broken, 2), (Broken, 3), (Object, 4), (Cut, 5)]
        );
        let edited = "x {\n  \"a\": 1,\n  \"b\" {\n  }\n}\ny {\n  \"c\": 2\n}\n";
        assert_eq!(kinds(edited), [(Broken, 1), (Object, 6)]);
        let list = "[\n {\n  \"a\": 1,\n  oops\n },\n {\n  \"b\": 2\n }\n]\n";
        assert_eq!(kinds(list), [(Broken, 2), (Object, 6)]);
    }

    #[test]
    fn notes_inside_a_record_are_left_out() {
        use FrameKind::{Broken, Object};
        let edited = "x {\n  \"a\": 1,\n **HERE**\n  \"b\": {\n  }\n}\ny {\n  \"c\": 2\n}\n";
        assert_eq!(kinds(edited), [(Object, 1), (Object, 7)]);
        assert_eq!(frames(edited)[0].3, "{\n  \"a\": 1,\n  \"b\": {\n  }\n}");
        // What stands no deeper than the record is no note in it.
        let cut = "x {\n  \"a\": 1,\nmain.js up\ny {\n  \"c\": 2\n}\n";
        assert_eq!(kinds(cut)[0], (Broken, 1));
        assert_eq!(kinds(cut).last(), Some(&(Object, 4)));
    }

    #[test]
    fn long_input_keeps_positions() {
        let line = format!("{{\"a\":\"{}\"}}\n", "x".repeat(1000));
        let text = line.repeat(2000);
        let all = frames(&text);
        assert_eq!(all.len(), 2000);
        assert!(all.iter().zip(1..).all(|(f, n)| f.1 == n && f.3.len() == 1008));
    }
}

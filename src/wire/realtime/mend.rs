//! Records that are no JSON and can still be read: text of JavaScript or Python
//! objects, and pretty-printed records into which somebody typed a note. Where
//! nothing helps: where to go on.

use super::frame::{Frame, FrameKind, Frames};
use super::literal::{self, Reading};
use memchr::{memchr, memchr_iter, memmem, memrchr};

/// Text of JavaScript or Python is looked for up to this length.
const MAX_LITERAL: usize = 1 << 20;
/// Lines that may be left out of one object.
const REPAIRS: u32 = 4;

impl Frames<'_> {
    /// The object at a place as text of JavaScript or Python; in the middle of a
    /// line only what has a `type`, as events have.
    pub(super) fn literal_object(&mut self, at: usize, line: u64) -> Option<Frame> {
        loop {
            let text = self.tail().get(at..).filter(|text| is_literal(text))?;
            match literal::read(text) {
                Reading::Done(end, json) => {
                    if at > 0 && memmem::find(&json, b"\"type\":\"").is_none() {
                        return None;
                    }
                    let lines = text.get(..end).map_or(0, |t| memchr_iter(b'\n', t).count());
                    self.literal = json;
                    let prefix = self.start;
                    self.start += at + end;
                    self.line += lines as u64;
                    self.in_line = true;
                    return Some(Frame {
                        kind: FrameKind::Literal,
                        prefix,
                        start: prefix + at,
                        end: prefix + at + end,
                        line,
                        literal: true,
                        repaired: 0,
                        noted: false,
                    });
                }
                Reading::More if text.len() < MAX_LITERAL && self.more() => {}
                Reading::More | Reading::Broken => return None,
            }
        }
    }

    /// Leaves out the line at whose first letter a pretty-printed object breaks:
    /// a note that somebody typed into it. Only lines that are indented deeper
    /// than the object, in an object that began on a line before, and only lines
    /// that cannot be a record or the end of one. Returns where they stood.
    pub(super) fn leave_out(&mut self, at: usize, stop: usize, repaired: u32) -> Option<usize> {
        let before = self.tail().get(at..stop).filter(|_| repaired < REPAIRS)?;
        let feed = memrchr(b'\n', before)?;
        let blanks = before.get(feed + 1..).unwrap_or_default();
        let letter = self.tail().get(stop).copied().unwrap_or(b'{');
        if blanks.len() <= self.indent
            || !blanks.iter().all(|b| matches!(b, b' ' | b'\t'))
            || matches!(letter, b'{' | b'}' | b'[' | b']' | b'"' | b'\'')
        {
            return None;
        }
        let from = at + feed + 1;
        loop {
            if let Some(end) = memchr(b'\n', self.tail().get(from..).unwrap_or_default()) {
                let gone = end + 1;
                let (line, filled) = (self.start + from, self.filled);
                self.buffer.copy_within(line + gone..filled, line);
                self.filled -= gone;
                // The stream is that much longer than what is kept of it.
                self.dropped += gone as u64;
                return Some(from);
            }
            if self.tail().len() > self.limit || !self.more() {
                return None;
            }
        }
    }

    /// Goes to the next line that is indented no deeper than the current one;
    /// a closing bracket there still belongs to the broken record.
    pub(super) fn give_up(&mut self) {
        let depth = self.indent;
        while self.discard_line() {
            let (indent, first) = self.peek_indent();
            match first {
                Some(b'\n' | b'\r') => {}
                Some(_) if indent > depth => {}
                Some(b'}') => {
                    self.start += indent + 1;
                    self.in_line = true;
                    return;
                }
                _ => return,
            }
        }
    }

    /// Drops the rest of the line and its line feed; false at the end.
    fn discard_line(&mut self) -> bool {
        loop {
            if let Some(feed) = memchr(b'\n', self.tail()) {
                self.start += feed + 1;
                self.new_line();
                return true;
            }
            self.start = self.filled;
            if !self.more() {
                return false;
            }
        }
    }

    /// Blanks before the first other byte, and that byte.
    fn peek_indent(&mut self) -> (usize, Option<u8>) {
        let mut blanks = 0;
        loop {
            match self.tail().get(blanks) {
                Some(b' ' | b'\t') => blanks += 1,
                Some(other) => return (blanks, Some(*other)),
                None => {
                    if blanks > self.limit || !self.more() {
                        return (blanks, None);
                    }
                }
            }
        }
    }
}

/// Whether an object has a bare or single-quoted key first, as Node's
/// `util.inspect` and Python's `repr` write.
pub(super) fn is_literal(object: &[u8]) -> bool {
    let inside = object.get(1..).unwrap_or_default();
    if matches!(inside.first(), None | Some(b'"' | b'}')) {
        return false;
    }
    let key = inside.trim_ascii_start();
    let quoted = key.first() == Some(&b'\'');
    let rest = if quoted { key.get(1..).unwrap_or_default() } else { key };
    let len = rest
        .iter()
        .position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'.')))
        .unwrap_or(rest.len());
    let after = rest.get(len + usize::from(quoted)..).unwrap_or_default();
    len > 0 && after.trim_ascii_start().first() == Some(&b':')
}

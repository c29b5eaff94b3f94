//! A part's bytes in pieces: a peek at the head, whole lines or frames a few
//! MiB at a time, or everything at once where the content is one record.

use super::framing::Framing;
use std::io::{self, Read};
use std::ops::Range;

/// Size at which a chunk of lines or frames is handed out.
const CHUNK_BYTES: usize = 4 << 20;
const READ_BYTES: usize = 256 << 10;

/// Whole lines.
pub(super) struct Chunk {
    pub bytes: Vec<u8>,
    /// Number of the first line, from 1.
    pub first_line: usize,
    /// Numbers of lines that were left out because they are too large.
    pub too_large: Vec<usize>,
}

/// Whole frames.
#[derive(Default)]
pub(super) struct Frames {
    pub bytes: Vec<u8>,
    /// Offset of the first byte in the part.
    pub offset: usize,
    /// The messages, as ranges of `bytes`; empty ones are left out.
    pub messages: Vec<Range<usize>>,
    /// Number of empty messages.
    pub empty: usize,
    /// Offsets in the part of frames that were left out because they are too large.
    pub too_large: Vec<usize>,
    /// Whether the last message ends before its length says.
    pub cut: bool,
    /// Where in the part the framing broke; nothing is read behind it.
    pub broken: Option<usize>,
}

/// Reads a part.
pub(super) struct Chunks<'a> {
    input: &'a mut dyn Read,
    buffer: Vec<u8>,
    ended: bool,
    error: Option<io::Error>,
    max_record: usize,
    line: usize,
    offset: usize,
}

impl<'a> Chunks<'a> {
    pub(super) fn new(input: &'a mut dyn Read, max_record: usize) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            ended: false,
            error: None,
            max_record,
            line: 1,
            offset: 0,
        }
    }

    /// The first bytes, up to a read's worth.
    pub(super) fn peek(&mut self) -> io::Result<&[u8]> {
        while self.buffer.len() < READ_BYTES && !self.ended {
            self.fill();
        }
        match self.error.take() {
            Some(why) if self.buffer.is_empty() => Err(why),
            other => {
                self.error = other;
                Ok(&self.buffer)
            }
        }
    }

    /// What stopped the reading before the end.
    pub(super) fn error(&self) -> Option<&io::Error> {
        self.error.as_ref()
    }

    /// Whether all that is left is in memory already.
    pub(super) fn is_held(&self) -> bool {
        self.ended
    }

    /// Whether the first line that is not blank is a JSON value of its own, so
    /// that the content is lines; a pretty-printed document's first line is not.
    pub(super) fn first_line_is_whole(&mut self) -> bool {
        let blank = |byte: &u8| byte.is_ascii_whitespace();
        // What was searched in vain is not searched again as the buffer grows.
        let (mut start, mut searched) = (0, 0);
        loop {
            start += self.buffer.iter().skip(start).take_while(|b| blank(b)).count();
            if self.buffer.get(start..).is_some_and(|rest| rest.starts_with(b"\xef\xbb\xbf")) {
                start += 3;
                continue;
            }
            searched = searched.max(start);
            let rest = self.buffer.get(searched..).unwrap_or(&[]);
            if let Some(end) = memchr::memchr(b'\n', rest) {
                let line = self.buffer.get(start..searched + end).unwrap_or(&[]);
                let mut values =
                    serde_json::Deserializer::from_slice(line).into_iter::<serde::de::IgnoredAny>();
                return match values.next() {
                    // A broken line among lines is no reason to read all at once.
                    Some(Err(why)) => !why.is_eof(),
                    _ => true,
                };
            }
            if self.buffer.len() > self.max_record.max(CHUNK_BYTES) {
                // Too large to tell; as a line it can be left out, and what
                // follows it is read.
                return true;
            }
            if self.ended {
                return false;
            }
            searched = self.buffer.len();
            self.fill();
        }
    }

    /// Everything; `None` when it is larger than one record may be.
    pub(super) fn read_all(&mut self) -> Option<Vec<u8>> {
        while !self.ended {
            if self.buffer.len() > self.max_record {
                self.buffer = Vec::new();
                self.ended = true;
                return None;
            }
            self.fill();
        }
        Some(std::mem::take(&mut self.buffer))
    }

    /// Everything up to a limit, in pieces, for content that is only looked at.
    pub(super) fn for_each(&mut self, mut look: impl FnMut(&[u8])) {
        loop {
            look(&self.buffer);
            self.buffer.clear();
            if self.ended {
                return;
            }
            self.fill();
        }
    }

    /// The next whole frames; the last message may lack its end.
    pub(super) fn next_frames(&mut self, framing: Framing) -> Option<Frames> {
        /// Longest prefix of a frame: a tag and a varint.
        const PREFIX_BYTES: usize = 20;
        let mut frames = Frames { offset: self.offset, ..Frames::default() };
        let mut at = 0;
        while at < CHUNK_BYTES {
            self.hold(at + PREFIX_BYTES);
            let head = self.buffer.get(at..).unwrap_or(&[]);
            if head.is_empty() {
                break;
            }
            let Some(message) = framing.message(head) else {
                frames.broken = Some(self.offset + at);
                self.buffer.truncate(at);
                self.ended = true;
                break;
            };
            let end = message.end.saturating_add(at);
            if message.end - message.start > self.max_record {
                frames.too_large.push(self.offset + at);
                self.skip(at, end);
                // What came before and after do not stand side by side.
                break;
            }
            self.hold(end);
            frames.cut = end > self.buffer.len();
            let end = end.min(self.buffer.len());
            if message.is_empty() {
                frames.empty += 1;
            } else {
                frames.messages.push((at + message.start).min(end)..end);
            }
            at = end;
        }
        self.offset += at;
        let rest = self.buffer.split_off(at.min(self.buffer.len()));
        frames.bytes = std::mem::replace(&mut self.buffer, rest);
        let nothing = frames.bytes.is_empty() && frames.too_large.is_empty();
        (!nothing || frames.broken.is_some()).then_some(frames)
    }

    /// Takes the bytes from `start` to `end` out of what is to come, without
    /// holding them.
    fn skip(&mut self, start: usize, end: usize) {
        let mut left = end - start;
        loop {
            let there = left.min(self.buffer.len().saturating_sub(start));
            self.buffer.drain(start..start + there);
            self.offset += there;
            left -= there;
            if left == 0 || self.ended {
                return;
            }
            self.fill();
        }
    }

    /// Makes at least `len` bytes available, if there are so many.
    fn hold(&mut self, len: usize) {
        while self.buffer.len() < len && !self.ended {
            self.fill();
        }
    }

    /// The next whole lines; the last line may lack its end.
    pub(super) fn next_lines(&mut self) -> Option<Chunk> {
        let mut too_large = Vec::new();
        let mut searched = 0;
        let cut = loop {
            let border = CHUNK_BYTES.min(self.buffer.len());
            let found = if self.buffer.len() >= CHUNK_BYTES || self.ended {
                let head = self.buffer.get(..border).unwrap_or(&[]);
                memchr::memrchr(b'\n', head).or_else(|| {
                    let tail = self.buffer.get(border.max(searched)..).unwrap_or(&[]);
                    memchr::memchr(b'\n', tail).map(|at| at + border.max(searched))
                })
            } else {
                None
            };
            if let Some(at) = found
                && !(self.ended && self.buffer.len() < CHUNK_BYTES)
            {
                break at + 1;
            }
            if self.ended {
                break self.buffer.len().min(match found {
                    Some(at) if self.buffer.len() > CHUNK_BYTES => at + 1,
                    _ => self.buffer.len(),
                });
            }
            // Below a chunk nothing was searched yet.
            if self.buffer.len() > self.max_record.max(CHUNK_BYTES) && found.is_none() {
                too_large.push(self.line);
                self.drop_line();
                searched = 0;
                continue;
            }
            searched = self.buffer.len();
            self.fill();
        };
        if cut == 0 && too_large.is_empty() {
            return None;
        }
        let rest = self.buffer.split_off(cut);
        let bytes = std::mem::replace(&mut self.buffer, rest);
        let first_line = self.line;
        self.line += memchr::memchr_iter(b'\n', &bytes).count();
        Some(Chunk { bytes, first_line, too_large })
    }

    /// Throws the rest of a line away without holding it.
    fn drop_line(&mut self) {
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer) {
                self.buffer.drain(..=at);
                self.line += 1;
                return;
            }
            self.buffer = Vec::new();
            if self.ended {
                return;
            }
            self.fill();
        }
    }

    fn fill(&mut self) {
        let start = self.buffer.len();
        // Growth by half keeps a large record from doubling its memory.
        if self.buffer.capacity() - start < READ_BYTES {
            self.buffer.reserve_exact((start / 2).max(READ_BYTES));
        }
        self.buffer.resize(start + READ_BYTES, 0);
        let mut filled = start;
        while let Some(space) = self.buffer.get_mut(filled..) {
            if space.is_empty() {
                break;
            }
            match self.input.read(space) {
                Ok(0) => {
                    self.ended = true;
                    break;
                }
                Ok(read) => filled += read,
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => {
                    self.error = Some(why);
                    self.ended = true;
                    break;
                }
            }
        }
        self.buffer.truncate(filled);
    }
}

//! The walk through one source: bytes are unwrapped until they are no
//! container any more, then handed out as a part.

use super::container::{Container, HEAD_BYTES, junk};
use super::guard::{Counted, Guard, Meter, Packed, Trouble};
use super::gzip::GzipReader;
use super::limits::{Limits, human_bytes};
use super::zstd::ZstdReader;
use crate::diagnostic::{Diagnostic, Diagnostics, Severity};
use std::cell::Cell;
use std::io::{self, BufReader, Cursor, ErrorKind, Read};
use std::rc::Rc;

/// Compressed bytes read at a time.
const CHUNK_BYTES: usize = 64 << 10;

/// Bytes that are no container: a leaf of what the user named.
pub struct Part<'a> {
    /// The source as the user named it.
    pub source: &'a str,
    /// Path inside it, such as `calls/a.zip!/traces.json`; empty for the source
    /// itself. Comes from data: not safe to show as it is, no path to open.
    pub name: &'a str,
    /// Whether the bytes came out of gzip or zstd that had this name.
    pub is_unpacked: bool,
    /// The bytes, unpacked. It ends early rather than fail; what was wrong is
    /// among the diagnostics of the walk.
    pub reader: &'a mut dyn Read,
}

/// Something that was not read because it is of no interest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// Path inside the source; empty for the source itself.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// What the walk through a source found beside its parts.
#[derive(Clone, Debug, Default)]
pub struct Walked {
    /// What was passed over, in the order of the walk.
    pub skipped: Vec<Skipped>,
    /// What could not be read, and what was cut short.
    pub diagnostics: Diagnostics,
}

/// What is done with each part.
pub(super) type Visit<'a> = dyn FnMut(Part<'_>) + 'a;

/// The walk through one source.
pub(super) struct Walk<'a> {
    pub(super) source: &'a str,
    pub(super) limits: &'a Limits,
    /// Bytes that may still be read.
    remaining: Meter,
    /// Bytes of archives held in memory right now.
    held: u64,
    members: usize,
    /// Whether the bytes being read came out of gzip or zstd.
    is_unpacked: bool,
    walked: Walked,
    visit: &'a mut Visit<'a>,
}

impl<'a> Walk<'a> {
    pub(super) fn new(source: &'a str, limits: &'a Limits, visit: &'a mut Visit<'a>) -> Self {
        let remaining = Rc::new(Cell::new(limits.max_bytes));
        Self {
            source,
            limits,
            remaining,
            held: 0,
            members: 0,
            is_unpacked: false,
            walked: Walked::default(),
            visit,
        }
    }

    pub(super) fn end(self) -> Walked {
        self.walked
    }

    /// How a thing inside the source is called in messages.
    pub(super) fn place(&self, name: &str) -> String {
        match name {
            "" => self.source.to_owned(),
            name => format!("{name} in {}", self.source),
        }
    }

    pub(super) fn skip(&mut self, name: &str, reason: impl Into<String>) {
        self.walked.skipped.push(Skipped { name: name.to_owned(), reason: reason.into() });
    }

    /// Skips what operating systems leave beside data.
    pub(super) fn skip_junk(&mut self, name: &str) -> bool {
        let reason = junk(name);
        if let Some(reason) = reason {
            self.skip(name, reason);
        }
        reason.is_some()
    }

    pub(super) fn tell(&mut self, diagnostic: Diagnostic) {
        self.walked.diagnostics.push(diagnostic);
    }

    /// Tells that something could not be read, and why.
    pub(super) fn tell_unreadable(
        &mut self,
        code: &'static str,
        name: &str,
        why: &str,
        hint: &str,
    ) {
        let message = format!("cannot read {}: {why}", self.place(name));
        self.tell(Diagnostic::new(Severity::Error, code, message).hint(hint));
    }

    /// How many more files and members may be looked at.
    pub(super) fn members_left(&self) -> usize {
        self.limits.max_members.saturating_sub(self.members)
    }

    pub(super) fn count_member(&mut self) {
        self.members += 1;
    }

    /// Tells that `left` files or members are not looked at any more.
    pub(super) fn tell_too_many(&mut self, name: &str, left: usize) {
        let message = format!(
            "{} holds more than {} files: {left} more were not read",
            self.place(name),
            self.limits.max_members
        );
        self.tell(
            Diagnostic::new(Severity::Error, "over-limit", message)
                .hint("raise the limit with --max-members, or name fewer files"),
        );
    }

    /// How `packed` bytes may be unpacked.
    pub(super) fn packed(&self, bytes: Meter) -> Packed {
        Packed { bytes, max_ratio: self.limits.max_ratio, floor: Limits::RATIO_FLOOR }
    }

    pub(super) fn guard<R: Read>(&self, inner: R, packed: Option<Packed>) -> Guard<R> {
        Guard::new(inner, Rc::clone(&self.remaining), packed)
    }

    /// Bytes that may still be read.
    pub(super) fn bytes_left(&self) -> u64 {
        self.remaining.get()
    }

    /// Reads bytes that nothing is known about, and tells how that went.
    pub(super) fn plain(&mut self, name: &str, depth: usize, reader: &mut dyn Read) {
        self.guarded(name, depth, reader, None);
    }

    /// Reads bytes that are here already.
    pub(super) fn memory<B: AsRef<[u8]>>(&mut self, bytes: &mut Cursor<B>) {
        match Container::of(bytes.get_ref().as_ref()) {
            Some(Container::Zip) => self.archive("", 0, bytes),
            _ => self.plain("", 0, bytes),
        }
    }

    /// Reads bytes through a guard, and tells how that went.
    pub(super) fn guarded(
        &mut self,
        name: &str,
        depth: usize,
        reader: &mut dyn Read,
        packed: Option<Packed>,
    ) {
        let mut guard = self.guard(reader, packed);
        self.stream(name, depth, &mut guard);
        self.tell_trouble(name, &mut guard);
    }

    /// Reads bytes that cannot be sought in: a container is unwrapped, anything
    /// else is a part.
    fn stream<R: Read>(&mut self, name: &str, depth: usize, guard: &mut Guard<R>) {
        if self.bytes_left() == 0 {
            return self.tell_out_of_bytes(name, 0);
        }
        let head = read_head(guard);
        if head.is_empty() {
            // A reader in trouble has its own sentence.
            if !guard.is_troubled() {
                self.skip(name, "empty");
            }
            return;
        }
        let container = Container::of(&head);
        let mut whole = Cursor::new(head).chain(guard);
        match container {
            None => {
                let (source, is_unpacked) = (self.source, self.is_unpacked);
                (self.visit)(Part { source, name, is_unpacked, reader: &mut whole });
            }
            Some(container) if depth >= self.limits.max_depth => {
                self.tell_too_deep(name, container);
            }
            Some(Container::Zip) => self.hold(name, depth, &mut whole),
            Some(Container::Gzip) => {
                let (packed, counted) = self.count(&mut whole);
                self.unpacked(name, depth, &mut GzipReader::new(counted), packed);
            }
            Some(Container::Zstd) => {
                let (packed, counted) = self.count(&mut whole);
                self.unpacked(name, depth, &mut ZstdReader::new(counted), packed);
            }
        }
    }

    /// Reads a stream that was unpacked; it keeps its name.
    fn unpacked(&mut self, name: &str, depth: usize, reader: &mut dyn Read, packed: Packed) {
        let before = std::mem::replace(&mut self.is_unpacked, true);
        self.guarded(name, depth + 1, reader, Some(packed));
        self.is_unpacked = before;
    }

    /// Counts compressed bytes as they are read, to know the ratio.
    fn count<R: Read>(&self, reader: R) -> (Packed, BufReader<Counted<R>>) {
        let count = Meter::default();
        let counted = Counted::new(reader, Rc::clone(&count));
        (self.packed(count), BufReader::with_capacity(CHUNK_BYTES, counted))
    }

    /// Holds an archive in memory to seek in it.
    fn hold(&mut self, name: &str, depth: usize, reader: &mut dyn Read) {
        let room = self.limits.max_held_bytes.saturating_sub(self.held);
        let mut bytes = Vec::new();
        if let Err(error) = reader.take(room.saturating_add(1)).read_to_end(&mut bytes) {
            let why = error.to_string();
            return self.tell_unreadable("unreadable", name, &why, "is there memory left?");
        }
        let size = bytes.len() as u64;
        if size > room {
            let why = format!(
                "a zip archive that is not a plain file must be held in memory, and it is larger \
                 than {}",
                human_bytes(room)
            );
            let hint = "save it as a file of its own, or raise --max-held-bytes";
            return self.tell_unreadable("over-limit", name, &why, hint);
        }
        self.held += size;
        // Its members have names of their own.
        let before = std::mem::replace(&mut self.is_unpacked, false);
        self.archive(name, depth, &mut Cursor::new(bytes));
        self.is_unpacked = before;
        self.held -= size;
    }

    pub(super) fn tell_too_deep(&mut self, name: &str, container: Container) {
        let why = format!(
            "it is a {} inside {} other archives",
            container.as_str(),
            self.limits.max_depth
        );
        self.tell_unreadable("over-limit", name, &why, "raise the limit with --max-depth");
    }

    /// Tells why a reader ended before its input did, if it did.
    pub(super) fn tell_trouble<R: Read>(&mut self, name: &str, guard: &mut Guard<R>) {
        let given = guard.given();
        match guard.take_trouble() {
            None => {}
            // What ends early above a used-up limit is no damage.
            Some(_) if self.bytes_left() == 0 => self.tell_out_of_bytes(name, given),
            Some(Trouble::Bytes) => self.tell_out_of_bytes(name, given),
            Some(Trouble::Ratio) => self.tell_ratio(name, given),
            Some(Trouble::Damaged(error)) => self.tell_damaged(name, given, &error),
        }
    }

    fn tell_out_of_bytes(&mut self, name: &str, given: u64) {
        let message = format!(
            "stopped reading {} after {}: its source may take {} after decompression",
            self.place(name),
            human_bytes(given),
            human_bytes(self.limits.max_bytes)
        );
        self.tell(
            Diagnostic::new(Severity::Error, "over-limit", message)
                .hint("raise the limit with --max-bytes, or name fewer files"),
        );
    }

    fn tell_ratio(&mut self, name: &str, given: u64) {
        let message = format!(
            "stopped reading {} after {}: it unpacks to more than {} times its size",
            self.place(name),
            human_bytes(given),
            self.limits.max_ratio
        );
        self.tell(
            Diagnostic::new(Severity::Error, "over-limit", message)
                .hint("if you trust where it comes from, raise the limit with --max-ratio"),
        );
    }

    fn tell_damaged(&mut self, name: &str, given: u64, error: &io::Error) {
        let why = match error.kind() {
            ErrorKind::UnexpectedEof => "it is cut off".to_owned(),
            _ => error.to_string(),
        };
        let hint = "get it again from where it comes from";
        if given == 0 {
            return self.tell_unreadable("damaged", name, &why, hint);
        }
        let message = format!(
            "{} is damaged after {}: {why}; what comes before was read",
            self.place(name),
            human_bytes(given)
        );
        self.tell(Diagnostic::new(Severity::Error, "damaged", message).hint(hint));
    }
}

/// The first bytes; fewer only at the end. A [`Guard`] does not fail.
pub(super) fn read_head<R: Read>(guard: &mut Guard<R>) -> Vec<u8> {
    let mut head = Vec::with_capacity(HEAD_BYTES);
    let _ = guard.take(HEAD_BYTES as u64).read_to_end(&mut head);
    head
}

//! Zip archives that lost their directory: a download that broke off.
//!
//! The directory is at the end of an archive, so a cut archive has none; but
//! each member has a header of its own in front. They are searched for one
//! after the other, and what is readable behind each is read.

use super::archive::inside;
use super::walk::Walk;
use crate::diagnostic::{Diagnostic, Severity};
use flate2::read::DeflateDecoder;
use memchr::memmem;
use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

const LOCAL_HEADER: &[u8] = b"PK\x03\x04";
/// What may follow the bytes of a member: a descriptor, a member, the directory.
const AFTER_MEMBER: [&[u8]; 3] = [b"PK\x07\x08", LOCAL_HEADER, b"PK\x01\x02"];
const HEADER_BYTES: u64 = 30;
/// Signatures without a header behind them before the search is given up.
const MAX_WRONG: usize = 10_000;
const CHUNK_BYTES: u64 = 64 << 10;

/// A member as its local header tells.
struct Local {
    name: String,
    method: u16,
    encrypted: bool,
    data: u64,
    /// Bytes in the archive, where the header says so.
    packed: Option<u64>,
}

impl Walk<'_> {
    /// Reads the members of an archive without a directory. `why`: what is
    /// wrong with the directory.
    pub(super) fn salvage<R: Read + Seek>(
        &mut self,
        name: &str,
        depth: usize,
        archive: &mut R,
        why: &str,
    ) {
        let found = match archive.seek(SeekFrom::End(0)) {
            Ok(end) => self.scan(name, depth, archive, end).map(|found| (found, end)),
            Err(error) => Err(error),
        };
        let hint = "get it again from where it comes from";
        match found {
            Err(error) => self.tell_unreadable("unreadable", name, &error.to_string(), hint),
            Ok((0, _)) => {
                let why = format!("no zip archive, or a damaged one ({why})");
                self.tell_unreadable("damaged", name, &why, hint);
            }
            Ok((found, _)) => {
                let message = format!(
                    "{} is cut off or damaged: it has no directory of its members ({why}); {found} \
                     of them {} found by searching",
                    self.place(name),
                    if found == 1 { "was" } else { "were" }
                );
                let diagnostic = Diagnostic::new(Severity::Error, "truncated-archive", message);
                self.tell(diagnostic.hint(hint));
            }
        }
    }

    /// Reads one member after the other; how many there are.
    fn scan<R: Read + Seek>(
        &mut self,
        archive_name: &str,
        depth: usize,
        archive: &mut R,
        end: u64,
    ) -> io::Result<usize> {
        let (mut at, mut found, mut wrong) = (0, 0, 0);
        while let Some(start) = find(archive, at, &[LOCAL_HEADER])? {
            at = start + LOCAL_HEADER.len() as u64;
            let Some(local) = read_local(archive, start, end)? else {
                wrong += 1;
                if wrong > MAX_WRONG {
                    break;
                }
                continue;
            };
            if self.members_left() == 0 {
                self.tell_too_many(archive_name, 1);
                break;
            }
            self.count_member();
            found += 1;
            at = self.local_member(archive_name, depth, archive, &local, end)?.max(at);
        }
        Ok(found)
    }

    /// Reads a member; where to look for the next one.
    fn local_member<R: Read + Seek>(
        &mut self,
        archive_name: &str,
        depth: usize,
        archive: &mut R,
        local: &Local,
        end: u64,
    ) -> io::Result<u64> {
        let name = &inside(archive_name, &local.name);
        let size = match local.packed {
            Some(packed) => packed,
            None if local.method == 8 => end.saturating_sub(local.data),
            None => find(archive, local.data, &AFTER_MEMBER)?.unwrap_or(end) - local.data,
        };
        let known_end = local.data.saturating_add(size);
        if name.ends_with('/') || self.skip_junk(name) {
            return Ok(if local.packed.is_some() { known_end } else { local.data });
        }
        if local.encrypted {
            let hint = "unpack the archive with its password first";
            self.tell_unreadable("encrypted", name, "it is encrypted", hint);
            return Ok(if local.packed.is_some() { known_end } else { local.data });
        }
        archive.seek(SeekFrom::Start(local.data))?;
        let mut bytes = archive.take(size);
        let packed = self.packed(Rc::new(Cell::new(size.min(end - local.data))));
        match local.method {
            0 => {
                self.guarded(name, depth + 1, &mut bytes, Some(packed));
                if known_end > end {
                    self.tell_cut(name);
                }
                Ok(known_end)
            }
            8 => {
                let mut decoder = DeflateDecoder::new(bytes);
                self.guarded(name, depth + 1, &mut decoder, Some(packed));
                if local.packed.is_some() {
                    return Ok(known_end);
                }
                // Only the end of the stream tells where the member ends.
                io::copy(&mut self.guard(&mut decoder, None), &mut io::sink())?;
                Ok(local.data.saturating_add(decoder.total_in()))
            }
            method => {
                let why = format!("its compression (method {method}) is not supported");
                let hint = "unpack the archive first and name the folder";
                self.tell_unreadable("unsupported-compression", name, &why, hint);
                Ok(known_end)
            }
        }
    }

    fn tell_cut(&mut self, name: &str) {
        let message = format!("{} is cut off; its beginning was read", self.place(name));
        self.tell(
            Diagnostic::new(Severity::Error, "damaged", message)
                .hint("get it again from where it comes from"),
        );
    }
}

/// The local header at `start`, if there is a sensible one.
fn read_local<R: Read + Seek>(archive: &mut R, start: u64, end: u64) -> io::Result<Option<Local>> {
    let mut header = Vec::new();
    archive.seek(SeekFrom::Start(start))?;
    archive.take(HEADER_BYTES).read_to_end(&mut header)?;
    let short = |at: usize| {
        let bytes = header.get(at..at + 2).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u16::from_le_bytes)
    };
    let long = |at: usize| Some(u32::from(short(at)?) | u32::from(short(at + 2)?) << 16);
    let fields = (short(6), short(8), long(18), short(26), short(28));
    let (Some(flags), Some(method), Some(packed), Some(name_len), Some(extra_len)) = fields else {
        return Ok(None);
    };
    let data = start + HEADER_BYTES + u64::from(name_len) + u64::from(extra_len);
    if data > end || method > 99 {
        return Ok(None);
    }
    let mut name = Vec::new();
    archive.take(u64::from(name_len)).read_to_end(&mut name)?;
    // Bit 3: sizes come after the data; all ones: in an extra field.
    let known = flags & 8 == 0 && packed != u32::MAX;
    Ok(Some(Local {
        name: String::from_utf8_lossy(&name).into_owned(),
        method,
        encrypted: flags & 1 != 0,
        data,
        packed: known.then_some(u64::from(packed)),
    }))
}

/// Where the first of some signatures is, from `at` on.
fn find<R: Read + Seek>(archive: &mut R, at: u64, signatures: &[&[u8]]) -> io::Result<Option<u64>> {
    archive.seek(SeekFrom::Start(at))?;
    let mut before = at;
    let mut chunk = Vec::new();
    loop {
        if archive.by_ref().take(CHUNK_BYTES).read_to_end(&mut chunk)? == 0 {
            return Ok(None);
        }
        let first = signatures.iter().filter_map(|signature| memmem::find(&chunk, signature)).min();
        if let Some(first) = first {
            return Ok(Some(before + first as u64));
        }
        // A signature may lie across two chunks.
        let tail = chunk.len().min(3);
        before += (chunk.len() - tail) as u64;
        chunk.drain(..chunk.len() - tail);
    }
}

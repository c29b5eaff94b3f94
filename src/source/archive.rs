//! Zip archives: the only module that knows the `zip` crate.
//!
//! The crate parses headers and checks sizes and checksums as it unpacks. What
//! it leaves to its caller is done here: members that overlap are refused,
//! members of the same name are all read, and nothing is trusted to be small.

use super::container::Container;
use super::guard::Meter;
use super::limits::{Limits, human_bytes};
use super::walk::Walk;
use crate::diagnostic::{Diagnostic, Severity};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::{Read, Seek};
use std::rc::Rc;
use zip::read::{Config, ZipFileEntry};
use zip::result::ZipError;
use zip::unstable::read::ZipIterable;
use zip::{CompressionMethod, ZipReadOptions};

/// Names, extra fields and comments of all members, at most.
const MAX_DIRECTORY_BYTES: u64 = 64 << 20;
/// Bytes of a local header before the name.
const LOCAL_HEADER_BYTES: u64 = 30;

type Entry = ZipFileEntry<'static>;

/// A member under the name it is shown by.
struct Member {
    name: String,
    entry: Entry,
}

impl Walk<'_> {
    /// Reads a zip archive that is itself inside `depth` containers.
    pub(super) fn archive<R: Read + Seek>(&mut self, name: &str, depth: usize, archive: &mut R) {
        if depth >= self.limits.max_depth {
            return self.tell_too_deep(name, Container::Zip);
        }
        let (entries, left) = match list(archive, self.members_left()) {
            Ok(listed) => listed,
            Err(error) => return self.salvage(name, depth, archive, &error.to_string()),
        };
        if entries.is_empty() && left == 0 {
            return self.skip(name, "an archive without members");
        }
        let members = self.without_overlaps(name, entries);
        for member in self.named(name, members) {
            self.count_member();
            self.member(member, depth, archive);
        }
        if left > 0 {
            self.tell_too_many(name, left);
        }
    }

    /// Refuses members that share bytes with one before them: the trick by
    /// which small archives unpack to enormous ones without nesting.
    fn without_overlaps(&mut self, archive: &str, mut entries: Vec<Entry>) -> Vec<Entry> {
        entries.sort_by_key(Entry::header_start);
        let mut taken = 0;
        let mut kept = Vec::with_capacity(entries.len());
        for entry in entries {
            let start = entry.header_start();
            if start < taken {
                let name = inside(archive, &shown(&entry));
                let why = "its bytes belong to another member too, as in a zip bomb";
                self.tell_unreadable(
                    "overlapping-members",
                    &name,
                    why,
                    "do not trust this archive",
                );
                continue;
            }
            taken = start
                .saturating_add(LOCAL_HEADER_BYTES)
                .saturating_add(entry.name_raw().len() as u64)
                .saturating_add(entry.compressed_size());
            kept.push(entry);
        }
        kept
    }

    /// Sorts members by name; a name that comes again gets a number.
    fn named(&mut self, archive: &str, entries: Vec<Entry>) -> Vec<Member> {
        let mut by_name: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for entry in entries {
            by_name.entry(shown(&entry)).or_default().push(entry);
        }
        let mut members = Vec::new();
        for (name, same) in by_name {
            let name = inside(archive, &name);
            if same.len() > 1 && !name.ends_with('/') {
                let message = format!("{} is there {} times", self.place(&name), same.len());
                self.tell(
                    Diagnostic::new(Severity::Warning, "duplicate-member", message)
                        .hint("all of them are read"),
                );
            }
            for (at, entry) in same.into_iter().enumerate() {
                let name = if at == 0 { name.clone() } else { format!("{name} ({})", at + 1) };
                members.push(Member { name, entry });
            }
        }
        members
    }

    fn member<R: Read + Seek>(&mut self, member: Member, depth: usize, archive: &mut R) {
        let Member { name, entry } = member;
        let name = name.as_str();
        if entry.is_dir() || self.skip_junk(name) {
            return;
        }
        if entry.is_symlink() {
            return self.skip(name, "a symbolic link");
        }
        if entry.size() == 0 && entry.compressed_size() == 0 {
            return self.skip(name, "empty");
        }
        if let Err((code, why, hint)) = self.acceptable(&entry) {
            return self.tell_unreadable(code, name, &why, hint);
        }
        let packed_bytes: Meter = Rc::new(Cell::new(entry.compressed_size()));
        match entry.with_reader(archive, ZipReadOptions::new()) {
            Ok(mut file) => {
                let packed = self.packed(packed_bytes);
                self.guarded(name, depth + 1, &mut file, Some(packed));
            }
            Err(error) => {
                let hint = "get it again from where it comes from";
                self.tell_unreadable("damaged", name, &error.to_string(), hint);
            }
        }
    }

    /// What the directory says about a member is enough to refuse some.
    fn acceptable(&self, entry: &Entry) -> Result<(), (&'static str, String, &'static str)> {
        if entry.encrypted() {
            let hint = "unpack the archive with its password first";
            return Err(("encrypted", "it is encrypted".to_owned(), hint));
        }
        if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
            let why = format!("its compression ({}) is not supported", entry.compression());
            let hint = "unpack the archive first and name the folder";
            return Err(("unsupported-compression", why, hint));
        }
        let (packed, unpacked) = (entry.compressed_size(), entry.size());
        let ratio = unpacked / packed.max(1);
        if unpacked > Limits::RATIO_FLOOR && ratio >= self.limits.max_ratio {
            let why = format!(
                "it would unpack from {} to {}, more than {} times its size",
                human_bytes(packed),
                human_bytes(unpacked),
                self.limits.max_ratio
            );
            let hint = "if you trust where it comes from, raise the limit with --max-ratio";
            return Err(("over-limit", why, hint));
        }
        if unpacked > self.bytes_left() {
            let why = format!(
                "it would unpack to {}, and of the {} that a source may take {} are left",
                human_bytes(unpacked),
                human_bytes(self.limits.max_bytes),
                human_bytes(self.bytes_left())
            );
            return Err(("over-limit", why, "raise the limit with --max-bytes"));
        }
        Ok(())
    }
}

/// The first `most` entries of the central directory, and how many more there
/// are. An error anywhere in it is an error: reading local headers finds more.
fn list<R: Read + Seek>(archive: &mut R, most: usize) -> Result<(Vec<Entry>, usize), ZipError> {
    let mut directory = ZipIterable::try_new(archive, Config::default())?;
    let total = directory.len();
    let mut entries = Vec::new();
    let mut first = None;
    for entry in directory.files()?.take(most) {
        let entry = entry?;
        let start = entry.central_header_start();
        if start.saturating_sub(*first.get_or_insert(start)) > MAX_DIRECTORY_BYTES {
            break;
        }
        entries.push(entry);
    }
    let left = total.saturating_sub(entries.len());
    Ok((entries, left))
}

/// The name of a member; bytes that are no text become `�`.
fn shown(entry: &Entry) -> String {
    match entry.name() {
        Ok(name) => name.into_owned(),
        Err(_) => String::from_utf8_lossy(entry.name_raw()).into_owned(),
    }
}

/// The name of a member of an archive that has itself a name.
pub(super) fn inside(archive: &str, member: &str) -> String {
    match archive {
        "" => member.to_owned(),
        archive => format!("{archive}!/{member}"),
    }
}

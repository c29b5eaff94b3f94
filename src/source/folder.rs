//! Folders and files on disk.

use super::container::{Container, HEAD_BYTES};
use super::walk::Walk;
use std::collections::HashMap;
use std::fs::{self, File, FileType};
use std::io::{self, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

/// Files and folders that were read, by their real path, with the name they
/// were read by: a link to one of them adds nothing, and logs would count twice.
pub(super) type Seen = HashMap<PathBuf, String>;

impl Walk<'_> {
    /// Reads a file or folder. `name` is its path inside the source.
    pub(super) fn path(&mut self, path: &Path, name: &str, seen: &mut Seen) {
        let kind = match fs::metadata(path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if !name.is_empty() && error.kind() == ErrorKind::NotFound => {
                return self.skip(name, "a link to nothing");
            }
            Err(error) => return self.tell_io(name, &error),
        };
        if !kind.is_file() && !kind.is_dir() && !is_pipe_by_number(path) {
            return self.special(name, kind);
        }
        if let Ok(real) = path.canonicalize() {
            let shown = self.place(name);
            if let Some(first) = seen.get(&real) {
                return self.skip(name, format!("read already as {first}"));
            }
            seen.insert(real, shown);
        }
        let done = match kind.is_dir() {
            true => self.folder(path, name, seen),
            false => File::open(path).and_then(|file| self.file(file, name, kind)),
        };
        if let Err(error) = done {
            self.tell_io(name, &error);
        }
    }

    fn folder(&mut self, path: &Path, name: &str, seen: &mut Seen) -> io::Result<()> {
        let mut entries: Vec<_> = fs::read_dir(path)?.collect::<io::Result<_>>()?;
        entries.sort_by_key(fs::DirEntry::file_name);
        if entries.is_empty() && name.is_empty() {
            self.skip(name, "an empty folder");
        }
        let total = entries.len();
        for (at, entry) in entries.into_iter().enumerate() {
            if self.members_left() == 0 {
                self.tell_too_many(name, total - at);
                break;
            }
            let file = entry.file_name();
            let file = file.to_string_lossy();
            let inside = match name {
                "" => file.into_owned(),
                name => format!("{name}/{file}"),
            };
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                self.count_member();
            }
            if !self.skip_junk(&inside) {
                self.path(&entry.path(), &inside, seen);
            }
        }
        Ok(())
    }

    /// An archive is sought in, anything else read from its beginning.
    fn file(&mut self, mut file: File, name: &str, kind: FileType) -> io::Result<()> {
        if kind.is_file() {
            let mut head = Vec::with_capacity(HEAD_BYTES);
            (&file).take(HEAD_BYTES as u64).read_to_end(&mut head)?;
            file.rewind()?;
            if Container::of(&head) == Some(Container::Zip) {
                self.archive(name, 0, &mut file);
                return Ok(());
            }
        }
        self.plain(name, 0, &mut file);
        Ok(())
    }

    /// What is neither file nor folder would block, or never end.
    fn special(&mut self, name: &str, kind: FileType) {
        let what = describe(kind);
        if !name.is_empty() {
            return self.skip(name, format!("{what}, not a file"));
        }
        let why = format!("it is {what}, not a file");
        let hint = "to read what it gives, name - and redirect it to standard input";
        self.tell_unreadable("unreadable", name, &why, hint);
    }

    fn tell_io(&mut self, name: &str, error: &io::Error) {
        let (why, hint) = match error.kind() {
            ErrorKind::NotFound => ("there is no such file or folder", "check the path"),
            ErrorKind::PermissionDenied => {
                ("permission denied", "check who owns it and who may read it")
            }
            _ => ("", "check that the disk is there and the path is what you mean"),
        };
        let why = if why.is_empty() { error.to_string() } else { why.to_owned() };
        self.tell_unreadable("unreadable", name, &why, hint);
    }
}

/// `/dev/stdin` and what shells put in place of `<(command)`.
fn is_pipe_by_number(path: &Path) -> bool {
    ["/dev/stdin", "/dev/fd", "/proc/self/fd"].iter().any(|pipe| path.starts_with(pipe))
}

#[cfg(unix)]
fn describe(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    match kind {
        kind if kind.is_fifo() => "a named pipe",
        kind if kind.is_socket() => "a socket",
        _ => "a device",
    }
}

#[cfg(not(unix))]
fn describe(_: FileType) -> &'static str {
    "a device"
}

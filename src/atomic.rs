//! Files that appear whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A file in the making. It stands under a name of its own beside the one it
/// is meant for, and takes that name when it is finished; dropped before, it
/// leaves nothing behind.
///
/// Devices and pipes (`/dev/null`, `/dev/stdout`, a FIFO) are written directly:
/// to take their place would destroy them. A link stays a link; the file that
/// it points to is replaced.
#[derive(Debug)]
pub(crate) struct AtomicFile {
    file: Option<File>,
    temporary: Option<PathBuf>,
    target: PathBuf,
}

impl AtomicFile {
    /// Begins a file.
    ///
    /// # Errors
    /// When the folder cannot be written, or the path is a folder.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        // Follows links; a file that is not there yet keeps its own name.
        let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let known = fs::metadata(&target).ok();
        if known.as_ref().is_some_and(|known| known.is_dir()) {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
        }
        if known.as_ref().is_some_and(|known| !known.is_file()) {
            let file = OpenOptions::new().write(true).open(&target)?;
            return Ok(Self { file: Some(file), temporary: None, target });
        }
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let temporary = target.with_file_name(name);
        let file = File::options().write(true).create_new(true).open(&temporary)?;
        if let Some(known) = known {
            // A file that others may read stays so, and the other way round.
            let _ = file.set_permissions(known.permissions());
        }
        Ok(Self { file: Some(file), temporary: Some(temporary), target })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// When the last bytes do not reach the disk, or it cannot be named.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if let Some(file) = self.file.take()
            && self.temporary.is_some()
        {
            file.sync_all()?;
        }
        if let Some(temporary) = &self.temporary {
            fs::rename(temporary, &self.target)?;
            self.temporary = None;
        }
        Ok(())
    }
}

/// Writes a whole file at once. Folders that are missing are made.
///
/// # Errors
/// When a folder cannot be made or the file not be written.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)?;
    file.finish()
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _ = fs::remove_file(temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AtomicFile;
    use std::fs;
    use std::io::Write;

    fn folder(name: &str) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("agentobs-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        path
    }

    #[test]
    fn a_file_appears_when_it_is_whole() {
        let folder = folder("atomic");
        let path = folder.join("x");
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        assert!(!path.exists());
        drop(file);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0);
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"new").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert!(AtomicFile::create(&folder).is_err());
        let deep = folder.join("a/b/report.xml");
        for text in [b"one", b"two"] {
            super::write_whole(&deep, text).unwrap();
            assert_eq!(fs::read(&deep).unwrap(), text);
        }
        assert!(super::write_whole(&deep.join("under-a-file"), b"x").is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn links_and_pipes_stay_what_they_are() {
        use std::os::unix::fs::FileTypeExt;
        let folder = folder("special");
        let (target, link, pipe) =
            (folder.join("target"), folder.join("link"), folder.join("pipe"));
        fs::write(&target, b"old").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let mut file = AtomicFile::create(&link).unwrap();
        file.write_all(b"new").unwrap();
        file.finish().unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&target).unwrap(), b"new");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        if made.is_ok_and(|status| status.success()) {
            let reader = pipe.clone();
            let reader = std::thread::spawn(move || fs::read(reader).unwrap());
            let mut file = AtomicFile::create(&pipe).unwrap();
            file.write_all(b"through").unwrap();
            file.finish().unwrap();
            assert_eq!(reader.join().unwrap(), b"through");
            assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
        }
        fs::remove_dir_all(folder).unwrap();
    }
}

//! Reports and snapshots as files: whole or not at all, with the folders they
//! need.

use crate::atomic::AtomicFile;
use std::io::{self, Write};
use std::path::Path;

/// Writes a file; who reads it meanwhile sees the old one.
pub(super) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes)?;
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::write_atomically;
    use std::fs;

    #[test]
    fn files_are_replaced_and_nothing_is_left_behind() {
        let folder = std::env::temp_dir().join(format!("agentobs-write-{}", std::process::id()));
        let path = folder.join("a/b/report.xml");
        for text in ["one", "two"] {
            write_atomically(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(folder.join("a/b")).unwrap().count(), 1);
        assert!(write_atomically(&folder.join("a"), b"x").is_err(), "a folder");
        assert!(write_atomically(&path.join("under-a-file"), b"x").is_err());
        let _ = fs::remove_dir_all(&folder);
    }
}

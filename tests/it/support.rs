//! What tests share: the binary, fixtures, JSON access.

use serde_json::Value;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output};

/// A file of the fixtures folder.
pub(crate) fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

/// Runs the binary.
pub(crate) fn agentobs(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_agentobs"))
        .args(args)
        .env_remove("NO_COLOR")
        .env("COLUMNS", "80")
        .output()
        .expect("the binary runs")
}

/// `agentobs show --format json` of sources, with further arguments; fails the
/// test when it does not exit with 0 or prints no JSON.
pub(crate) fn show_json(sources: &[PathBuf], more: &[&str]) -> Value {
    let mut args = vec!["show", "--format", "json", "--quiet"];
    args.extend(more);
    let sources: Vec<String> = sources.iter().map(|s| s.display().to_string()).collect();
    args.extend(sources.iter().map(String::as_str));
    let output = agentobs(&args);
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {:?}\n{errors}", output.status);
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{args:?}: {e}\n{text}\n{errors}"))
}

/// A gzip fixture with JSON in it.
pub(crate) fn json_gz(name: &str) -> Value {
    let bytes = std::fs::read(fixture(name)).expect("fixture");
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).expect("gzip");
    serde_json::from_str(&text).expect("JSON")
}

/// Members of a zip fixture: name and content.
pub(crate) fn members(name: &str) -> Vec<(String, Vec<u8>)> {
    let file = std::fs::File::open(fixture(name)).expect("fixture");
    let mut archive = zip::ZipArchive::new(file).expect("zip");
    (0..archive.len())
        .map(|at| {
            let mut member = archive.by_index(at).expect("member");
            let mut bytes = Vec::new();
            member.read_to_end(&mut bytes).expect("content");
            (member.name().expect("name").into_owned(), bytes)
        })
        .filter(|(name, _)| !name.ends_with('/'))
        .collect()
}

/// The list under a key; empty when there is none.
pub(crate) fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

/// A new empty folder that is removed when dropped.
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    pub(crate) fn new(name: &str) -> Self {
        let unique = format!("agentobs-test-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(unique);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).expect("temporary folder");
        Self(path)
    }

    pub(crate) fn path(&self) -> &std::path::Path {
        &self.0
    }

    /// Writes a file and gives its path.
    pub(crate) fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).expect("folder");
        }
        std::fs::write(&path, content).expect("file");
        path
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

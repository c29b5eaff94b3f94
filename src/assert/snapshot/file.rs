//! A snapshot kept in a file: compared with a call, renewed when asked to.

use super::{SNAPSHOT_VERSION, compare};
use crate::assert::{RulePlace, RuleSeverity, Status, Verdict};
use crate::atomic::write_whole;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Larger files are no snapshots.
const LARGEST: u64 = 64 << 20;
/// Lines of a difference that a report shows.
const SHOWN: usize = 60;

/// What may be done with a snapshot that is missing or differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapshotMode {
    /// It is a failure; nothing is written.
    Check,
    /// It is written.
    Update,
    /// It is a failure, also where `--update` is asked for.
    Ci,
}

impl SnapshotMode {
    /// The mode that flags and environment ask for.
    #[must_use]
    pub fn new(update: bool, ci: bool) -> Self {
        match (ci, update) {
            (true, _) => Self::Ci,
            (false, true) => Self::Update,
            (false, false) => Self::Check,
        }
    }
}

/// Whether the environment says that this runs in CI: `CI` is set, and not to
/// nothing, `0` or `false`.
#[must_use]
pub fn is_ci(get: impl Fn(&str) -> Option<String>) -> bool {
    get("CI").is_some_and(|value| {
        !matches!(value.trim().to_ascii_lowercase().as_str(), "" | "0" | "false")
    })
}

/// A snapshot that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It cannot be read.
    #[error("cannot read the snapshot {}: {why}", crate::output::escape::line(&path.to_string_lossy()))]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
    /// It cannot be written.
    #[error("cannot write the snapshot {}: {why}", crate::output::escape::line(&path.to_string_lossy()))]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        why: io::Error,
    },
}

/// A snapshot's file, and the rule that keeps it.
#[derive(Clone, Debug)]
pub struct SnapshotFile {
    /// The file.
    pub path: PathBuf,
    /// The rule's id.
    pub rule: String,
    /// Where the rule is written.
    pub place: RulePlace,
    /// How much a difference matters.
    pub severity: RuleSeverity,
}

impl SnapshotFile {
    /// Compares, or writes where the mode allows it.
    ///
    /// # Errors
    /// When the file cannot be read (that there is none is a failed verdict), or
    /// cannot be written.
    pub fn run(&self, text: &str, mode: SnapshotMode) -> Result<Verdict, SnapshotError> {
        match mode {
            SnapshotMode::Check | SnapshotMode::Ci => self.check(text, mode),
            SnapshotMode::Update => self.update(text),
        }
    }

    /// Compares a call's snapshot with the file. Writes nothing.
    ///
    /// # Errors
    /// When the file cannot be read; that there is none is a failed verdict.
    pub fn check(&self, text: &str, mode: SnapshotMode) -> Result<Verdict, SnapshotError> {
        let accept = match mode {
            SnapshotMode::Ci => {
                "run with --update on your machine and commit the file (CI never writes it)"
            }
            SnapshotMode::Check | SnapshotMode::Update => "run again with --update to accept it",
        };
        let path = self.shown_path();
        let Some(kept) = self.read()? else {
            let mut verdict =
                self.verdict(Status::Failed, format!("there is no snapshot {path} yet: {accept}"));
            verdict.expected = Some(format!("the call in {path}"));
            verdict.found = Some("no such file".to_owned());
            return Ok(verdict);
        };
        let Some(diff) = compare(&kept, text) else {
            let same = format!("the call is as in {path} ({} lines)", text.lines().count());
            return Ok(self.verdict(Status::Passed, same));
        };
        let other = kept.lines().next().unwrap_or_default();
        if other != SNAPSHOT_VERSION {
            let mut verdict = self.verdict(
                Status::Failed,
                format!("{path} is no snapshot of this version: {accept}"),
            );
            verdict.expected = Some(SNAPSHOT_VERSION.to_owned());
            verdict.found = Some(other.chars().take(SNAPSHOT_VERSION.len() * 2).collect());
            return Ok(verdict);
        }
        let options = |text: &str| text.lines().nth(1).unwrap_or_default().to_owned();
        let mut verdict = if options(&kept) == options(text) {
            let message = format!(
                "the call differs from {path} at {}: {} lines gone, {} new; {accept}",
                diff.place(),
                diff.removed,
                diff.added
            );
            self.verdict(Status::Failed, message)
        } else {
            let message = format!("{path} was written with other options: {accept}");
            self.verdict(Status::Failed, message)
        };
        let side = |is_old: bool| {
            let lines = diff.hunks.iter().flat_map(|hunk| &hunk.lines);
            lines.into_iter().find_map(|line| match line {
                super::DiffLine::Old(line) if is_old => Some(line.trim().to_owned()),
                super::DiffLine::New(line) if !is_old => Some(line.trim().to_owned()),
                _ => None,
            })
        };
        verdict.expected = Some(side(true).unwrap_or_else(|| "nothing here".to_owned()));
        verdict.found = Some(side(false).unwrap_or_else(|| "nothing here".to_owned()));
        verdict.details = diff.lines(SHOWN);
        verdict.turn = diff.turn();
        Ok(verdict)
    }

    /// Writes the file where it is missing or differs.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn update(&self, text: &str) -> Result<Verdict, SnapshotError> {
        let path = self.shown_path();
        let kept = match self.read() {
            Ok(kept) => kept,
            // What is no text is no snapshot either: it is written over.
            Err(SnapshotError::Read { why, .. }) if why.kind() == io::ErrorKind::InvalidData => {
                Some(String::new())
            }
            Err(error) => return Err(error),
        };
        let message = match kept.as_deref().map(|kept| compare(kept, text)) {
            Some(None) => format!("the call is as in {path}: nothing to write"),
            Some(Some(diff)) => {
                format!("wrote {path}: {} lines gone, {} new", diff.removed, diff.added)
            }
            None => format!("wrote {path}: {} lines", text.lines().count()),
        };
        if kept.as_deref() != Some(text) {
            let write = |why| SnapshotError::Write { path: self.path.clone(), why };
            write_whole(&self.path, text.as_bytes()).map_err(write)?;
        }
        Ok(self.verdict(Status::Passed, message))
    }

    fn read(&self) -> Result<Option<String>, SnapshotError> {
        match read_text(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(SnapshotError::Read { path: self.path.clone(), why }),
        }
    }

    fn shown_path(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    fn verdict(&self, status: Status, message: String) -> Verdict {
        Verdict {
            rule: self.rule.clone(),
            place: self.place.clone(),
            severity: self.severity,
            session: None,
            source: None,
            status,
            message,
            expected: None,
            found: None,
            nearest: None,
            details: Vec::new(),
            spans: Vec::new(),
            turn: None,
        }
    }
}

fn read_text(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    let bad = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why);
    if bytes.len() as u64 > LARGEST {
        return Err(bad("it is larger than any snapshot"));
    }
    String::from_utf8(bytes).map_err(|_| bad("it is no UTF-8 text"))
}

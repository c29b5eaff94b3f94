//! Snapshots that specs and flags name.

use crate::assert::snapshot::{
    BadOption, Keep, SnapshotFile, SnapshotMode, SnapshotOptions, snapshot_of_some,
};
use crate::assert::{RulePlace, RuleSeverity, SnapshotRule, Spec, Verdict};
use crate::cli::{CliError, Outcome};
use crate::model::Store;
use crate::session::Sessions;
use std::path::Path;

/// Files to compare with, each with what is in it.
pub(super) struct Snapshots(Vec<(SnapshotFile, SnapshotOptions)>);

impl Snapshots {
    /// Those of a spec, and the one of the flag.
    ///
    /// # Errors
    /// An option that is none.
    pub(super) fn of(spec: &Spec, flag: Option<&Path>) -> Result<Self, CliError> {
        let mut list = Vec::new();
        for (rule, place, severity) in spec.snapshots() {
            let options = options(rule).map_err(|error| {
                let line = place.line.map_or_else(String::new, |line| format!(":{line}"));
                CliError::usage(format!("{}{line}: {}", place.file, error.message)).hint(error.hint)
            })?;
            list.push((file(&rule.file, place.clone(), severity), options));
        }
        if let Some(path) = flag {
            let place = RulePlace { file: "--snapshot".to_owned(), line: None };
            list.push((file(path, place, RuleSeverity::Error), SnapshotOptions::default()));
        }
        Ok(Self(list))
    }

    /// Compares, or writes where the mode allows it. The verdict names session
    /// and source where there is one alone.
    ///
    /// # Errors
    /// A file that cannot be read or written.
    pub(super) fn run(
        &self,
        store: &Store,
        sessions: &Sessions,
        kept: &[usize],
        source: Option<String>,
        mode: SnapshotMode,
    ) -> Result<Vec<Verdict>, CliError> {
        let session = match kept {
            [at] => sessions.list.get(*at).map(|session| session.id.clone()),
            _ => None,
        };
        let run = |(file, options): &(SnapshotFile, SnapshotOptions)| {
            let text = snapshot_of_some(store, sessions, kept, options);
            let mut verdict = file.run(&text, mode).map_err(|error| {
                CliError::new(Outcome::Undelivered, error.to_string())
                    .hint("may you read and write it?")
            })?;
            (verdict.session, verdict.source) = (session.clone(), source.clone());
            Ok(verdict)
        };
        self.0.iter().map(run).collect()
    }
}

fn file(path: &Path, place: RulePlace, severity: RuleSeverity) -> SnapshotFile {
    SnapshotFile { path: path.to_owned(), rule: "snapshot".to_owned(), place, severity }
}

/// What a spec says of a snapshot.
fn options(rule: &SnapshotRule) -> Result<SnapshotOptions, BadOption> {
    let mut options = SnapshotOptions { repeat_folded: rule.fold, ..SnapshotOptions::default() };
    if let Some(detail) = &rule.detail {
        options.detail = detail.parse()?;
    }
    if !rule.keep.is_empty() {
        options.keep =
            rule.keep.iter().map(|fact| fact.parse()).collect::<Result<Vec<Keep>, _>>()?;
    }
    if let Some(buckets) = &rule.buckets {
        options.set_bounds(buckets)?;
    }
    if let Some(text) = &rule.text {
        options.text = text.parse()?;
    }
    Ok(options)
}

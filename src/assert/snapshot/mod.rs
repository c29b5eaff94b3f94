//! Snapshots: the shape of a call as a small text, kept beside a spec.
//!
//! [`snapshot_of`] writes sessions as session → turn → tool and spans, without
//! ids, times or words, so that the same call gives the same text again.
//! [`compare`] says where two such texts differ; [`SnapshotFile`] keeps one.

mod diff;
mod file;
mod ids;
mod line;
mod options;
mod shape;

pub use diff::{Diff, DiffLine, Hunk, compare};
pub use file::{SnapshotError, SnapshotFile, SnapshotMode, is_ci};
pub use options::{BadOption, Keep, SnapshotDetail, SnapshotOptions, TextForm};

use crate::model::Store;
use crate::session::Sessions;
use shape::Shape;
use std::fmt::Write;

/// The first line of every snapshot.
pub const SNAPSHOT_VERSION: &str = "agentobs snapshot 1";

/// Columns that no line is longer than.
const WIDEST: usize = 120;

/// All sessions as a text: the version, the options it was written with, a tree
/// a session. A function of the records alone, whatever order they came in.
#[must_use]
pub fn snapshot_of(store: &Store, sessions: &Sessions, options: &SnapshotOptions) -> String {
    let all: Vec<usize> = (0..sessions.list.len()).collect();
    snapshot_of_some(store, sessions, &all, options)
}

/// The sessions at some positions of [`Sessions::list`] as a text.
#[must_use]
pub fn snapshot_of_some(
    store: &Store,
    sessions: &Sessions,
    positions: &[usize],
    options: &SnapshotOptions,
) -> String {
    let mut out = String::from(SNAPSHOT_VERSION);
    // Writing to a String cannot fail.
    let _ = writeln!(out, "\n{}", options.header());
    for session in positions.iter().filter_map(|at| sessions.list.get(*at)) {
        out.push('\n');
        Shape::of(store, sessions, session, options).write(options.repeat_folded, &mut out);
    }
    out
}

//! Joins that each framework needs in its own way: documents without session
//! ids, traces that belong to another trace's session.

mod livekit;
mod videosdk;

use super::group::Grouping;

/// Joins between traces and documents that need spans only; they make ids
/// known by which log records and points are then placed.
pub(super) fn before_logs(grouping: &mut Grouping<'_>) {
    videosdk::join(grouping);
    livekit::join_documents(grouping);
}

/// Joins that need to know where log records went.
pub(super) fn after_logs(grouping: &mut Grouping<'_>) {
    livekit::found_by_records(grouping);
    livekit::join_recordings(grouping);
}

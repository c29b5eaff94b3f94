//! What an export holds: the records of a store as they are, and as OTLP what
//! frameworks report in a form of their own.
//!
//! Belongs here: choosing records, and giving foreign numbers their names as
//! metrics. Does not belong here: the wire (see [`crate::wire`]) and sending
//! (see [`crate::net`]).

mod turn_metrics;

pub use turn_metrics::{TurnMetrics, turn_metrics};

use crate::model::{LogIx, PointIx, SpanIx, Store};
use crate::session::Session;
use std::collections::BTreeMap;

/// Rows of a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Spans.
    pub spans: Vec<SpanIx>,
    /// Log records.
    pub logs: Vec<LogIx>,
    /// Metric points.
    pub points: Vec<PointIx>,
}

/// The records of some sessions.
pub fn rows_of<'s>(sessions: impl IntoIterator<Item = &'s Session>) -> Rows {
    let mut rows = Rows::default();
    for session in sessions {
        rows.spans.extend(&session.spans);
        rows.logs.extend(&session.logs);
        rows.points.extend(&session.points);
    }
    rows
}

/// Records that are no spans, log records or metric points, and so cannot be
/// exported: how many of each kind. VideoSDK's metrics are none of them.
#[must_use]
pub fn without_a_signal(store: &Store) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for item in store.items() {
        let document = store.documents().get(item.document.index());
        let format = document.map_or("", |document| store.str(document.format));
        if format != turn_metrics::FORMAT {
            *counts.entry(format).or_default() += 1;
        }
    }
    counts
}

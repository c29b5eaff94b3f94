//! What is told of a delivery, in every format.

use crate::net::{Account, Tally};
use crate::wire::Signal;
use serde::Serialize;
use std::collections::BTreeMap;

/// What became of what a command made.
#[derive(Clone, Debug, Default)]
pub struct Delivered<'a> {
    /// Records made, by [`Signal::ALL`].
    pub made: [u64; 3],
    /// The receivers, to show.
    pub destination: Option<&'a str>,
    /// The exporter's account.
    pub account: Option<&'a Account>,
    /// A file, and the records written to it by [`Signal::ALL`].
    pub out: Option<(&'a str, [u64; 3])>,
    /// Events of a replay.
    pub events: Option<EventCounts>,
    /// Sessions made.
    pub sessions: u64,
    /// Whether the user ended it early.
    pub interrupted: bool,
}

/// Events of a replay.
#[derive(Clone, Debug, Default, Serialize)]
pub struct EventCounts {
    /// Read.
    pub read: u64,
    /// Went into a span, a log record, a metric or a session's state.
    pub consumed: u64,
    /// Matched nothing, by type.
    pub unmatched: BTreeMap<String, u64>,
    /// Records of the log that are no events: lines of text, other JSON, broken
    /// and too long records.
    pub skipped: u64,
}

impl Delivered<'_> {
    /// The numbers of a signal. A file takes whatever is written to it.
    #[must_use]
    pub fn tally(&self, signal: Signal) -> Tally {
        if let Some(account) = self.account {
            return *account.tally(signal);
        }
        let place = Signal::ALL.iter().position(|known| *known == signal);
        let numbers = self.out.map(|(_, numbers)| numbers).unwrap_or_default();
        let written = place.and_then(|at| numbers.get(at).copied()).unwrap_or(0);
        Tally { sent: written, accepted: written, rejected: 0, dropped: 0 }
    }
}

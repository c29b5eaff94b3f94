//! What became of every record that was handed over.

use crate::wire::Signal;
use std::collections::BTreeMap;

/// Numbers of records of one signal. Once an exporter has ended,
/// `sent = accepted + rejected + dropped`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Handed over for sending.
    pub sent: u64,
    /// The receiver took them.
    pub accepted: u64,
    /// The receiver refused them: with an error, or as part of a request.
    pub rejected: u64,
    /// Given up by us: nobody answered in time, or the user interrupted.
    pub dropped: u64,
}

/// Why records were not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fate {
    /// The receiver refused them.
    Rejected,
    /// We gave up.
    Dropped,
    /// They were accepted, but the receiver has something to say.
    Warned,
}

impl Fate {
    /// The word for people.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::Dropped => "dropped",
            Self::Warned => "accepted with a warning",
        }
    }
}

/// Reasons that are told apart; more are counted under one name.
const MAX_REASONS: usize = 50;
const OTHER: &str = "other reasons";

/// The account of an exporter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    traces: Tally,
    logs: Tally,
    metrics: Tally,
    /// Requests that were answered with success.
    pub requests: u64,
    /// Attempts beyond the first of a request.
    pub retries: u64,
    /// Records by signal, fate and reason.
    pub reasons: BTreeMap<(Signal, Fate, String), u64>,
}

impl Account {
    /// The numbers of a signal.
    #[must_use]
    pub fn tally(&self, signal: Signal) -> &Tally {
        match signal {
            Signal::Traces => &self.traces,
            Signal::Logs => &self.logs,
            Signal::Metrics => &self.metrics,
        }
    }

    pub(super) fn tally_mut(&mut self, signal: Signal) -> &mut Tally {
        match signal {
            Signal::Traces => &mut self.traces,
            Signal::Logs => &mut self.logs,
            Signal::Metrics => &mut self.metrics,
        }
    }

    /// The numbers of all signals together.
    #[must_use]
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        for signal in Signal::ALL {
            let tally = self.tally(signal);
            total.sent += tally.sent;
            total.accepted += tally.accepted;
            total.rejected += tally.rejected;
            total.dropped += tally.dropped;
        }
        total
    }

    /// Whether every record that was handed over was accepted.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let total = self.total();
        total.accepted == total.sent
    }

    pub(super) fn because(&mut self, signal: Signal, fate: Fate, reason: &str, records: u64) {
        let key = (signal, fate, reason.to_owned());
        let full = self.reasons.len() >= MAX_REASONS && !self.reasons.contains_key(&key);
        let key = if full { (signal, fate, OTHER.to_owned()) } else { key };
        *self.reasons.entry(key).or_default() += records;
    }
}

#[cfg(test)]
mod tests {
    use super::{Account, Fate};
    use crate::wire::Signal;

    #[test]
    fn reasons_are_bounded_and_none_is_lost() {
        let mut account = Account::default();
        for n in 0..200 {
            account.because(Signal::Traces, Fate::Rejected, &format!("reason {n}"), 2);
        }
        assert!(account.reasons.len() <= super::MAX_REASONS + 3);
        assert_eq!(account.reasons.values().sum::<u64>(), 400);
    }
}

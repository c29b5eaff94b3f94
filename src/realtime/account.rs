//! The account: every event that was read is consumed or unmatched.

use crate::wire::realtime::{Direction, known_direction};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// Types that are told apart; more are counted together. A log that invents a
/// new type in each line must not fill the memory.
const MAX_TYPES: usize = 4096;
const REST: &str = "(more types)";

/// What became of the events of a log.
#[derive(Clone, Debug, Default)]
pub struct Account {
    names: Vec<String>,
    numbers: HashMap<String, u16>,
    /// Who sends events of each type, where that is known.
    directions: Vec<Option<Direction>>,
    read: Vec<u64>,
    unmatched: Vec<u64>,
    /// Records that repeat an earlier one; they are consumed.
    pub duplicates: u64,
    /// Events without any id that were given to the session next to them.
    pub by_position: u64,
    /// Events that recorders merged into their neighbours.
    pub merged: u64,
}

impl Account {
    /// The number of a type, for [`Account::name`].
    pub(super) fn number(&mut self, kind: &str) -> u16 {
        if let Some(number) = self.numbers.get(kind) {
            return *number;
        }
        let kind = if self.names.len() < MAX_TYPES { kind } else { REST };
        if let Some(number) = self.numbers.get(kind) {
            return *number;
        }
        let number = self.names.len() as u16;
        self.names.push(kind.to_owned());
        self.numbers.insert(kind.to_owned(), number);
        self.directions.push(known_direction(kind));
        self.read.push(0);
        self.unmatched.push(0);
        number
    }

    /// Who sends events of a type, where that is known.
    pub(super) fn direction(&self, number: u16) -> Option<Direction> {
        self.directions.get(usize::from(number)).copied().flatten()
    }

    pub(super) fn count_read(&mut self, number: u16) {
        if let Some(count) = self.read.get_mut(usize::from(number)) {
            *count += 1;
        }
    }

    pub(super) fn count_unmatched(&mut self, number: u16) {
        if let Some(count) = self.unmatched.get_mut(usize::from(number)) {
            *count += 1;
        }
    }

    /// Events read.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.read.iter().sum()
    }

    /// Events that went into a span, a log record, a metric or a session's state.
    #[must_use]
    pub fn consumed(&self) -> u64 {
        self.read() - self.unmatched.iter().sum::<u64>()
    }

    /// Events of each type.
    #[must_use]
    pub fn types(&self) -> BTreeMap<String, u64> {
        self.by_name(&self.read)
    }

    /// Events that matched nothing, by type.
    #[must_use]
    pub fn unmatched(&self) -> BTreeMap<String, u64> {
        self.by_name(&self.unmatched)
    }

    fn by_name(&self, counts: &[u64]) -> BTreeMap<String, u64> {
        let named = self.names.iter().zip(counts);
        named.filter(|(_, n)| **n > 0).map(|(name, n)| (name.clone(), *n)).collect()
    }
}

//! Sets of spans as bits over a window of positions.

use std::ops::Range;

/// A set of positions. Sets that are combined have the same window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bits {
    /// Position of the first bit, a multiple of 64.
    base: usize,
    words: Vec<u64>,
}

impl Bits {
    /// An empty set that can hold the positions of `window`, and maybe a few
    /// around it.
    pub(crate) fn empty(window: Range<usize>) -> Self {
        let base = window.start / 64 * 64;
        Self { base, words: vec![0; (window.end.max(base) - base).div_ceil(64)] }
    }

    /// The set of all positions of `window`.
    pub(crate) fn full(window: Range<usize>) -> Self {
        let mut bits = Self::empty(window.clone());
        bits.insert_range(window);
        bits
    }

    fn spot(&self, at: usize) -> Option<(usize, u64)> {
        let at = at.checked_sub(self.base)?;
        Some((at / 64, 1 << (at % 64)))
    }

    pub(crate) fn contains(&self, at: usize) -> bool {
        let Some((word, bit)) = self.spot(at) else { return false };
        self.words.get(word).is_some_and(|w| w & bit != 0)
    }

    pub(crate) fn insert(&mut self, at: usize) {
        if let Some((word, bit)) = self.spot(at)
            && let Some(w) = self.words.get_mut(word)
        {
            *w |= bit;
        }
    }

    pub(crate) fn insert_range(&mut self, range: Range<usize>) {
        self.edit_range(range, |word, mask| *word |= mask);
    }

    pub(crate) fn remove_range(&mut self, range: Range<usize>) {
        self.edit_range(range, |word, mask| *word &= !mask);
    }

    fn edit_range(&mut self, range: Range<usize>, edit: impl Fn(&mut u64, u64)) {
        let start = range.start.max(self.base) - self.base;
        let end = range.end.max(self.base) - self.base;
        if start >= end {
            return;
        }
        let (first, last) = (start / 64, (end - 1) / 64);
        for at in first..=last {
            let Some(word) = self.words.get_mut(at) else { return };
            let mut mask = u64::MAX;
            if at == first {
                mask &= u64::MAX << (start % 64);
            }
            if at == last {
                mask &= u64::MAX >> (63 - (end - 1) % 64);
            }
            edit(word, mask);
        }
    }

    /// Keeps what is also in a set whose window covers this one's.
    pub(crate) fn and(&mut self, other: &Self) {
        let shift = self.base.saturating_sub(other.base) / 64;
        for (a, b) in self.words.iter_mut().zip(other.words.iter().skip(shift)) {
            *a &= b;
        }
    }

    /// An empty set of the same window.
    pub(crate) fn emptied(&self) -> Self {
        Self { base: self.base, words: vec![0; self.words.len()] }
    }

    pub(crate) fn and_not(&mut self, other: &Self) {
        for (a, b) in self.words.iter_mut().zip(&other.words) {
            *a &= !b;
        }
    }

    pub(crate) fn or(&mut self, other: &Self) {
        for (a, b) in self.words.iter_mut().zip(&other.words) {
            *a |= b;
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|w| *w == 0)
    }

    /// The first position in the set that is `at` or above.
    pub(crate) fn next(&self, at: usize) -> Option<usize> {
        self.iter_from(at).next()
    }

    /// All positions in the set, ascending.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.iter_from(0)
    }

    /// The positions in the set that are `at` or above, ascending.
    pub(crate) fn iter_from(&self, at: usize) -> impl Iterator<Item = usize> + '_ {
        let from = at.max(self.base) - self.base;
        let mut left = u64::MAX << (from % 64);
        self.words.iter().enumerate().skip(from / 64).flat_map(move |(at, word)| {
            let mut word = word & std::mem::replace(&mut left, u64::MAX);
            std::iter::from_fn(move || {
                let bit = word.trailing_zeros() as usize;
                // Clears the lowest bit; nothing is left of 0.
                word &= word.checked_sub(1)?;
                Some(self.base + at * 64 + bit)
            })
        })
    }

    /// Bytes held.
    pub(crate) fn weight(&self) -> usize {
        self.words.len() * 8 + 48
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn behaves_as_a_set(
            points in proptest::collection::btree_set(100usize..400, 0..40),
            cut in 100usize..400,
            len in 0usize..150,
        ) {
            let mut bits = Bits::empty(100..400);
            points.iter().for_each(|p| bits.insert(*p));
            prop_assert_eq!(bits.iter().collect::<BTreeSet<_>>(), points.clone());
            let end = (cut + len).min(400);
            prop_assert_eq!(bits.next(cut), points.range(cut..).next().copied());
            let mut removed = bits.clone();
            removed.remove_range(cut..end);
            let left: BTreeSet<usize> =
                points.iter().copied().filter(|p| !(cut..end).contains(p)).collect();
            prop_assert_eq!(removed.iter().collect::<BTreeSet<_>>(), left);
            let mut part = Bits::full(cut..end);
            part.and(&bits);
            prop_assert_eq!(part.iter().count(), points.range(cut..end).count());
            prop_assert_eq!(Bits::full(cut..end).iter().collect::<Vec<_>>(), (cut..end).collect::<Vec<_>>());
        }
    }
}

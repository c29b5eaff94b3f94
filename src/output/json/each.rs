//! Lists whose items are made as they are written.

use serde::{Serialize, Serializer};

/// A list of what `make` gives for each item.
pub(super) struct Each<'a, T, F> {
    items: &'a [T],
    make: F,
}

/// The items as `make` shows them.
pub(super) fn each<'a, T, R, F: Fn(&'a T) -> R>(items: &'a [T], make: F) -> Each<'a, T, F> {
    Each { items, make }
}

impl<'a, T, R: Serialize, F: Fn(&'a T) -> R> Serialize for Each<'a, T, F> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.items.iter().map(&self.make))
    }
}

//! What many rules ask of one session, worked out once: the values of a field
//! of all things of a kind, gaps between such values, and things in order.

use super::case::{Item, Thing};
use super::value::Sample;
use crate::assert::lang::words::{Field, Kind};
use hashbrown::{HashMap, HashSet};
use std::cell::RefCell;
use std::rc::Rc;

/// A field of all things of a kind.
pub(super) type Column = (Kind, Field);

/// Values that do not depend on a unit, nor on the thing that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Series {
    Field(Column),
    Gap(Column, Column),
}

/// Lists of a session that live as long as its rules are asked.
#[derive(Default)]
pub(crate) struct Shared<'a> {
    series: RefCell<HashMap<Series, Rc<[Sample<'a>]>>>,
    sets: RefCell<HashMap<Kind, Rc<HashSet<Thing>>>>,
    rows: RefCell<HashMap<Vec<Kind>, Rc<[Item]>>>,
}

impl<'a> Shared<'a> {
    pub(super) fn series(
        &self,
        key: Series,
        make: impl FnOnce() -> Vec<Sample<'a>>,
    ) -> Rc<[Sample<'a>]> {
        kept(&self.series, key, || make().into())
    }

    /// All things of a kind, to ask whether one is among them.
    pub(super) fn set(&self, kind: Kind, make: impl FnOnce() -> Rc<[Thing]>) -> Rc<HashSet<Thing>> {
        kept(&self.sets, kind, || Rc::new(make().iter().copied().collect()))
    }

    /// All things of several kinds, in order.
    pub(super) fn row(&self, kinds: Vec<Kind>, make: impl FnOnce() -> Vec<Item>) -> Rc<[Item]> {
        kept(&self.rows, kinds, || make().into())
    }
}

/// What is remembered under a key. Making it may ask for other things that are
/// remembered, so nothing stays borrowed meanwhile.
fn kept<K: Eq + std::hash::Hash, V: ?Sized>(
    memo: &RefCell<HashMap<K, Rc<V>>>,
    key: K,
    make: impl FnOnce() -> Rc<V>,
) -> Rc<V> {
    if let Some(known) = memo.borrow().get(&key) {
        return Rc::clone(known);
    }
    let made = make();
    memo.borrow_mut().insert(key, Rc::clone(&made));
    made
}

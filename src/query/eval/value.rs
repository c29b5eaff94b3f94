//! Values while a query runs: 16 bytes each, text as ids.

use crate::dialect::Op;
use crate::model::{SpanKind, SpanStatus, Store, StrId, Strings, Value, ValueRow};

/// A text: of the store, or one that only the query or the session model has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Text(u32);

/// Set in the ids of texts that the store does not have.
const EXTRA: u32 = 1 << 31;

/// A value of one span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Cell {
    /// Not there.
    Nil,
    /// There, but nothing a query can look at; or not there because there is
    /// no event to have it. It equals nothing, not even nil.
    Opaque,
    Int(i64),
    Float(f64),
    /// Nanoseconds.
    Duration(i64),
    Text(Text),
    Bool(bool),
    Status(SpanStatus),
    Kind(SpanKind),
    Op(Op),
    /// Several values of one kind: an array, by its place in [`Tables`].
    List(u32),
}

/// Texts and lists behind cells.
#[derive(Debug)]
pub(crate) struct Tables<'a> {
    pub store: &'a Store,
    extra: Strings,
    lists: Vec<Box<[Cell]>>,
}

impl<'a> Tables<'a> {
    pub(crate) fn new(store: &'a Store) -> Self {
        Self { store, extra: Strings::default(), lists: Vec::new() }
    }

    /// The text of an id.
    pub(crate) fn text(&self, text: Text) -> &str {
        match text.0 & EXTRA {
            0 => self.store.str(StrId(text.0)),
            _ => self.extra.get(StrId(text.0 & !EXTRA)),
        }
    }

    /// The id of a text; equal texts have equal ids.
    pub(crate) fn intern(&mut self, text: &str) -> Text {
        match self.store.find_str(text) {
            Some(id) => Text(id.0),
            None => Text(self.extra.intern(text).0 | EXTRA),
        }
    }

    pub(crate) fn text_cell(&mut self, text: &str) -> Cell {
        Cell::Text(self.intern(text))
    }

    /// Items of a list; a scalar is a list of itself.
    pub(crate) fn list(&self, list: u32) -> &[Cell] {
        self.lists.get(list as usize).map_or(&[], |items| items)
    }

    /// Several values as one cell: none is nil, one is a scalar.
    pub(crate) fn list_cell(&mut self, items: Vec<Cell>) -> Cell {
        match items.as_slice() {
            [] => Cell::Nil,
            [only] => *only,
            _ => {
                self.lists.push(items.into());
                Cell::List(self.lists.len() as u32 - 1)
            }
        }
    }

    /// An attribute's value. Only scalars and flat arrays of one kind can be
    /// asked about.
    pub(crate) fn cell(&mut self, row: ValueRow) -> Cell {
        if let Some(text) = row.text_id() {
            return Cell::Text(Text(text.0));
        }
        match self.store.value(row) {
            Value::Array(items) => {
                let cells: Vec<Cell> = items.iter().map(|(_, v)| self.scalar(v)).collect();
                let kind = |c: &Cell| std::mem::discriminant(c);
                let flat = cells.first().is_some_and(|first| {
                    *first != Cell::Opaque && cells.iter().all(|c| kind(c) == kind(first))
                });
                if flat { self.list_cell(cells) } else { Cell::Opaque }
            }
            value => self.scalar(value),
        }
    }

    fn scalar(&mut self, value: Value<'_>) -> Cell {
        match value {
            Value::Str(text) => self.text_cell(text),
            Value::Bool(truth) => Cell::Bool(truth),
            Value::Int(number) => Cell::Int(number),
            Value::Double(number) => Cell::Float(number),
            Value::Empty | Value::Bytes(_) | Value::Array(_) | Value::KvList(_) => Cell::Opaque,
        }
    }
}

impl From<StrId> for Text {
    fn from(id: StrId) -> Self {
        Self(id.0)
    }
}

/// Milliseconds as nanoseconds.
pub(crate) fn from_ms(ms: f64) -> Cell {
    let ns = (ms * 1e6).round();
    if ns.is_finite() { Cell::Duration(ns as i64) } else { Cell::Nil }
}

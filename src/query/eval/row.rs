//! One span: the value of an expression.

use super::bits::Bits;
use super::column::Level;
use super::index::Index;
use super::ops::{Fault, arithmetic, compare};
use super::plan::Node;
use super::value::Cell;
use crate::query::syntax::{BinaryOp, UnaryOp};
use regex::bytes::Regex;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Where names are read: a span, and which of its events and links.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub position: usize,
    pub event: Option<usize>,
    pub link: Option<usize>,
}

/// One evaluation over an index.
#[derive(Debug)]
pub(crate) struct Run<'q, 'a> {
    pub index: &'q Index<'a>,
    faults: RefCell<BTreeMap<Fault, usize>>,
}

impl<'q, 'a> Run<'q, 'a> {
    pub(crate) fn new(index: &'q Index<'a>) -> Self {
        Self { index, faults: RefCell::default() }
    }

    /// What values could not answer, and how often.
    pub(crate) fn faults(self) -> BTreeMap<Fault, usize> {
        self.faults.into_inner()
    }

    fn fault(&self, fault: Fault) -> Cell {
        *self.faults.borrow_mut().entry(fault).or_default() += 1;
        Cell::Opaque
    }

    /// The value for a span outside filters: of events and links the first
    /// one counts, and what is not there is nil.
    pub(crate) fn operand(&self, node: &Node, position: usize) -> Cell {
        let first = |level| node.reads(level).then(|| self.rows(level, position).next()).flatten();
        let place = Place { position, event: first(Level::Event), link: first(Level::Link) };
        match self.value(node, place) {
            Cell::Opaque => Cell::Nil,
            cell => cell,
        }
    }

    fn rows(&self, level: Level, position: usize) -> std::ops::Range<usize> {
        self.index.spots(level).rows(position)
    }

    /// The spans of `within` for which an expression is true of some event and
    /// some link, or of the span itself where it has none.
    pub(crate) fn true_rows(&self, node: &Node, within: &Bits) -> Bits {
        let mut found = within.emptied();
        let (events, links) = (node.reads(Level::Event), node.reads(Level::Link));
        for position in within.iter() {
            let event_rows = if events { self.rows(Level::Event, position) } else { 0..0 };
            let link_rows = if links { self.rows(Level::Link, position) } else { 0..0 };
            let holds = or_none(event_rows).any(|event| {
                or_none(link_rows.clone())
                    .any(|link| self.is_true(node, Place { position, event, link }))
            });
            if holds {
                found.insert(position);
            }
        }
        found
    }

    fn is_true(&self, node: &Node, place: Place) -> bool {
        self.value(node, place) == Cell::Bool(true)
    }

    pub(crate) fn value(&self, node: &Node, place: Place) -> Cell {
        match node {
            Node::Const(cell) => *cell,
            Node::Column(column) => column.get(place.position),
            Node::Detail(level, detail) => {
                let row = if *level == Level::Event { place.event } else { place.link };
                row.and_then(|row| detail.cells.get(row)).copied().unwrap_or(Cell::Opaque)
            }
            Node::Unary(op, of) => self.unary(*op, self.value(of, place)),
            Node::Binary(BinaryOp::And, left, right) => {
                Cell::Bool(self.is_true(left, place) && self.is_true(right, place))
            }
            Node::Binary(BinaryOp::Or, left, right) => {
                Cell::Bool(self.is_true(left, place) || self.is_true(right, place))
            }
            Node::Binary(op, left, right) => {
                let (left, right) = (self.value(left, place), self.value(right, place));
                if op.is_arithmetic() {
                    return arithmetic(*op, left, right).unwrap_or_else(|f| self.fault(f));
                }
                Cell::Bool(compare(*op, left, right, &self.index.tables))
            }
            Node::Pattern { of, regex, negated, .. } => {
                Cell::Bool(self.matches(self.value(of, place), regex, *negated))
            }
            Node::IsNil { of, wanted } => Cell::Bool(match self.value(of, place) {
                Cell::Nil => *wanted,
                Cell::Opaque => false,
                _ => !*wanted,
            }),
        }
    }

    fn unary(&self, op: UnaryOp, cell: Cell) -> Cell {
        match (op, cell) {
            (UnaryOp::Not, Cell::Bool(truth)) => Cell::Bool(!truth),
            (UnaryOp::Not, _) => self.fault(Fault::NotBool),
            (UnaryOp::Negate, Cell::Int(n)) => Cell::Int(n.wrapping_neg()),
            (UnaryOp::Negate, Cell::Duration(n)) => Cell::Duration(n.wrapping_neg()),
            (UnaryOp::Negate, Cell::Float(n)) => Cell::Float(-n),
            (UnaryOp::Negate, _) => self.fault(Fault::NotNumber),
        }
    }

    /// Whether a text matches; of several one is enough, negated none may.
    pub(crate) fn matches(&self, cell: Cell, regex: &Regex, negated: bool) -> bool {
        let tables = &self.index.tables;
        let items = match &cell {
            Cell::List(list) => tables.list(*list),
            single => std::slice::from_ref(single),
        };
        let mut texts = items.iter().filter_map(|item| match item {
            Cell::Text(text) => Some(tables.text(*text)),
            _ => None,
        });
        let Some(first) = texts.next() else { return false };
        let any = std::iter::once(first).chain(texts).any(|t| regex.is_match(t.as_bytes()));
        any != negated
    }
}

/// Each row, or one time none where there are none.
fn or_none(rows: std::ops::Range<usize>) -> impl Iterator<Item = Option<usize>> {
    let none = rows.is_empty().then_some(None);
    rows.map(Some).chain(none)
}

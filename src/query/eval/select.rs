//! Filters: the spans for which an expression is true, many at a time.

use super::bits::Bits;
use super::column::{Column, Level};
use super::index::{Asked, asked};
use super::ops::compare;
use super::plan::Node;
use super::row::Run;
use super::value::{Cell, Text};
use crate::query::syntax::{BinaryOp, UnaryOp};
use hashbrown::HashMap;
use regex::bytes::Regex;
use std::rc::Rc;

impl Run<'_, '_> {
    /// The spans of `within` for which a filter holds.
    pub(crate) fn select(&self, node: &Node, within: &Bits) -> Bits {
        if within.is_empty() {
            return within.clone();
        }
        if node.reads(Level::Event) || node.reads(Level::Link) {
            return self.select_by_detail(node, within);
        }
        match node {
            Node::Const(Cell::Bool(true)) => within.clone(),
            Node::Const(_) => within.emptied(),
            Node::Binary(BinaryOp::And, left, right) => {
                let left = self.select(left, within);
                self.select(right, &left)
            }
            Node::Binary(BinaryOp::Or, left, right) => {
                let mut found = self.select(left, within);
                let mut rest = within.clone();
                rest.and_not(&found);
                found.or(&self.select(right, &rest));
                found
            }
            Node::Unary(UnaryOp::Not, of) if of.is_bool() => {
                let mut rest = within.clone();
                rest.and_not(&self.select(of, within));
                rest
            }
            _ => match self.known(node) {
                Some(answer) => {
                    let mut found = within.clone();
                    found.and(&answer);
                    found
                }
                None => self.true_rows(node, within),
            },
        }
    }

    /// Conditions on events and links joined by `&&` are asked of one event
    /// and one link together; the rest is asked first, many spans at a time.
    fn select_by_detail(&self, node: &Node, within: &Bits) -> Bits {
        let mut conditions = Vec::new();
        conjuncts(node, &mut conditions);
        let is_detail = |node: &&Node| node.reads(Level::Event) || node.reads(Level::Link);
        let (details, plain): (Vec<&Node>, Vec<&Node>) =
            conditions.into_iter().partition(is_detail);
        if plain.is_empty() {
            return self.true_rows(node, within);
        }
        let mut left = within.clone();
        for condition in plain {
            left = self.select(condition, &left);
        }
        match details.as_slice() {
            [only] => self.true_rows(only, &left),
            // The whole expression again, but for few spans.
            _ => self.true_rows(node, &left),
        }
    }

    /// The answer over all spans to a simple condition on a column.
    fn known(&self, node: &Node) -> Option<Rc<Bits>> {
        let tables = &self.index.tables;
        match node {
            // Not the same as `= true`, which an array may also fulfil.
            Node::Column(column) => {
                let asked = asked(Cell::Bool(true), tables);
                Some(self.index.remembered(column, BinaryOp::And, asked, || {
                    let mut found = Bits::empty(self.all());
                    let all = column.iter().filter(|(_, cell)| *cell == Cell::Bool(true));
                    all.for_each(|(position, _)| found.insert(position));
                    found
                }))
            }
            Node::Binary(op, left, right) if op.is_comparison() => match (&**left, &**right) {
                (Node::Column(column), Node::Const(cell)) => {
                    Some(self.compared(column, *op, *cell))
                }
                (Node::Const(cell), Node::Column(column)) => {
                    Some(self.compared(column, op.flipped(), *cell))
                }
                _ => None,
            },
            Node::Pattern { of, regex, text, negated } => {
                let Node::Column(column) = &**of else { return None };
                let op = if *negated { BinaryOp::Unlike } else { BinaryOp::Matches };
                let asked = Asked::Pattern(text.clone());
                let answer = || self.matching(column, regex, *negated);
                Some(self.index.remembered(column, op, asked, answer))
            }
            Node::IsNil { of, wanted } => {
                let Node::Column(column) = &**of else { return None };
                let op = if *wanted { BinaryOp::Eq } else { BinaryOp::Ne };
                let answer = || self.nil(column, *wanted);
                Some(self.index.remembered(column, op, asked(Cell::Nil, tables), answer))
            }
            _ => None,
        }
    }

    fn all(&self) -> std::ops::Range<usize> {
        0..self.index.layout.len()
    }

    fn compared(&self, column: &Column, op: BinaryOp, literal: Cell) -> Rc<Bits> {
        let tables = &self.index.tables;
        self.index.remembered(column, op, asked(literal, tables), || {
            let mut found = Bits::empty(self.all());
            match (op, literal) {
                (BinaryOp::Eq, Cell::Text(text)) => {
                    for position in column.with_text(text, tables) {
                        found.insert(*position as usize);
                    }
                }
                _ => {
                    for (position, cell) in column.iter() {
                        if compare(op, cell, literal, tables) {
                            found.insert(position);
                        }
                    }
                }
            }
            found
        })
    }

    /// Each distinct text is matched once.
    fn matching(&self, column: &Column, regex: &Regex, negated: bool) -> Bits {
        let mut found = Bits::empty(self.all());
        let mut known: HashMap<Text, bool> = HashMap::new();
        for (position, cell) in column.iter() {
            let holds = match cell {
                Cell::Text(text) => {
                    *known.entry(text).or_insert_with(|| self.matches(cell, regex, negated))
                }
                cell => self.matches(cell, regex, negated),
            };
            if holds {
                found.insert(position);
            }
        }
        found
    }

    fn nil(&self, column: &Column, wanted: bool) -> Bits {
        let mut there = Bits::empty(self.all());
        for (position, cell) in column.iter() {
            let counts = match cell {
                Cell::Nil => false,
                // Not nil, but nothing a query can see either.
                Cell::Opaque => wanted,
                _ => true,
            };
            if counts {
                there.insert(position);
            }
        }
        if !wanted {
            return there;
        }
        let mut absent = Bits::full(self.all());
        absent.and_not(&there);
        absent
    }
}

/// The operands of nested `&&`.
fn conjuncts<'n>(node: &'n Node, found: &mut Vec<&'n Node>) {
    match node {
        Node::Binary(BinaryOp::And, left, right) => {
            conjuncts(left, found);
            conjuncts(right, found);
        }
        other => found.push(other),
    }
}

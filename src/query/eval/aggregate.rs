//! Numbers of a spanset, and values as keys and as answers.

use super::answer::Answer;
use super::ops::number;
use super::plan::{AggregatePlan, Node};
use super::row::Run;
use super::value::{Cell, Tables, Text};
use crate::query::syntax::Measure;

impl Run<'_, '_> {
    /// The aggregate over spans; nothing when no span has a value.
    pub(super) fn aggregate(
        &self,
        aggregate: &AggregatePlan,
        spans: &mut dyn Iterator<Item = usize>,
    ) -> Option<Cell> {
        match aggregate {
            AggregatePlan::Count => Some(Cell::Int(spans.count() as i64)),
            AggregatePlan::Over(measure, node) => self.measure(*measure, node, spans),
        }
    }

    fn measure(
        &self,
        measure: Measure,
        node: &Node,
        spans: &mut dyn Iterator<Item = usize>,
    ) -> Option<Cell> {
        let mut values =
            spans.map(|at| self.operand(node, at)).filter(|cell| number(*cell).is_some());
        let first = values.next()?;
        match measure {
            Measure::Min => Some(values.fold(first, |a, b| if less(b, a) { b } else { a })),
            Measure::Max => Some(values.fold(first, |a, b| if less(a, b) { b } else { a })),
            Measure::Sum => Some(sum(first, values).0),
            Measure::Avg => {
                let (sum, count) = sum(first, values);
                Some(match sum {
                    Cell::Duration(ns) => Cell::Duration(ns / count),
                    sum => Cell::Float(number(sum)? / count as f64),
                })
            }
        }
    }
}

fn less(a: Cell, b: Cell) -> bool {
    match (a, b) {
        (Cell::Int(a) | Cell::Duration(a), Cell::Int(b) | Cell::Duration(b)) => a < b,
        (a, b) => number(a) < number(b),
    }
}

/// The sum of the values of the first one's kind, and how many they are.
fn sum(first: Cell, values: impl Iterator<Item = Cell>) -> (Cell, i64) {
    values.fold((first, 1), |(sum, count), value| {
        let sum = match (sum, value) {
            (Cell::Int(a), Cell::Int(b)) => Cell::Int(a.wrapping_add(b)),
            (Cell::Duration(a), Cell::Duration(b)) => Cell::Duration(a.wrapping_add(b)),
            (Cell::Float(a), Cell::Float(b)) => Cell::Float(a + b),
            _ => return (sum, count),
        };
        (sum, count + 1)
    })
}

/// A value as a key of groups: values of different kinds differ.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Nil,
    Number(u8, u64),
    Text(Text),
    List(Vec<Key>),
}

pub(super) fn group_key(cell: Cell, tables: &Tables<'_>) -> Key {
    match cell {
        Cell::Nil | Cell::Opaque => Key::Nil,
        Cell::Int(n) => Key::Number(0, n as u64),
        Cell::Float(n) => Key::Number(1, n.to_bits()),
        Cell::Duration(n) => Key::Number(2, n as u64),
        Cell::Text(text) => Key::Text(text),
        Cell::Bool(truth) => Key::Number(3, u64::from(truth)),
        Cell::Status(status) => Key::Number(4, status as u64),
        Cell::Kind(kind) => Key::Number(5, kind as u64),
        Cell::Op(op) => Key::Number(6, op as u64),
        Cell::List(list) => {
            Key::List(tables.list(list).iter().map(|item| group_key(*item, tables)).collect())
        }
    }
}

/// A value as commands show it.
pub(super) fn shown(cell: Cell, tables: &Tables<'_>) -> Answer {
    match cell {
        Cell::Nil | Cell::Opaque => Answer::Nil,
        Cell::Int(n) => Answer::Int(n),
        Cell::Float(n) => Answer::Float(n),
        Cell::Duration(ns) => Answer::Duration(ns),
        Cell::Bool(truth) => Answer::Bool(truth),
        Cell::Text(text) => Answer::Text(tables.text(text).to_owned()),
        Cell::Status(status) => {
            Answer::Text(crate::query::syntax::Literal::Status(status).to_string())
        }
        Cell::Kind(kind) => Answer::Text(crate::query::syntax::Literal::Kind(kind).to_string()),
        Cell::Op(op) => Answer::Text(op.as_str().to_owned()),
        Cell::List(list) => {
            Answer::List(tables.list(list).iter().map(|item| shown(*item, tables)).collect())
        }
    }
}

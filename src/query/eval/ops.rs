//! What operators do with values.

use super::value::{Cell, Tables};
use crate::query::syntax::BinaryOp;
use std::cmp::Ordering;

/// Something a query asked of a value that the value cannot answer. The span
/// counts as not matching there, and a diagnostic says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// `!` before something that is no bool.
    NotBool,
    /// `-` before something that is no number.
    NotNumber,
    /// Arithmetic with an array.
    ArrayMath,
    /// An integer divided by zero.
    DivisionByZero,
}

impl Fault {
    /// The sentence that a diagnostic shows after the number of spans.
    pub(crate) fn message(self) -> &'static str {
        match self {
            Self::NotBool => "`!` met a value that is missing or no bool: taken as no match",
            Self::NotNumber => "`-` met a value that is missing or no number: taken as no match",
            Self::ArrayMath => "arithmetic met an array: taken as no match",
            Self::DivisionByZero => "an integer was divided by zero: taken as no match",
        }
    }
}

/// A comparison. Values that are missing or of different kinds compare to
/// nothing, whatever the operator.
pub(crate) fn compare(op: BinaryOp, left: Cell, right: Cell, tables: &Tables<'_>) -> bool {
    match (left, right) {
        (Cell::List(a), Cell::List(b)) => {
            let (a, b) = (tables.list(a), tables.list(b));
            let same = a.len() == b.len()
                && a.iter().zip(b).all(|(a, b)| compare(BinaryOp::Eq, *a, *b, tables));
            match op {
                BinaryOp::Eq => same,
                BinaryOp::Ne => !same,
                _ => false,
            }
        }
        (Cell::List(list), scalar) => {
            any_or_none(op, tables.list(list), |op, item| compare(op, item, scalar, tables))
        }
        (scalar, Cell::List(list)) => {
            any_or_none(op, tables.list(list), |op, item| compare(op, scalar, item, tables))
        }
        (left, right) => scalars(op, left, right, tables),
    }
}

/// Over the items of an array: `!=` holds if no item is equal, all else if any
/// item does. Arrays of another kind match nothing.
fn any_or_none(op: BinaryOp, items: &[Cell], holds: impl Fn(BinaryOp, Cell) -> bool) -> bool {
    match op {
        BinaryOp::Ne => items.iter().all(|item| holds(BinaryOp::Ne, *item)),
        op => items.iter().any(|item| holds(op, *item)),
    }
}

fn scalars(op: BinaryOp, left: Cell, right: Cell, tables: &Tables<'_>) -> bool {
    let ordering = match (left, right) {
        (Cell::Text(a), Cell::Text(b)) => match op {
            BinaryOp::Eq => return a == b,
            BinaryOp::Ne => return a != b,
            _ => Some(tables.text(a).cmp(tables.text(b))),
        },
        (Cell::Bool(a), Cell::Bool(b)) => return equality(op, a == b),
        (Cell::Status(a), Cell::Status(b)) => return equality(op, a == b),
        (Cell::Kind(a), Cell::Kind(b)) => return equality(op, a == b),
        (Cell::Op(a), Cell::Op(b)) => return equality(op, a == b),
        (a, b) => match (whole(a), whole(b)) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => match (number(a), number(b)) {
                (Some(a), Some(b)) => a.partial_cmp(&b),
                _ => return false,
            },
        },
    };
    match op {
        BinaryOp::Eq => ordering == Some(Ordering::Equal),
        // A NaN differs from everything.
        BinaryOp::Ne => ordering != Some(Ordering::Equal),
        BinaryOp::Lt => ordering == Some(Ordering::Less),
        BinaryOp::Le => ordering.is_some_and(Ordering::is_le),
        BinaryOp::Gt => ordering == Some(Ordering::Greater),
        BinaryOp::Ge => ordering.is_some_and(Ordering::is_ge),
        _ => false,
    }
}

fn equality(op: BinaryOp, equal: bool) -> bool {
    match op {
        BinaryOp::Eq => equal,
        BinaryOp::Ne => !equal,
        _ => false,
    }
}

fn whole(cell: Cell) -> Option<i64> {
    match cell {
        Cell::Int(n) | Cell::Duration(n) => Some(n),
        _ => None,
    }
}

/// A number of any kind; durations in nanoseconds.
pub(crate) fn number(cell: Cell) -> Option<f64> {
    match cell {
        Cell::Int(n) | Cell::Duration(n) => Some(n as f64),
        Cell::Float(n) => Some(n),
        _ => None,
    }
}

/// Arithmetic. A missing operand makes a missing result.
pub(crate) fn arithmetic(op: BinaryOp, left: Cell, right: Cell) -> Result<Cell, Fault> {
    match (left, right) {
        (Cell::Nil, _) | (_, Cell::Nil) => Ok(Cell::Nil),
        (Cell::List(_), _) | (_, Cell::List(_)) => Err(Fault::ArrayMath),
        (Cell::Int(a), Cell::Int(b)) => integers(op, a, b).map(Cell::Int),
        (a, b) => match (number(a), number(b)) {
            (Some(a), Some(b)) => Ok(Cell::Float(floats(op, a, b))),
            _ => Ok(Cell::Opaque),
        },
    }
}

fn integers(op: BinaryOp, a: i64, b: i64) -> Result<i64, Fault> {
    match op {
        BinaryOp::Add => Ok(a.wrapping_add(b)),
        BinaryOp::Sub => Ok(a.wrapping_sub(b)),
        BinaryOp::Mul => Ok(a.wrapping_mul(b)),
        BinaryOp::Div if b == 0 => Err(Fault::DivisionByZero),
        BinaryOp::Div => Ok(a.wrapping_div(b)),
        BinaryOp::Mod if b == 0 => Err(Fault::DivisionByZero),
        BinaryOp::Mod => Ok(a.wrapping_rem(b)),
        _ => Ok(match u32::try_from(b) {
            Ok(b) => a.wrapping_pow(b),
            Err(_) => (a as f64).powf(b as f64) as i64,
        }),
    }
}

fn floats(op: BinaryOp, a: f64, b: f64) -> f64 {
    match op {
        BinaryOp::Add => a + b,
        BinaryOp::Sub => a - b,
        BinaryOp::Mul => a * b,
        BinaryOp::Div => a / b,
        BinaryOp::Mod => a % b,
        _ => a.powf(b),
    }
}

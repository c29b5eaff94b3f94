//! Many values as one, and values inside others.

use super::value::{Out, Val};
use crate::assert::lang::Reduce;

/// Which of the values that are there are true.
pub(super) fn truths(out: Out<'_>) -> Vec<bool> {
    match out {
        Out::One(val) => val.into_iter().map(|val| val.truth()).collect(),
        Out::Many(all) => all.iter().filter_map(|s| Some(s.val.as_ref()?.truth())).collect(),
    }
}

/// All numbers of an expression, in the order of their things.
pub(crate) fn numbers(out: Out<'_>) -> Vec<f64> {
    match out {
        Out::One(val) => val.and_then(|val| val.number()).into_iter().collect(),
        Out::Many(all) => all.iter().filter_map(|s| s.val.as_ref()?.number()).collect(),
    }
}

pub(super) fn reduced<'v>(reduce: Reduce, out: Out<'v>) -> Option<Val<'v>> {
    // What never ended is longer than all that did.
    let number = |val: &Val<'_>| match val {
        Val::Endless(least) => Some((true, *least)),
        val => Some((false, val.number()?)),
    };
    let mut all: Vec<(bool, f64)> = match out {
        Out::One(val) => val.as_ref().and_then(number).into_iter().collect(),
        Out::Many(all) => all.iter().filter_map(|s| number(s.val.as_ref()?)).collect(),
    };
    let count = all.len();
    let order = |a: &(bool, f64), b: &(bool, f64)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1));
    let sum = || (all.iter().any(|(endless, _)| *endless), all.iter().map(|(_, n)| n).sum::<f64>());
    let (is_endless, value) = match reduce {
        Reduce::First => *all.first()?,
        Reduce::Last => *all.last()?,
        Reduce::Sum | Reduce::Avg if count == 0 => return None,
        Reduce::Sum => sum(),
        Reduce::Avg => (sum().0, sum().1 / count as f64),
        Reduce::Min => all.into_iter().min_by(order)?,
        Reduce::Max => all.into_iter().max_by(order)?,
        Reduce::Percentile(share) => {
            let at = rank(share, count);
            if at >= count {
                return None;
            }
            *all.select_nth_unstable_by(at, order).1
        }
    };
    Some(if is_endless { Val::Endless(value) } else { Val::Num(value) })
}

/// Place of a percentile among sorted values, by nearest rank: always a value
/// that was measured, so that there is a turn to look at.
pub(crate) fn rank(share: f64, count: usize) -> usize {
    ((share * count as f64).ceil() as usize).clamp(1, count.max(1)) - 1
}

/// A value inside JSON text.
pub(super) fn json<'v>(val: &Val<'v>, steps: &[String]) -> Option<Val<'v>> {
    let Val::Text(text) = val else { return None };
    let root: serde_json::Value = serde_json::from_str(text).ok()?;
    let found = steps.iter().try_fold(&root, |value, step| match value {
        serde_json::Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        value => value.get(step),
    })?;
    if found.is_null() { None } else { Some(Val::Json(found.clone())) }
}

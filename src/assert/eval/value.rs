//! Values while rules are asked.

use super::case::Item;
use crate::assert::lang::Cmp;
use crate::assert::lang::words::{Ty, Unit};
use crate::output::time::{length, offset};
use std::borrow::Cow;
use std::ops::Deref;
use std::rc::Rc;

/// A value. What is missing is no value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Val<'v> {
    Num(f64),
    /// The length of what began and never ended: longer than any limit. The
    /// number is how long it has gone on for sure.
    Endless(f64),
    Text(Cow<'v, str>),
    /// Several texts of which any counts.
    Texts(&'v [String]),
    Bool(bool),
    /// Not true, but within the tolerance: a warning.
    Band,
    Json(serde_json::Value),
}

/// A value of one thing; `None` is a value that should be there and is not.
#[derive(Clone, Debug)]
pub(crate) struct Sample<'v> {
    pub item: Item,
    pub val: Option<Val<'v>>,
}

/// What an expression gives.
#[derive(Clone, Debug)]
pub(crate) enum Out<'v> {
    /// One value for all.
    One(Option<Val<'v>>),
    /// A value for each thing that has one or should have one.
    Many(Samples<'v>),
}

/// Values of several things; a series that many rules ask for is shared.
#[derive(Clone, Debug)]
pub(crate) enum Samples<'v> {
    Own(Vec<Sample<'v>>),
    Shared(Rc<[Sample<'v>]>),
}

impl<'v> Samples<'v> {
    pub(crate) fn into_vec(self) -> Vec<Sample<'v>> {
        match self {
            Self::Own(list) => list,
            Self::Shared(list) => list.to_vec(),
        }
    }
}

impl<'v> From<Vec<Sample<'v>>> for Samples<'v> {
    fn from(list: Vec<Sample<'v>>) -> Self {
        Self::Own(list)
    }
}

impl<'v> Deref for Samples<'v> {
    type Target = [Sample<'v>];

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Own(list) => list,
            Self::Shared(list) => list,
        }
    }
}

impl Out<'_> {
    /// Nothing that was looked at could have a value.
    pub(crate) fn nothing() -> Self {
        Self::Many(Samples::Own(Vec::new()))
    }
}

impl Val<'_> {
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Num(number) => Some(*number),
            Self::Json(json) => json.as_f64(),
            _ => None,
        }
    }

    /// The number to rank by.
    pub(crate) fn extent(&self) -> Option<f64> {
        match self {
            Self::Endless(_) => Some(f64::INFINITY),
            other => other.number(),
        }
    }

    pub(crate) fn truth(&self) -> bool {
        match self {
            Self::Bool(truth) => *truth,
            Self::Json(json) => json.as_bool() == Some(true),
            _ => false,
        }
    }

    /// The value as people read it.
    pub(crate) fn show(&self, ty: Ty) -> String {
        match (self, ty) {
            (Self::Num(n), Ty::Number(Unit::Ms)) => length(*n),
            (Self::Num(n), Ty::Number(Unit::At)) => offset(*n),
            (Self::Num(n), Ty::Number(Unit::Share)) => format!("{:.1}%", n * 100.0),
            (Self::Num(n), _) => format!("{n}"),
            (Self::Endless(n), _) => {
                format!("at least {}: it began and never ended", length(*n))
            }
            (Self::Text(text), _) => quoted(text),
            (Self::Texts(texts), _) => {
                texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ")
            }
            (Self::Bool(truth), _) => truth.to_string(),
            (Self::Band, _) => "within the tolerance".to_owned(),
            (Self::Json(json), _) => json.to_string(),
        }
    }
}

/// A text in quotes, cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 80;
    if text.chars().count() <= LONGEST {
        return format!("\"{text}\"");
    }
    format!("\"{}…\"", text.chars().take(LONGEST).collect::<String>())
}

/// A comparison of two values that are there.
pub(crate) fn compare<'v>(
    op: Cmp,
    left: &Val<'_>,
    right: &Val<'_>,
    tolerance: Option<f64>,
    glob: bool,
) -> Val<'v> {
    let is_endless = |val: &Val<'_>| matches!(val, Val::Endless(_));
    match (is_endless(left), is_endless(right)) {
        (false, false) => {}
        (true, true) => return Val::Bool(op == Cmp::Ne),
        (true, false) => return Val::Bool(matches!(op, Cmp::Gt | Cmp::Ge | Cmp::Ne)),
        (false, true) => return Val::Bool(matches!(op, Cmp::Lt | Cmp::Le | Cmp::Ne)),
    }
    if let (Val::Texts(texts), Val::Text(text)) = (left, right) {
        let any = texts.iter().any(|one| same_text(one, text, glob));
        return Val::Bool(any == (op == Cmp::Eq));
    }
    if let (Some(a), Some(b)) = (left.number(), right.number()) {
        return numbers(op, a, b, tolerance);
    }
    let equal = match (left, right) {
        (Val::Text(a), Val::Text(b)) => {
            if !matches!(op, Cmp::Eq | Cmp::Ne) {
                return Val::Bool(holds(op, a.cmp(b)));
            }
            same_text(a, b, glob)
        }
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Json(json), Val::Text(text)) | (Val::Text(text), Val::Json(json)) => {
            json.as_str().is_some_and(|json| same_text(json, text, glob))
        }
        (Val::Json(json), Val::Bool(truth)) | (Val::Bool(truth), Val::Json(json)) => {
            json.as_bool() == Some(*truth)
        }
        (Val::Json(a), Val::Json(b)) => a == b,
        // Of different kinds: neither equal nor ordered.
        _ => return Val::Bool(op == Cmp::Ne),
    };
    Val::Bool(match op {
        Cmp::Eq => equal,
        Cmp::Ne => !equal,
        _ => false,
    })
}

fn numbers<'v>(op: Cmp, a: f64, b: f64, tolerance: Option<f64>) -> Val<'v> {
    let Some(order) = a.partial_cmp(&b) else { return Val::Bool(op == Cmp::Ne) };
    let plain = holds(op, order);
    let Some(share) = tolerance else { return Val::Bool(plain) };
    let room = b.abs() * share;
    match op {
        Cmp::Eq => Val::Bool((a - b).abs() <= room),
        Cmp::Ne => Val::Bool((a - b).abs() > room),
        _ if plain => Val::Bool(true),
        Cmp::Lt | Cmp::Le if a <= b + room => Val::Band,
        Cmp::Gt | Cmp::Ge if a >= b - room => Val::Band,
        _ => Val::Bool(false),
    }
}

fn holds(op: Cmp, order: std::cmp::Ordering) -> bool {
    match op {
        Cmp::Eq => order.is_eq(),
        Cmp::Ne => order.is_ne(),
        Cmp::Lt => order.is_lt(),
        Cmp::Le => order.is_le(),
        Cmp::Gt => order.is_gt(),
        Cmp::Ge => order.is_ge(),
    }
}

fn same_text(text: &str, wanted: &str, glob: bool) -> bool {
    if glob { fits_glob(text, wanted) } else { text == wanted }
}

/// Whether a text fits a pattern of `*` (any text) and `?` (any character).
pub(crate) fn fits_glob(text: &str, pattern: &str) -> bool {
    let (text, pattern): (Vec<char>, Vec<char>) =
        (text.chars().collect(), pattern.chars().collect());
    // The place behind the last star, and what of the text it has taken.
    let (mut at, mut in_pattern) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while at < text.len() {
        match (pattern.get(in_pattern), text.get(at)) {
            (Some('*'), _) => {
                in_pattern += 1;
                star = Some((in_pattern, at));
            }
            (Some('?'), _) => (at, in_pattern) = (at + 1, in_pattern + 1),
            (Some(wanted), Some(c)) if wanted == c => (at, in_pattern) = (at + 1, in_pattern + 1),
            _ => {
                let Some((behind, taken)) = star else { return false };
                star = Some((behind, taken + 1));
                (at, in_pattern) = (taken + 1, behind);
            }
        }
    }
    pattern.iter().skip(in_pattern).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::{Val, compare, fits_glob};
    use crate::assert::lang::Cmp;

    #[test]
    fn globs() {
        for (text, pattern, fits) in [
            ("book_table", "book_*", true),
            ("book_table", "*table", true),
            ("book_table", "b?ok_*e", true),
            ("book", "book?", false),
            ("", "*", true),
            ("ab", "*a", false),
            ("aXbXc", "a*b*c", true),
        ] {
            assert_eq!(fits_glob(text, pattern), fits, "{text} {pattern}");
        }
    }

    #[test]
    fn the_tolerance_is_a_band_of_warnings() {
        let ask = |op, a, b| compare(op, &Val::Num(a), &Val::Num(b), Some(0.1), false);
        assert_eq!(ask(Cmp::Lt, 1190.0, 1200.0), Val::Bool(true));
        assert_eq!(ask(Cmp::Lt, 1300.0, 1200.0), Val::Band);
        assert_eq!(ask(Cmp::Lt, 1330.0, 1200.0), Val::Bool(false));
        assert_eq!(ask(Cmp::Ge, 1090.0, 1200.0), Val::Band);
        assert_eq!(ask(Cmp::Eq, 1090.0, 1200.0), Val::Bool(true));
    }
}

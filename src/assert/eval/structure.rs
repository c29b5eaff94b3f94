//! Values that come from how things lie to each other in time.

use super::case::{Item, Thing};
use super::expr::Env;
use super::value::{Out, Sample, Val};
use crate::assert::lang::{Expr, Source, What};
use crate::model::Nanos;
use crate::session::Session;

/// From a time of each thing to that of the next one in the same exchange.
pub(super) fn gaps<'v, 'a: 'v>(env: &Env<'_, '_, 'a>, from: &'v Expr, to: &'v Expr) -> Out<'v> {
    // Both sides are all things of the unit, whichever is looked at.
    let whole = Env { bound: None, ..*env };
    let list = |expr: &'v Expr| match whole.eval(expr) {
        Out::Many(all) => all,
        Out::One(_) => Vec::new(),
    };
    let (starts, ends) = (list(from), list(to));
    let mut samples = Vec::new();
    for start in starts {
        if env.bound.is_some_and(|bound| bound.session != start.item.session) {
            continue;
        }
        let Some(case) = env.case(start.item) else { continue };
        let began = |item: Item| case.times(item.thing).0;
        let exchange = |item: Item| case.turn_of(item.thing).map(|turn| case.exchange_of(turn));
        let own = began(start.item);
        let next = ends.iter().find(|end| {
            end.item.session == start.item.session
                && end.item != start.item
                && exchange(end.item) == exchange(start.item)
                && began(end.item).is_some_and(|at| own.is_some_and(|own| at >= own))
        });
        // Nothing follows: there is no gap, rather than one of unknown length.
        let Some(next) = next else { continue };
        let number = |sample: &Sample<'v>| sample.val.as_ref().and_then(Val::number);
        let gap = number(next).zip(number(&start)).map(|(to, from)| Val::Num(to - from));
        samples.push(Sample { item: start.item, val: gap });
    }
    Out::Many(samples)
}

/// The longest stretch without speech inside each thing.
pub(super) fn silences<'v>(env: &Env<'_, '_, '_>, source: &Source) -> Out<'v> {
    let alone = source.filters.is_empty();
    if let (Some(bound), What::Kind(_), true) = (env.bound, &source.what, alone)
        && let Some(case) = env.case(bound)
    {
        return Out::One(silence(case.session, case.times(bound.thing)).map(Val::Num));
    }
    let sample = |item: Item| {
        let case = env.case(item)?;
        let val = silence(case.session, case.times(item.thing)).map(Val::Num);
        Some(Sample { item, val })
    };
    Out::Many(env.select(source).into_iter().filter_map(sample).collect())
}

/// Longest stretch of an interval in which nobody speaks; `None` where the
/// interval has an open end or the data has no speech at all.
pub(crate) fn silence(session: &Session, of: (Option<Nanos>, Option<Nanos>)) -> Option<f64> {
    let (start, end) = (of.0?, of.1?);
    let all = session.turns.iter().flat_map(|turn| &turn.speech);
    let mut speech: Vec<(Nanos, Nanos)> =
        all.filter_map(|speech| speech.start.zip(speech.end)).collect();
    if speech.is_empty() {
        return None;
    }
    speech.sort_unstable();
    let (mut quiet_from, mut longest) = (start, 0.0f64);
    for (from, to) in speech {
        if to <= quiet_from || from >= end {
            continue;
        }
        longest = longest.max(from.ms_since(quiet_from));
        quiet_from = to;
    }
    Some(longest.max(end.ms_since(quiet_from)).max(0.0))
}

/// Whether each thing is followed by another one that starts after it ended.
pub(super) fn follows<'v>(
    env: &Env<'_, '_, '_>,
    first: &Source,
    then: &Source,
    in_session: bool,
) -> Out<'v> {
    let later = env.select(then);
    let sample = |item: Item| {
        let case = env.case(item)?;
        let end = match case.times(item.thing) {
            (start, None) => start,
            (_, end) => end,
        };
        let exchange = |thing: Thing| case.turn_of(thing).map(|turn| case.exchange_of(turn));
        let found = later.iter().any(|next| {
            next.session == item.session
                && *next != item
                && (in_session || exchange(next.thing) == exchange(item.thing))
                && case.times(next.thing).0.is_some_and(|at| end.is_some_and(|end| at >= end))
        });
        Some(Sample { item, val: Some(Val::Bool(found)) })
    };
    Out::Many(env.select(first).into_iter().filter_map(sample).collect())
}

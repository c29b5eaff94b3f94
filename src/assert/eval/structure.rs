//! Values that come from how things lie to each other in time.

use super::case::{Case, Item, Thing, Unit};
use super::expr::Env;
use super::shared::{Column, Series};
use super::value::{Out, Sample, Samples, Val};
use crate::assert::lang::{Expr, Source, What};
use crate::model::Nanos;
use crate::session::Turn;
use hashbrown::HashMap;

/// Where a thing belongs: its session and exchange; things before the first
/// utterance belong together too.
type Place = (u32, Option<Option<u32>>);

fn place(case: &Case<'_, '_>, item: Item) -> Place {
    let turn = case.turn_of(item.thing);
    (item.session, turn.map(|turn| case.exchange_of(turn)))
}

/// From a time of each thing to that of the next one in the same exchange.
pub(super) fn gaps<'v, 'a: 'v>(env: &Env<'_, '_, 'a>, from: &'v Expr, to: &'v Expr) -> Out<'v> {
    match (env.whole(), column(from), column(to)) {
        (Some(case), Some(left), Some(right)) => {
            let make = || each_gap(&Env { bound: None, ..*env }, from, to);
            let all = case.shared.series(Series::Gap(left, right), make);
            // Of the thing that is looked at only its own gap is wanted.
            match env.bound.and_then(|bound| all.iter().find(|sample| sample.item == bound)) {
                Some(own) => Out::Many(vec![own.clone()].into()),
                None => Out::Many(Samples::Shared(all)),
            }
        }
        _ => Out::Many(each_gap(env, from, to).into()),
    }
}

/// The field of all things of a kind that an expression is, if it is one.
fn column(expr: &Expr) -> Option<Column> {
    match expr {
        Expr::Field(source, field, _) if source.filters.is_empty() => match source.what {
            What::Kind(kind) => Some((kind, *field)),
            What::Query(_) => None,
        },
        _ => None,
    }
}

fn each_gap<'v, 'a: 'v>(env: &Env<'_, '_, 'a>, from: &'v Expr, to: &'v Expr) -> Vec<Sample<'a>> {
    // Both sides are all things of the unit, whichever is looked at.
    let whole = Env { bound: None, ..*env };
    let list = |expr: &'v Expr| match whole.eval(expr) {
        Out::Many(all) => all,
        Out::One(_) => Vec::new().into(),
    };
    let (starts, ends) = (list(from), list(to));
    let mut by_place: HashMap<Place, Vec<&Sample<'v>>> = HashMap::new();
    for end in ends.iter() {
        if let Some(case) = env.case(end.item) {
            by_place.entry(place(case, end.item)).or_default().push(end);
        }
    }
    let mut samples = Vec::new();
    for start in starts.iter() {
        if env.bound.is_some_and(|bound| bound.session != start.item.session) {
            continue;
        }
        let Some(case) = env.case(start.item) else { continue };
        let began = |item: Item| case.times(item.thing).0;
        let Some(own) = began(start.item) else { continue };
        let near = by_place.get(&place(case, start.item)).map_or(&[][..], Vec::as_slice);
        let is_next = |end: &&&Sample<'v>| {
            end.item != start.item && began(end.item).is_some_and(|at| at >= own)
        };
        // Nothing follows: there is no gap, rather than one of unknown length.
        let Some(next) = near.iter().find(is_next) else { continue };
        let number = |sample: &Sample<'v>| sample.val.as_ref().and_then(Val::number);
        let gap = number(next).zip(number(start)).map(|(to, from)| Val::Num(to - from));
        samples.push(Sample { item: start.item, val: gap });
    }
    // As above.
    if let Some(bound) = env.bound.filter(|bound| samples.iter().any(|s| s.item == *bound)) {
        samples.retain(|sample| sample.item == bound);
    }
    samples
}

/// The longest stretch without speech inside each thing.
pub(super) fn silences<'v>(env: &Env<'_, '_, '_>, source: &Source) -> Out<'v> {
    let alone = source.filters.is_empty();
    if let (Some(bound), What::Kind(kind), true) = (env.bound, &source.what, alone)
        && let Some(own) = env.resolve(bound, *kind)
        && let Some(case) = env.case(own)
    {
        return Out::One(silence(case, own.thing));
    }
    let sample = |item: Item| {
        let case = env.case(item)?;
        Some(Sample { item, val: silence(case, item.thing) })
    };
    Out::Many(env.select(source).into_iter().filter_map(sample).collect::<Vec<_>>().into())
}

/// A stretch without speech.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quiet {
    pub from: Nanos,
    to: Nanos,
}

impl Quiet {
    fn ms(self) -> f64 {
        self.to.ms_since(self.from)
    }

    /// The turn whose speech ends it.
    pub(super) fn before(self, case: &Case<'_, '_>) -> Option<u32> {
        let begins = |turn: &Turn| turn.speech.iter().any(|one| one.start == Some(self.to));
        case.session.turns.iter().position(begins).map(|at| at as u32)
    }
}

/// The longest stretch between the first and the last word of a call in which
/// nobody speaks: what is before and behind is no silence of a conversation.
pub(super) fn dead_air(case: &Case<'_, '_>) -> Option<Quiet> {
    let speech = case.speech();
    quiet(case, speech.first()?.from, speech.last()?.until)
}

fn silence<'v>(case: &Case<'_, '_>, thing: Thing) -> Option<Val<'v>> {
    if thing == Thing::Session {
        return dead_air(case).map(|quiet| Val::Num(quiet.ms()));
    }
    let (start, end) = case.times(thing);
    // Nobody knows what was said while something hung, but it hung.
    if case.elapsed(thing).is_some() {
        return Some(Val::Endless(quiet(case, start?, case.session.end?)?.ms()));
    }
    Some(Val::Num(quiet(case, start?, end?)?.ms()))
}

/// The longest stretch of an interval in which nobody speaks; `None` where the
/// data has no speech at all.
fn quiet(case: &Case<'_, '_>, start: Nanos, end: Nanos) -> Option<Quiet> {
    let speech = case.speech();
    if speech.is_empty() {
        return None;
    }
    let mut longest = Quiet { from: start, to: start };
    let mut keep = |found: Quiet| {
        if found.ms() > longest.ms() {
            longest = found;
        }
    };
    let mut quiet_from = start;
    let first = speech.partition_point(|one| one.until <= start);
    for one in speech.iter().skip(first).take_while(|one| one.from < end) {
        if one.to > quiet_from {
            keep(Quiet { from: quiet_from, to: one.from });
            quiet_from = one.to;
        }
    }
    keep(Quiet { from: quiet_from, to: end });
    Some(longest)
}

/// Whether each thing is followed by another one that starts after it ended.
pub(super) fn follows<'v>(
    env: &Env<'_, '_, '_>,
    first: &Source,
    then: &Source,
    in_session: bool,
) -> Out<'v> {
    let of = |case: &Case<'_, '_>, item: Item| match in_session {
        true => (item.session, None),
        false => place(case, item),
    };
    // The two last starts of each place: one of them may be the thing itself.
    let mut last: HashMap<Place, Vec<(Nanos, Item)>> = HashMap::new();
    // Asked of one thing, the others of the session are elsewhere.
    let whole = Env { unit: Unit::Session, ..*env };
    let others = if in_session { whole.select(then) } else { env.select(then) };
    for item in others {
        let Some(case) = env.case(item) else { continue };
        let Some(start) = case.times(item.thing).0 else { continue };
        let list = last.entry(of(case, item)).or_default();
        list.push((start, item));
        list.sort_by(|a, b| b.cmp(a));
        list.truncate(2);
    }
    let sample = |item: Item| {
        let case = env.case(item)?;
        let (start, end) = case.times(item.thing);
        let end = end.or(start);
        let later = last.get(&of(case, item)).map_or(&[][..], Vec::as_slice);
        let found =
            later.iter().any(|(start, next)| *next != item && end.is_some_and(|end| *start >= end));
        Some(Sample { item, val: Some(Val::Bool(found)) })
    };
    Out::Many(env.select(first).into_iter().filter_map(sample).collect::<Vec<_>>().into())
}

/// Things of all sessions by their start, to ask what goes on at a time.
pub(super) struct Timeline {
    /// Start, and the last end of this one and all before it, by session.
    spans: HashMap<u32, Vec<(f64, f64)>>,
}

impl Timeline {
    pub(super) fn new(env: &Env<'_, '_, '_>, items: &[Item]) -> Self {
        let mut spans: HashMap<u32, Vec<(f64, f64)>> = HashMap::new();
        for item in items {
            let Some(case) = env.case(*item) else { continue };
            let (start, end) = case.heard(item.thing);
            let (start, end) = (case.session.ms(start), case.session.ms(end.or(start)));
            if let Some(known) = start.zip(end) {
                spans.entry(item.session).or_default().push(known);
            }
        }
        for list in spans.values_mut() {
            list.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            let mut until = f64::NEG_INFINITY;
            for (_, end) in list {
                until = until.max(*end);
                *end = until;
            }
        }
        Self { spans }
    }

    /// Whether something goes on between two times.
    pub(super) fn is_busy(&self, session: u32, from: f64, to: f64) -> bool {
        let Some(list) = self.spans.get(&session) else { return false };
        let begun = list.partition_point(|(start, _)| *start <= to);
        let last = begun.checked_sub(1).and_then(|at| list.get(at));
        // What ended at that very moment does not go on.
        last.is_some_and(|(start, until)| *start >= from || *until > from)
    }
}

#[cfg(test)]
mod tests {
    use super::Timeline;

    #[test]
    fn what_goes_on_at_a_time() {
        let list = vec![(0.0, 10.0), (2.0, 10.0), (20.0, 30.0)];
        let timeline = Timeline { spans: [(0, list)].into() };
        for (from, to, busy) in
            [(5.0, 6.0, true), (11.0, 19.0, false), (11.0, 20.0, true), (31.0, 99.0, false)]
        {
            assert_eq!(timeline.is_busy(0, from, to), busy, "{from} to {to}");
        }
        assert!(!timeline.is_busy(1, 0.0, 99.0));
    }
}

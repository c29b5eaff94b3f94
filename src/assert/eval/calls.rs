//! How long single model calls and syntheses took to begin.
//!
//! A turn may have several of them, and its own value is that of the last: a
//! slow first round would be hidden behind it. Where spans tell, each call has
//! its value; else that of the turn stands for all.

use super::case::{Case, Thing};
use super::expr::Env;
use super::value::Sample;
use crate::assert::lang::words::{Field, Kind, Latency, Via};
use crate::assert::lang::{Source, What};
use crate::dialect::Op;
use crate::model::SpanIx;
use crate::query::{TTFB_KEYS, TTFT_KEYS};

/// How far up a request is looked for inside another one.
const DEEPEST: usize = 64;

/// What a span itself says, in milliseconds.
fn own(case: &Case<'_, '_>, span: SpanIx, latency: Latency) -> Option<f64> {
    let keys = match latency {
        Latency::Ttft => TTFT_KEYS,
        Latency::Ttfb => TTFB_KEYS,
        _ => return None,
    };
    let view = case.world.store.span(span)?;
    keys.iter().find_map(|(key, ms)| Some(view.number(key)? * ms))
}

/// Calls of an op in a turn that say it themselves. A request inside a node
/// that says it too is the same call.
fn told(case: &Case<'_, '_>, op: Op, turn: u32, latency: Latency) -> Vec<(SpanIx, f64)> {
    let store = case.world.store;
    let spans = case.turn(turn).map_or(&[][..], |turn| turn.spans.as_slice());
    let all: Vec<(SpanIx, f64)> = spans
        .iter()
        .filter(|span| case.world.sessions.op(**span) == op)
        .filter_map(|span| Some((*span, own(case, *span, latency)?)))
        .collect();
    let above = |span: SpanIx| {
        let row = store.spans().get(span.index())?;
        store.find_span(row.trace, row.parent).filter(|parent| *parent != span)
    };
    let is_inner = |span: SpanIx| {
        let up = std::iter::successors(above(span), |span| above(*span));
        up.take(DEEPEST).any(|up| all.iter().any(|(known, _)| *known == up))
    };
    all.iter().filter(|(span, _)| !is_inner(*span)).copied().collect()
}

/// The value of a call: its own, else that of the request inside it, else that
/// of its turn where the turn has no other call.
pub(super) fn of_span(
    case: &Case<'_, '_>,
    span: SpanIx,
    latency: Latency,
    via: Via,
) -> Option<f64> {
    let turn = case.world.turn_of(span);
    if matches!(via, Via::Best | Via::Reported) {
        if let Some(own) = own(case, span, latency) {
            return Some(own);
        }
        let store = case.world.store;
        let row = store.spans().get(span.index())?;
        let inside = |of: SpanIx| {
            let own = store.spans().get(of.index());
            own.is_some_and(|own| own.trace == row.trace && own.parent == row.id)
        };
        let told = turn
            .map_or_else(Vec::new, |turn| told(case, case.world.sessions.op(span), turn, latency));
        if !told.is_empty() {
            return told.iter().find(|(of, _)| inside(*of)).map(|(_, ms)| *ms);
        }
    }
    let turn = turn?;
    let kind = Kind::Op(case.world.sessions.op(span));
    let calls = case.things(kind, super::Unit::Turn(turn));
    match calls.as_ref() {
        [_] => super::fields::of_turn(case.turn(turn)?, Field::Latency(latency, via))?.number(),
        _ => None,
    }
}

/// The values of all calls of an op, where that is what is asked for.
pub(super) fn column<'a>(
    env: &Env<'_, '_, 'a>,
    source: &Source,
    field: Field,
) -> Option<Vec<Sample<'a>>> {
    let (What::Kind(Kind::Op(op)), Field::Latency(latency, via)) = (&source.what, field) else {
        return None;
    };
    if !latency.is_of_calls() || !source.filters.is_empty() {
        return None;
    }
    // Of the thing that is looked at only the calls in its turn are wanted.
    let turn = env.bound.and_then(|bound| match bound.thing {
        Thing::Session | Thing::Exchange(_) => None,
        thing => Some(super::case::Item {
            thing: Thing::Turn(env.case(bound)?.turn_of(thing)?),
            ..bound
        }),
    });
    let env = turn.map_or(*env, |turn| env.within(turn));
    let mut samples = Vec::new();
    for case in env.cases {
        for thing in case.things(Kind::Turn, env.unit).iter() {
            let Thing::Turn(turn) = *thing else { continue };
            let told = match via {
                Via::Best | Via::Reported => told(case, *op, turn, latency),
                Via::Derived | Via::Heard => Vec::new(),
            };
            if !told.is_empty() {
                samples.extend(told.into_iter().map(|(span, ms)| Sample {
                    item: case.item(Thing::Span(span)),
                    val: Some(super::value::Val::Num(ms)),
                }));
                continue;
            }
            let val = case.field(*thing, field);
            if val.is_some() || case.should_have(*thing, field) {
                samples.push(Sample { item: case.item(*thing), val });
            }
        }
    }
    Some(samples)
}

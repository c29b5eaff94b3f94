//! Which exchange each span belongs to: spans inside a unit to its exchange,
//! loose ones (tools beside the model's call, synthesis, wrappers) by time.

use super::ears;
use super::exchange::Exchange;
use crate::model::{Nanos, TraceIx};
use crate::session::Op;
use crate::session::assemble::Case;
use hashbrown::HashMap;

/// Fills the members of each exchange, its ears included, and makes exchanges
/// for speech and tools that come before any. Gives the exchange of each span.
pub(super) fn attach(
    case: &Case<'_>,
    units: &[Option<usize>],
    exchanges: &mut Vec<Exchange>,
) -> Vec<Option<usize>> {
    let mut owner: Vec<Option<usize>> = vec![None; case.spans.len()];
    own_units(units, exchanges, &mut owner);
    own_loose(case, exchanges, &mut owner);
    inherit(case, &mut owner);
    own_wrappers(case, &mut owner);
    inherit(case, &mut owner);
    for (at, exchange) in owner.iter().enumerate() {
        let Some(exchange) = exchange.and_then(|at| exchanges.get_mut(at)) else { continue };
        let known = exchange.ears.iter().any(|ear| ear.at == Some(at));
        if ears::listens(case, at) && !known {
            exchange.ears.extend(ears::read(case, at));
        }
        exchange.members.push(at);
    }
    for exchange in exchanges.iter_mut() {
        exchange.ears.sort_by_key(|ear| (ear.end.or(ear.start), ear.at));
    }
    exchanges.sort_by_cached_key(|exchange| exchange.begins(case).unwrap_or(Nanos(u64::MAX)));
    let mut owner = vec![None; case.spans.len()];
    for (number, exchange) in exchanges.iter().enumerate() {
        for at in &exchange.members {
            if let Some(slot) = owner.get_mut(*at) {
                *slot = Some(number);
            }
        }
    }
    owner
}

fn own_units(units: &[Option<usize>], exchanges: &[Exchange], owner: &mut [Option<usize>]) {
    let mut of_unit = vec![None; units.len()];
    for (number, exchange) in exchanges.iter().enumerate() {
        for unit in &exchange.units {
            if let Some(slot) = of_unit.get_mut(*unit) {
                *slot = Some(number);
            }
        }
        for at in exchange.ears.iter().filter_map(|ear| ear.at) {
            if let Some(slot) = owner.get_mut(at) {
                *slot = Some(number);
            }
        }
    }
    for (slot, unit) in owner.iter_mut().zip(units) {
        if let Some(unit) = unit {
            *slot = of_unit.get(*unit).copied().flatten();
        }
    }
}

/// Beginnings of exchanges, in order, of one trace or of all.
#[derive(Default)]
struct Beginnings {
    all: Vec<(Nanos, usize)>,
    by_trace: HashMap<TraceIx, Vec<(Nanos, usize)>>,
}

impl Beginnings {
    fn of(case: &Case<'_>, exchanges: &[Exchange]) -> Self {
        let mut beginnings = Self::default();
        for (number, exchange) in exchanges.iter().enumerate() {
            let Some(begins) = exchange.begins(case) else { continue };
            beginnings.all.push((begins, number));
            let mut traces: Vec<TraceIx> =
                exchange.units.iter().filter_map(|at| Some(case.view(*at)?.row.trace)).collect();
            traces.dedup();
            for trace in traces {
                beginnings.by_trace.entry(trace).or_default().push((begins, number));
            }
        }
        beginnings.all.sort_unstable();
        for list in beginnings.by_trace.values_mut() {
            list.sort_unstable();
        }
        beginnings
    }

    /// The exchange that had last begun at a time, and the first one of all.
    fn around(&self, trace: TraceIx, time: Nanos) -> (Option<usize>, Option<usize>) {
        let list = self.by_trace.get(&trace).unwrap_or(&self.all);
        let after = list.partition_point(|(begins, _)| *begins <= time);
        let number = |at: Option<usize>| Some(list.get(at?)?.1);
        (number(after.checked_sub(1)), number(Some(0)))
    }
}

/// Tools and speech that stand beside the model's calls.
fn own_loose(case: &Case<'_>, exchanges: &mut Vec<Exchange>, owner: &mut [Option<usize>]) {
    let beginnings = Beginnings::of(case, exchanges);
    let mut before_all = None;
    for (at, view) in case.views() {
        let loose = owner.get(at) == Some(&None)
            && matches!(case.op(at), Op::Tool | Op::Tts | Op::Handoff)
            && !case.is_below(at, &[Op::Tool, Op::Tts]);
        if !loose {
            continue;
        }
        let (before, first) = beginnings.around(view.row.trace, view.row.start);
        // A tool whose model call is not known serves the reply that follows;
        // synthesis before any model call is a reply of its own.
        let first = first.filter(|_| case.op(at) != Op::Tts);
        let number = before.or(first).or(before_all).unwrap_or_else(|| {
            exchanges.push(Exchange { units: vec![at], ..Exchange::default() });
            before_all = Some(exchanges.len() - 1);
            exchanges.len() - 1
        });
        if let Some(slot) = owner.get_mut(at) {
            *slot = Some(number);
        }
    }
}

/// What is below an owned span belongs to the same exchange.
fn inherit(case: &Case<'_>, owner: &mut [Option<usize>]) {
    for at in case.tree.depth_first() {
        let above = case.parent(at).and_then(|up| owner.get(up).copied().flatten());
        if let Some(slot) = owner.get_mut(at)
            && slot.is_none()
        {
            *slot = above;
        }
    }
}

/// A span that holds spans of one exchange only belongs to it, unless it is
/// the session itself.
fn own_wrappers(case: &Case<'_>, owner: &mut [Option<usize>]) {
    #[derive(Clone, Copy, PartialEq)]
    enum Below {
        Nothing,
        One(usize),
        Many,
    }
    let mut below = vec![Below::Nothing; case.spans.len()];
    for at in case.tree.depth_first().into_iter().rev() {
        let seen = below.get(at).copied().unwrap_or(Below::Nothing);
        let session = matches!(case.op(at), Op::Session | Op::Lifecycle);
        if let (Below::One(number), Some(slot), false) = (seen, owner.get_mut(at), session)
            && slot.is_none()
        {
            *slot = Some(number);
        }
        let mine = owner.get(at).copied().flatten().map_or(seen, Below::One);
        let Some(up) = case.parent(at).and_then(|up| below.get_mut(up)) else { continue };
        *up = match (*up, mine) {
            (Below::Nothing, mine) => mine,
            (known, Below::Nothing) => known,
            (known, mine) if known == mine => known,
            _ => Below::Many,
        };
    }
}

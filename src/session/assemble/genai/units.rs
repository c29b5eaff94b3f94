//! Units: the largest spans that are surely inside one exchange.

use crate::dialect::genai::covers_exchange;
use crate::session::Op;
use crate::session::assemble::Case;

/// Gives each span the unit that holds it: a span that covers a turn, a run of
/// an agent, or else the outermost model call. Where nobody recorded any model
/// call, speech synthesis stands for the reply.
pub(super) fn units(case: &Case<'_>) -> Vec<Option<usize>> {
    let live = above_realtime(case);
    let units = outermost(case, |at| is_unit(case, at, &live));
    if units.iter().any(Option::is_some) {
        return units;
    }
    outermost(case, |at| case.op(at) == Op::Tts)
}

/// Gives each span the outermost one above it (or itself) that `begins` takes.
fn outermost(case: &Case<'_>, begins: impl Fn(usize) -> bool) -> Vec<Option<usize>> {
    let mut units = vec![None; case.spans.len()];
    for at in case.tree.depth_first() {
        let above = case.parent(at).and_then(|up| units.get(up).copied().flatten());
        let own = above.or_else(|| begins(at).then_some(at));
        if let Some(slot) = units.get_mut(at) {
            *slot = own;
        }
    }
    units
}

fn is_unit(case: &Case<'_>, at: usize, live: &[bool]) -> bool {
    match case.op(at) {
        Op::Llm | Op::Realtime => true,
        // An agent that runs as long as a realtime session holds many turns.
        Op::Turn => {
            case.view(at).is_some_and(|view| covers_exchange(&view)) || live.get(at) == Some(&false)
        }
        _ => false,
    }
}

/// Spans that have a realtime call below them.
fn above_realtime(case: &Case<'_>) -> Vec<bool> {
    let mut above = vec![false; case.spans.len()];
    for at in (0..case.spans.len()).filter(|at| case.op(*at) == Op::Realtime) {
        for up in case.ancestors(at) {
            match above.get_mut(up) {
                Some(slot) if !*slot => *slot = true,
                _ => break,
            }
        }
    }
    above
}

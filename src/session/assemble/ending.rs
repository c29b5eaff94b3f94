//! Whether the end of a session is in its spans, where no close event tells.

use super::Case;
use crate::session::Op;
use hashbrown::HashMap;

/// True when the session's own span ended, else (without one) when the root of
/// each of its traces did.
pub(super) fn was_seen(case: &Case<'_>) -> bool {
    let ended = |at: usize| case.view(at).is_some_and(|view| view.row.end.known().is_some());
    let mut sessions = (0..case.spans.len()).filter(|at| case.op(*at) == Op::Session).peekable();
    if sessions.peek().is_some() {
        return sessions.all(ended);
    }
    let mut roots: HashMap<_, bool> = HashMap::new();
    for (at, view) in case.views() {
        let root = view.row.parent == 0 && ended(at);
        *roots.entry(view.row.trace).or_insert(false) |= root;
    }
    !roots.is_empty() && roots.values().all(|ended| *ended)
}

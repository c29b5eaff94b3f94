//! VideoSDK's pieces of one conversation, which share almost no id.
//!
//! `say()` makes a trace of its own; a metrics post has only readings of the
//! host's monotonic clock; a context history has texts and times; log records
//! have the room's ids, which the spans of a killed session lack. What cannot
//! be joined makes a session of its own.

mod clues;
mod documents;
mod logs;

use crate::dialect::videosdk::text;
use crate::model::{Nanos, SpanIx};
use crate::session::Framework;
use crate::session::group::{GroupIx, Grouping};
use clues::Clues;

/// Joins everything of VideoSDK.
pub(super) fn join(grouping: &mut Grouping<'_>) {
    let mut clues = Clues::of_spans(grouping);
    adopt_says(grouping, &mut clues);
    let items = documents::items(grouping);
    documents::place_posts_by_clock(grouping, &items, &clues);
    logs::place(grouping, &mut clues);
    documents::place_histories(grouping, &items, &mut clues);
    documents::place_posts_by_text(grouping, &items, &clues);
    documents::place_posts_by_company(grouping, &items);
}

/// How far the call of `say()` may be from the turn that speaks it: it waits
/// for what is being said.
const SAY_WAITS_NS: u64 = 30_000_000_000;

/// Gives each trace that is nothing but a `say()` to the session with a turn of
/// the same text nearest in time, else to the only session it falls into.
fn adopt_says(grouping: &mut Grouping<'_>, clues: &mut Clues<'_>) {
    let says: Vec<GroupIx> = grouping
        .live()
        .filter(|(_, group)| group.framework == Framework::Videosdk)
        .filter(|(_, group)| group.spans.iter().all(|ix| say(grouping, *ix).is_some()))
        .map(|(at, _)| at)
        .collect();
    if says.is_empty() {
        return;
    }
    clues.forget(&says);
    let sessions = clues.groups();
    for group in says {
        let spans = grouping.groups.get(group).map(|g| g.spans.clone()).unwrap_or_default();
        let found = spans.iter().find_map(|ix| {
            let start = grouping.store.span(*ix)?.row.start.known()?;
            let message = say(grouping, *ix)?;
            clues
                .nearest(message, start, SAY_WAITS_NS)
                .map(|(_, group)| group)
                .or_else(|| only(sessions.iter().copied().filter(|s| during(grouping, *s, start))))
        });
        if let Some(session) = found.or_else(|| only(sessions.iter().copied())) {
            grouping.merge(group, session);
        }
    }
}

/// The text of a `say()` span, empty where it has none.
fn say<'a>(grouping: &Grouping<'a>, span: SpanIx) -> Option<&'a str> {
    let view = grouping.store.span(span)?;
    matches!(view.name(), "Agent Say" | "Agent Reply")
        .then(|| text(&view, "Agent Say Message").unwrap_or_default())
}

fn during(grouping: &Grouping<'_>, group: GroupIx, time: Nanos) -> bool {
    grouping.extent(group).is_some_and(|(first, last)| first <= time && time <= last)
}

/// The only one, if there is exactly one.
fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next()?;
    all.next().is_none().then_some(first)
}

//! The context history joined to exchanges; what no other record knows is
//! added, so that a history alone is a session.

use super::exchange::{Exchange, Half, Talk, push_behind};
use super::items::{Item, ItemKind};
use super::tools::handoff_to;
use crate::session::Role;

/// A text and its message differ in time by less than this.
const SAME_UTTERANCE_NS: u64 = 120_000_000_000;

/// A message of a turn whose text the SDK wrote differently comes within this
/// of the turn's end.
const AT_THE_END_NS: u64 = 1_500_000_000;

/// The exchange of each item: of messages their own, else `None`.
pub(super) type Owners = Vec<Option<usize>>;

/// Joins messages, and gives the exchange of each.
pub(super) fn join(items: &[Item<'_>], talk: &mut Talk) -> Owners {
    let mut owners: Owners = vec![None; items.len()];
    let passes: [fn(&Half, &str, &Item<'_>) -> bool; 3] = [same_text, begins_with, ends_when];
    for same in passes {
        for at in 0..items.len() {
            let Some(item) = items.get(at).filter(|_| owners.get(at) == Some(&None)) else {
                continue;
            };
            let Some((role, text)) = item.message().filter(|(_, text)| !text.trim().is_empty())
            else {
                continue;
            };
            let found = nearest(talk, role, item, |half| same(half, text, item));
            claim(at, item, found, &mut owners, talk);
        }
    }
    for at in 0..items.len() {
        add(at, items, &mut owners, talk);
    }
    close_interrupted(items, &owners, talk);
    owners
}

fn same_text(half: &Half, text: &str, _: &Item<'_>) -> bool {
    half.said() == Some(text.trim())
}

/// Of an interrupted reply the history has the words that were heard, the
/// beginning of what the model wrote.
fn begins_with(half: &Half, text: &str, item: &Item<'_>) -> bool {
    let agents = matches!(item.kind, ItemKind::Message { role: Role::Agent, .. });
    let Some(written) = half.said().filter(|_| agents) else { return false };
    let mut written = written.split_whitespace();
    let mut heard = text.split_whitespace().peekable();
    let mut words = 0;
    while let Some(word) = heard.next() {
        let same = written.next().is_some_and(|w| {
            // The last word may have been cut in the middle.
            w == word || (heard.peek().is_none() && w.starts_with(word))
        });
        if !same {
            return false;
        }
        words += 1;
    }
    words > 0
}

/// The same turn by time: it ends when the message is added.
fn ends_when(half: &Half, _: &str, item: &Item<'_>) -> bool {
    let ends = half.turn.end.or(half.ends());
    ends.zip(item.created).is_some_and(|(end, created)| end.0.abs_diff(created.0) <= AT_THE_END_NS)
}

/// The free half of a role that fits, nearest in time.
fn nearest(
    talk: &Talk,
    role: Role,
    item: &Item<'_>,
    fits: impl Fn(&Half) -> bool,
) -> Option<usize> {
    talk.iter()
        .enumerate()
        .filter_map(|(at, exchange)| {
            let half = exchange.half(role).filter(|half| half.item.is_none() && fits(half))?;
            let distance = item.created.and_then(|created| half.distance(created));
            Some((distance.unwrap_or_default(), exchange.rank, at))
        })
        .filter(|(distance, ..)| *distance <= SAME_UTTERANCE_NS)
        .min()
        .map(|(.., at)| at)
}

fn claim(at: usize, item: &Item<'_>, found: Option<usize>, owners: &mut Owners, talk: &mut Talk) {
    let (Some(found), Some((role, _))) = (found, item.message()) else { return };
    if let Some(slot) = owners.get_mut(at) {
        *slot = Some(found);
    }
    if let Some(half) = talk.get_mut(found).and_then(|exchange| exchange.half_mut(role)) {
        apply(half, at, item);
    }
}

/// The history holds what was heard.
fn apply(half: &mut Half, at: usize, item: &Item<'_>) {
    let ItemKind::Message { text, interrupted, .. } = &item.kind else { return };
    half.item = Some(at);
    half.known_at = half.known_at.or(item.created);
    let written = half.turn.text.replace(text.clone());
    half.turn.generated_text = half.turn.generated_text.take().or(written);
    if let Some(flag) = interrupted {
        half.set_interrupted(*flag);
    }
}

/// The last message before an item, with its exchange.
fn message_before(items: &[Item<'_>], owners: &Owners, at: usize) -> Option<(Role, usize)> {
    let before = items.iter().zip(owners).take(at).rev();
    before.into_iter().find_map(|(item, owner)| Some((item.message()?.0, (*owner)?)))
}

/// The exchange of the last user's message before an item.
pub(super) fn user_before(items: &[Item<'_>], owners: &Owners, at: usize) -> Option<usize> {
    let before = items.iter().zip(owners).take(at).rev();
    before.into_iter().find_map(|(item, owner)| {
        item.message().filter(|(role, _)| *role == Role::User).and(*owner)
    })
}

/// Adds what only the history knows.
fn add(at: usize, items: &[Item<'_>], owners: &mut Owners, talk: &mut Talk) {
    let Some(item) = items.get(at).filter(|_| owners.get(at) == Some(&None)) else { return };
    let Some((role, text)) = item.message() else { return };
    if text.trim().is_empty() {
        return;
    }
    let before = message_before(items, owners, at);
    // The reply of the user's message before, if nothing was said yet: it has
    // no half, or one without words.
    let handed_over = since_message(items, at).any(|item| handoff_to(item).is_some());
    let reply = before.filter(|(before, _)| {
        // After a handoff it is the new agent that greets, in a turn of its own.
        *before == Role::User && role == Role::Agent && !handed_over
    });
    let free = reply.map(|(_, exchange)| exchange).filter(|exchange| {
        let half = talk.get(*exchange).and_then(|exchange| exchange.agent.as_ref());
        half.is_none_or(|half| half.item.is_none() && half.said().is_none())
    });
    let into = match free {
        Some(exchange) => exchange,
        None => {
            let behind = before.map(|(_, exchange)| exchange);
            push_behind(talk, behind, Exchange::default())
        }
    };
    let answers = (role == Role::Agent && free.is_none() && tool_loop(items, at) && !handed_over)
        .then(|| user_before(items, owners, at))
        .flatten();
    if let Some(exchange) = talk.get_mut(into) {
        let half = match role {
            Role::User => &mut exchange.user,
            Role::Agent => &mut exchange.agent,
        };
        half.get_or_insert_with(|| Half::new(role));
        exchange.answers = exchange.answers.or(answers);
    }
    claim(at, item, Some(into), owners, talk);
}

/// Items between the last message and an item, backwards.
fn since_message<'i, 'a>(items: &'i [Item<'a>], at: usize) -> impl Iterator<Item = &'i Item<'a>> {
    items.iter().take(at).rev().take_while(|item| item.message().is_none())
}

/// Whether a tool was called since the user spoke: what the agent says then
/// still answers.
fn tool_loop(items: &[Item<'_>], at: usize) -> bool {
    let before = items.iter().take(at).rev();
    before
        .take_while(|item| item.message().is_none_or(|(role, _)| role == Role::Agent))
        .any(|item| matches!(item.kind, ItemKind::Output { .. }))
}

/// A reply that was cut off after a tool, before anything was said.
fn close_interrupted(items: &[Item<'_>], owners: &Owners, talk: &mut Talk) {
    for (at, item) in items.iter().enumerate() {
        if item.kind != ItemKind::Closure {
            continue;
        }
        let exchange = user_before(items, owners, at).and_then(|at| talk.get_mut(at));
        if let Some(exchange) = exchange {
            let half = exchange.agent_mut();
            half.known_at = half.known_at.or(item.created);
            half.set_interrupted(true);
        }
    }
}

//! Log records joined to exchanges; what only they know is added, so that a
//! log alone is a session and a killed one keeps its last turns.

use super::diary::{Diary, Event, is_text_of};
use super::exchange::{Exchange, Half, Talk, push_behind};
use super::tools;
use crate::model::Nanos;
use crate::session::Role;
use std::collections::BTreeMap;

/// A record of a text and its turn are this close.
const SAME_TURN_NS: u64 = 60_000_000_000;

/// The cut comes with the end of what was audible.
const CUT_NS: u64 = 500_000_000;

/// Joins a session's log.
pub(super) fn join(diary: &Diary<'_>, talk: &mut Talk) {
    let alone = talk.is_empty();
    let last_known = talk.iter().flat_map(halves).filter_map(Half::ends).max();
    // Posts without the host's clock have no times: the log's are the only ones.
    let timeless = !alone && last_known.is_none();
    let mut current: Option<usize> = None;
    let mut called: BTreeMap<usize, Vec<(&str, Option<Nanos>)>> = BTreeMap::new();
    for entry in &diary.entries {
        match entry.event {
            Event::Said(role, text) => {
                let found = owner(talk, role, text, entry.at);
                let new = alone || entry.at > last_known;
                let at = found.or_else(|| new.then(|| add(talk, current, role, text, entry.at)));
                if let Some(half) = at.and_then(|at| talk.get_mut(at)?.half_mut(role)) {
                    half.logged = true;
                }
                if timeless && let Some(exchange) = at.and_then(|at| talk.get_mut(at)) {
                    date(exchange, role, entry.at);
                }
                // What the agent says does not move the place of its tools.
                let moves = role == Role::User || current.is_none();
                current = at.filter(|_| moves).or(current);
            }
            Event::Tool(name) => {
                let at = at_time(talk, entry.at).or(current);
                let Some(at) = at else { continue };
                called.entry(at).or_default().push((name, entry.at));
            }
            _ => {}
        }
    }
    for (exchange, names) in &called {
        tools::join_logged(talk, *exchange, names);
    }
    fail_tools(diary, talk, current);
    mark_interruptions(diary, talk);
}

/// Dates an exchange that has no time by what opened it; the record of a reply
/// may come after the next user's words.
fn date(exchange: &mut Exchange, role: Role, at: Option<Nanos>) {
    let opens = role == Role::User || exchange.user.is_none();
    if let Some(half) = exchange.half_mut(role).filter(|half| opens && half.begins().is_none()) {
        half.known_at = at;
    }
}

fn halves(exchange: &Exchange) -> impl Iterator<Item = &Half> {
    [&exchange.user, &exchange.agent].into_iter().flatten()
}

/// The exchange of a text: a free half with it, nearest in time. What agents
/// said to each other belongs to none.
fn owner(talk: &Talk, role: Role, text: &str, at: Option<Nanos>) -> Option<usize> {
    let found = talk
        .iter()
        .enumerate()
        .filter_map(|(i, exchange)| {
            let half = exchange.half(role).filter(|half| is_text_of(half, text))?;
            let distance = at.and_then(|at| half.distance(at)).unwrap_or_default();
            (distance <= SAME_TURN_NS).then_some((half.logged, distance, i))
        })
        .min()
        .map(|(.., i)| i);
    let inner = || {
        let said =
            |exchange: &Exchange| exchange.inner_texts.iter().any(|t| t.trim() == text.trim());
        talk.iter().find(|exchange| said(exchange))?.inner
    };
    found.or_else(inner)
}

/// Adds a half that only the log knows. The text of a user who went on
/// speaking is written again, longer.
fn add(
    talk: &mut Talk,
    current: Option<usize>,
    role: Role,
    text: &str,
    at: Option<Nanos>,
) -> usize {
    let open = current.filter(|i| {
        talk.get(*i).is_some_and(|exchange| {
            let longer = exchange.user.as_ref().and_then(Half::said).is_some_and(|s| {
                role == Role::User && exchange.agent.is_none() && text.starts_with(s)
            });
            longer
                || (role == Role::Agent
                    && exchange.agent.as_ref().is_none_or(|a| a.said().is_none()))
        })
    });
    let into = open.unwrap_or_else(|| push_behind(talk, current, Exchange::default()));
    if let Some(exchange) = talk.get_mut(into) {
        let half = match role {
            Role::User => &mut exchange.user,
            Role::Agent => &mut exchange.agent,
        };
        let half = half.get_or_insert_with(|| Half::new(role));
        half.turn.text = Some(text.to_owned());
        half.known_at = half.known_at.or(at);
    }
    into
}

/// The exchange whose reply was being made at a time.
fn at_time(talk: &Talk, at: Option<Nanos>) -> Option<usize> {
    let at = at?;
    let begun = talk.iter().enumerate().filter(|(_, exchange)| exchange.inner.is_none());
    begun
        .filter_map(|(i, exchange)| {
            let begins = halves(exchange).filter_map(|h| h.turn.start.or(h.begins())).min()?;
            (begins <= at).then_some((begins, i))
        })
        .max()
        .map(|(_, i)| i)
}

fn fail_tools(diary: &Diary<'_>, talk: &mut Talk, last: Option<usize>) {
    for entry in &diary.entries {
        let Event::ToolFailed(name, text) = entry.event else { continue };
        let then = at_time(talk, entry.at).or(last);
        let known = name.and_then(|name| tools::with_open_call(talk, then, name));
        if let Some(exchange) = known.or(then) {
            tools::fail(talk, exchange, name, entry.at, text);
        }
    }
}

/// A reply that others know to be cut off is the one that the log means.
const SAME_CUT_NS: u64 = 2_000_000_000;

/// Who was cut off; who was not is known only of replies that the log saw.
fn mark_interruptions(diary: &Diary<'_>, talk: &mut Talk) {
    let cuts = || diary.entries.iter().filter(|entry| entry.event == Event::Interrupted);
    let cut = |exchange: &&Exchange| {
        exchange.agent.as_ref().is_some_and(|half| half.turn.interrupted == Some(true))
    };
    // With as many as the log has, there is none left to be found.
    let missing = cuts().count() > talk.iter().filter(cut).count();
    for at in cuts().filter(|_| missing).filter_map(|entry| entry.at) {
        let known = talk.iter().filter(cut).filter_map(|exchange| exchange.agent.as_ref());
        if known.filter_map(|half| half.distance(at)).any(|apart| apart <= SAME_CUT_NS) {
            continue;
        }
        if let Some(half) = cut_off(talk, at) {
            half.set_interrupted(true);
        }
    }
    let logged = talk.iter_mut().filter_map(|exchange| exchange.agent.as_mut());
    for half in logged.filter(|half| half.logged && half.turn.interrupted.is_none()) {
        half.set_interrupted(false);
    }
}

/// The reply that was being spoken at a time; where nothing tells how long it
/// was heard, that to the user's last words, made if nothing else knows it.
fn cut_off(talk: &mut Talk, at: Nanos) -> Option<&mut Half> {
    let replies = || talk.iter().enumerate().filter_map(|(i, e)| Some((i, e.agent.as_ref()?)));
    let heard = replies().filter_map(|(i, half)| {
        let begins = half.begins().filter(|begins| *begins <= at)?;
        let ends = half.turn.speech.iter().filter_map(|speech| speech.end).max();
        let open = ends.is_none_or(|end| at.0 <= end.0.saturating_add(CUT_NS));
        (!half.turn.speech.is_empty() && open).then_some((begins, i))
    });
    let asked = talk.iter().enumerate().filter_map(|(i, exchange)| {
        let begins = exchange.user.as_ref()?.begins().filter(|begins| *begins <= at)?;
        Some((begins, i))
    });
    let greeted = || {
        let unasked = replies().filter(|(i, _)| talk.get(*i).is_some_and(|e| e.user.is_none()));
        let begun = unasked.filter_map(|(i, half)| Some((half.begins()?, i)));
        begun.filter(|(begins, _)| *begins <= at).max()
    };
    let found = heard.max().or_else(|| {
        let last = asked.max().max(greeted())?;
        // What was heard and had ended was not cut off.
        let ended = talk.get(last.1)?.agent.as_ref().is_some_and(|a| !a.turn.speech.is_empty());
        (!ended).then_some(last)
    });
    let half = talk.get_mut(found?.1)?.agent_mut();
    half.known_at = half.known_at.or(Some(at));
    Some(half)
}

//! Agents that ask each other: `A2A k: Message Sent` spans.
//!
//! The specialist's query opens a `Turn #n` with a user's half that no user
//! said, and cuts the caller's turn short. It is a step of the caller's reply,
//! inside the tool call that sent it: no turn of the conversation.

use super::exchange::{Exchange, Half, Talk};
use super::items::{Item, ItemKind};
use crate::dialect::videosdk::text;
use crate::model::Nanos;
use crate::session::Op;
use crate::session::Role;
use crate::session::assemble::Case;
use serde_json::Value;

/// A message between agents.
#[derive(Clone, Copy, Debug)]
struct Message<'a> {
    start: Nanos,
    end: Nanos,
    preview: &'a str,
    to: Option<&'a str>,
}

/// Spans of a message and of the turn it opens start together.
const TOGETHER_NS: u64 = 100_000_000;

/// The preview is cut after 100 characters.
const COMPARED: usize = 40;

fn messages<'a>(case: &Case<'a>) -> Vec<Message<'a>> {
    case.views()
        .filter(|(_, view)| view.name().starts_with("A2A "))
        .filter_map(|(_, view)| {
            Some(Message {
                start: view.row.start.known()?,
                end: view.row.end,
                preview: text(&view, "content_preview")?,
                to: text(&view, "to_agent"),
            })
        })
        .collect()
}

/// Puts exchanges between agents into the reply that caused them.
pub(super) fn absorb(case: &Case<'_>, talk: &mut Talk) {
    let messages = messages(case);
    if messages.is_empty() {
        return;
    }
    for at in 0..talk.len() {
        let Some(message) = asked_by(case, talk, at, &messages) else { continue };
        let caller = caller(talk, at, &message);
        let Some(exchange) = talk.get_mut(at) else { continue };
        let members: Vec<usize> = exchange.members().collect();
        let texts = [&exchange.user, &exchange.agent].into_iter().flatten();
        let texts: Vec<String> = texts.filter_map(|half| half.turn.text.clone()).collect();
        exchange.user = None;
        match caller {
            Some(caller) => {
                let inner = exchange.agent.take();
                exchange.inner = Some(caller);
                exchange.inner_texts = texts;
                if let Some(reply) = talk.get_mut(caller).and_then(|e| e.agent.as_mut()) {
                    reply.members.extend(members);
                    if let Some(inner) = inner {
                        reply.turn.tools.extend(inner.turn.tools);
                        for model in inner.turn.models {
                            if !reply.turn.models.contains(&model) {
                                reply.turn.models.push(model);
                            }
                        }
                    }
                }
            }
            // The caller's turn is not in the data: what the specialist said
            // stays, under its name.
            None => {
                if let Some(reply) = exchange.agent.as_mut() {
                    reply.turn.agent = message.to.map(str::to_owned);
                    reply.members = members;
                }
            }
        }
    }
}

/// The message that an exchange's "user" said, if it was an agent.
fn asked_by<'a>(
    case: &Case<'a>,
    talk: &Talk,
    at: usize,
    messages: &[Message<'a>],
) -> Option<Message<'a>> {
    let user = talk.get(at)?.user.as_ref()?;
    if user.members.iter().any(|at| case.op(*at) == Op::Stt) {
        return None;
    }
    let (said, begins) = (letters(user.said()?), user.begins()?);
    let said: String = said.chars().take(COMPARED).collect();
    messages.iter().copied().find(|message| {
        message.start.0 <= begins.0.saturating_add(TOGETHER_NS)
            && begins.0 <= message.end.0.saturating_add(TOGETHER_NS)
            && letters(message.preview).contains(&said)
    })
}

/// Text without quotes and escapes, which the preview (Python's `repr`) adds.
fn letters(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\'' | '"' | '\\')).collect()
}

/// The reply with a tool call about to send the message, else the last one
/// that had begun.
fn caller(talk: &Talk, at: usize, message: &Message<'_>) -> Option<usize> {
    let replies = || {
        let others = talk.iter().enumerate().filter(|(i, e)| *i != at && e.inner.is_none());
        others.filter_map(|(i, e)| Some((i, e.agent.as_ref()?)))
    };
    let called = replies().filter_map(|(i, reply)| {
        let starts = reply.turn.tools.iter().filter_map(|tool| tool.start);
        Some((starts.filter(|start| *start <= message.end).max()?, i))
    });
    let begun = replies().filter_map(|(i, reply)| {
        let start = reply.turn.start.or(reply.begins())?;
        (start <= message.start).then_some((start, i))
    });
    called.max().or_else(|| begun.max()).map(|(_, i)| i)
}

/// Puts posts of exchanges between agents, of which no span came, into the
/// reply that caused them: what the "user" says there is an argument of a call
/// in the history, and no message of it.
pub(super) fn absorb_posts(items: &[Item<'_>], talk: &mut Talk) {
    for at in 0..talk.len() {
        let Some(caller) = posted_by(items, talk, at) else { continue };
        let Some(exchange) = talk.get_mut(at) else { continue };
        let (user, agent) = (exchange.user.take(), exchange.agent.take());
        let texts = [&user, &agent].into_iter().flatten();
        exchange.inner_texts = texts.filter_map(|half| half.turn.text.clone()).collect();
        exchange.inner = Some(caller);
        let Some(reply) = talk.get_mut(caller).map(Exchange::agent_mut) else { continue };
        if let Some(inner) = agent {
            reply.turn.usage.add(&inner.turn.usage);
            reply.turn.tools.extend(inner.turn.tools);
            for model in inner.turn.models {
                if !reply.turn.models.contains(&model) {
                    reply.turn.models.push(model);
                }
            }
        }
    }
}

/// The exchange whose tool call asked what only a post's "user" says.
fn posted_by(items: &[Item<'_>], talk: &Talk, at: usize) -> Option<usize> {
    let exchange = talk.get(at).filter(|e| e.posted && e.members().next().is_none())?;
    let asked = exchange.user.as_ref().and_then(Half::said)?;
    let mut messages = items.iter().filter_map(Item::message);
    if messages.any(|(role, text)| role == Role::User && text.trim() == asked) {
        return None;
    }
    let tool = items.iter().find_map(|item| match &item.kind {
        ItemKind::Call { name, arguments: Some(arguments), .. } => {
            let parsed: Value = serde_json::from_str(arguments).ok()?;
            let mut values = parsed.as_object()?.values();
            values.any(|value| value.as_str().map(str::trim) == Some(asked)).then_some(*name)
        }
        _ => None,
    })?;
    // The call was made before: posts are in order.
    talk.get(..at)?.iter().rposition(|before| {
        let agent = before.agent.as_ref().filter(|_| before.inner.is_none());
        agent.is_some_and(|agent| agent.turn.tools.iter().any(|call| call.name == tool))
    })
}

//! Agents that ask each other: `A2A k: Message Sent` spans.
//!
//! The specialist's query opens a `Turn #n` with a user's half that no user
//! said, and cuts the caller's turn short. It is a step of the caller's reply,
//! inside the tool call that sent it: no turn of the conversation.

use super::exchange::Talk;
use crate::dialect::videosdk::text;
use crate::model::Nanos;
use crate::session::Op;
use crate::session::assemble::Case;

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

//! Rules that are known by name: what should be true of any recording.

use super::case::{Case, Thing};
use super::outcome::{Finding, Outcome};
use super::world::NONE;
use crate::assert::lang::words::Kind;
use crate::assert::spec::model::Hygiene;
use crate::dialect::Op;
use crate::model::{SpanIx, SpanRow};
use crate::output::summary::plural;
use crate::output::time::length;
use crate::session::{Role, ToolStatus, Turn};

/// What is wrong with a thing.
type Wrong = (Thing, String);

/// Asks a rule of a session.
pub(super) fn ask(case: &Case<'_, '_>, rule: Hygiene) -> Outcome {
    let no_spans = || Outcome::Nothing("the session has no spans".to_owned());
    let of_spans = matches!(rule, Hygiene::NoOrphans);
    if of_spans && case.session.spans.is_empty() {
        return no_spans();
    }
    let (looked_at, wrong) = match rule {
        Hygiene::NoOrphans => (spans(case).count(), orphans(case)),
        Hygiene::AllClosed => {
            (spans(case).count() + case.things(Kind::Tool, super::Unit::Session).len(), open(case))
        }
        Hygiene::NoNegativeDurations => (spans(case).count(), negative(case)),
        Hygiene::NoErrors => (case.session.turns.len(), errors(case)),
        Hygiene::NoToolErrors => tool_errors(case),
        Hygiene::ToolsUnderAgentTurn => tools(case),
        Hygiene::EveryUserTurnAnswered => unanswered(case),
        Hygiene::NoDoubleAnswer => doubled(case),
    };
    let what = match rule {
        Hygiene::NoToolErrors | Hygiene::ToolsUnderAgentTurn => "tool call",
        Hygiene::EveryUserTurnAnswered | Hygiene::NoDoubleAnswer => "user turn",
        Hygiene::NoErrors => "turn",
        Hygiene::AllClosed => "span or tool call",
        _ => "span",
    };
    match wrong.first() {
        None if looked_at == 0 => Outcome::Nothing(format!("there is no {what}")),
        None => Outcome::Passed(match rule {
            Hygiene::AllClosed => format!("{looked_at} spans and tool calls"),
            _ => plural(looked_at, what),
        }),
        Some((thing, text)) => {
            let mut found = format!("{}: {text}", case.label(*thing));
            if wrong.len() > 1 {
                found.push_str(&format!(" (and {} more)", wrong.len() - 1));
            }
            let items = wrong.iter().map(|(thing, _)| case.item(*thing)).collect();
            Outcome::Failed(Finding::new(found, items))
        }
    }
}

fn spans<'c>(case: &'c Case<'_, '_>) -> impl Iterator<Item = (SpanIx, &'c SpanRow)> {
    let rows = case.world.store.spans();
    case.session.spans.iter().filter_map(move |span| Some((*span, rows.get(span.index())?)))
}

fn orphans(case: &Case<'_, '_>) -> Vec<Wrong> {
    spans(case)
        .filter(|(_, row)| {
            row.parent != 0 && case.world.store.find_span(row.trace, row.parent).is_none()
        })
        .map(|(span, row)| {
            let text = format!("its parent {:016x} is not in the data", row.parent);
            (Thing::Span(span), text)
        })
        .collect()
}

fn open(case: &Case<'_, '_>) -> Vec<Wrong> {
    let spans = spans(case).filter(|(_, row)| row.end.known().is_none()).map(|(span, _)| {
        (Thing::Span(span), "end is not known: it began and never ended".to_owned())
    });
    let tools = case.things(Kind::Tool, super::Unit::Session);
    let tools: Vec<Wrong> = tools
        .iter()
        .filter(|thing| status(case, **thing) == Some(ToolStatus::Unfinished))
        .filter(|thing| case.span_of(**thing).is_none_or(|span| !is_open(case, span)))
        .map(|thing| (*thing, "status is unfinished: it began and never ended".to_owned()))
        .collect();
    spans.chain(tools).collect()
}

fn is_open(case: &Case<'_, '_>, span: SpanIx) -> bool {
    case.times(Thing::Span(span)).1.is_none()
}

fn negative(case: &Case<'_, '_>) -> Vec<Wrong> {
    let spans = spans(case).map(|(span, _)| Thing::Span(span));
    let kinds = [Kind::Turn, Kind::Tool, Kind::Session];
    let things: Vec<Thing> =
        kinds.iter().flat_map(|kind| case.things(*kind, super::Unit::Session).to_vec()).collect();
    // What a span shows is said of the span.
    let of_span = |thing: &Thing| {
        let span = case.span_of(*thing).and_then(|span| case.duration(Thing::Span(span)));
        span.is_some_and(|ms| ms < 0.0)
    };
    spans
        .chain(things.into_iter().filter(|thing| !of_span(thing)))
        .filter_map(|thing| {
            let ms = case.duration(thing).filter(|ms| *ms < 0.0)?;
            Some((thing, format!("duration = {}", length(ms))))
        })
        .collect()
}

fn errors(case: &Case<'_, '_>) -> Vec<Wrong> {
    let things = case.things(Kind::Error, super::Unit::Session);
    things
        .iter()
        .filter_map(|thing| {
            let Thing::Error(turn, at) = *thing else { return None };
            let error = case.error(turn, at).filter(|error| !error.kind.is_recovered())?;
            let texts = [&error.source, &error.error_type, &error.message];
            let texts: Vec<&str> = texts.into_iter().flatten().map(String::as_str).collect();
            let about = if turn == NONE { Thing::Session } else { Thing::Turn(turn) };
            let about = error.span.map_or(about, Thing::Span);
            Some((about, format!("{} error: {}", error.kind.as_str(), texts.join(": "))))
        })
        .collect()
}

fn status(case: &Case<'_, '_>, thing: Thing) -> Option<ToolStatus> {
    match thing {
        Thing::Tool(turn, at) => Some(case.tool(turn, at)?.status),
        _ => None,
    }
}

fn tool_errors(case: &Case<'_, '_>) -> (usize, Vec<Wrong>) {
    let tools = case.things(Kind::Tool, super::Unit::Session);
    let failed = tools.iter().filter(|thing| status(case, **thing) == Some(ToolStatus::Error));
    let wrong = failed
        .map(|thing| {
            let error = match *thing {
                Thing::Tool(turn, at) => case.tool(turn, at).and_then(|tool| tool.error.as_deref()),
                _ => None,
            };
            (*thing, format!("status is error: {}", error.unwrap_or("its text is not known")))
        })
        .collect();
    (tools.len(), wrong)
}

/// A tool call is part of an agent turn: by the model, and where agent turns
/// have spans, by the spans above it too.
fn tools(case: &Case<'_, '_>) -> (usize, Vec<Wrong>) {
    let sessions = case.world.sessions;
    let role = |turn: Option<u32>| turn.and_then(|at| case.turn(at)).map(|turn| turn.role);
    let is_agent_turn = |span: SpanIx| {
        sessions.op(span) == Op::Turn && role(case.world.turn_of(span)) == Some(Role::Agent)
    };
    let has_turn_spans = case.session.spans.iter().any(|span| is_agent_turn(*span));
    let tools = case.things(Kind::Tool, super::Unit::Session);
    let wrong = tools
        .iter()
        .filter_map(|thing| {
            if role(case.turn_of(*thing)) != Some(Role::Agent) {
                return Some((*thing, "its turn is not the agent's".to_owned()));
            }
            let span = case.span_of(*thing).filter(|_| has_turn_spans)?;
            let top = top_of(case, span, &is_agent_turn)?;
            let name = case.world.store.span(top).map_or("", |span| span.name());
            Some((*thing, format!("no agent turn is above its span: the parents end at {name}")))
        })
        .collect();
    (tools.len(), wrong)
}

/// The last span on the way up when none of them is wanted.
fn top_of(case: &Case<'_, '_>, span: SpanIx, wanted: &impl Fn(SpanIx) -> bool) -> Option<SpanIx> {
    let store = case.world.store;
    let mut at = span;
    for _ in 0..1_000 {
        if wanted(at) {
            return None;
        }
        let row = store.spans().get(at.index())?;
        match store.find_span(row.trace, row.parent) {
            Some(parent) if row.parent != 0 && parent != at => at = parent,
            _ => return Some(at),
        }
    }
    Some(at)
}

/// User turns that no agent turn answers. Utterances in a row are answered
/// together.
fn unanswered(case: &Case<'_, '_>) -> (usize, Vec<Wrong>) {
    let turns = &case.session.turns;
    let users = turns.iter().filter(|turn| turn.role == Role::User).count();
    let mut wrong = Vec::new();
    for (at, turn) in (0u32..).zip(turns) {
        if turn.role != Role::User {
            continue;
        }
        // Answers that say what they answer, and those that only follow.
        let agent = |at: &u32| case.turn(*at).filter(|turn| turn.role == Role::Agent);
        let replies: Vec<&Turn> = case.members(at).iter().filter_map(agent).collect();
        // More of the same utterance may follow.
        let goes_on = turns.get(at as usize + 1).is_some_and(|next| next.role == Role::User);
        if replies.iter().any(|reply| is_answer(reply)) || (goes_on && replies.is_empty()) {
            continue;
        }
        let text = match replies.first() {
            Some(reply) => format!("the reply failed and says nothing: turn {}", reply.number),
            None => "no agent turn answers it".to_owned(),
        };
        wrong.push((Thing::Turn(at), text));
    }
    (users, wrong)
}

/// A reply that failed before it said or wrote anything is no answer.
fn is_answer(reply: &Turn) -> bool {
    let has = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    let says = has(&reply.text) || has(&reply.generated_text) || !reply.speech.is_empty();
    says || reply.errors.is_empty()
}

fn doubled(case: &Case<'_, '_>) -> (usize, Vec<Wrong>) {
    let turns = &case.session.turns;
    let mut wrong = Vec::new();
    for (at, _) in (0u32..).zip(turns).filter(|(_, turn)| turn.role == Role::User) {
        let replies: Vec<String> = case
            .replies(at)
            .iter()
            .filter_map(|reply| Some(case.turn(*reply)?.number.to_string()))
            .collect();
        if replies.len() > 1 {
            wrong.push((Thing::Turn(at), format!("answered by turns {}", replies.join(" and "))));
        }
    }
    (turns.iter().filter(|turn| turn.role == Role::User).count(), wrong)
}

//! Tool calls: the history has all of them with arguments and outputs, spans
//! only those of the first level, logs their names and failures.

use super::exchange::{Exchange, Talk, push_behind};
use super::history::{Owners, user_before};
use super::items::{Item, ItemKind};
use super::posts::nameless_call;
use crate::model::Nanos;
use crate::session::{Role, ToolCall, ToolStatus};
use hashbrown::{HashMap, HashSet};
use serde_json::Value;

/// A span of a call and its item in the history are made together; in realtime
/// sessions the span is stamped later.
const TOGETHER_NS: u64 = 5_000_000_000;

/// Two stamps of one batch: the tool's length is not between them.
const STAMPED_TOGETHER_MS: f64 = 1.0;

/// Where a call is: exchange and position among its tools.
type Place = (usize, usize);

/// Completes calls by the history and adds those that no span knows.
pub(super) fn join(items: &[Item<'_>], owners: &Owners, talk: &mut Talk) {
    let mut joined: HashSet<Place> = HashSet::new();
    let mut by_id: HashMap<&str, (Place, Option<Nanos>)> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        let ItemKind::Call { call_id, name, arguments } = &item.kind else { continue };
        let exchange = exchange_of(items, owners, at, talk);
        // A post has its calls where the user asked, without times.
        let asked = user_before(items, owners, at);
        let known = known_call(talk, name, item.created, exchange, &joined)
            .or_else(|| known_call(talk, name, item.created, asked, &joined));
        let place = known.unwrap_or_else(|| {
            let exchange = exchange.unwrap_or_else(|| {
                push_behind(talk, owner_before(owners, at), Exchange::default())
            });
            add_call(talk, exchange, name, item.created)
        });
        joined.insert(place);
        let Some(tool) = tool_mut(talk, place) else { continue };
        tool.call_id = call_id.map(str::to_owned);
        tool.arguments = arguments.map(str::to_owned);
        tool.start = tool.start.or(item.created);
        // The history gets the output once the tool has returned.
        tool.status = ToolStatus::Unfinished;
        if let Some(id) = call_id {
            by_id.insert(*id, (place, item.created));
        }
    }
    for item in items {
        let ItemKind::Output { call_id, output, is_error } = &item.kind else { continue };
        let Some((place, called)) = call_id.and_then(|id| by_id.get(id)).copied() else { continue };
        if let Some(tool) = tool_mut(talk, place) {
            complete(tool, called, item.created, *output, *is_error);
        }
    }
}

fn tool_mut(talk: &mut Talk, (exchange, call): Place) -> Option<&mut ToolCall> {
    talk.get_mut(exchange)?.agent.as_mut()?.turn.tools.get_mut(call)
}

fn owner_before(owners: &Owners, at: usize) -> Option<usize> {
    owners.iter().take(at).rev().flatten().next().copied()
}

/// The exchange of a call: that of the agent's next message, if nobody else
/// speaks before it and it does not follow a handoff; else that of the user's
/// last message.
fn exchange_of(items: &[Item<'_>], owners: &Owners, at: usize, talk: &Talk) -> Option<usize> {
    let user = user_before(items, owners, at);
    // What the user's exchange did itself stays there.
    if let Some(user) = user
        && talk.get(user).and_then(|e| e.agent.as_ref()).is_some_and(|a| !a.members.is_empty())
    {
        return Some(user);
    }
    let after = items.iter().zip(owners).skip(at);
    let next = after
        .into_iter()
        .take_while(|(item, _)| handoff_to(item).is_none())
        .find_map(|(item, owner)| Some((item.message()?.0, *owner)));
    match next {
        Some((Role::Agent, Some(owner))) => Some(owner),
        _ => user,
    }
}

/// The agent that took over, in the output of a tool that returned one.
pub(super) fn handoff_to<'a>(item: &Item<'a>) -> Option<&'a str> {
    let ItemKind::Output { output: Some(output), .. } = &item.kind else { return None };
    let name = output.trim_matches('"').strip_prefix("Transferred to ")?;
    // A class name: one word.
    (!name.is_empty() && !name.contains(char::is_whitespace)).then_some(name)
}

/// The call of a span or post that an item of the history tells of.
fn known_call(
    talk: &Talk,
    name: &str,
    created: Option<Nanos>,
    exchange: Option<usize>,
    joined: &HashSet<Place>,
) -> Option<Place> {
    let calls = talk.iter().enumerate().flat_map(|(e, exchange)| {
        let tools = exchange.agent.iter().flat_map(|agent| &agent.turn.tools);
        tools.enumerate().map(move |(t, tool)| ((e, t), tool))
    });
    calls
        .filter(|(place, tool)| tool.name == name && !joined.contains(place))
        .filter_map(|(place, tool)| {
            let distance = tool.start.zip(created).map(|(a, b)| a.0.abs_diff(b.0));
            let own = Some(place.0) == exchange;
            let near = distance.is_some_and(|distance| distance <= TOGETHER_NS);
            // Without times only the exchange tells.
            (near || (own && distance.is_none())).then_some((distance.unwrap_or_default(), place))
        })
        .min()
        .map(|(_, place)| place)
}

fn add_call(talk: &mut Talk, exchange: usize, name: &str, created: Option<Nanos>) -> Place {
    let Some(half) = talk.get_mut(exchange).map(Exchange::agent_mut) else { return (exchange, 0) };
    half.known_at = half.known_at.or(created);
    half.turn.tools.push(ToolCall { start: created, ..nameless_call(name) });
    (exchange, half.turn.tools.len() - 1)
}

fn complete(
    tool: &mut ToolCall,
    called: Option<Nanos>,
    returned: Option<Nanos>,
    output: Option<&str>,
    is_error: Option<bool>,
) {
    tool.output = output.map(str::to_owned);
    tool.status = match is_error {
        Some(true) => ToolStatus::Error,
        Some(false) => ToolStatus::Ok,
        None => ToolStatus::Unknown,
    };
    if tool.status == ToolStatus::Error {
        tool.error = output.map(error_text);
    }
    let length = called.zip(returned).map(|(called, returned)| returned.ms_since(called));
    tool.duration_ms = length.filter(|ms| *ms > STAMPED_TOGETHER_MS);
}

/// `{"error": "Tool 'x' not found"}` as the SDK writes it, else the output.
fn error_text(output: &str) -> String {
    let parsed: Option<Value> = serde_json::from_str(output).ok();
    let text = parsed.as_ref().and_then(|value| value.get("error")?.as_str());
    text.unwrap_or(output).to_owned()
}

/// Calls that log records name: `Tool call: X (1/10)`, `Chained tool call: X …`.
pub(super) fn join_logged(talk: &mut Talk, exchange: usize, names: &[(&str, Option<Nanos>)]) {
    let mut used: Vec<usize> = Vec::new();
    for (name, time) in names {
        let Some(half) = talk.get_mut(exchange).map(Exchange::agent_mut) else { return };
        let tools = half.turn.tools.iter().enumerate();
        let known = tools
            .filter(|(at, tool)| tool.name == *name && !used.contains(at))
            .min_by_key(|(_, tool)| tool.start.zip(*time).map(|(a, b)| a.0.abs_diff(b.0)))
            .map(|(at, _)| at);
        let at = known.unwrap_or_else(|| {
            half.known_at = half.known_at.or(*time);
            half.turn.tools.push(ToolCall { start: *time, ..nameless_call(name) });
            half.turn.tools.len() - 1
        });
        used.push(at);
    }
}

/// The exchange of a failed call: the one at the time if it has a call of the
/// name, else the last one with such a call that is open.
pub(super) fn with_open_call(talk: &Talk, then: Option<usize>, name: &str) -> Option<usize> {
    let calls = |at: usize| {
        let agent = talk.get(at).and_then(|exchange| exchange.agent.as_ref());
        agent.into_iter().flat_map(|agent| &agent.turn.tools).filter(|tool| tool.name == name)
    };
    let open = |tool: &ToolCall| tool.output.is_none() && tool.status != ToolStatus::Error;
    let own = then.filter(|at| calls(*at).next().is_some());
    own.or_else(|| (0..talk.len()).rev().find(|at| calls(*at).any(open)))
}

/// Marks the call that raised. The SDK names the first tool of the loop, also
/// when a later one raised: the one that began last and gave nothing back is
/// the one. `name` is `None` for one of several that ran in parallel.
pub(super) fn fail(
    talk: &mut Talk,
    exchange: usize,
    name: Option<&str>,
    at: Option<Nanos>,
    text: &str,
) {
    let Some(half) = talk.get_mut(exchange).map(Exchange::agent_mut) else { return };
    let open = |tool: &ToolCall| {
        let begun = tool.start.zip(at).is_none_or(|(start, at)| start <= at.plus_ms(1000.0));
        tool.output.is_none() && tool.status != ToolStatus::Error && begun
    };
    let tools = || half.turn.tools.iter().enumerate().filter(|(_, tool)| open(tool));
    let found = match name {
        // One of a parallel round: they are told apart by nothing.
        None => tools().next(),
        // A chained call begins when the one before has returned.
        Some(name) => tools()
            .filter(|(_, tool)| tool.start.is_some())
            .max_by_key(|(_, tool)| tool.start)
            .or_else(|| tools().rev().find(|(_, tool)| tool.name == name)),
    };
    let found = found.map(|(place, _)| place);
    let place = match (found, name) {
        (Some(place), _) => place,
        (None, Some(name)) => {
            half.known_at = half.known_at.or(at);
            half.turn.tools.push(ToolCall { start: at, ..nameless_call(name) });
            half.turn.tools.len() - 1
        }
        (None, None) => return,
    };
    if let Some(tool) = half.turn.tools.get_mut(place) {
        tool.status = ToolStatus::Error;
        tool.error = Some(text.to_owned());
    }
}

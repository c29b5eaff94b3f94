//! Tool calls: spans first, then chat items for what spans lack (calls of tools
//! that do not exist make no span), then the real error text.

use super::draft::Draft;
use super::items::{Item, ItemKind};
use crate::dialect::livekit::{content, content_text};
use crate::model::SpanView;
use crate::session::assemble::Case;
use crate::session::{Op, Role, ToolCall, ToolStatus, llm_input};
use crate::wire::json_of;
use hashbrown::{HashMap, HashSet};
use serde_json::Value;

/// Tool calls of all `function_tool` spans, each in its reply. A call that no
/// reply owns gets a turn of its own.
pub(super) fn from_spans(case: &Case<'_>, replies: &mut Vec<Draft>) {
    let mut owner: HashMap<usize, usize> = HashMap::new();
    for (draft, reply) in replies.iter().enumerate() {
        owner.extend(reply.members.iter().map(|at| (*at, draft)));
    }
    for (at, view) in case.views() {
        if case.op(at) != Op::Tool || view.name() != "function_tool" {
            continue;
        }
        let draft = owner.get(&at).copied().unwrap_or_else(|| {
            let mut draft = Draft::new(Role::Agent);
            draft.roots.push(at);
            draft.members = case.subtree(at);
            draft.turn.start = view.row.start.known();
            draft.turn.end = view.row.end.known();
            replies.push(draft);
            replies.len() - 1
        });
        if let Some(reply) = replies.get_mut(draft) {
            reply.turn.tools.push(from_span(&view));
        }
    }
}

/// Calls the model asked for that have no span but got an answer: a tool that
/// does not exist makes no `function_tool`, only an error output in the input of
/// the next model call. Calls that were asked for and never run (interrupted,
/// discarded) have no answer and are no calls.
pub(super) fn from_model_calls(case: &Case<'_>, replies: &mut [Draft]) {
    let answers = answers_in_inputs(case);
    for reply in replies {
        for at in reply.members.clone() {
            let Some(view) = case.view(at).filter(|view| view.name() == "llm_node") else {
                continue;
            };
            for asked in asked_calls(&view) {
                let get = |key: &str| asked.get(key).and_then(Value::as_str).map(str::to_owned);
                let Some(call_id) = get("call_id") else { continue };
                let name = get("name");
                // Spans before 1.3 have no call ids: the name must do.
                let known = reply.turn.tools.iter().any(|tool| match &tool.call_id {
                    Some(id) => *id == call_id,
                    None => Some(&tool.name) == name.as_ref(),
                });
                let Some(answer) = answers.get(&call_id).filter(|_| !known) else { continue };
                reply.turn.tools.push(ToolCall {
                    name: name.unwrap_or_default(),
                    call_id: Some(call_id),
                    arguments: get("arguments"),
                    output: answer.0.clone(),
                    error: None,
                    status: match answer.1 {
                        Some(true) => ToolStatus::Error,
                        Some(false) => ToolStatus::Ok,
                        None => ToolStatus::Unknown,
                    },
                    start: view.row.end.known(),
                    duration_ms: None,
                    span: None,
                });
            }
        }
    }
}

/// `lk.response.function_calls`: a JSON list of the calls a model asked for.
fn asked_calls(view: &SpanView<'_>) -> Vec<Value> {
    let Some(value) = content(view, "response.function_calls") else { return Vec::new() };
    let parsed = match value.as_str() {
        Some(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        None => json_of(value),
    };
    match parsed {
        Value::Array(calls) => calls,
        _ => Vec::new(),
    }
}

/// Outputs of calls as later model inputs repeat them: text and error flag.
fn answers_in_inputs(case: &Case<'_>) -> HashMap<String, (Option<String>, Option<bool>)> {
    let mut answers = HashMap::new();
    let with_span: HashSet<&str> = case
        .views()
        .filter(|(_, view)| view.name() == "function_tool")
        .filter_map(|(_, view)| view.text("lk.function_tool.id"))
        .collect();
    for (_, view) in case.views().filter(|(_, view)| view.name() == "llm_node") {
        let asked = asked_calls(&view);
        let lacks_span = |call: &Value| {
            let id = call.get("call_id").and_then(Value::as_str);
            id.is_some_and(|id| !with_span.contains(id))
        };
        // Inputs repeat the whole conversation: only look where it can matter.
        if !asked.iter().any(lacks_span) {
            continue;
        }
        let later = case
            .views()
            .filter(|(_, other)| other.name() == "llm_node" && other.row.start >= view.row.end);
        for (_, other) in later.take(2) {
            for item in llm_input(case.store, other.ix).into_iter().flat_map(|i| i.messages) {
                let get = |key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
                if get("type").as_deref() == Some("function_call_output")
                    && let Some(id) = get("call_id")
                {
                    let failed = item.get("is_error").and_then(Value::as_bool);
                    answers.entry(id).or_insert((get("output"), failed));
                }
            }
        }
    }
    answers
}

fn from_span(view: &SpanView<'_>) -> ToolCall {
    let own = |text: Option<&str>| text.map(str::to_owned);
    let failed = view.attr("lk.function_tool.is_error").and_then(|flag| flag.as_bool());
    let ended = view.row.end.known().is_some();
    ToolCall {
        name: view
            .text("lk.function_tool.name")
            .or_else(|| view.text("gen_ai.tool.name"))
            .unwrap_or_default()
            .to_owned(),
        call_id: own(view.text("lk.function_tool.id").or_else(|| view.text("gen_ai.tool.call.id"))),
        arguments: own(content_text(view, "function_tool.arguments")
            .or_else(|| view.text("gen_ai.tool.call.arguments"))),
        output: own(content_text(view, "function_tool.output")),
        error: None,
        status: match failed {
            Some(true) => ToolStatus::Error,
            _ if view.text("error.type").is_some() => ToolStatus::Error,
            _ if !ended => ToolStatus::Unfinished,
            Some(false) => ToolStatus::Ok,
            None => ToolStatus::Unknown,
        },
        start: view.row.start.known(),
        duration_ms: view.duration_ms(),
        span: Some(view.ix),
    }
}

/// Completes calls by chat items and adds the calls that no span knows.
pub(super) fn join_items(items: &[Item<'_>], owner: &[Option<usize>], replies: &mut Vec<Draft>) {
    let mut joined: HashMap<String, (usize, usize)> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        let ItemKind::Call { call_id, name, arguments } = &item.kind else { continue };
        let known = find_call(replies, *call_id, *name, arguments.as_deref(), &joined);
        let (reply, call) = known.unwrap_or_else(|| {
            let reply = reply_of_call(items, owner, at).unwrap_or_else(|| {
                let mut draft = Draft::new(Role::Agent);
                draft.created = item.created;
                draft.item_position = Some(at);
                replies.push(draft);
                replies.len() - 1
            });
            (reply, add_call(replies, reply, item))
        });
        if let Some(tool) = replies.get_mut(reply).and_then(|r| r.turn.tools.get_mut(call)) {
            tool.call_id = tool.call_id.take().or(call_id.map(str::to_owned));
            tool.arguments = tool.arguments.take().or_else(|| arguments.clone());
        }
        if let Some(id) = call_id {
            joined.insert((*id).to_owned(), (reply, call));
        }
    }
    for item in items {
        let ItemKind::Output { call_id, output, is_error, .. } = &item.kind else { continue };
        let place = call_id.and_then(|id| joined.get(id)).copied();
        let Some((reply, call)) = place else { continue };
        if let Some(tool) = replies.get_mut(reply).and_then(|r| r.turn.tools.get_mut(call)) {
            complete(tool, item, output.as_ref(), *is_error);
        }
    }
    for reply in replies {
        reply.turn.tools.sort_by_key(|tool| tool.start);
    }
}

/// A call by its id; before 1.3 spans have none, so by name and arguments.
fn find_call(
    replies: &[Draft],
    call_id: Option<&str>,
    name: Option<&str>,
    arguments: Option<&str>,
    joined: &HashMap<String, (usize, usize)>,
) -> Option<(usize, usize)> {
    let calls = || {
        replies.iter().enumerate().flat_map(|(r, reply)| {
            reply.turn.tools.iter().enumerate().map(move |(c, call)| ((r, c), call))
        })
    };
    let by_id = call_id.and_then(|id| {
        calls().find(|(_, call)| call.call_id.as_deref() == Some(id)).map(|(place, _)| place)
    });
    by_id.or_else(|| {
        calls()
            .filter(|(place, call)| {
                call.call_id.is_none() && !joined.values().any(|taken| taken == place)
            })
            .find(|(_, call)| {
                Some(call.name.as_str()) == name
                    && (call.arguments.is_none() || call.arguments.as_deref() == arguments)
            })
            .map(|(place, _)| place)
    })
}

/// The reply that a call of the history belongs to: that of the next agent
/// message before the user speaks again, else that of the last one.
fn reply_of_call(items: &[Item<'_>], owner: &[Option<usize>], at: usize) -> Option<usize> {
    let message = |item: &Item<'_>| match item.kind {
        ItemKind::Message { user, .. } => Some(user),
        _ => None,
    };
    let of = |at: usize| owner.get(at).copied().flatten();
    let handoff = |item: &Item<'_>| matches!(item.kind, ItemKind::Handoff { .. });
    let next = items
        .iter()
        .enumerate()
        .skip(at)
        .take_while(|(_, item)| !handoff(item))
        .find_map(|(i, item)| Some((i, message(item)?)));
    if let Some((i, false)) = next {
        return of(i);
    }
    let mut before = items.iter().enumerate().take(at).rev();
    match before.find_map(|(i, item)| Some((i, message(item)?))) {
        Some((i, false)) => of(i),
        _ => None,
    }
}

fn add_call(replies: &mut [Draft], reply: usize, item: &Item<'_>) -> usize {
    let ItemKind::Call { call_id, name, arguments } = &item.kind else { return 0 };
    let Some(reply) = replies.get_mut(reply) else { return 0 };
    reply.turn.tools.push(ToolCall {
        name: name.unwrap_or_default().to_owned(),
        call_id: call_id.map(str::to_owned),
        arguments: arguments.clone(),
        output: None,
        error: None,
        // The history holds the call's output once it ended.
        status: ToolStatus::Unfinished,
        start: item.created,
        duration_ms: None,
        span: None,
    });
    reply.turn.tools.len() - 1
}

fn complete(tool: &mut ToolCall, item: &Item<'_>, output: Option<&String>, failed: Option<bool>) {
    tool.output = tool.output.take().or_else(|| output.cloned());
    if let Some(failed) = failed {
        tool.status = if failed { ToolStatus::Error } else { ToolStatus::Ok };
    } else if tool.status == ToolStatus::Unfinished {
        tool.status = ToolStatus::Unknown;
    }
    if tool.span.is_none()
        && let (Some(start), Some(end)) = (tool.start, item.created)
    {
        tool.duration_ms = Some(end.ms_since(start));
    }
}

/// The exception is in a log record of the call's span, its text also in the
/// report's event about the call's end; the output shown to the model usually
/// hides it.
pub(super) fn explain_errors(case: &Case<'_>, drafts: &mut [Draft]) {
    let from_logs = exceptions_by_span(case);
    let from_report = failures_in_reports(case);
    for tool in drafts.iter_mut().flat_map(|draft| &mut draft.turn.tools) {
        if tool.status != ToolStatus::Error {
            continue;
        }
        let view = tool.span.and_then(|ix| case.store.span(ix));
        let logged = view.and_then(|v| from_logs.get(&v.row.id)).cloned();
        let reported = || from_report.get(tool.call_id.as_deref()?).cloned();
        let on_span = || {
            let view = view?;
            Some(view.text("exception.message")?.to_owned())
        };
        tool.error = logged.or_else(reported).or_else(on_span).or_else(|| tool.output.clone());
    }
}

fn exceptions_by_span(case: &Case<'_>) -> HashMap<u64, String> {
    let mut found = HashMap::new();
    for log in case.logs.iter().filter_map(|ix| case.store.log(*ix)) {
        let attrs = case.store.attrs(log.attrs);
        let get = |key: &str| attrs.get(key).and_then(|v| v.as_str()).filter(|t| !t.is_empty());
        let text = match (get("exception.type"), get("exception.message")) {
            (Some(kind), Some(message)) => format!("{kind}: {message}"),
            (Some(only), None) | (None, Some(only)) => only.to_owned(),
            (None, None) => continue,
        };
        found.entry(log.span).or_insert(text);
    }
    found
}

fn failures_in_reports(case: &Case<'_>) -> HashMap<String, String> {
    let mut found = HashMap::new();
    for item in case.documents.iter().flat_map(|document| &document.items) {
        if case.store.str(item.kind) != "event.tool_execution_updated" {
            continue;
        }
        let Some(update) = case.store.attrs(item.attrs).get("update") else { continue };
        let get = |key: &str| update.get(key).and_then(|v| v.as_str());
        if get("status") == Some("error")
            && let (Some(id), Some(message)) = (get("call_id"), get("message"))
        {
            found.insert(id.to_owned(), message.to_owned());
        }
    }
    found
}

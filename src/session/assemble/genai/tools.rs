//! Tool calls: from spans, from what models asked for, and from what later
//! inputs remember. The same call told three times is one call.

use super::entries::{Answer, Call, Entry, Speaker, entries, plain};
use super::exchange::{Exchange, Step};
use super::handoffs::Transfers;
use super::{content, failures};
use crate::dialect::Words;
use crate::model::{SpanView, Value};
use crate::session::assemble::Case;
use crate::session::{Op, ToolCall, ToolStatus};
use crate::wire::json_of;
use hashbrown::HashMap;

/// Stands for a result that is still to come (Pipecat).
const PLACEHOLDER: &str = "IN_PROGRESS";

/// How a call became known; a later account of it may spell its id otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Span,
    Model,
    Memory,
}

struct Draft {
    call: ToolCall,
    exchange: usize,
    told: Told,
    /// A memory of another id was recognised as this call.
    remembered: bool,
}

/// The tool calls of each exchange, in order.
pub(super) fn read(
    case: &Case<'_>,
    exchanges: &[Exchange],
    transfers: &Transfers,
) -> Vec<Vec<ToolCall>> {
    let mut calls = Calls {
        case,
        transfers,
        drafts: Vec::new(),
        ids: HashMap::new(),
        spans: HashMap::new(),
        of_exchange: vec![Vec::new(); exchanges.len()],
    };
    for (number, exchange) in exchanges.iter().enumerate() {
        for at in exchange.members.iter().filter(|at| case.op(**at) == Op::Tool) {
            calls.take_span(number, *at);
        }
    }
    for (number, exchange) in exchanges.iter().enumerate() {
        let mut before: Option<&Step> = None;
        for step in &exchange.steps {
            calls.take_step(number, step, before);
            before = Some(step);
        }
    }
    for (at, view) in case.views().filter(|(at, _)| case.op(*at) == Op::Session) {
        for entry in content::input(&view, case.words(at)) {
            if let Entry::Answer(answer) = entry {
                calls.take_answer(&answer, usize::MAX, None);
            }
        }
    }
    let mut lists = vec![Vec::new(); exchanges.len()];
    for draft in calls.drafts {
        if let Some(list) = lists.get_mut(draft.exchange) {
            list.push(draft.call);
        }
    }
    for list in &mut lists {
        list.sort_by_key(|call: &ToolCall| call.start);
    }
    lists
}

struct Calls<'c, 'a> {
    case: &'c Case<'a>,
    transfers: &'c Transfers,
    drafts: Vec<Draft>,
    /// Drafts by every id they are known under. Some providers number the
    /// calls of each response anew, so that ids repeat.
    ids: HashMap<String, Vec<usize>>,
    /// Drafts by the position of their span, or of a span inside it.
    spans: HashMap<usize, usize>,
    of_exchange: Vec<Vec<usize>>,
}

impl Calls<'_, '_> {
    fn take_span(&mut self, exchange: usize, at: usize) {
        let Some(view) = self.case.view(at).filter(|_| !self.transfers.is_span(at)) else { return };
        let call = from_span(self.case, at, &view);
        // A protocol's span inside the tool's span is the same call, and so are
        // two spans with one id (Gemini's call and result, in Pipecat).
        let protocol = view.attr("mcp.method.name").is_some();
        let inside = self.case.is_below(at, &[Op::Tool]);
        let outer = || self.case.ancestors(at).find_map(|up| self.spans.get(&up).copied());
        let above = inside
            .then(outer)
            .flatten()
            .filter(|number| protocol || self.is_named(*number, &call.name));
        let same_id = || {
            let number = self.find_in(exchange, call.call_id.as_deref()?)?;
            self.is_named(number, &call.name).then_some(number)
        };
        let number = match above.or_else(same_id) {
            Some(number) => {
                if let Some(draft) = self.drafts.get_mut(number) {
                    complete(&mut draft.call, call);
                }
                number
            }
            None => self.push(exchange, call, Told::Span),
        };
        self.spans.insert(at, number);
    }

    fn is_named(&self, number: usize, name: &str) -> bool {
        self.drafts.get(number).is_some_and(|draft| draft.call.name == name)
    }

    fn push(&mut self, exchange: usize, call: ToolCall, told: Told) -> usize {
        let number = self.drafts.len();
        if let Some(id) = &call.call_id {
            self.ids.entry(id.clone()).or_default().push(number);
        }
        if let Some(list) = self.of_exchange.get_mut(exchange) {
            list.push(number);
        }
        self.drafts.push(Draft { call, exchange, told, remembered: false });
        number
    }

    fn take_step(&mut self, exchange: usize, step: &Step, before: Option<&Step>) {
        for past in &step.news.calls {
            let exchange = if past.current { Some(exchange) } else { exchange.checked_sub(1) };
            if let Some(exchange) = exchange.filter(|_| !self.transfers.is_call(&past.call)) {
                self.remember(exchange, &past.call, before);
            }
        }
        for answer in &step.news.answers {
            self.take_answer(answer, exchange, Some(step));
        }
        for call in &step.asks {
            if !self.transfers.is_call(call) {
                self.ask(exchange, call, step);
            }
        }
        self.take_names(exchange, step);
    }

    /// A call that a model asked for.
    fn ask(&mut self, exchange: usize, call: &Call, step: &Step) {
        let known = call.id.as_deref().and_then(|id| self.find_in(exchange, id));
        if known.is_some() {
            return;
        }
        let nameless = |draft: &Draft| draft.call.call_id.is_none() && is_same(&draft.call, call);
        match self.first_of(exchange, nameless) {
            Some(number) => self.learn(number, call),
            None => {
                self.add(exchange, call, Some(step), Told::Model);
            }
        }
    }

    /// A call that a later input remembers. Some bridges give it another id
    /// there.
    fn remember(&mut self, exchange: usize, call: &Call, before: Option<&Step>) {
        if call.id.as_ref().is_some_and(|id| self.ids.contains_key(id)) {
            return;
        }
        let first_hand = |draft: &Draft| {
            draft.told != Told::Memory && !draft.remembered && is_same(&draft.call, call)
        };
        match self.first_of(exchange, first_hand) {
            Some(number) => {
                self.learn(number, call);
                if let Some(draft) = self.drafts.get_mut(number) {
                    draft.remembered = true;
                }
            }
            None => {
                self.add(exchange, call, before, Told::Memory);
            }
        }
    }

    fn first_of(&self, exchange: usize, is: impl Fn(&Draft) -> bool) -> Option<usize> {
        let numbers = self.of_exchange.get(exchange)?.iter().copied();
        numbers.into_iter().find(|number| self.drafts.get(*number).is_some_and(&is))
    }

    /// Completes a call by another account of it.
    fn learn(&mut self, number: usize, call: &Call) {
        if let Some(id) = &call.id {
            self.ids.entry(id.clone()).or_default().push(number);
        }
        let Some(draft) = self.drafts.get_mut(number) else { return };
        draft.call.call_id = draft.call.call_id.take().or_else(|| call.id.clone());
        draft.call.arguments = draft.call.arguments.take().or_else(|| call.arguments.clone());
    }

    fn add(&mut self, exchange: usize, call: &Call, asked: Option<&Step>, told: Told) -> usize {
        let asking = asked.and_then(|step| self.case.view(step.at));
        let call = ToolCall {
            name: call.name.clone(),
            call_id: call.id.clone(),
            arguments: call.arguments.clone(),
            output: None,
            error: None,
            // Until an answer is found, nothing says that it ended.
            status: ToolStatus::Unfinished,
            start: asking.and_then(|view| view.row.end.known()),
            duration_ms: None,
            span: None,
        };
        self.push(exchange, call, told)
    }

    /// Pipecat's realtime responses name the functions they call, no more.
    fn take_names(&mut self, exchange: usize, step: &Step) {
        let Some(view) = self.case.view(step.at) else { return };
        for name in view.text("function_calls.all_names").into_iter().flat_map(|n| n.split(',')) {
            let call = Call { name: name.trim().to_owned(), ..Call::default() };
            let number = self.add(exchange, &call, Some(step), Told::Model);
            if let Some(draft) = self.drafts.get_mut(number) {
                draft.call.status = ToolStatus::Unknown;
            }
        }
    }

    /// The call of an id in one exchange.
    fn find_in(&self, exchange: usize, id: &str) -> Option<usize> {
        let numbers = self.ids.get(id)?.iter().rev().copied();
        let here =
            |number: &usize| self.drafts.get(*number).is_some_and(|d| d.exchange == exchange);
        numbers.into_iter().find(here)
    }

    /// A result in a later input. Its call ended before that input was sent,
    /// at the latest.
    fn take_answer(&mut self, answer: &Answer, exchange: usize, step: Option<&Step>) {
        let number = answer.id.as_deref().and_then(|id| {
            self.find_in(exchange, id).or_else(|| self.ids.get(id)?.last().copied())
        });
        let Some(draft) = number.and_then(|at| self.drafts.get_mut(at)) else { return };
        let Some(output) = answer.output.as_deref().filter(|text| *text != PLACEHOLDER) else {
            return;
        };
        let call = &mut draft.call;
        if call.output.is_some() {
            return;
        }
        call.output = Some(output.to_owned());
        if call.span.is_some() {
            return;
        }
        // Pipecat withholds what was raised.
        let failed =
            output.starts_with("The function `") && output.ends_with("returned no result.");
        call.status = if failed { ToolStatus::Error } else { ToolStatus::Ok };
        let answered = step.and_then(|step| self.case.view(step.at)?.row.start.known());
        call.duration_ms = answered
            .zip(call.start)
            .map(|(end, start)| end.ms_since(start))
            .filter(|length| *length >= 0.0);
    }
}

/// Whether two accounts may be of one call: the same tool, the same arguments
/// where both know them.
fn is_same(known: &ToolCall, call: &Call) -> bool {
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    known.name == call.name
        && match (known.arguments.as_deref(), call.arguments.as_deref()) {
            (Some(a), Some(b)) => a == b || parsed(a).is_some_and(|a| Some(a) == parsed(b)),
            _ => true,
        }
}

/// Takes from another account what a call lacks.
fn complete(call: &mut ToolCall, other: ToolCall) {
    call.call_id = call.call_id.take().or(other.call_id);
    call.arguments = call.arguments.take().or(other.arguments);
    call.output = call.output.take().or(other.output);
    call.error = call.error.take().or(other.error);
    if call.status != ToolStatus::Error {
        call.status = match other.status {
            ToolStatus::Error => ToolStatus::Error,
            ToolStatus::Ok if call.status == ToolStatus::Unfinished => ToolStatus::Ok,
            _ => call.status,
        };
    }
}

fn from_span(case: &Case<'_>, at: usize, view: &SpanView<'_>) -> ToolCall {
    let words = case.words(at);
    let first = |own: &[&str], common: &[&str]| {
        own.iter().chain(common).find_map(|key| text_of(view.attr(key)?))
    };
    let failed = failures::failed(view) || flagged(view) == Some(true);
    let ended = view.row.end.known().is_some();
    ToolCall {
        name: first(words.tool, Words::COMMON.tool).unwrap_or_else(|| named(view).to_owned()),
        call_id: first(words.call_id, Words::COMMON.call_id),
        arguments: first(words.arguments, Words::COMMON.arguments)
            .or_else(|| in_event(view, "gen_ai.tool.message", "content")),
        output: first(words.result, Words::COMMON.result)
            .or_else(|| in_event(view, "gen_ai.choice", "message")),
        error: failed.then(|| failures::message(view)).flatten(),
        status: match (failed, ended) {
            (true, _) => ToolStatus::Error,
            (false, true) => ToolStatus::Ok,
            (false, false) => ToolStatus::Unfinished,
        },
        start: view.row.start.known(),
        // The instrumentor for Pipecat marks a moment, not the call.
        duration_ms: view
            .duration_ms()
            .filter(|length| *length > 1.0 || !view.name().starts_with("pipecat.tool.")),
        span: Some(view.ix),
    }
}

/// The tool's name from the span's, where no key has it.
fn named<'a>(view: &SpanView<'a>) -> &'a str {
    let name = view.name();
    let prefixes = ["execute_tool ", "tools/call ", "elevenlabs.tool.", "pipecat.tool."];
    let bare = prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    bare.strip_suffix(".tool").unwrap_or(bare)
}

/// Words for how a call ended.
fn flagged(view: &SpanView<'_>) -> Option<bool> {
    ["gen_ai.tool.status", "tool.status", "tool.result_status"]
        .iter()
        .find_map(|key| view.text(key))
        .map(|word| word == "error")
}

/// Text as it is, structured values as JSON.
fn text_of(value: Value<'_>) -> Option<String> {
    match value {
        Value::Empty => None,
        Value::Str(text) => (!text.is_empty()).then(|| text.to_owned()),
        other => Some(json_of(other).to_string()),
    }
}

/// Strands puts arguments and result into events.
fn in_event(view: &SpanView<'_>, name: &str, key: &str) -> Option<String> {
    let event = view.events().iter().find(|event| view.store.str(event.name) == name)?;
    let text = view.store.attrs(event.attrs).get(key)?.as_str()?;
    let parsed: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let as_parts = parsed.filter(|json| {
        json.is_array()
            && entries(json, Speaker::Agent).iter().any(|e| matches!(e, Entry::Agent(_)))
    });
    as_parts.as_ref().and_then(plain).or_else(|| Some(text.to_owned()))
}

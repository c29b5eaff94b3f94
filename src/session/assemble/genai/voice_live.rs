//! Azure Voice Live: spans are an event log, so turns are read from the events
//! that say how something ended. Deltas, audio and timing of single chunks are
//! the business of the realtime correlator.
//!
//! A `recv` span ends when its event came; its start means nothing.

use super::entries::plain;
use crate::model::{Nanos, SpanIx};
use crate::session::assemble::Case;
use crate::session::{Interval, Role, Session, ToolCall, ToolStatus, Turn, Usage};
use hashbrown::HashMap;
use serde_json::Value;

/// Whether a session is such a log.
pub(super) fn is_log(case: &Case<'_>) -> bool {
    (0..case.spans.len())
        .any(|at| case.dialect(at).is_some_and(|dialect| dialect.name == "azure-voicelive"))
}

/// Reads turns and models.
pub(super) fn read(case: &Case<'_>, session: &mut Session) {
    let mut log = Log { model: model(case), ..Log::default() };
    for event in events(case) {
        log.take(&event);
    }
    for turn in &log.turns {
        session.usage.add(&turn.turn.usage);
    }
    session.turns = log.into_turns();
    let place: HashMap<SpanIx, usize> =
        case.spans.iter().enumerate().map(|(at, span)| (*span, at)).collect();
    for turn in &mut session.turns {
        turn.spans.sort_by_key(|span| place.get(span).copied());
    }
}

struct Event<'a> {
    kind: &'a str,
    at: Option<Nanos>,
    span: SpanIx,
    content: Value,
    response: Option<&'a str>,
    item: Option<&'a str>,
    first_token_ms: Option<f64>,
}

/// Events in the order in which they came.
fn events<'a>(case: &Case<'a>) -> Vec<Event<'a>> {
    let mut events: Vec<Event<'a>> = case
        .views()
        .filter_map(|(_, view)| {
            let content = view.events().iter().find_map(|event| {
                case.store.attrs(event.attrs).get("gen_ai.event.content")?.as_str()
            });
            Some(Event {
                kind: view.text("gen_ai.voice.event_type")?,
                at: view.row.end.known(),
                span: view.ix,
                content: content.and_then(|t| serde_json::from_str(t).ok()).unwrap_or(Value::Null),
                response: view.text("gen_ai.response.id"),
                item: view.text("gen_ai.voice.item_id"),
                first_token_ms: view.number("gen_ai.voice.first_token_latency_ms"),
            })
        })
        .collect();
    events.sort_by_key(|event| event.at);
    events
}

fn model(case: &Case<'_>) -> Option<String> {
    case.views().find_map(|(_, view)| view.text("gen_ai.request.model")).map(str::to_owned)
}

#[derive(Default)]
struct Log {
    turns: Vec<Draft>,
    model: Option<String>,
}

struct Draft {
    turn: Turn,
    /// Item of an utterance.
    item: Option<String>,
    /// Responses of a reply.
    responses: Vec<String>,
    /// The last response asked for a tool: the next one goes on.
    asked: bool,
    /// First audio of the reply.
    sounds: Option<Nanos>,
}

impl Draft {
    fn new(role: Role, start: Option<Nanos>) -> Self {
        let mut turn = Turn::new(role);
        turn.start = start;
        Self { turn, item: None, responses: Vec::new(), asked: false, sounds: None }
    }

    fn say(&mut self, text: &str) {
        match &mut self.turn.text {
            Some(said) => {
                said.push(' ');
                said.push_str(text);
            }
            None => self.turn.text = Some(text.to_owned()),
        }
    }
}

impl Log {
    fn take(&mut self, event: &Event<'_>) {
        let text = |key: &str| event.content.get(key).and_then(Value::as_str);
        match event.kind {
            "input_audio_buffer.speech_started" => {
                let mut draft = Draft::new(Role::User, event.at);
                draft.item = event.item.map(str::to_owned);
                draft.turn.speech.push(Interval { start: event.at, end: None });
                self.turns.push(draft);
            }
            "input_audio_buffer.speech_stopped" => {
                if let Some(draft) = self.utterance(event.item) {
                    draft.turn.end = event.at;
                    if let Some(speech) = draft.turn.speech.last_mut() {
                        speech.end = event.at;
                    }
                }
            }
            "conversation.item.input_audio_transcription.completed" => {
                if let Some(draft) = self.utterance(event.item) {
                    draft.turn.text = text("transcript").map(str::to_owned);
                }
            }
            "response.created" => self.begin_response(event),
            "response.audio.delta" => {
                if let Some(draft) = self.reply(event.response) {
                    draft.sounds = draft.sounds.or(event.at);
                }
            }
            "response.output_item.done" => self.end_item(event),
            "response.done" => self.end_response(event),
            "conversation.item.create" => self.take_output(event),
            _ => {}
        }
        self.own(event);
    }

    fn utterance(&mut self, item: Option<&str>) -> Option<&mut Draft> {
        let item = item?;
        self.turns.iter_mut().find(|draft| draft.item.as_deref() == Some(item))
    }

    fn reply(&mut self, response: Option<&str>) -> Option<&mut Draft> {
        let response = response?;
        self.turns.iter_mut().find(|draft| draft.responses.iter().any(|id| id == response))
    }

    fn begin_response(&mut self, event: &Event<'_>) {
        let Some(response) = event.response else { return };
        let last = self.turns.last_mut().filter(|last| last.asked);
        let draft = match last {
            Some(draft) => draft,
            None => {
                let mut draft = Draft::new(Role::Agent, event.at);
                draft.turn.models.extend(self.model.clone());
                self.turns.push(draft);
                let Some(draft) = self.turns.last_mut() else { return };
                draft
            }
        };
        draft.asked = false;
        draft.responses.push(response.to_owned());
    }

    /// A message or a call is complete.
    fn end_item(&mut self, event: &Event<'_>) {
        let Some(item) = event.content.get("item") else { return };
        let get = |key: &str| item.get(key).and_then(Value::as_str);
        let at = event.at;
        let Some(draft) = self.reply(event.response) else { return };
        match get("type") {
            Some("function_call") => draft.turn.tools.push(ToolCall {
                name: get("name").unwrap_or_default().to_owned(),
                call_id: get("call_id").map(str::to_owned),
                arguments: get("arguments").map(str::to_owned),
                output: None,
                error: None,
                status: ToolStatus::Unfinished,
                start: at,
                duration_ms: None,
                span: None,
            }),
            Some("message") => {
                let parts = item.get("content").and_then(Value::as_array).into_iter().flatten();
                for part in parts {
                    let said = ["transcript", "text"].iter().find_map(|key| part.get(*key));
                    if let Some(said) = said.and_then(Value::as_str).filter(|t| !t.is_empty()) {
                        draft.say(said);
                    }
                }
            }
            _ => {}
        }
    }

    fn end_response(&mut self, event: &Event<'_>) {
        let response = event.content.get("response").cloned().unwrap_or(Value::Null);
        let calls = response.get("output").and_then(Value::as_array).is_some_and(|items| {
            items.iter().any(|i| i.get("type").and_then(Value::as_str) == Some("function_call"))
        });
        let Some(draft) = self.reply(event.response) else { return };
        draft.turn.end = event.at;
        draft.asked = calls;
        // With content off only the end is told, not how it came.
        if let Some(status) = response.get("status").and_then(Value::as_str) {
            let cut = status == "cancelled";
            draft.turn.interrupted = Some(cut || draft.turn.interrupted == Some(true));
        }
        draft.turn.usage.add(&usage(response.get("usage").unwrap_or(&Value::Null)));
    }

    /// The program's answer to a call.
    fn take_output(&mut self, event: &Event<'_>) {
        let Some(item) = event.content.get("item") else { return };
        let id = item.get("call_id").and_then(Value::as_str);
        let calls = self.turns.iter_mut().flat_map(|draft| &mut draft.turn.tools);
        let known = calls.rev().find(|call| id.is_some() && call.call_id.as_deref() == id);
        if let Some(call) = known {
            call.output = item.get("output").and_then(plain);
            call.status = ToolStatus::Ok;
            call.duration_ms = event.at.zip(call.start).map(|(end, start)| end.ms_since(start));
        }
    }

    /// Gives the span to the turn that it tells of.
    fn own(&mut self, event: &Event<'_>) {
        let (response, item, span, first) =
            (event.response, event.item, event.span, event.first_token_ms);
        let found = match self.reply(response).is_some() {
            true => self.reply(response),
            false => self.utterance(item),
        };
        let Some(draft) = found else { return };
        draft.turn.spans.push(span);
        let ttft = &mut draft.turn.latency.llm_ttft.reported_ms;
        *ttft = ttft.or(first);
    }

    fn into_turns(self) -> Vec<Turn> {
        let mut list: Vec<Turn> = Vec::new();
        let mut asked: Option<(u32, Option<Nanos>)> = None;
        for (draft, number) in self.turns.into_iter().zip(1u32..) {
            let mut turn = draft.turn;
            match turn.role {
                Role::User => asked = Some((number, turn.end)),
                Role::Agent => {
                    let answered = asked.take();
                    turn.reply_to = answered.map(|(number, _)| number);
                    let silent = answered.and_then(|(_, end)| end);
                    turn.latency.e2e.derived_ms =
                        draft.sounds.zip(silent).map(|(sounds, end)| sounds.ms_since(end));
                }
            }
            list.push(turn);
        }
        list
    }
}

fn usage(json: &Value) -> Usage {
    let count =
        |path: &[&str]| path.iter().try_fold(json, |at, key| at.get(*key)).and_then(Value::as_u64);
    Usage {
        input_tokens: count(&["input_tokens"]),
        output_tokens: count(&["output_tokens"]),
        cached_input_tokens: count(&["input_token_details", "cached_tokens"]),
        input_audio_tokens: count(&["input_token_details", "audio_tokens"]),
        output_audio_tokens: count(&["output_token_details", "audio_tokens"]),
    }
}

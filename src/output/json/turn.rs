//! A turn with its tool calls, errors, latency and usage.

use super::each::each;
use super::raw::JsonText;
use crate::model::{SpanIx, Store};
use crate::output::report::Only;
use crate::session::{CallError, Latency, Measure, Session, ToolCall, Turn, Usage};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

pub(super) struct TurnJson<'a> {
    pub(super) store: &'a Store,
    pub(super) session: &'a Session,
    pub(super) turn: &'a Turn,
    /// With this, keys that were not asked for are absent (which says "not
    /// shown"; null says "not known").
    pub(super) only: Option<Only>,
}

impl Serialize for TurnJson<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { store, session, turn, only } = *self;
        let shows = |part| only.is_none_or(|only| only == part);
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("number", &turn.number)?;
        map.serialize_entry("role", turn.role.as_str())?;
        map.serialize_entry("agent", &turn.agent)?;
        map.serialize_entry("start_ms", &session.ms(turn.start))?;
        map.serialize_entry("end_ms", &session.ms(turn.end))?;
        if shows(Only::Transcript) {
            map.serialize_entry(
                "speech",
                &each(&turn.speech, |speech| SpeechJson {
                    start_ms: session.ms(speech.start),
                    end_ms: session.ms(speech.end),
                }),
            )?;
            map.serialize_entry("text", &turn.text)?;
            map.serialize_entry("generated_text", &turn.generated_text)?;
            map.serialize_entry("interrupted", &turn.interrupted)?;
            map.serialize_entry("reply_to", &turn.reply_to)?;
        }
        if only.is_none() {
            map.serialize_entry("latency", &LatencyJson::of(&turn.latency))?;
            map.serialize_entry("usage", &UsageJson::of(&turn.usage))?;
            map.serialize_entry("models", &turn.models)?;
        }
        if shows(Only::Tools) {
            map.serialize_entry("tools", &each(&turn.tools, |t| ToolJson::of(store, session, t)))?;
        }
        if shows(Only::Errors) {
            map.serialize_entry(
                "errors",
                &each(&turn.errors, |e| ErrorJson::of(store, session, e)),
            )?;
        }
        if only.is_none() {
            map.serialize_entry("spans", &turn.spans.len())?;
            map.serialize_entry("logs", &turn.logs.len())?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct SpeechJson {
    start_ms: Option<f64>,
    end_ms: Option<f64>,
}

#[derive(Serialize)]
struct MeasureJson {
    reported_ms: Option<f64>,
    derived_ms: Option<f64>,
    heard_ms: Option<f64>,
}

#[derive(Serialize)]
struct LatencyJson {
    e2e: MeasureJson,
    eou: MeasureJson,
    transcription: MeasureJson,
    llm_ttft: MeasureJson,
    tts_ttfb: MeasureJson,
}

impl LatencyJson {
    fn of(latency: &Latency) -> Self {
        let measure = |m: &Measure| MeasureJson {
            reported_ms: m.reported_ms,
            derived_ms: m.derived_ms,
            heard_ms: m.heard_ms,
        };
        Self {
            e2e: measure(&latency.e2e),
            eou: measure(&latency.eou),
            transcription: measure(&latency.transcription),
            llm_ttft: measure(&latency.llm_ttft),
            tts_ttfb: measure(&latency.tts_ttfb),
        }
    }
}

#[derive(Serialize)]
pub(super) struct UsageJson {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cached_input_tokens: Option<u64>,
    input_audio_tokens: Option<u64>,
    output_audio_tokens: Option<u64>,
}

impl UsageJson {
    pub(super) fn of(usage: &Usage) -> Self {
        Self {
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            cached_input_tokens: usage.cached_input_tokens,
            input_audio_tokens: usage.input_audio_tokens,
            output_audio_tokens: usage.output_audio_tokens,
        }
    }
}

#[derive(Serialize)]
struct ToolJson<'a> {
    name: &'a str,
    call_id: Option<&'a str>,
    arguments: Option<JsonText<'a>>,
    output: Option<JsonText<'a>>,
    error: Option<&'a str>,
    status: &'static str,
    start_ms: Option<f64>,
    duration_ms: Option<f64>,
    span_id: Option<String>,
}

impl<'a> ToolJson<'a> {
    fn of(store: &Store, session: &Session, tool: &'a ToolCall) -> Self {
        Self {
            name: &tool.name,
            call_id: tool.call_id.as_deref(),
            arguments: tool.arguments.as_deref().map(JsonText::of),
            output: tool.output.as_deref().map(JsonText::of),
            error: tool.error.as_deref(),
            status: tool.status.as_str(),
            start_ms: session.ms(tool.start),
            duration_ms: tool.duration_ms,
            span_id: span_id(store, tool.span),
        }
    }
}

#[derive(Serialize)]
pub(super) struct ErrorJson<'a> {
    kind: &'static str,
    recovered: bool,
    #[serde(rename = "type")]
    error_type: Option<&'a str>,
    message: Option<&'a str>,
    at_ms: Option<f64>,
    source: Option<&'a str>,
    span_id: Option<String>,
}

impl<'a> ErrorJson<'a> {
    pub(super) fn of(store: &Store, session: &Session, error: &'a CallError) -> Self {
        Self {
            kind: error.kind.as_str(),
            recovered: error.kind.is_recovered(),
            error_type: error.error_type.as_deref(),
            message: error.message.as_deref(),
            at_ms: session.ms(error.at),
            source: error.source.as_deref(),
            span_id: span_id(store, error.span),
        }
    }
}

fn span_id(store: &Store, span: Option<SpanIx>) -> Option<String> {
    let row = store.spans().get(span?.index())?;
    Some(format!("{:016x}", row.id))
}

//! What events carry: sessions, items, responses, usage. Read leniently: a
//! field of an unexpected type is a field that is not there.

use super::audio::AudioFormat;
use super::id::Id;
use super::tokens::Tokens;
use crate::wire::realtime::Json;

/// A session's configuration, as far as an event tells it.
#[derive(Clone, Debug, Default)]
pub(super) struct SessionInfo {
    /// `sess_…`.
    pub id: Option<Id>,
    /// `realtime`, `transcription`, `translation`.
    pub kind: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Voice of the output.
    pub voice: Option<String>,
    /// System prompt.
    pub instructions: Option<String>,
    /// `server_vad`, `semantic_vad`, or `none` (push-to-talk).
    pub turn_detection: Option<String>,
    /// Silence that ends an utterance, in milliseconds (server_vad).
    pub silence_ms: Option<f64>,
    /// Output modalities, joined with a comma.
    pub modalities: Option<String>,
    /// Unix second at which the service ends the session.
    pub expires_at: Option<u64>,
    /// Model that transcribes the input; `None` where nothing is said.
    pub transcription_model: Option<String>,
    /// Input audio format.
    pub input_format: Option<AudioFormat>,
    /// Name of the input format.
    pub input_format_name: Option<String>,
    /// Output audio format.
    pub output_format: Option<AudioFormat>,
    /// Name of the output format.
    pub output_format_name: Option<String>,
    /// Tools as JSON text.
    pub tools: Option<String>,
    /// Names of the tools, joined with a comma.
    pub tool_names: Option<String>,
    /// Temperature (beta).
    pub temperature: Option<f64>,
    /// Most output tokens; `inf` is `None`.
    pub max_output_tokens: Option<u64>,
    /// Whether fields have the beta's names.
    pub beta: bool,
}

fn text(json: &Json<'_>) -> Option<String> {
    json.word().map(str::to_owned)
}

fn id(json: &Json<'_>) -> Option<Id> {
    json.word().map(Id::new)
}

fn joined(json: &Json<'_>) -> Option<String> {
    let words: Vec<&str> = json.items().iter().filter_map(Json::str).collect();
    (!words.is_empty()).then(|| words.join(","))
}

impl SessionInfo {
    /// Reads a `session` object.
    #[must_use]
    pub(super) fn read(session: &Json<'_>) -> Self {
        let (input, output) =
            (session.get("audio").get("input"), session.get("audio").get("output"));
        let beta_input = session.get("input_audio_format").word();
        let beta_output = session.get("output_audio_format").word();
        let detection = if session.get("audio").is_null() {
            session.get("turn_detection")
        } else {
            input.get("turn_detection")
        };
        let has_detection = has(session, "turn_detection") || has(input, "turn_detection");
        let transcription = match input.get("transcription") {
            Json::Null => session.get("input_audio_transcription"),
            known => known,
        };
        let (in_name, in_rate) = format_of(input.get("format"), beta_input);
        let (out_name, out_rate) = format_of(output.get("format"), beta_output);
        let tools = session.get("tools");
        let tool_names: Vec<&str> = tools
            .items()
            .iter()
            .filter_map(|tool| tool.get("name").word().or(tool.get("server_label").word()))
            .collect();
        Self {
            id: id(session.get("id")),
            kind: text(session.get("type")),
            model: text(session.get("model")),
            voice: text(output.get("voice")).or_else(|| text(session.get("voice"))),
            instructions: text(session.get("instructions")),
            turn_detection: text(detection.get("type"))
                .or_else(|| has_detection.then(|| "none".to_owned())),
            silence_ms: detection.get("silence_duration_ms").f64(),
            modalities: joined(session.get("output_modalities"))
                .or_else(|| joined(session.get("modalities"))),
            expires_at: session.get("expires_at").u64(),
            transcription_model: text(transcription.get("model")),
            input_format: in_name.as_deref().and_then(|name| AudioFormat::of(name, in_rate)),
            input_format_name: in_name,
            output_format: out_name.as_deref().and_then(|name| AudioFormat::of(name, out_rate)),
            output_format_name: out_name,
            tools: (!tools.items().is_empty()).then(|| tools.to_text()),
            tool_names: (!tool_names.is_empty()).then(|| tool_names.join(",")),
            temperature: session.get("temperature").f64(),
            max_output_tokens: session
                .get("max_output_tokens")
                .u64()
                .or(session.get("max_response_output_tokens").u64()),
            beta: has(session, "modalities") || beta_input.is_some() || beta_output.is_some(),
        }
    }

    /// The same of a session of the beta that only transcribes: the type of its
    /// events says so, not a field.
    #[must_use]
    pub(super) fn of_transcription(mut self) -> Self {
        self.kind.get_or_insert_with(|| "transcription".to_owned());
        self.beta = true;
        self
    }

    /// Takes over what a newer event says; what it does not say stays.
    pub(super) fn update(&mut self, newer: Self) {
        fn set<T>(slot: &mut Option<T>, newer: Option<T>) {
            if newer.is_some() {
                *slot = newer;
            }
        }
        set(&mut self.id, newer.id);
        set(&mut self.kind, newer.kind);
        set(&mut self.model, newer.model);
        set(&mut self.voice, newer.voice);
        set(&mut self.instructions, newer.instructions);
        if newer.turn_detection.is_some() {
            self.silence_ms = newer.silence_ms;
        }
        set(&mut self.turn_detection, newer.turn_detection);
        set(&mut self.modalities, newer.modalities);
        set(&mut self.expires_at, newer.expires_at);
        set(&mut self.transcription_model, newer.transcription_model);
        set(&mut self.input_format, newer.input_format);
        set(&mut self.input_format_name, newer.input_format_name);
        set(&mut self.output_format, newer.output_format);
        set(&mut self.output_format_name, newer.output_format_name);
        set(&mut self.tools, newer.tools);
        set(&mut self.tool_names, newer.tool_names);
        set(&mut self.temperature, newer.temperature);
        set(&mut self.max_output_tokens, newer.max_output_tokens);
        self.beta |= newer.beta;
    }
}

fn has(object: &Json<'_>, key: &str) -> bool {
    object.members().iter().any(|(k, _)| k == key)
}

fn format_of(format: &Json<'_>, beta: Option<&str>) -> (Option<String>, Option<f64>) {
    let name = format.get("type").word().or(format.word()).or(beta);
    (name.map(str::to_owned), format.get("rate").f64())
}

/// An error as the service words it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fault {
    /// `type`.
    pub kind: Option<String>,
    /// `code`, text or number.
    pub code: Option<String>,
    /// `message`.
    pub message: Option<String>,
    /// `param`.
    pub param: Option<String>,
    /// The client event that caused it.
    pub event_id: Option<String>,
}

impl Fault {
    /// Reads an `error` object, or text in its place; `None` for `null`.
    #[must_use]
    pub(super) fn read(error: &Json<'_>) -> Option<Self> {
        if error.is_null() {
            return None;
        }
        let code = error.get("code");
        Some(Self {
            kind: text(error.get("type")),
            code: text(code).or_else(|| code.u64().map(|n| n.to_string())),
            message: text(error.get("message")).or_else(|| text(error)),
            param: text(error.get("param")),
            event_id: text(error.get("event_id")),
        })
    }

    /// The most telling word: code, else type.
    #[must_use]
    pub(super) fn word(&self) -> &str {
        self.code.as_deref().or(self.kind.as_deref()).unwrap_or("error")
    }
}

/// What kind of item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum ItemKind {
    /// A message.
    #[default]
    Message,
    /// The model calls a function.
    FunctionCall,
    /// What the function gave back.
    FunctionOutput,
    /// The service calls an MCP tool.
    McpCall,
    /// The service asks whether it may.
    McpApprovalRequest,
    /// The application's answer.
    McpApprovalResponse,
    /// Tools of an MCP server.
    McpListTools,
    /// Anything newer.
    Other,
}

/// One part of a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Part {
    /// Whether it was spoken rather than written.
    pub spoken: bool,
    /// Whether it is an image.
    pub image: bool,
    /// Text or transcript.
    pub text: Option<String>,
}

impl Part {
    /// Reads a content part.
    #[must_use]
    pub(super) fn read(part: &Json<'_>) -> Self {
        let kind = part.get("type").str().unwrap_or_default();
        Self {
            spoken: matches!(kind, "audio" | "output_audio" | "input_audio"),
            image: kind == "input_image",
            text: text(part.get("transcript")).or_else(|| text(part.get("text"))),
        }
    }
}

/// An item of the conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Item {
    /// Id; client events may lack it.
    pub id: Option<String>,
    /// Kind.
    pub kind: ItemKind,
    /// `user`, `assistant`, `system`.
    pub role: Option<String>,
    /// `completed`, `incomplete`, `in_progress`.
    pub status: Option<String>,
    /// `commentary`, `final_answer` (reasoning models).
    pub phase: Option<String>,
    /// Parts of a message.
    pub content: Vec<Part>,
    /// Function or tool.
    pub name: Option<String>,
    /// Call id.
    pub call_id: Option<String>,
    /// Arguments as sent.
    pub arguments: Option<String>,
    /// Output as sent.
    pub output: Option<String>,
    /// MCP error.
    pub error: Option<Fault>,
    /// MCP server.
    pub server: Option<String>,
    /// The approval request that an answer or call belongs to.
    pub approval: Option<String>,
    /// Whether it was approved.
    pub approve: Option<bool>,
    /// Names of listed tools.
    pub tools: Vec<String>,
}

impl Item {
    /// Reads an `item` object.
    #[must_use]
    pub(super) fn read(item: &Json<'_>) -> Self {
        let kind = match item.get("type").str().unwrap_or_default() {
            "message" => ItemKind::Message,
            "function_call" => ItemKind::FunctionCall,
            "function_call_output" => ItemKind::FunctionOutput,
            "mcp_call" | "mcp_tool_call" => ItemKind::McpCall,
            "mcp_approval_request" => ItemKind::McpApprovalRequest,
            "mcp_approval_response" => ItemKind::McpApprovalResponse,
            "mcp_list_tools" => ItemKind::McpListTools,
            "" if has(item, "role") => ItemKind::Message,
            _ => ItemKind::Other,
        };
        let text_of = |value: &Json<'_>| match value {
            Json::Null => None,
            Json::Str(text) => Some(text.to_string()),
            other => Some(other.to_text()),
        };
        Self {
            id: text(item.get("id")),
            kind,
            role: text(item.get("role")),
            status: text(item.get("status")),
            phase: text(item.get("phase")),
            content: item.get("content").items().iter().map(Part::read).collect(),
            name: text(item.get("name")),
            call_id: text(item.get("call_id")),
            arguments: text_of(item.get("arguments")),
            output: text_of(item.get("output")),
            error: Fault::read(item.get("error")),
            server: text(item.get("server_label")),
            approval: text(item.get("approval_request_id")),
            approve: item.get("approve").bool(),
            tools: item
                .get("tools")
                .items()
                .iter()
                .filter_map(|tool| text(tool.get("name")))
                .collect(),
        }
    }
}

/// Whether a response belongs to the conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// Not said (first schema of 2024, client events).
    #[default]
    Unsaid,
    /// `null`, or `none` in a request: outside of the conversation.
    OutOfBand,
    /// In this conversation.
    In(Id),
}

impl PartialEq<Id> for Place {
    fn eq(&self, other: &Id) -> bool {
        matches!(self, Self::In(id) if id == other)
    }
}

/// A response, as `response.created`, `response.done` or a client's
/// `response.create` has it.
#[derive(Clone, Debug, Default)]
pub(super) struct ResponseInfo {
    /// `resp_…`; a request has none.
    pub id: Option<Id>,
    /// Status word.
    pub status: Option<String>,
    /// `status_details.reason`.
    pub reason: Option<String>,
    /// `status_details.error`.
    pub error: Option<Fault>,
    /// Where it belongs.
    pub place: Place,
    /// Output items.
    pub output: Vec<Item>,
    /// Usage.
    pub usage: Option<Tokens>,
    /// Metadata, keys and text.
    pub metadata: Vec<(String, String)>,
    /// Items that a request takes as input.
    pub references: Vec<String>,
    /// Modalities of the output, joined with a comma.
    pub modalities: Option<String>,
    /// Voice.
    pub voice: Option<String>,
    /// Output format where the response says its own.
    pub output_format: Option<AudioFormat>,
}

impl ResponseInfo {
    /// Reads a `response` object.
    #[must_use]
    pub(super) fn read(response: &Json<'_>) -> Self {
        let place = match response.get("conversation_id") {
            Json::Str(conversation) => Place::In(Id::new(conversation)),
            Json::Null if has(response, "conversation_id") => Place::OutOfBand,
            _ if response.get("conversation").str() == Some("none") => Place::OutOfBand,
            _ => Place::Unsaid,
        };
        let details = response.get("status_details");
        let output = response.get("audio").get("output");
        let beta = response.get("output_audio_format").word();
        let (format, rate) = format_of(output.get("format"), beta);
        let mut metadata: Vec<(String, String)> = response
            .get("metadata")
            .members()
            .iter()
            .filter_map(|(key, value)| Some((key.to_string(), value.str()?.to_owned())))
            .collect();
        metadata.sort();
        Self {
            id: id(response.get("id")),
            status: text(response.get("status")),
            reason: text(details.get("reason")),
            error: Fault::read(details.get("error")),
            place,
            output: response.get("output").items().iter().map(Item::read).collect(),
            usage: Tokens::read(response.get("usage")),
            metadata,
            references: response
                .get("input")
                .items()
                .iter()
                .filter_map(|item| text(item.get("id")))
                .collect(),
            modalities: joined(response.get("output_modalities"))
                .or_else(|| joined(response.get("modalities"))),
            voice: text(output.get("voice")).or_else(|| text(response.get("voice"))),
            output_format: format.as_deref().and_then(|name| AudioFormat::of(name, rate)),
        }
    }
}

//! Pieces that several records share: messages, notices as events.

use super::attrs::AttrList;
use super::writer::SpanNote;
use crate::realtime::call::{Moment, Notice, Response};
use crate::realtime::event::RateLimit;
use crate::realtime::info::Fault;
use crate::realtime::tokens::Tokens;
use crate::wire::realtime::Json;
use std::borrow::Cow;

/// Attributes of an error. Its message may quote what was said or sent.
pub(super) fn of_fault(attrs: &mut AttrList, fault: &Fault, content: bool) {
    attrs.str("error.type", fault.word());
    attrs.text("agentobs.error.type", fault.kind.as_deref());
    attrs.text("agentobs.error.code", fault.code.as_deref());
    attrs.text("error.message", fault.message.as_deref().filter(|_| content));
    attrs.text("agentobs.error.param", fault.param.as_deref());
    attrs.text("agentobs.error.client_event_id", fault.event_id.as_deref());
}

/// Attributes of one rate limit.
pub(super) fn of_limit(limit: &RateLimit) -> AttrList {
    let mut attrs = AttrList::default();
    attrs.str("agentobs.rate_limit.name", &limit.name);
    attrs.number("agentobs.rate_limit.limit", limit.limit);
    attrs.number("agentobs.rate_limit.remaining", limit.remaining);
    attrs.double("agentobs.rate_limit.reset_seconds", limit.reset_seconds);
    attrs
}

/// A notice as events of a span.
pub(super) fn as_notes(at: Moment, notice: &Notice, content: bool) -> Vec<SpanNote> {
    let mut attrs = AttrList::default();
    let name = match notice {
        Notice::RateLimits(limits) => {
            return limits
                .iter()
                .map(|limit| SpanNote { at, name: "rate_limits", attrs: of_limit(limit) })
                .collect();
        }
        Notice::Error(fault) => {
            of_fault(&mut attrs, fault, content);
            "error"
        }
        Notice::Dtmf(digit) => {
            if content {
                attrs.str("agentobs.dtmf.digit", digit);
            }
            "dtmf"
        }
        Notice::TranscriptionFailed(item, fault) => {
            attrs.str("agentobs.item.id", item.as_str());
            of_fault(&mut attrs, fault, content);
            "transcription_failed"
        }
        Notice::ApprovalRequest(tool) => {
            attrs.text("gen_ai.tool.name", tool.name.as_deref());
            attrs.text("agentobs.mcp.server", tool.server.as_deref());
            attrs.text("agentobs.item.id", tool.item.as_ref().map(|id| id.as_str()));
            if content {
                attrs.text("gen_ai.tool.call.arguments", tool.arguments.as_deref());
            }
            "mcp_approval_request"
        }
        Notice::SessionUpdated(model) => {
            attrs.text("gen_ai.request.model", model.as_deref());
            "session_updated"
        }
        Notice::Handoff { from, to } => {
            attrs.text("agentobs.handoff.from", from.as_deref());
            attrs.text("agentobs.handoff.to", to.as_deref());
            "handoff"
        }
        Notice::IdleTimeout(item) => {
            attrs.str("agentobs.item.id", item.as_str());
            "idle_timeout"
        }
        Notice::Truncated(item, ms) => {
            attrs.str("agentobs.item.id", item.as_str());
            attrs.number("agentobs.item.audio_end_ms", *ms);
            "truncated"
        }
        Notice::LooseOutput(call, output) => {
            attrs.str("gen_ai.tool.call.id", call.as_str());
            if content {
                attrs.str("gen_ai.tool.call.result", output);
            }
            "tool_output_without_call"
        }
        Notice::Deleted(item) => {
            attrs.str("agentobs.item.id", item.as_str());
            "item_deleted"
        }
    };
    vec![SpanNote { at, name, attrs }]
}

fn object<'a>(members: Vec<(&'static str, Json<'a>)>) -> Json<'a> {
    Json::Object(members.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
}

fn string(text: &str) -> Json<'_> {
    Json::Str(Cow::Borrowed(text))
}

/// A user's message, as `gen_ai.input.messages` has it.
pub(super) fn user_message(text: &str) -> String {
    message("user", vec![text_part(text)], None)
}

/// A tool's answer, as `gen_ai.input.messages` has it.
pub(super) fn tool_message(call_id: &str, output: &str) -> String {
    let part = object(vec![
        ("type", string("tool_call_response")),
        ("id", string(call_id)),
        ("response", string(output)),
    ]);
    message("tool", vec![part], None)
}

/// An answer, as `gen_ai.output.messages` has it. Audio goes as its
/// transcript: backends show blobs as images.
pub(super) fn assistant_message(response: &Response, text: Option<&str>, reason: &str) -> String {
    let mut parts: Vec<Json<'_>> = text.map(text_part).into_iter().collect();
    for tool in &response.tools {
        let arguments = tool.arguments.as_deref().unwrap_or_default();
        let parsed = Json::parse(arguments.as_bytes()).unwrap_or_else(|_| string(arguments));
        let id = tool.call_id.as_ref().or(tool.item.as_ref()).map_or("", |id| id.as_str());
        parts.push(object(vec![
            ("type", string("tool_call")),
            ("id", string(id)),
            ("name", string(tool.name.as_deref().unwrap_or_default())),
            ("arguments", parsed),
        ]));
    }
    message("assistant", parts, Some(reason))
}

fn text_part(text: &str) -> Json<'_> {
    object(vec![("type", string("text")), ("content", string(text))])
}

fn message(role: &'static str, parts: Vec<Json<'_>>, reason: Option<&str>) -> String {
    let mut members = vec![("role", string(role)), ("parts", Json::Array(parts))];
    if let Some(reason) = reason {
        members.push(("finish_reason", string(reason)));
    }
    Json::Array(vec![object(members)]).to_text()
}

/// Token counts that each token is in exactly one of: (direction, modality,
/// cached, count). Modalities that the service does not split are `all`.
pub(super) fn exclusive(tokens: &Tokens) -> Vec<(&'static str, &'static str, bool, u64)> {
    let mut rows = Vec::new();
    let modalities = [
        ("text", tokens.input_text, tokens.cached_text),
        ("audio", tokens.input_audio, tokens.cached_audio),
        ("image", tokens.input_image, tokens.cached_image),
    ];
    if modalities.iter().any(|(_, all, _)| all.is_some()) {
        for (modality, all, cached) in modalities {
            let cached = cached.unwrap_or(0);
            rows.push(("input", modality, false, all.unwrap_or(0).saturating_sub(cached)));
            rows.push(("input", modality, true, cached));
        }
    } else {
        let cached = tokens.cached.unwrap_or(0);
        rows.push(("input", "all", false, tokens.input.unwrap_or(0).saturating_sub(cached)));
        rows.push(("input", "all", true, cached));
    }
    if tokens.output_text.is_some() || tokens.output_audio.is_some() {
        rows.push(("output", "text", false, tokens.output_text.unwrap_or(0)));
        rows.push(("output", "audio", false, tokens.output_audio.unwrap_or(0)));
    } else {
        rows.push(("output", "all", false, tokens.output.unwrap_or(0)));
    }
    rows.retain(|(.., count)| *count > 0);
    rows
}

/// Langfuse's usage details: its price keys, each token once, and the total.
pub(super) fn usage_details(tokens: &Tokens) -> String {
    let mut members: Vec<(&'static str, Json<'_>)> = exclusive(tokens)
        .into_iter()
        .map(|(direction, modality, cached, count)| {
            let key = match (direction, modality, cached) {
                ("input", "text", false) => "input_text_tokens",
                ("input", "text", true) => "input_cached_text_tokens",
                ("input", "audio", false) => "input_audio_tokens",
                ("input", "audio", true) => "input_cached_audio_tokens",
                ("input", "image", false) => "input_image_tokens",
                ("input", "image", true) => "input_cached_image_tokens",
                ("input", _, true) => "input_cached_tokens",
                ("input", ..) => "input",
                (_, "text", _) => "output_text_tokens",
                (_, "audio", _) => "output_audio_tokens",
                _ => "output",
            };
            (key, Json::Int(count.min(i64::MAX as u64) as i64))
        })
        .collect();
    if let Some(total) = tokens.total {
        members.push(("total", Json::Int(total.min(i64::MAX as u64) as i64)));
    }
    object(members).to_text()
}

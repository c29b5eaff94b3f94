//! A session as the root span of its trace.

use super::attrs::AttrList;
use super::parts;
use super::response::Given;
use super::writer::{Draft, SpanNote, Who, Writer};
use crate::realtime::call::Call;
use crate::realtime::event::Progress;

impl Writer<'_> {
    /// Writes what has left a session so far; with `all`, everything.
    pub(in crate::realtime) fn settle(&mut self, call: &mut Call, all: bool) {
        while let Some(leaving) = call.settle(all) {
            self.turn(call, &leaving, all);
        }
        let loose = call.settle_loose(all);
        if !loose.is_empty() {
            let who = Who::of(call);
            for response in &loose {
                self.response(&who, who.root, response, Given::default(), call.last);
            }
        }
        if call.unlogged.len() > 64 {
            let who = Who::of(call);
            self.loose_notices(&who, call);
        }
    }

    /// Writes the end of a session; false when it is not wanted.
    pub(in crate::realtime) fn finish(&mut self, call: &mut Call) -> bool {
        let open = call.is_in_progress();
        call.drop_early_outputs(0);
        self.settle(call, true);
        let who = Who::of(call);
        self.loose_notices(&who, call);
        let mut span = Draft::new(who.root, 0, "realtime_session", call.first, call.last);
        let end = match (call.closed, open) {
            (true, _) => "session.closed",
            (false, (true, _)) => "open_response_at_end",
            (false, (false, _)) => "log_end",
        };
        let complete = call.closed || open == (false, false);
        let content = self.content();
        session_attrs(&mut span.attrs, call, &who, content);
        span.attrs.str("agentobs.session.end", end);
        span.attrs.bool("agentobs.session.complete", complete);
        for (at, notice) in &call.notices {
            span.notes.extend(parts::as_notes(*at, notice, content));
        }
        span.dropped_notes = call.notices_dropped;
        for (item, list) in &call.lists {
            let mut attrs = AttrList::default();
            attrs.str("agentobs.item.id", item.as_str());
            attrs.text("agentobs.mcp.server", list.server.as_deref());
            attrs.str(
                "agentobs.mcp.list_tools.status",
                match list.progress {
                    Some(Progress::Completed) => "completed",
                    Some(Progress::Failed) => "failed",
                    Some(Progress::Begun) | None => "in_progress",
                },
            );
            if !list.tools.is_empty() {
                attrs.list("agentobs.mcp.tools", list.tools.clone());
            }
            span.notes.push(SpanNote { at: list.at, name: "mcp_list_tools", attrs });
        }
        if content {
            let (original, translation) = call.translation();
            let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            span.attrs.text("input.value", some(original).as_deref());
            span.attrs.text("output.value", some(translation).as_deref());
        }
        self.span(&who, span);
        self.points(&who, call.first.time, call.last.time);
        self.wants(&who)
    }
}

fn session_attrs(attrs: &mut AttrList, call: &Call, who: &Who, content: bool) {
    let info = &call.info;
    attrs.str("gen_ai.operation.name", "invoke_workflow");
    attrs.str("gen_ai.provider.name", "openai");
    attrs.str("gen_ai.workflow.name", "realtime_session");
    attrs.text("gen_ai.agent.name", call.agent.as_deref());
    // No model under gen_ai here: Langfuse would take the session for a generation.
    attrs.str("openinference.span.kind", "CHAIN");
    attrs.str("langfuse.observation.type", "span");
    attrs.str("langfuse.trace.name", "realtime_session");
    attrs.str("langfuse.session.id", &who.session);
    attrs.bool("agentobs.session.id_known", call.named);
    attrs.str("agentobs.realtime.protocol", if call.beta { "beta" } else { "ga" });
    attrs.str("agentobs.realtime.session_type", info.kind.as_deref().unwrap_or("realtime"));
    let transport = if call.playback_events { "webrtc_or_sip" } else { "websocket" };
    attrs.str("agentobs.realtime.transport", transport);
    attrs.text("agentobs.realtime.model", info.model.as_deref());
    attrs.text("agentobs.realtime.voice", info.voice.as_deref());
    attrs.text("agentobs.realtime.turn_detection", info.turn_detection.as_deref());
    attrs.number("agentobs.realtime.silence_duration_ms", info.silence_ms);
    attrs.text("agentobs.realtime.output_modalities", info.modalities.as_deref());
    attrs.text("agentobs.realtime.transcription_model", info.transcription_model.as_deref());
    attrs.text("agentobs.realtime.input_format", info.input_format_name.as_deref());
    attrs.text("agentobs.realtime.output_format", info.output_format_name.as_deref());
    attrs.text("agentobs.realtime.tools", info.tool_names.as_deref());
    attrs.number("agentobs.realtime.temperature", info.temperature);
    attrs.count("agentobs.realtime.max_output_tokens", info.max_output_tokens);
    attrs.count("agentobs.realtime.expires_at", info.expires_at);
    attrs.text("agentobs.realtime.connection", call.tag.as_deref());
    attrs.int("agentobs.realtime.session_updates", i64::from(call.updates));
    if content {
        attrs.text("gen_ai.system_instructions", info.instructions.as_deref());
    }
    attrs.str("agentobs.session.time_source", call.worst_source.as_str());
    let totals = &call.totals;
    for (key, count) in [
        ("agentobs.session.user_turns", u64::from(totals.user_turns)),
        ("agentobs.session.agent_turns", u64::from(totals.agent_turns)),
        ("agentobs.session.responses", u64::from(totals.responses)),
        ("agentobs.session.tool_calls", u64::from(totals.tool_calls)),
        ("agentobs.session.interruptions", u64::from(totals.interruptions)),
        ("agentobs.session.errors", u64::from(totals.errors)),
        ("agentobs.session.history_items", u64::from(totals.history_items)),
        ("agentobs.session.server_events", totals.server_events),
        ("agentobs.session.client_events", totals.client_events),
    ] {
        attrs.count(key, Some(count));
    }
    attrs.count("agentobs.session.input_tokens", totals.tokens.input);
    attrs.count("agentobs.session.output_tokens", totals.tokens.output);
    attrs.count("agentobs.session.total_tokens", totals.tokens.total);
    for limit in &call.rate_limits {
        attrs.extend(limit_attrs(&limit.name, limit.remaining));
    }
    let sent = totals.input_audio_bytes;
    let sent_ms = info.input_format.filter(|_| sent > 0).map(|format| format.ms(sent));
    attrs.double("agentobs.session.input_audio_ms", sent_ms);
}

fn limit_attrs(name: &str, remaining: Option<f64>) -> AttrList {
    let mut attrs = AttrList::default();
    if let Some(remaining) = remaining {
        attrs.named_number(format!("agentobs.rate_limit.{name}.remaining"), remaining);
    }
    attrs
}

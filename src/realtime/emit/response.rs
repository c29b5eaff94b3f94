//! A response as a span: one call of the model.

use super::attrs::AttrList;
use super::meter::names;
use super::parts;
use super::writer::{Draft, SpanNote, Who, Writer};
use crate::model::SpanKind;
use crate::realtime::call::{Cause, Moment, OutItem, Response};
use crate::realtime::options::Conventions;
use crate::realtime::tokens::Tokens;

/// What the model was given, as far as the log tells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given<'a> {
    /// What the user said.
    pub said: Option<&'a str>,
    /// The tool output that set the response off: call id and output.
    pub output: Option<(&'a str, &'a str)>,
}

/// What became of a response.
pub(super) struct Outcome {
    /// Finish reason as the conventions spell it.
    pub reason: String,
    /// Type and text of the failure.
    pub failed: Option<(String, String)>,
}

impl Response {
    /// What became of it; with `content` in the service's own words.
    pub(super) fn outcome(&self, content: bool) -> Outcome {
        let reason = self.info.reason.as_deref();
        let status = self.info.status.as_deref().unwrap_or_default();
        if self.done.is_none() {
            let text = "the log has no response.done".to_owned();
            return Outcome {
                reason: "error".to_owned(),
                failed: Some(("unfinished".to_owned(), text)),
            };
        }
        let word = match (status, reason) {
            ("completed", _) if self.generated().is_none() && !self.tools.is_empty() => {
                "tool_calls"
            }
            ("completed", _) => "stop",
            ("incomplete", Some("max_output_tokens")) => "length",
            ("failed", _) => "error",
            (other, None) => other,
            (_, Some(reason)) => reason,
        };
        let failed = matches!(status, "failed" | "incomplete").then(|| {
            let fault = self.info.error.as_ref();
            let kind = fault.map(|f| f.word()).or(reason).unwrap_or(status);
            let message = fault.and_then(|f| f.message.clone()).filter(|_| content);
            (kind.to_owned(), message.unwrap_or_else(|| format!("response {status}: {kind}")))
        });
        Outcome { reason: word.to_owned(), failed }
    }

    /// `speech` or `text`, by what the response says, else by what came.
    fn output_type(&self) -> Option<&'static str> {
        let parts = || self.items.iter().flat_map(|item| item.parts.values());
        let spoken = match &self.info.modalities {
            Some(modalities) => modalities.contains("audio"),
            None if self.first_audio.is_some() || parts().any(|part| part.spoken) => true,
            None if parts().any(|part| !part.text.is_empty()) => false,
            None => return None,
        };
        Some(if spoken { "speech" } else { "text" })
    }

    /// The last moment of the response itself.
    pub(super) fn ended(&self) -> Moment {
        self.done.unwrap_or(self.last)
    }

    /// Milliseconds of audio in all items; `None` where the log does not tell.
    pub(super) fn whole_audio_ms(&self) -> Option<f64> {
        let parts: Vec<f64> = self.items.iter().filter_map(|item| self.audio_ms(item)).collect();
        let unmeasured = self.items.iter().any(|item| item.unmeasured);
        (!parts.is_empty() && !unmeasured).then(|| parts.iter().sum())
    }
}

impl Writer<'_> {
    /// Whether the open proposals are followed.
    pub(super) fn proposed(&self) -> bool {
        self.options.conventions == Conventions::Proposed
    }

    fn operation(&self) -> &'static str {
        if self.proposed() { "realtime_inference" } else { "chat" }
    }

    /// Writes a response and its tool calls below `parent`.
    pub(super) fn response(
        &mut self,
        who: &Who,
        parent: u64,
        response: &Response,
        given: Given<'_>,
        last: Moment,
    ) {
        let id = self.new_id(who, "response", response.id.as_str());
        let proposed = self.proposed();
        let operation = self.operation();
        let name = match response.model.as_deref() {
            Some(model) => format!("{operation} {model}"),
            None => operation.to_owned(),
        };
        let mut span = Draft::new(id, parent, name, response.first, response.ended());
        span.kind = SpanKind::Client;
        let outcome = response.outcome(self.content());
        span.failed = outcome.failed.as_ref().map(|(_, text)| text.clone());
        let attrs = &mut span.attrs;
        attrs.str("gen_ai.operation.name", operation);
        attrs.str("gen_ai.provider.name", "openai");
        attrs.text("gen_ai.request.model", response.model.as_deref());
        attrs.text("gen_ai.response.model", response.model.as_deref());
        attrs.str("gen_ai.response.id", response.id.as_str());
        attrs.list("gen_ai.response.finish_reasons", vec![outcome.reason.clone()]);
        attrs.str("openai.api.type", "realtime");
        if proposed {
            attrs.str("gen_ai.realtime_session.id", &who.session);
        }
        attrs.text("gen_ai.output.type", response.output_type());
        if let Some((kind, _)) = &outcome.failed {
            attrs.str("error.type", kind);
        }
        if let Some(fault) = &response.info.error {
            attrs.text("agentobs.error.code", fault.code.as_deref());
            attrs.text("agentobs.error.type", fault.kind.as_deref());
        }
        attrs.str("openinference.span.kind", "LLM");
        attrs.str("langfuse.observation.type", "generation");
        attrs.text("llm.model_name", response.model.as_deref());
        own_facts(attrs, response, self.content());
        let first = |moment: Option<Moment>| Some(moment?.ms_since(response.first));
        let chunk = first(response.first_delta);
        attrs.double("gen_ai.response.time_to_first_chunk", chunk.map(|ms| ms / 1e3));
        attrs.double("agentobs.response.ttft_ms", chunk);
        attrs.double("agentobs.response.ttfa_ms", first(response.first_audio.or(response.played)));
        if let Some(usage) = &response.info.usage {
            usage_attrs(attrs, usage, proposed);
        }
        self.messages(&mut span.attrs, response, given, &outcome.reason);
        self.first_output(&mut span, response);
        for (at, notice) in &response.notices {
            span.notes.extend(parts::as_notes(*at, notice, self.content()));
        }
        for delta in &response.deltas {
            let mut attrs = AttrList::default();
            attrs.int("agentobs.delta.size", delta.size.min(i64::MAX as u64) as i64);
            span.notes.push(SpanNote { at: delta.at, name: delta.name, attrs });
        }
        span.dropped_notes = response.deltas_dropped + response.notices_dropped;
        if let Cause::ToolOutput(call) = &response.cause {
            span.links.push((who.span("tool", call.as_str()), "triggered_by"));
        }
        self.span(who, span);
        self.response_logs(who, id, response, &outcome);
        self.response_metrics(who, id, response, &outcome);
        for tool in &response.tools {
            self.tool(who, response, id, tool, last);
        }
    }

    fn messages(&self, attrs: &mut AttrList, response: &Response, given: Given<'_>, reason: &str) {
        if !self.content() {
            return;
        }
        let text = response.generated();
        let heard = response.heard();
        attrs.str(
            "gen_ai.output.messages",
            parts::assistant_message(response, text.as_deref(), reason),
        );
        let calls: Vec<&str> = response.tools.iter().filter_map(|t| t.name.as_deref()).collect();
        let shown = text.clone().or_else(|| (!calls.is_empty()).then(|| calls.join(", ")));
        attrs.str("output.value", shown.unwrap_or_default());
        attrs.text("agentobs.response.text", text.as_deref());
        attrs.text("agentobs.response.heard_text", heard.as_deref());
        match (given.output, given.said) {
            (Some((call, output)), _) => {
                attrs.str("gen_ai.input.messages", parts::tool_message(call, output));
                attrs.str("input.value", output);
            }
            (None, Some(said)) => {
                attrs.str("gen_ai.input.messages", parts::user_message(said));
                attrs.str("input.value", said);
            }
            (None, None) => {}
        }
    }

    fn first_output(&self, span: &mut Draft, response: &Response) {
        let mut note = |at: Option<Moment>, name: &'static str| {
            if let Some(at) = at {
                span.notes.push(SpanNote { at, name, attrs: AttrList::default() });
            }
        };
        note(response.first_delta, "first_output");
        note(response.first_audio, "first_audio");
        note(response.played, "playback_started");
        let ended = if response.cleared { "playback_cleared" } else { "playback_stopped" };
        note(response.playback_ended, ended);
        if let Some(at) = response.first_delta {
            let time = rfc3339(self.shifted(at.time).0);
            span.attrs.str("langfuse.observation.completion_start_time", time);
        }
    }

    fn response_metrics(&mut self, who: &Who, id: u64, response: &Response, outcome: &Outcome) {
        let at = (id, response.ended());
        let model = response.model.as_deref().map(|model| ("gen_ai.request.model", model));
        let mut base =
            vec![("gen_ai.operation.name", self.operation()), ("gen_ai.provider.name", "openai")];
        base.extend(model);
        let mut failed = base.clone();
        if let Some((kind, _)) = &outcome.failed {
            failed.push(("error.type", kind));
            self.measure(who, at, names::ERRORS, &[("error.type", kind)], 1.0);
        }
        let status = response.info.status.as_deref().filter(|_| response.done.is_some());
        let status = status.unwrap_or("unfinished");
        self.measure(who, at, names::RESPONSES, &[("agentobs.response.status", status)], 1.0);
        if let Some(done) = response.done {
            let seconds = done.ms_since(response.first) / 1e3;
            self.measure(who, at, names::DURATION, &failed, seconds);
        }
        if let Some(first) = response.first_delta {
            let seconds = first.ms_since(response.first) / 1e3;
            self.measure(who, at, names::FIRST_CHUNK, &base, seconds);
        }
        if let Some(first) = response.first_audio {
            let seconds = first.ms_since(response.first) / 1e3;
            self.measure(who, at, names::FIRST_AUDIO, &base, seconds);
        }
        let Some(usage) = &response.info.usage else { return };
        for (kind, count) in [("input", usage.input), ("output", usage.output)] {
            let mut labels = base.clone();
            labels.push(("gen_ai.token.type", kind));
            if let Some(count) = count {
                self.measure(who, at, names::TOKEN_USAGE, &labels, count as f64);
            }
        }
        for (direction, modality, cached, count) in parts::exclusive(usage) {
            let mut labels = vec![
                ("agentobs.token.direction", direction),
                ("agentobs.token.modality", modality),
                ("agentobs.token.cached", if cached { "true" } else { "false" }),
            ];
            labels.extend(model);
            self.measure(who, at, names::TOKENS, &labels, count as f64);
        }
    }
}

/// What no convention has.
fn own_facts(attrs: &mut AttrList, response: &Response, content: bool) {
    let status = response.info.status.as_deref().filter(|_| response.done.is_some());
    attrs.text("agentobs.response.status", status);
    attrs.text("agentobs.response.reason", response.info.reason.as_deref());
    attrs.str("agentobs.response.trigger", response.cause.as_str());
    if response.done.is_none() {
        attrs.bool("agentobs.unfinished", true);
    }
    if response.created.is_none() {
        attrs.bool("agentobs.response.late", true);
    }
    if response.out_of_band {
        attrs.bool("agentobs.response.out_of_band", true);
        attrs.text("agentobs.response.about_item", response.about.as_ref().map(|id| id.as_str()));
    }
    if response.cancel_requested {
        attrs.bool("agentobs.response.cancel_requested", true);
    }
    let cut = response.items.iter().find(|item| item.truncated_ms.is_some());
    let interrupted =
        response.cleared || cut.is_some() || response.info.status.as_deref() == Some("cancelled");
    attrs.bool("agentobs.response.interrupted", interrupted && !response.out_of_band);
    attrs.number("agentobs.response.truncated_at_ms", cut.and_then(|item| item.truncated_ms));
    let audio_ms = response.whole_audio_ms();
    attrs.double("agentobs.response.audio_ms", audio_ms);
    let played = || response.items.iter().filter_map(|item| played_ms(response, item)).sum();
    attrs.double("agentobs.response.played_ms", audio_ms.map(|_| played()));
    let deltas: u64 = response.items.iter().map(|item| item.audio_deltas).sum();
    attrs.count("agentobs.response.audio_deltas", (deltas > 0).then_some(deltas));
    attrs.text("agentobs.response.voice", response.info.voice.as_deref());
    let items: Vec<String> = response.items.iter().map(|i| i.id.as_str().to_owned()).collect();
    if !items.is_empty() {
        attrs.list("agentobs.item.ids", items);
    }
    let mut phases: Vec<&str> = response.items.iter().filter_map(|i| i.phase.as_deref()).collect();
    phases.dedup();
    if !phases.is_empty() {
        attrs.list("agentobs.response.phases", phases.into_iter().map(str::to_owned).collect());
    }
    // The application writes there whatever it likes.
    for (key, value) in response.info.metadata.iter().filter(|_| content) {
        attrs.named(format!("agentobs.response.metadata.{key}"), value);
    }
}

/// Milliseconds of an item that were played, as far as the log tells.
fn played_ms(response: &Response, item: &OutItem) -> Option<f64> {
    let whole = response.audio_ms(item)?;
    Some(item.truncated_ms.map_or(whole, |cut| cut.clamp(0.0, whole)))
}

fn usage_attrs(attrs: &mut AttrList, usage: &Tokens, proposed: bool) {
    attrs.count("gen_ai.usage.input_tokens", usage.input);
    attrs.count("gen_ai.usage.output_tokens", usage.output);
    attrs.count("gen_ai.usage.cache_read.input_tokens", usage.cached);
    attrs.count("gen_ai.usage.reasoning.output_tokens", usage.reasoning);
    if proposed {
        attrs.count("gen_ai.usage.text.input_tokens", usage.input_text);
        attrs.count("gen_ai.usage.audio.input_tokens", usage.input_audio);
        attrs.count("gen_ai.usage.image.input_tokens", usage.input_image);
        attrs.count("gen_ai.usage.text.output_tokens", usage.output_text);
        attrs.count("gen_ai.usage.audio.output_tokens", usage.output_audio);
        attrs.count("gen_ai.usage.audio.cache_read.input_tokens", usage.cached_audio);
    }
    attrs.count("llm.token_count.prompt", usage.input);
    attrs.count("llm.token_count.completion", usage.output);
    attrs.count("llm.token_count.total", usage.total);
    attrs.count("llm.token_count.prompt_details.cache_read", usage.cached);
    attrs.count("llm.token_count.prompt_details.audio", usage.input_audio);
    attrs.count("llm.token_count.completion_details.audio", usage.output_audio);
    attrs.count("llm.token_count.completion_details.reasoning", usage.reasoning);
    attrs.count("agentobs.usage.total_tokens", usage.total);
    attrs.count("agentobs.usage.input_text_tokens", usage.input_text);
    attrs.count("agentobs.usage.input_image_tokens", usage.input_image);
    attrs.count("agentobs.usage.cached_text_tokens", usage.cached_text);
    attrs.count("agentobs.usage.cached_audio_tokens", usage.cached_audio);
    attrs.count("agentobs.usage.output_text_tokens", usage.output_text);
    // Given as they are to be used: keys beside totals would be added on top.
    attrs.str("langfuse.observation.usage_details", parts::usage_details(usage));
}

/// An instant as RFC 3339 in UTC.
pub(super) fn rfc3339(nanos: u64) -> String {
    let (days, rest) = (nanos / 86_400_000_000_000, nanos % 86_400_000_000_000);
    let (hours, rest) = (rest / 3_600_000_000_000, rest % 3_600_000_000_000);
    let (minutes, rest) = (rest / 60_000_000_000, rest % 60_000_000_000);
    let (seconds, nanos) = (rest / 1_000_000_000, rest % 1_000_000_000);
    // Howard Hinnant, chrono-Compatible Low-Level Date Algorithms.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}.{nanos:09}Z")
}

#[cfg(test)]
mod tests {
    #[test]
    fn instants() {
        assert_eq!(super::rfc3339(1_795_240_758_100_515_000), "2026-11-21T05:59:18.100515000Z");
        assert_eq!(super::rfc3339(951_782_400_000_000_000), "2000-02-29T00:00:00.000000000Z");
    }
}

//! Turns as spans, with the user's speech.

use super::attrs::AttrList;
use super::meter::names;
use super::parts;
use super::response::Given;
use super::writer::{Draft, SpanNote, Who, Writer};
use crate::realtime::call::{
    Call, Cause, Interruption, Leaving, Moment, Notice, Response, Trigger, TurnRole, UserItem,
    UserKind, join,
};
use crate::realtime::event::TranscriptionUsage;

impl Writer<'_> {
    /// Writes a turn with everything in it.
    pub(in crate::realtime) fn turn(&mut self, call: &mut Call, leaving: &Leaving, ended: bool) {
        let who = Who::of(call);
        self.loose_notices(&who, call);
        match &leaving.turn.role {
            TurnRole::User { items } => self.user_turn(&who, call, leaving, items),
            TurnRole::Agent { trigger, interruption, .. } => {
                self.agent_turn(&who, call, leaving, *trigger, interruption.as_ref(), ended);
            }
        }
    }

    fn user_turn(&mut self, who: &Who, call: &Call, leaving: &Leaving, items: &[UserItem]) {
        let first = items.first().map_or("", |item| item.id.as_str());
        let id = self.new_id(who, "user_turn", first);
        let turn = &leaving.turn;
        let start = items.iter().map(|i| i.first).min_by_key(|m| m.time).unwrap_or(turn.first);
        let committed = items.iter().any(|item| item.committed.or(item.added).is_some());
        let ends = ends_of(items, leaving.until);
        let known = items.iter().filter_map(UserItem::end).max_by_key(|m| m.time);
        let guessed = ends.iter().copied().max_by_key(|m| m.time);
        let end = known.filter(|_| committed).or(guessed).unwrap_or(turn.last).max_of(start);
        let mut span = Draft::new(id, who.root, "user_turn", start, end);
        let said = join(items.iter().filter_map(|item| item.said().map(str::to_owned)));
        let attrs = &mut span.attrs;
        turn_attrs(attrs, leaving, "user");
        attrs.str("openinference.span.kind", "CHAIN");
        attrs.str("langfuse.observation.type", "span");
        let spoken = items.iter().any(|item| item.kind == UserKind::Audio);
        attrs.str("agentobs.turn.kind", if spoken { "audio" } else { "text" });
        attrs.bool("agentobs.turn.committed", committed);
        attrs.list("agentobs.item.ids", items.iter().map(|i| i.id.as_str().to_owned()).collect());
        let offset = |ms: fn(&UserItem) -> Option<f64>| items.iter().filter_map(ms);
        let audio_start = offset(|item| item.audio_start_ms).min_by(f64::total_cmp);
        attrs.number("agentobs.turn.audio_start_ms", audio_start);
        let audio_end = offset(|item| item.audio_end_ms).max_by(f64::total_cmp);
        attrs.number("agentobs.turn.audio_end_ms", audio_end);
        let mut usage = TranscriptionUsage::default();
        items.iter().for_each(|item| usage.add(&item.usage));
        transcription_attrs(attrs, &usage);
        let images: u32 = items.iter().map(|item| item.images).sum();
        attrs.count("agentobs.turn.images", (images > 0).then_some(u64::from(images)));
        attrs.double("agentobs.turn.eou_ms", call.end_of_utterance_ms(items));
        let transcribed =
            items.iter().rev().find_map(|item| Some((item.end()?, item.transcribed?)));
        attrs.double(
            "agentobs.turn.transcription_ms",
            transcribed.map(|(end, at)| at.ms_since(end)),
        );
        let beside = leaving.beside.iter().filter(|r| is_transcription(r));
        let derived = join(beside.filter_map(Response::generated));
        let provenance = match (&said, &derived) {
            (Some(_), _) => Some("reported"),
            (None, Some(_)) => Some("derived"),
            (None, None) => None,
        };
        attrs.text("agentobs.turn.text_provenance", provenance);
        if self.content() {
            attrs.text("input.value", said.as_deref());
            attrs.text("agentobs.turn.derived_text", derived.as_deref());
        }
        self.span(who, span);
        self.measure(who, (id, end), names::TURNS, &[("agentobs.turn.role", "user")], 1.0);
        for (item, end) in items.iter().zip(ends) {
            self.user_item(who, id, item, end);
        }
        self.responses_beside(who, id, leaving);
    }

    fn user_item(&mut self, who: &Who, turn: u64, item: &UserItem, end: Moment) {
        let mut span_of_item = turn;
        if item.kind == UserKind::Audio {
            span_of_item = self.new_id(who, "speech", item.id.as_str());
            let mut span = Draft::new(span_of_item, turn, "user_speech", item.first, end);
            let attrs = &mut span.attrs;
            if item.end().is_none() {
                attrs.bool("agentobs.unfinished", true);
            }
            attrs.str("openinference.span.kind", "CHAIN");
            attrs.str("langfuse.observation.type", "span");
            attrs.str("agentobs.item.id", item.id.as_str());
            attrs.number("agentobs.speech.audio_start_ms", item.audio_start_ms);
            attrs.number("agentobs.speech.audio_end_ms", item.audio_end_ms);
            attrs.bool("agentobs.speech.started_seen", item.started.is_some());
            attrs.bool("agentobs.speech.stopped_seen", item.stopped.is_some());
            attrs.bool("agentobs.speech.committed", item.committed.or(item.added).is_some());
            if item.repeated_start {
                attrs.bool("agentobs.speech.repeated_start", true);
            }
            let transcription = match (&item.transcript, &item.failure) {
                (Some(_), _) => "completed",
                (None, Some(_)) => "failed",
                (None, None) if !item.partial.is_empty() => "partial",
                (None, None) => "none",
            };
            attrs.str("agentobs.transcription.status", transcription);
            transcription_attrs(attrs, &item.usage);
            if self.proposed() {
                attrs.str("gen_ai.realtime_session.id", &who.session);
            }
            if self.content() {
                attrs.text("input.value", item.said());
                let partial = Some(item.partial.as_str()).filter(|_| transcription == "partial");
                attrs.text("agentobs.transcription.partial", partial);
            }
            if let (Some(fault), Some(at)) = (&item.failure, item.transcribed) {
                let notice = Notice::TranscriptionFailed(item.id.clone(), fault.clone());
                span.notes.extend(parts::as_notes(at, &notice, self.content()));
                self.measure(
                    who,
                    (span_of_item, at),
                    names::ERRORS,
                    &[("error.type", fault.word())],
                    1.0,
                );
            }
            self.span(who, span);
        }
        self.user_logs(who, span_of_item, item);
    }

    fn agent_turn(
        &mut self,
        who: &Who,
        call: &Call,
        leaving: &Leaving,
        trigger: Trigger,
        interruption: Option<&Interruption>,
        ended: bool,
    ) {
        let first = leaving.responses.first().map_or("", |r| r.id.as_str());
        let id = self.new_id(who, "agent_turn", first);
        let turn = &leaving.turn;
        let open = leaving.responses.iter().any(|r| r.done.is_none());
        let mut span = Draft::new(id, who.root, "agent_turn", turn.first, turn.last);
        let attrs = &mut span.attrs;
        attrs.str("gen_ai.operation.name", "invoke_agent");
        attrs.str("gen_ai.provider.name", "openai");
        attrs.text("gen_ai.agent.name", turn.agent.as_deref());
        let end_reason = match (interruption, open && ended) {
            (Some(_), _) => "interrupted",
            (None, true) => "session_closed",
            (None, false) => "completed",
        };
        attrs.str("gen_ai.agent.invocation.end_reason", end_reason);
        turn_attrs(attrs, leaving, "agent");
        attrs.str("openinference.span.kind", "AGENT");
        attrs.str("langfuse.observation.type", "agent");
        attrs.str("agentobs.turn.trigger", trigger.as_str());
        attrs.count("agentobs.turn.reply_to", leaving.reply_to().map(u64::from));
        attrs.bool("agentobs.turn.interrupted", interruption.is_some());
        let e2e = end_to_end(leaving);
        if let Some((ms, from, to)) = e2e {
            attrs.double("agentobs.turn.e2e_ms", Some(ms));
            attrs.str("agentobs.turn.e2e_from", from);
            attrs.str("agentobs.turn.e2e_to", to);
            // What the caller feels: the silence that the service waits for is in it.
            let eou_ms = leaving.exchange.as_ref().and_then(|exchange| exchange.eou_ms);
            let felt = eou_ms.filter(|_| from == "speech_stopped").map(|eou| ms + eou);
            attrs.double("agentobs.turn.e2e_user_ms", felt);
        }
        if let Some(cut) = interruption {
            attrs.str("agentobs.interruption.kind", cut.kind);
            attrs.text("agentobs.interruption.by_item", cut.by.as_ref().map(|id| id.as_str()));
            let reaction = cut.speech.map(|speech| cut.at.ms_since(speech));
            attrs.double("agentobs.interruption.reaction_ms", reaction.filter(|ms| *ms >= 0.0));
            let mut note = AttrList::default();
            note.str("agentobs.interruption.kind", cut.kind);
            span.notes.push(SpanNote { at: cut.at, name: "interrupted", attrs: note });
        }
        let exchange = leaving.exchange.as_ref();
        let said = exchange.and_then(|e| e.said.as_deref()).filter(|_| trigger == Trigger::User);
        if self.content() {
            let generated = join(leaving.responses.iter().filter_map(Response::generated));
            let cut = leaving.responses.iter().any(|r| r.heard().is_some());
            let heard = cut.then(|| {
                join(leaving.responses.iter().filter_map(|r| r.heard().or_else(|| r.generated())))
                    .unwrap_or_default()
            });
            let attrs = &mut span.attrs;
            attrs.text("input.value", said);
            attrs.text("output.value", heard.as_deref().or(generated.as_deref()));
            if heard.is_some() {
                attrs.text("agentobs.turn.generated_text", generated.as_deref());
            }
        }
        self.span(who, span);
        let at = (id, turn.last);
        self.measure(who, at, names::TURNS, &[("agentobs.turn.role", "agent")], 1.0);
        if let Some((ms, ..)) = e2e {
            self.measure(who, at, names::E2E, &[], ms / 1e3);
        }
        if let Some(cut) = interruption {
            let labels = [("agentobs.interruption.kind", cut.kind)];
            self.measure(who, at, names::INTERRUPTIONS, &labels, 1.0);
        }
        for response in &leaving.responses {
            let output = match &response.cause {
                Cause::ToolOutput(call) => leaving
                    .responses
                    .iter()
                    .flat_map(|r| &r.tools)
                    .find(|tool| tool.call_id.as_ref() == Some(call))
                    .and_then(|tool| Some((call.as_str(), tool.output.as_deref()?))),
                _ => None,
            };
            let said = said.filter(|_| response.cause == Cause::User);
            self.response(who, id, response, Given { said, output }, call.last);
        }
        self.responses_beside(who, id, leaving);
    }

    fn responses_beside(&mut self, who: &Who, turn: u64, leaving: &Leaving) {
        for response in &leaving.beside {
            self.response(who, turn, response, Given::default(), response.last);
        }
    }
}

impl Moment {
    /// The later of two.
    pub(super) fn max_of(self, other: Self) -> Self {
        if other.time > self.time { other } else { self }
    }
}

fn turn_attrs(attrs: &mut AttrList, leaving: &Leaving, role: &'static str) {
    attrs.int("agentobs.turn.number", i64::from(leaving.number));
    attrs.str("agentobs.turn.role", role);
    attrs.int("agentobs.turn.exchange", i64::from(leaving.turn.exchange));
}

/// What transcription cost; never part of the usage of responses.
fn transcription_attrs(attrs: &mut AttrList, usage: &TranscriptionUsage) {
    if let Some(tokens) = &usage.tokens {
        attrs.count("agentobs.transcription.input_tokens", tokens.input);
        attrs.count("agentobs.transcription.output_tokens", tokens.output);
        attrs.count("agentobs.transcription.total_tokens", tokens.total);
        attrs.count("agentobs.transcription.input_audio_tokens", tokens.input_audio);
        attrs.count("agentobs.transcription.input_text_tokens", tokens.input_text);
    }
    attrs.double("agentobs.transcription.seconds", usage.seconds);
}

/// When each utterance ended. One whose end the log does not have ends at the
/// latest when the next one begins, or the next turn, or the log ends.
fn ends_of(items: &[UserItem], until: Moment) -> Vec<Moment> {
    let following = items.iter().skip(1).map(|item| item.first).chain([until]);
    let end = |(item, next): (&UserItem, Moment)| item.end().unwrap_or(next).max_of(item.first);
    items.iter().zip(following).map(end).collect()
}

/// Whether an application asked for the transcript of what was said.
fn is_transcription(response: &Response) -> bool {
    response.info.metadata.iter().any(|(_, value)| value.contains("transcri"))
}

/// From the end of the user's turn to the first audio (or text) of the answer.
fn end_to_end(leaving: &Leaving) -> Option<(f64, &'static str, &'static str)> {
    let (from, why) = leaving.exchange.as_ref()?.input_end?;
    let earliest = |moments: &dyn Fn(&Response) -> Option<Moment>| {
        leaving.responses.iter().filter_map(moments).min_by_key(|at| at.time)
    };
    let (to, what) = earliest(&|r| r.played)
        .map(|at| (at, "output_audio_buffer.started"))
        .or_else(|| earliest(&|r| r.first_audio).map(|at| (at, "first_audio_delta")))
        .or_else(|| earliest(&|r| r.first_text).map(|at| (at, "first_transcript_or_text_delta")))?;
    let ms = to.ms_since(from);
    (ms >= 0.0).then_some((ms, why, what))
}

//! What each field of a thing is. What the data does not say is `None`.

use super::calls;
use super::case::{Case, Thing};
use super::value::Val;
use crate::assert::lang::words::{Field, Latency, Via};
use crate::model::SpanStatus;
use crate::session::{Measure, Role, ToolStatus, Turn};
use std::borrow::Cow;

fn text(text: &str) -> Val<'_> {
    Val::Text(Cow::Borrowed(text))
}

fn count<'v>(count: usize) -> Val<'v> {
    Val::Num(count as f64)
}

fn tokens<'v>(tokens: Option<u64>) -> Option<Val<'v>> {
    tokens.map(|tokens| Val::Num(tokens as f64))
}

impl<'a> Case<'_, 'a> {
    /// The value of a field.
    pub(crate) fn field(&self, thing: Thing, field: Field) -> Option<Val<'a>> {
        match field {
            Field::Start => return self.session.ms(self.heard(thing).0).map(Val::Num),
            Field::End => return self.session.ms(self.heard(thing).1).map(Val::Num),
            Field::Duration => {
                let known = self.duration(thing).map(Val::Num);
                return known.or_else(|| self.elapsed(thing).map(Val::Endless));
            }
            _ => {}
        }
        match thing {
            Thing::Session => self.of_session(field),
            Thing::Exchange(at) | Thing::Turn(at) => of_turn(self.turn(at)?, field),
            Thing::Tool(turn, at) => self.of_tool(turn, at, field),
            Thing::Handoff(at) => {
                let handoff = self.handoff(at)?;
                match field {
                    Field::From => handoff.from.as_deref().map(text),
                    Field::To => handoff.to.as_deref().map(text),
                    _ => None,
                }
            }
            Thing::Error(turn, at) => {
                let error = self.error(turn, at)?;
                match field {
                    Field::ErrorKind => Some(text(error.kind.as_str())),
                    Field::ErrorType => error.error_type.as_deref().map(text),
                    Field::Message => error.message.as_deref().map(text),
                    Field::Source => error.source.as_deref().map(text),
                    Field::Recovered => Some(Val::Bool(error.kind.is_recovered())),
                    _ => None,
                }
            }
            Thing::Span(span) => {
                let view = self.world.store.span(span)?;
                match field {
                    Field::Latency(latency, via) => {
                        calls::of_span(self, span, latency, via).map(Val::Num)
                    }
                    Field::Name => Some(text(view.name())),
                    Field::Op => Some(text(self.world.sessions.op(span).as_str())),
                    Field::Status => Some(text(match view.row.status {
                        SpanStatus::Unset => "unset",
                        SpanStatus::Ok => "ok",
                        SpanStatus::Error => "error",
                    })),
                    Field::Message => Some(text(view.store.str(view.row.status_message))),
                    _ => None,
                }
            }
        }
    }

    /// Milliseconds from start to end; of a tool call what the data says its
    /// length is.
    pub(crate) fn duration(&self, thing: Thing) -> Option<f64> {
        if let Thing::Tool(turn, at) = thing {
            return self.tool(turn, at)?.duration_ms;
        }
        let (start, end) = self.times(thing);
        Some(end?.ms_since(start?))
    }

    fn of_session(&self, field: Field) -> Option<Val<'a>> {
        let session = self.session;
        let counts = || session.counts();
        match field {
            Field::Id => Some(text(&session.id)),
            Field::Framework => Some(text(session.framework.as_str())),
            Field::Agent if session.agents.is_empty() => None,
            Field::Agent => Some(Val::Texts(&session.agents)),
            Field::Complete => Some(Val::Bool(session.complete)),
            Field::CloseReason => session.close_reason.as_deref().map(text),
            Field::Turns => Some(count(session.turns.len())),
            Field::UserTurns => Some(count(counts().user_turns)),
            Field::AgentTurns => Some(count(counts().agent_turns)),
            Field::Tools => Some(count(counts().tool_calls)),
            Field::ToolErrors => Some(count(counts().tool_errors)),
            Field::Interruptions => Some(count(counts().interruptions)),
            Field::Handoffs => Some(count(session.handoffs.len())),
            Field::Errors => Some(count(counts().errors)),
            Field::Spans => Some(count(session.spans.len())),
            Field::InputTokens => tokens(session.usage.input_tokens),
            Field::OutputTokens => tokens(session.usage.output_tokens),
            Field::CachedTokens => tokens(session.usage.cached_input_tokens),
            _ => None,
        }
    }

    fn of_tool(&self, turn: u32, at: u32, field: Field) -> Option<Val<'a>> {
        let tool = self.tool(turn, at)?;
        match field {
            Field::Name => Some(text(&tool.name)),
            Field::CallId => tool.call_id.as_deref().map(text),
            Field::Arguments => tool.arguments.as_deref().map(text),
            Field::Output => tool.output.as_deref().map(text),
            Field::Message => tool.error.as_deref().map(text),
            Field::Status => Some(text(tool.status.as_str())),
            Field::Failed => match tool.status {
                ToolStatus::Error => Some(Val::Bool(true)),
                ToolStatus::Ok => Some(Val::Bool(false)),
                ToolStatus::Unfinished | ToolStatus::Unknown => None,
            },
            _ => None,
        }
    }

    /// Whether a thing should have a field, so that its absence counts. Only
    /// replies have latencies: a greeting answers nobody, and how long the end
    /// of an utterance took is told by the reply to it as well.
    pub(crate) fn should_have(&self, thing: Thing, field: Field) -> bool {
        let role = |at: u32| self.turn(at).map(|turn| turn.role);
        let is_reply = |at: u32| self.turn(at).is_some_and(|turn| turn.reply_to.is_some());
        match (thing, field) {
            (
                Thing::Turn(at) | Thing::Exchange(at),
                Field::Latency(..) | Field::InputTokens | Field::OutputTokens | Field::CachedTokens,
            ) => role(at) == Some(Role::Agent) && is_reply(at),
            (Thing::Turn(at) | Thing::Exchange(at), Field::Interrupted | Field::Agent) => {
                role(at) == Some(Role::Agent)
            }
            // There only where there is something to say.
            (_, Field::ReplyTo | Field::Model | Field::Generated | Field::CloseReason)
            | (Thing::Tool(..), Field::CallId | Field::Message | Field::Output)
            | (Thing::Error(..), Field::ErrorType | Field::Message | Field::Source) => false,
            _ => true,
        }
    }

    /// Whether the value of a latency is told again by another turn: that of
    /// the end of an utterance, by the reply to it.
    pub(crate) fn is_told_again(&self, thing: Thing, field: Field) -> bool {
        let (Thing::Turn(at), Field::Latency(Latency::Eou | Latency::Transcription, via)) =
            (thing, field)
        else {
            return false;
        };
        let told = Field::Latency(latency_of(field), via);
        let mut replies = self.replies(at).iter().filter_map(|reply| self.turn(*reply));
        replies.any(|reply| of_turn(reply, told).is_some())
    }
}

fn latency_of(field: Field) -> Latency {
    match field {
        Field::Latency(latency, _) => latency,
        _ => Latency::E2e,
    }
}

pub(super) fn of_turn(turn: &Turn, field: Field) -> Option<Val<'_>> {
    match field {
        Field::Number => Some(Val::Num(f64::from(turn.number))),
        Field::Role => Some(text(turn.role.as_str())),
        Field::Agent => turn.agent.as_deref().map(text),
        Field::Text => turn.text.as_deref().map(text),
        Field::Generated => turn.generated_text.as_deref().map(text),
        Field::Interrupted => turn.interrupted.map(Val::Bool),
        Field::ReplyTo => turn.reply_to.map(|number| Val::Num(f64::from(number))),
        Field::Latency(latency, via) => {
            let measure = match latency {
                Latency::E2e => &turn.latency.e2e,
                Latency::Eou => &turn.latency.eou,
                Latency::Transcription => &turn.latency.transcription,
                Latency::Ttft => &turn.latency.llm_ttft,
                Latency::Ttfb => &turn.latency.tts_ttfb,
            };
            known(measure, via).map(Val::Num)
        }
        Field::InputTokens => tokens(turn.usage.input_tokens),
        Field::OutputTokens => tokens(turn.usage.output_tokens),
        Field::CachedTokens => tokens(turn.usage.cached_input_tokens),
        Field::Tools => Some(count(turn.tools.len())),
        Field::ToolErrors => {
            Some(count(turn.tools.iter().filter(|t| t.status == ToolStatus::Error).count()))
        }
        Field::Errors => Some(count(turn.errors.iter().filter(|e| !e.kind.is_recovered()).count())),
        Field::Spans => Some(count(turn.spans.len())),
        Field::Model if turn.models.is_empty() => None,
        Field::Model => Some(Val::Texts(&turn.models)),
        _ => None,
    }
}

fn known(measure: &Measure, via: Via) -> Option<f64> {
    match via {
        Via::Best => measure.best(),
        Via::Reported => measure.reported_ms,
        Via::Derived => measure.derived_ms,
        Via::Heard => measure.heard_ms,
    }
}

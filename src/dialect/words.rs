//! How facts of model calls, tools and speech are spelled.
//!
//! Spans mix conventions, and a wrong guess of the dialect must cost little:
//! readers try the dialect's own words first, then the words that no two
//! conventions use for different things ([`Words::COMMON`]). Words with a
//! second meaning elsewhere (`input`, `text`, `name`) stand in one dialect's
//! own list only.

/// How the moment of a model's first output is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Seconds after the start.
    Seconds,
    /// Milliseconds after the start.
    Millis,
    /// ISO 8601 time, in JSON quotes or bare.
    Iso,
}

/// How a content attribute is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Messages: JSON, or structured values.
    Messages,
    /// Text without a role.
    Text,
}

/// Attribute keys by fact, in the order to try.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Messages given to a model or an agent.
    pub input: &'static [(&'static str, Part)],
    /// What a model or an agent answered.
    pub output: &'static [(&'static str, Part)],
    /// What the user said, on spans of speech recognition.
    pub transcript: &'static [(&'static str, Part)],
    /// What the agent says, on spans of speech synthesis.
    pub spoken: &'static [(&'static str, Part)],
    /// Name of a tool.
    pub tool: &'static [&'static str],
    /// Id of a tool call.
    pub call_id: &'static [&'static str],
    /// Arguments of a tool call.
    pub arguments: &'static [&'static str],
    /// Result of a tool call.
    pub result: &'static [&'static str],
    /// Name of an agent, on spans of agents.
    pub agent: &'static [&'static str],
    /// Model that answered, else that was asked for.
    pub model: &'static [&'static str],
    /// First output of a model or of speech synthesis.
    pub first_output: &'static [(&'static str, Moment)],
}

use Moment::{Iso, Millis, Seconds};
use Part::{Messages, Text};

impl Words {
    /// No words.
    pub const NONE: Self = Self {
        input: &[],
        output: &[],
        transcript: &[],
        spoken: &[],
        tool: &[],
        call_id: &[],
        arguments: &[],
        result: &[],
        agent: &[],
        model: &[],
        first_output: &[],
    };

    /// Words that mean one thing wherever they stand.
    pub const COMMON: Self = Self {
        input: &[
            ("gen_ai.input.messages", Messages),
            ("langfuse.observation.input", Messages),
            ("ai.prompt.messages", Messages),
            ("ai.prompt", Messages),
            ("gcp.vertex.agent.llm_request", Messages),
            ("gen_ai.prompt", Messages),
            ("traceloop.entity.input", Messages),
            ("input.value", Messages),
        ],
        output: &[
            ("gen_ai.output.messages", Messages),
            ("langfuse.observation.output", Messages),
            ("ai.response.text", Text),
            ("output.audio.transcript", Text),
            ("gcp.vertex.agent.llm_response", Messages),
            ("gen_ai.completion", Messages),
            ("traceloop.entity.output", Messages),
            ("output.value", Messages),
        ],
        transcript: &[
            ("gen_ai.output.messages", Messages),
            ("input.audio.transcript", Text),
            ("elevenlabs.user.text", Text),
            ("langfuse.observation.output", Text),
        ],
        spoken: &[
            ("gen_ai.input.messages", Messages),
            ("output.audio.transcript", Text),
            ("elevenlabs.agent.text", Text),
            ("langfuse.observation.input", Text),
        ],
        tool: &["gen_ai.tool.name", "tool.name", "ai.toolCall.name"],
        call_id: &[
            "gen_ai.tool.call.id",
            "tool_call.id",
            "tool.id",
            "ai.toolCall.id",
            "tool.call_id",
            "gen_ai.voice.call_id",
        ],
        arguments: &[
            "gen_ai.tool.call.arguments",
            "ai.toolCall.args",
            "tool_call.function.arguments",
            "gcp.vertex.agent.tool_call_args",
            "az.ai.voice_agents.tool.arguments",
            "langfuse.observation.input",
            "traceloop.entity.input",
            "input.value",
            "tool.arguments",
        ],
        result: &[
            "gen_ai.tool.call.result",
            "ai.toolCall.result",
            "gcp.vertex.agent.tool_response",
            "langfuse.observation.output",
            "traceloop.entity.output",
            "output.value",
            "tool.result",
        ],
        agent: &["gen_ai.agent.name", "agent.name", "graph.node.id", "ai.telemetry.functionId"],
        model: &[
            "gen_ai.response.model",
            "ai.response.model",
            "llm.response.model_name",
            "langfuse.observation.model.name",
            "llm.model_name",
            "metrics.model",
            "gen_ai.request.model",
            "llm.request.model_name",
            "ai.model.id",
            "elevenlabs.producing_llm",
        ],
        first_output: &[
            ("gen_ai.response.time_to_first_chunk", Seconds),
            ("gen_ai.client.operation.time_to_first_chunk", Seconds),
            ("metrics.ttfb", Seconds),
            ("metrics.ttfb_ms", Millis),
            ("ai.response.msToFirstChunk", Millis),
            ("time_to_first_token_ms", Millis),
            ("service.ttfb_seconds", Seconds),
            ("az.ai.voice_agents.response.time_to_first_audio_seconds", Seconds),
            ("az.ai.voice_agents.response.time_to_first_text_seconds", Seconds),
            // No unit in the name; Strands writes whole milliseconds.
            ("gen_ai.server.time_to_first_audio", Millis),
            ("langfuse.observation.completion_start_time", Iso),
            ("first_content_at", Iso),
        ],
    };
}

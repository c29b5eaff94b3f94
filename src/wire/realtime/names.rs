//! Names of the protocol's events: which are known and who sends them.
//!
//! GA names: 46 server types of openai 3.52.0 (`openai/types/realtime`), the
//! beta ones (`openai/types/beta/realtime`), transcription and translation
//! sessions, and the 2025-01 spelling of the output buffer's events.

/// Who sent an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// The application.
    Client,
    /// The service.
    Server,
}

impl Direction {
    /// The word used in every output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Server => "server",
        }
    }
}

const CLIENT: &[&str] = &[
    "conversation.item.create",
    "conversation.item.delete",
    "conversation.item.retrieve",
    "conversation.item.truncate",
    "input_audio_buffer.append",
    "input_audio_buffer.clear",
    "input_audio_buffer.commit",
    "output_audio_buffer.clear",
    "response.cancel",
    "response.create",
    "session.close",
    "session.input_audio_buffer.append",
    "session.update",
    "transcription_session.update",
];

const SERVER: &[&str] = &[
    "conversation.created",
    "conversation.item.added",
    "conversation.item.created",
    "conversation.item.deleted",
    "conversation.item.done",
    "conversation.item.input_audio_transcription.completed",
    "conversation.item.input_audio_transcription.delta",
    "conversation.item.input_audio_transcription.failed",
    "conversation.item.input_audio_transcription.segment",
    "conversation.item.retrieved",
    "conversation.item.truncated",
    "error",
    "input_audio_buffer.cleared",
    "input_audio_buffer.committed",
    "input_audio_buffer.dtmf_event_received",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.timeout_triggered",
    "mcp_list_tools.completed",
    "mcp_list_tools.failed",
    "mcp_list_tools.in_progress",
    "output_audio_buffer.audio_cleared",
    "output_audio_buffer.audio_started",
    "output_audio_buffer.audio_stopped",
    "output_audio_buffer.cleared",
    "output_audio_buffer.started",
    "output_audio_buffer.stopped",
    "rate_limits.updated",
    "response.audio.delta",
    "response.audio.done",
    "response.audio_transcript.delta",
    "response.audio_transcript.done",
    "response.content_part.added",
    "response.content_part.done",
    "response.created",
    "response.done",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.mcp_call.completed",
    "response.mcp_call.failed",
    "response.mcp_call.in_progress",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.output_audio.delta",
    "response.output_audio.done",
    "response.output_audio_transcript.delta",
    "response.output_audio_transcript.done",
    "response.output_item.added",
    "response.output_item.done",
    "response.output_text.delta",
    "response.output_text.done",
    "response.text.delta",
    "response.text.done",
    "session.closed",
    "session.created",
    "session.input_transcript.delta",
    "session.output_audio.delta",
    "session.output_transcript.delta",
    "session.updated",
    "transcription_session.created",
    "transcription_session.updated",
];

/// Who sends events of this type; `None` for a type this version does not know.
#[must_use]
pub fn known_direction(kind: &str) -> Option<Direction> {
    if SERVER.binary_search(&kind).is_ok() {
        Some(Direction::Server)
    } else if CLIENT.binary_search(&kind).is_ok() {
        Some(Direction::Client)
    } else {
        None
    }
}

/// Whether this version knows the type.
#[must_use]
pub fn is_known(kind: &str) -> bool {
    known_direction(kind).is_some()
}

/// Whether a key is a field that only the protocol's events have; they tell an
/// event of an unknown type from any other object with a dotted `type`.
pub(super) fn is_protocol_field(key: &[u8]) -> bool {
    matches!(
        key,
        b"event_id"
            | b"item_id"
            | b"response_id"
            | b"previous_item_id"
            | b"session"
            | b"response"
            | b"item"
            | b"conversation"
            | b"audio_start_ms"
            | b"audio_end_ms"
            | b"rate_limits"
            | b"call_id"
            | b"output_index"
            | b"content_index"
            | b"elapsed_ms"
    )
}

#[cfg(test)]
mod tests {
    use super::{CLIENT, Direction, SERVER, known_direction};

    #[test]
    fn lists_are_sorted() {
        assert!(CLIENT.is_sorted() && SERVER.is_sorted());
        assert_eq!(known_direction("session.update"), Some(Direction::Client));
        assert_eq!(known_direction("session.updated"), Some(Direction::Server));
        assert_eq!(known_direction("session.upside"), None);
    }
}

//! Words by which recorders say who sent an event.

use super::names::Direction;

/// Keys whose text may be such a word.
pub(super) fn is_direction_key(key: &[u8]) -> bool {
    matches!(
        key,
        b"direction"
            | b"dir"
            | b"source"
            | b"type"
            | b"from"
            | b"sender"
            | b"side"
            | b"flow"
            | b"message"
            | b"msg"
            | b"method"
            | b"kind"
            | b"event_type"
            | b"eventType"
            | b"role"
    )
}

/// The direction that a word means; seen from the application, as all
/// recorders in the wild do.
pub(super) fn direction(word: &str) -> Option<Direction> {
    // Every event's `type` comes here: it is lowered without an allocation.
    let word = word.trim().as_bytes();
    let mut room = [0; 48];
    let lower = room.get_mut(..word.len())?;
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    match &*lower {
        b"client"
        | b"out"
        | b"outbound"
        | b"outgoing"
        | b"send"
        | b"sent"
        | b"sending"
        | b"tx"
        | b"up"
        | b"upstream"
        | b">>>"
        | b">>"
        | b">"
        | b"->"
        | b"request"
        | b"client_event"
        | b"network.websocketframesent" => Some(Direction::Client),
        b"server"
        | b"in"
        | b"inbound"
        | b"incoming"
        | b"recv"
        | b"receive"
        | b"received"
        | b"rx"
        | b"down"
        | b"downstream"
        | b"<<<"
        | b"<<"
        | b"<"
        | b"<-"
        | b"response"
        | b"server_event"
        | b"raw_server_event"
        | b"network.websocketframereceived" => Some(Direction::Server),
        other if other.ends_with(b"_sent") => Some(Direction::Client),
        other if other.ends_with(b"_received") => Some(Direction::Server),
        _ => None,
    }
}

/// The direction that a line of text before an event tells: arrows and words
/// of its last part.
pub(super) fn direction_in_text(text: &str) -> Option<Direction> {
    let text = text.trim();
    if text.contains("-> WebSocket") || text.contains("→ WebSocket") {
        return Some(Direction::Client);
    }
    if text.contains("<- WebSocket") || text.contains("← WebSocket") {
        return Some(Direction::Server);
    }
    text.rsplit([' ', '\t', ':', '[', ']', '(', ')', ','])
        .filter(|word| !word.is_empty())
        .take(8)
        .find_map(direction)
}

#[cfg(test)]
mod tests {
    use super::{Direction, direction_in_text};

    #[test]
    fn lines_before_events() {
        for (text, expected) in [
            ("2026-11-21 05:59:18,100 DEBUG voice.realtime >>> ", Some(Direction::Client)),
            ("< ", Some(Direction::Server)),
            (
                "127.0.0.1:50712 <- WebSocket text message <- api.openai.com",
                Some(Direction::Server),
            ),
            ("useRealtime.ts:290 Sending client event: ", Some(Direction::Client)),
            ("[recv] ", Some(Direction::Server)),
            ("main.js:12 ", None),
        ] {
            assert_eq!(direction_in_text(text), expected, "{text}");
        }
    }
}

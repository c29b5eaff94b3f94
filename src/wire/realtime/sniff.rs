//! A cheap look: is this a Realtime event log?

use super::names::is_known;
use super::reader::{EventReader, Limits};
use memchr::memmem;

/// Names that hardly stand in any other file.
const TELLING: &[&[u8]] = &[
    b"session.update",
    b"session.created",
    b"input_audio_buffer.",
    b"conversation.item.",
    b"response.created",
    b"response.output_",
    b"response.audio",
    b"rate_limits.updated",
];
/// Keys of OTLP documents, whose attributes may quote Realtime events.
const OTLP: &[&[u8]] = &[
    b"\"resourceSpans\"",
    b"\"resourceLogs\"",
    b"\"resourceMetrics\"",
    b"\"resource_spans\"",
    b"\"resource_logs\"",
    b"\"resource_metrics\"",
];

/// Whether a file that begins with `head` (some ten kilobytes) holds a
/// Realtime event log in any envelope.
#[must_use]
pub fn looks_like_realtime(head: &[u8]) -> bool {
    let has = |needle: &[u8]| memmem::find(head, needle).is_some();
    if is_binary(head) || OTLP.iter().any(|key| has(key)) {
        return false;
    }
    if has(b"\"_webSocketMessages\"")
        || (has(b"\"log\"") && has(b"\"creator\"") && has(b"\"entries\""))
    {
        return true;
    }
    if !TELLING.iter().any(|name| has(name)) {
        return false;
    }
    let mut rest = head;
    let mut reader = EventReader::new(&mut rest, Limits::default());
    let mut known = 0;
    while known == 0 && reader.read(&mut |event| known += usize::from(is_known(event.kind))) {}
    // The head may be too short for a whole record of a big document.
    known > 0 || (reader.skipped.broken > 0 && has(b"\"type") || has(b"\\\"type"))
}

/// Whether the bytes are no text: OTLP as protobuf may quote events, too. A
/// damaged byte here and there does not make a log binary.
fn is_binary(head: &[u8]) -> bool {
    let control = |byte: &&u8| matches!(byte, 0..=8 | 11 | 14..=26 | 28..=31);
    head.iter().filter(control).count() > head.len() / 400
}

#[cfg(test)]
mod tests {
    use super::looks_like_realtime;

    #[test]
    fn knows_its_own() {
        assert!(looks_like_realtime(b"x <<< {\"type\":\"session.created\",\"session\":{}}\n"));
        assert!(looks_like_realtime(
            b"{\"sessionId\":\"1\",\"events\":[{\"type\":\"session.update\","
        ));
        assert!(!looks_like_realtime(b"{\"resourceSpans\":[{\"x\":\"session.created\"}]}"));
        assert!(!looks_like_realtime(b"{\"items\":[{\"type\":\"message\"}]}"));
        let event = b"{\"type\":\"session.created\",\"session\":{}}";
        let mut message = vec![10, 50, 18, 3, 1, 2];
        message.extend_from_slice(event);
        assert!(!looks_like_realtime(&message));
        assert!(!looks_like_realtime(b"the session.created event is sent first\n"));
    }
}

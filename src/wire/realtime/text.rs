//! What the text around an event says: log lines, arrows, addresses.

use super::envelope::Meta;
use super::hint;
use super::stamp;

/// Reads what stands before an event on its own line.
pub(super) fn of_prefix(prefix: &str) -> Meta {
    Meta {
        time: stamp::find(prefix),
        direction: hint::direction_in_text(prefix),
        tag: None,
        repeat: 1,
    }
}

/// Reads a line that announces the event on the lines after it, as mitmproxy
/// writes: `127.0.0.1:50712 <- WebSocket text message <- host`.
pub(super) fn of_line_before(line: &str) -> Option<Meta> {
    let announces = line.len() < 400 && line.contains("WebSocket") && line.contains(" message ");
    if !announces {
        return None;
    }
    let address = line.split_whitespace().find(|word| {
        word.rsplit_once(':').is_some_and(|(host, port)| {
            !host.is_empty() && !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
        })
    });
    Some(Meta {
        time: stamp::find(line),
        direction: hint::direction_in_text(line),
        tag: address.map(str::to_owned),
        repeat: 1,
    })
}

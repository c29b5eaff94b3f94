//! `header.binpb` of a recording upload: the protobuf `MetricsRecordingHeader`.
//!
//! Fields: 1 room id, 3 duration in milliseconds, 4 start time (Timestamp),
//! 6 room name, 8 job id, 11 session summary (the report as JSON without events
//! and chat history).

use super::history::facts_of;
use crate::wire::framework::JsonPart;
use crate::wire::report::{Found, PartKind};
use prost::Message;
use serde_json::{Map, Value, json};

#[derive(Clone, PartialEq, Message)]
struct Timestamp {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
struct RecordingHeader {
    #[prost(string, tag = "1")]
    room_id: String,
    #[prost(uint64, tag = "3")]
    duration: u64,
    #[prost(message, optional, tag = "4")]
    start_time: Option<Timestamp>,
    #[prost(string, tag = "6")]
    room_name: String,
    #[prost(string, tag = "8")]
    job_id: String,
    #[prost(string, tag = "11")]
    session_summary: String,
}

/// Whether bytes begin like an upload header: field 1 is a room id.
pub(in crate::wire) fn is_header(head: &[u8]) -> bool {
    head.first() == Some(&0x0a) && head.get(2..5) == Some(b"RM_")
}

/// Reads an upload header; `None` when the bytes are none. Room ids start with
/// `RM_`, which tells it from other protobuf.
pub(in crate::wire) fn header(bytes: &[u8], part: &mut JsonPart<'_>) -> Option<Found> {
    let header = RecordingHeader::decode(bytes).ok()?;
    if !header.room_id.starts_with("RM_") {
        return None;
    }
    let summary = serde_json::from_str::<Value>(&header.session_summary).ok();
    let mut facts: Map<String, Value> = match summary {
        Some(Value::Object(summary)) => summary,
        _ => Map::new(),
    };
    let mut set = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            facts.insert(key.to_owned(), value);
        }
    };
    let text = |text: String| (!text.is_empty()).then_some(Value::String(text));
    set("room_id", text(header.room_id));
    set("room", text(header.room_name));
    set("job_id", text(header.job_id));
    set("duration_ms", (header.duration > 0).then(|| json!(header.duration)));
    set(
        "start_time",
        header.start_time.map(|time| json!(time.seconds as f64 + f64::from(time.nanos) / 1e9)),
    );
    let facts = facts_of(&facts, &[], part);
    part.batch.add_document("livekit.header", &facts, part.part);
    Some(Found { kind: PartKind::Header, format: "livekit-header", records: 1 })
}

//! `google.rpc.Status`, the body of OTLP's error answers, with the one detail
//! that matters to a sender.
//!
//! Only these few messages are needed, so they are declared here, from
//! `google/rpc/status.proto`, `google/rpc/error_details.proto` and
//! `google/protobuf/{any,duration}.proto`.

use prost::Message as _;
use std::time::Duration;

/// A status.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RpcStatus {
    /// gRPC's code.
    pub code: i32,
    /// Text for developers.
    pub message: String,
    /// `RetryInfo.retry_delay`: how long the receiver asks to wait.
    pub retry_delay: Option<Duration>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

impl RpcStatus {
    /// Reads a status; `None` for bytes that are none.
    #[must_use]
    pub fn read(bytes: &[u8], is_json: bool) -> Option<Self> {
        if is_json { Self::from_json(bytes) } else { Self::from_protobuf(bytes) }
    }

    fn from_protobuf(bytes: &[u8]) -> Option<Self> {
        let status = Status::decode(bytes).ok()?;
        let detail =
            status.details.iter().find(|any| any.type_url.ends_with("google.rpc.RetryInfo"));
        let info = detail.and_then(|any| RetryInfo::decode(any.value.as_slice()).ok());
        // RetryInfo without a delay: retry at once.
        let retry_delay = info.map(|info| info.retry_delay.map_or(Duration::ZERO, delay));
        Some(Self { code: status.code, message: status.message, retry_delay })
    }

    fn from_json(bytes: &[u8]) -> Option<Self> {
        let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
        let message = value.get("message")?.as_str()?.to_owned();
        let code = value.get("code").and_then(serde_json::Value::as_i64);
        let code = code.and_then(|code| i32::try_from(code).ok()).unwrap_or(0);
        Some(Self { code, message, retry_delay: None })
    }
}

/// A negative delay is none.
fn delay(delay: Delay) -> Duration {
    let seconds = u64::try_from(delay.seconds).unwrap_or(0);
    let nanos = u32::try_from(delay.nanos).unwrap_or(0).min(999_999_999);
    Duration::new(seconds, nanos)
}

#[cfg(test)]
mod tests {
    use super::{Any, Delay, RetryInfo, RpcStatus, Status};
    use prost::Message as _;
    use std::time::Duration;

    #[test]
    fn retry_info_is_found_among_details() {
        let info = RetryInfo { retry_delay: Some(Delay { seconds: 2, nanos: 500_000_000 }) };
        let other =
            Any { type_url: "type.googleapis.com/google.rpc.Help".to_owned(), value: vec![] };
        let any = Any {
            type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
            value: info.encode_to_vec(),
        };
        let status = Status { code: 14, message: "busy".to_owned(), details: vec![other, any] };
        let read = RpcStatus::read(&status.encode_to_vec(), false).unwrap();
        assert_eq!(read.retry_delay, Some(Duration::from_millis(2500)));
        assert_eq!((read.code, read.message.as_str()), (14, "busy"));
        let json = RpcStatus::read(br#"{"code":3,"message":"bad"}"#, true).unwrap();
        assert_eq!((json.code, json.message.as_str(), json.retry_delay), (3, "bad", None));
        assert_eq!(RpcStatus::read(b"<html>", true), None);
    }
}

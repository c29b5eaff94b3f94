//! One attempt over HTTP.

use super::answer::{Answer, of_error};
use super::endpoint::Endpoint;
use crate::wire::{Receipt, RpcStatus, Signal};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, Response, StatusCode};
use std::time::Duration;

/// Most bytes of an answer that are read.
const MAX_ANSWER: usize = 4 << 20;
/// Most characters of an answer that are repeated.
const MAX_TEXT: usize = 300;

/// Sends a body once.
pub(super) async fn attempt(
    client: &Client,
    endpoint: &Endpoint,
    signal: Signal,
    body: Bytes,
    gzip: bool,
    is_json: bool,
) -> Answer {
    let content_type = if is_json { "application/json" } else { "application/x-protobuf" };
    let mut request = client
        .post(endpoint.url.clone())
        .header(CONTENT_TYPE, content_type)
        .headers(endpoint.headers.clone());
    if gzip {
        request = request.header(CONTENT_ENCODING, "gzip");
    }
    match request.body(body).send().await {
        Ok(response) => answered(response, signal).await,
        Err(error) => of_error(&error),
    }
}

async fn answered(response: Response, signal: Signal) -> Answer {
    let status = response.status();
    let is_json = says_json(response.headers());
    let after = retry_after(response.headers());
    let body = read(response).await;
    if status.is_success() {
        // The status is the answer; a body that was cut leaves only open
        // whether some records were refused.
        return Answer::Accepted(match body {
            Ok(body) => Receipt::read(signal, &body, is_json),
            Err(_) => Receipt {
                rejected: 0,
                message: "the answer was cut off: whether all were taken is not known".to_owned(),
            },
        });
    }
    let why = told(status, &body.unwrap_or_default(), is_json);
    match status.as_u16() {
        429 | 502 | 503 | 504 => Answer::Later { why, after },
        _ => Answer::Refused { why },
    }
}

/// The body of an answer, as far as it is read.
pub(super) async fn read(response: Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = http::Response::<reqwest::Body>::from(response).into_body();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame?.into_data() {
            let room = MAX_ANSWER.saturating_sub(bytes.len());
            bytes.extend_from_slice(data.get(..room).unwrap_or(&data));
            if bytes.len() >= MAX_ANSWER {
                break;
            }
        }
    }
    Ok(bytes)
}

fn says_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.is_some_and(|value| {
        value.trim_start().to_ascii_lowercase().starts_with("application/json")
    })
}

/// The status, and what the receiver says in `google.rpc.Status` or as text.
fn told(status: StatusCode, body: &[u8], is_json: bool) -> String {
    let said = match RpcStatus::read(body, is_json) {
        Some(rpc) if !rpc.message.is_empty() => rpc.message,
        _ => String::from_utf8_lossy(body).into_owned(),
    };
    let said: String = said.trim().chars().take(MAX_TEXT).collect();
    // Status in protobuf that is none reads as noise.
    let readable = !said.is_empty() && !said.contains('\u{fffd}') && !said.contains('\0');
    if readable { format!("HTTP {status}: {said}") } else { format!("HTTP {status}") }
}

/// `Retry-After`: seconds, or a date; one that is past means now.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
    let wait = date.as_millisecond().saturating_sub(jiff::Timestamp::now().as_millisecond());
    Some(Duration::from_millis(u64::try_from(wait).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::{retry_after, told};
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, RETRY_AFTER};
    use std::time::Duration;

    fn after(text: &str) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, text.parse().unwrap());
        retry_after(&headers)
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(after("7"), Some(Duration::from_secs(7)));
        assert_eq!(after("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert!(after("Wed, 21 Oct 2099 07:28:00 GMT").unwrap() > Duration::from_secs(1 << 30));
        assert_eq!(after("soon"), None);
        assert_eq!(after("-1"), None);
    }

    #[test]
    fn errors_are_told_in_the_receivers_words() {
        let status = StatusCode::BAD_REQUEST;
        let of = |body: &[u8], json| told(status, body, json);
        assert_eq!(of(br#"{"code":3,"message":"bad id"}"#, true), "HTTP 400 Bad Request: bad id");
        assert_eq!(of(b"\x08\x03\x12\x06bad id", false), "HTTP 400 Bad Request: bad id");
        assert_eq!(of(b"plain", false), "HTTP 400 Bad Request: plain");
        assert_eq!(of(b"", false), "HTTP 400 Bad Request");
        assert!(of(&[b'x'; 5000], false).len() < 400);
    }
}

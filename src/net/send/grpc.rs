//! One attempt over gRPC: a unary call, framed by hand over HTTP/2.
//!
//! A call is one length-prefixed message each way and a status in the
//! trailers ("gRPC over HTTP2"), so the HTTP client with its TLS, proxies and
//! limits serves both transports.

use super::answer::{Answer, of_error};
use super::endpoint::Endpoint;
use super::environment::percent_decode;
use crate::wire::{Receipt, RpcStatus, Signal};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use reqwest::header::{CONTENT_TYPE, HeaderMap, TE};
use reqwest::{Client, Response, Version};

/// Most bytes of an answer that are read.
const MAX_ANSWER: usize = 4 << 20;
/// Compression flag and length.
const PREFIX: usize = 5;

/// A message with gRPC's prefix before it.
pub(super) fn framed(message: &[u8], gzip: bool) -> Vec<u8> {
    let mut body = Vec::with_capacity(message.len() + PREFIX);
    body.push(u8::from(gzip));
    body.extend_from_slice(&u32::try_from(message.len()).unwrap_or(u32::MAX).to_be_bytes());
    body.extend_from_slice(message);
    body
}

/// Calls once.
pub(super) async fn attempt(
    client: &Client,
    endpoint: &Endpoint,
    signal: Signal,
    body: Bytes,
    gzip: bool,
) -> Answer {
    let mut url = endpoint.url.clone();
    url.set_path(service(signal));
    let mut request = client
        .post(url)
        .version(Version::HTTP_2)
        .header(CONTENT_TYPE, "application/grpc")
        .header(TE, "trailers")
        .headers(endpoint.headers.clone());
    if gzip {
        request = request.header("grpc-encoding", "gzip");
    }
    if let Some(timeout) = endpoint.timeout {
        // At most eight digits.
        let ms = timeout.as_millis().min(99_999_999);
        request = request.header("grpc-timeout", format!("{ms}m"));
    }
    match request.body(body).send().await {
        Ok(response) => answered(response, signal).await,
        Err(error) => of_error(&error),
    }
}

fn service(signal: Signal) -> &'static str {
    match signal {
        Signal::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
        Signal::Logs => "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
        Signal::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    }
}

async fn answered(response: Response, signal: Signal) -> Answer {
    let http_status = response.status();
    let headers = response.headers().clone();
    // An error without a message comes as headers alone.
    if let Some(status) = Status::of(&headers) {
        return status.answer(&[], signal);
    }
    if !http_status.is_success() {
        let why = format!("HTTP {http_status}, not gRPC");
        return match http_status.as_u16() {
            429 | 502 | 503 | 504 => Answer::later(why),
            _ => Answer::refused(why),
        };
    }
    let mut body = http::Response::<reqwest::Body>::from(response).into_body();
    let mut bytes = Vec::new();
    let mut trailers = HeaderMap::new();
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            // The status never came, so nothing was promised.
            Err(error) => return of_error(&error),
        };
        match frame.into_data() {
            Ok(data) if bytes.len() + data.len() <= MAX_ANSWER => bytes.extend_from_slice(&data),
            Ok(_) => return Answer::refused("an answer that is too large"),
            Err(frame) => trailers = frame.into_trailers().unwrap_or_default(),
        }
    }
    match Status::of(&trailers) {
        Some(status) => status.answer(&bytes, signal),
        None => Answer::later("the call ended without a status"),
    }
}

/// What trailers say.
struct Status {
    code: i32,
    message: String,
    details: Option<RpcStatus>,
}

/// Values of binary metadata come with and without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Status {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let code = text("grpc-status")?.trim().parse().unwrap_or(UNKNOWN);
        let message = text("grpc-message").unwrap_or_default();
        let message = percent_decode(message).unwrap_or_else(|| message.to_owned());
        let details = text("grpc-status-details-bin").and_then(|text| BASE64.decode(text).ok());
        let details = details.and_then(|bytes| RpcStatus::read(&bytes, false));
        Some(Self { code, message, details })
    }

    /// Which codes may be tried again is a table of the OTLP specification
    /// ("OTLP/gRPC Response", failures).
    fn answer(self, body: &[u8], signal: Signal) -> Answer {
        if self.code == 0 {
            return Answer::Accepted(Receipt::read(signal, message_of(body), false));
        }
        let name = CODES.get(usize::try_from(self.code).unwrap_or(usize::MAX));
        let name = name.copied().unwrap_or("UNKNOWN");
        let said: String = self.message.trim().chars().take(300).collect();
        let why =
            if said.is_empty() { format!("gRPC {name}") } else { format!("gRPC {name}: {said}") };
        let after = self.details.and_then(|details| details.retry_delay);
        let retryable = match self.code {
            // CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS
            1 | 4 | 10 | 11 | 14 | 15 => true,
            // RESOURCE_EXHAUSTED: only where the receiver says that it will recover.
            8 => after.is_some(),
            _ => false,
        };
        if retryable { Answer::Later { why, after } } else { Answer::Refused { why } }
    }
}

const UNKNOWN: i32 = 2;

const CODES: [&str; 17] = [
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
];

/// The message of a body; none where it is compressed, which we never asked for.
fn message_of(body: &[u8]) -> &[u8] {
    match body.first() {
        Some(0) => body.get(PREFIX..).unwrap_or(&[]),
        _ => &[],
    }
}

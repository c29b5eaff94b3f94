//! Over gRPC.

use super::messages::{deliver, logs, reasons, spans, to};
use super::server::closed_port;
use agentobs::net::{Compression, Protocol, SendOptions};
use agentobs::wire::Signal;
use bytes::Bytes;
use http::{HeaderMap, Response};
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message as _;
use std::collections::VecDeque;
use std::io::Read;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// An answer: code, message, `grpc-status-details-bin`, a body.
#[derive(Clone, Copy, Debug)]
struct Step {
    code: &'static str,
    message: &'static str,
    details: &'static str,
    body: &'static [u8],
    /// Whether the status comes in the head, as for errors without a message.
    alone: bool,
}

const OK: Step = Step { code: "0", message: "", details: "", body: b"\0\0\0\0\0", alone: false };

fn error(code: &'static str, message: &'static str) -> Step {
    Step { code, message, details: "", body: b"", alone: true }
}

type Seen = (String, HeaderMap, Vec<u8>, Instant);

/// A gRPC receiver that answers by a script; its thread ends with the process.
fn server(script: Vec<Step>) -> (String, Arc<Mutex<Vec<Seen>>>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    listener.set_nonblocking(true).unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let for_thread = Arc::clone(&seen);
    let script = Arc::new(Mutex::new(VecDeque::from(script)));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(connection(socket, Arc::clone(&script), Arc::clone(&for_thread)));
            }
        });
    });
    (address, seen)
}

async fn connection(
    socket: tokio::net::TcpStream,
    script: Arc<Mutex<VecDeque<Step>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
) {
    let Ok(mut connection) = h2::server::handshake(socket).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let (script, seen) = (Arc::clone(&script), Arc::clone(&seen));
        tokio::spawn(async move {
            let (parts, mut stream) = request.into_parts();
            let mut body = Vec::new();
            while let Some(Ok(data)) = stream.data().await {
                let _ = stream.flow_control().release_capacity(data.len());
                body.extend_from_slice(&data);
            }
            let path = parts.uri.path().to_owned();
            seen.lock().unwrap().push((path, parts.headers, body, Instant::now()));
            let step = script.lock().unwrap().pop_front().unwrap_or(OK);
            let mut status = HeaderMap::new();
            for (name, value) in [
                ("grpc-status", step.code),
                ("grpc-message", step.message),
                ("grpc-status-details-bin", step.details),
            ] {
                if !value.is_empty() {
                    status.insert(name, value.parse().unwrap());
                }
            }
            let mut head = Response::builder().header("content-type", "application/grpc");
            if step.alone {
                head.headers_mut().unwrap().extend(status);
                let _ = respond.send_response(head.body(()).unwrap(), true);
                return;
            }
            let mut stream = respond.send_response(head.body(()).unwrap(), false).unwrap();
            let _ = stream.send_data(Bytes::from_static(step.body), false);
            let _ = stream.send_trailers(status);
        });
    }
}

fn grpc(address: &str) -> SendOptions {
    SendOptions { protocol: Some(Protocol::Grpc), ..to(address) }
}

/// Name, script, spans accepted, rejected and dropped, requests seen, reasons.
type Case = (&'static str, Vec<Step>, [u64; 3], usize, &'static [&'static str]);

#[test]
fn every_status_ends_in_the_account() {
    // Status{code, details:[Any(RetryInfo{retry_delay: 1 ns})]}
    let details = "CAgaMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIQAQ";
    let exhausted = error("8", "slow%20down");
    let partial = Step { body: b"\0\0\0\0\x0d\x0a\x0b\x08\x01\x12\x07too old", ..OK };
    let cases: Vec<Case> = vec![
        ("taken", vec![], [4, 0, 0], 2, &[]),
        ("partial success", vec![partial], [3, 1, 0], 2, &["traces rejected: too old (1)"]),
        ("unavailable, then taken", vec![error("14", "")], [4, 0, 0], 3, &[]),
        (
            "all codes that may be tried again",
            ["1", "4", "10", "11", "14", "15"].map(|code| error(code, "")).to_vec(),
            [4, 0, 0],
            8,
            &[],
        ),
        (
            "invalid",
            vec![error("3", "bad id")],
            [2, 2, 0],
            2,
            &["traces rejected: gRPC INVALID_ARGUMENT: bad id (2)"],
        ),
        (
            "exhausted without a hint",
            vec![exhausted],
            [2, 2, 0],
            2,
            &["traces rejected: gRPC RESOURCE_EXHAUSTED: slow down (2)"],
        ),
        ("exhausted with a hint", vec![Step { details, ..exhausted }], [4, 0, 0], 3, &[]),
        (
            "internal",
            vec![Step { alone: false, ..error("13", "") }],
            [2, 2, 0],
            2,
            &["traces rejected: gRPC INTERNAL (2)"],
        ),
    ];
    for (name, script, [accepted, rejected, dropped], requests, said) in cases {
        let (address, seen) = server(script);
        let account = deliver(&grpc(&address), spans(4, 2));
        let tally = account.tally(Signal::Traces);
        assert_eq!(
            (tally.accepted, tally.rejected, tally.dropped),
            (accepted, rejected, dropped),
            "{name}: {account:?}"
        );
        assert_eq!(seen.lock().unwrap().len(), requests, "{name}");
        assert_eq!(reasons(&account), said, "{name}");
    }
}

#[test]
fn retry_info_is_waited_for() {
    // RetryInfo{retry_delay: 1 s}
    let details = "CA4aMAoodHlwZS5nb29nbGVhcGlzLmNvbS9nb29nbGUucnBjLlJldHJ5SW5mbxIECgIIAQ==";
    let (address, seen) = server(vec![Step { details, ..error("14", "busy") }]);
    assert!(deliver(&grpc(&address), spans(1, 1)).is_complete());
    let seen = seen.lock().unwrap();
    assert!(seen[1].3.duration_since(seen[0].3) >= Duration::from_secs(1));
}

#[test]
fn calls_look_as_the_specification_says() {
    let (address, seen) = server(vec![]);
    let plain = SendOptions {
        headers: vec![("authorization".to_owned(), "Bearer x".to_owned())],
        ..grpc(&address)
    };
    let mut messages = spans(2, 2);
    messages.extend(logs(1));
    assert!(deliver(&plain, messages).is_complete());
    let packed = SendOptions { compression: Some(Compression::Gzip), ..plain };
    assert!(deliver(&packed, spans(2, 2)).is_complete());
    let seen = seen.lock().unwrap();
    let [(path, headers, body, _), (logs, ..), (_, packed, packed_body, _)] = &seen[..] else {
        panic!("{seen:?}")
    };
    assert_eq!(path, "/opentelemetry.proto.collector.trace.v1.TraceService/Export");
    assert_eq!(logs, "/opentelemetry.proto.collector.logs.v1.LogsService/Export");
    assert_eq!(headers["content-type"], "application/grpc");
    assert_eq!(headers["te"], "trailers");
    assert_eq!(headers["authorization"], "Bearer x");
    assert_eq!(headers["grpc-timeout"], "5000m");
    assert_eq!(body[0], 0);
    let count = |bytes: &[u8]| {
        let data = TracesData::decode(bytes).unwrap();
        data.resource_spans[0].scope_spans[0].spans.len()
    };
    assert_eq!(count(&body[5..]), 2);
    assert_eq!(u32::from_be_bytes(body[1..5].try_into().unwrap()) as usize, body.len() - 5);
    assert_eq!((packed["grpc-encoding"].to_str().unwrap(), packed_body[0]), ("gzip", 1));
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed_body[5..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(count(&unpacked), 2);
}

#[test]
fn a_receiver_that_is_not_there_is_given_up() {
    let options = SendOptions {
        retry_for: Duration::from_millis(100),
        ..grpc(&format!("127.0.0.1:{}", closed_port()))
    };
    let account = deliver(&options, spans(4, 2));
    assert_eq!(account.total().dropped, 4);
    assert!(reasons(&account)[0].contains("cannot connect"), "{account:?}");
}

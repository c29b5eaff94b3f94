//! Over HTTP.

use super::messages::{balanced, deliver, destination, logs, padded, reasons, spans, to};
use super::server::{Seen, Server, Step, closed_port};
use agentobs::net::{Compression, Exporter, Interrupt, Protocol, SendOptions, SignalOptions};
use agentobs::wire::Signal;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message as _;
use std::collections::HashMap;
use std::time::{Duration, Instant};

const BUSY: &[u8] = b"\x08\x0e\x12\x04busy";

/// Span ids in the order in which they came, one for each time.
fn ids(seen: &[Seen]) -> Vec<u64> {
    let traces = seen.iter().filter(|request| request.path.ends_with("/v1/traces"));
    traces
        .flat_map(|request| TracesData::decode(request.plain().as_slice()).unwrap().resource_spans)
        .flat_map(|resource| resource.scope_spans)
        .flat_map(|scope| scope.spans)
        .map(|span| u64::from_be_bytes(span.span_id.try_into().unwrap()))
        .collect()
}

/// Name, script, spans accepted, rejected and dropped, requests seen, reasons.
type Case = (&'static str, Vec<Step>, [u64; 3], usize, &'static [&'static str]);

/// What each script comes to: accepted, rejected, dropped spans of four in two
/// requests, requests seen, and the reasons.
#[test]
fn every_answer_ends_in_the_account() {
    let later = |status, more| Step::Answer(status, more, BUSY);
    let cases: Vec<Case> = vec![
        ("taken", vec![], [4, 0, 0], 2, &[]),
        ("empty partial success", vec![Step::Answer(200, "", b"\x0a\x00")], [4, 0, 0], 2, &[]),
        ("another 2xx", vec![Step::Answer(202, "", b"")], [4, 0, 0], 2, &[]),
        (
            "partial success is not sent again",
            vec![Step::Answer(200, "", b"\x0a\x0b\x08\x01\x12\x07too old")],
            [3, 1, 0],
            2,
            &["traces rejected: too old (1)"],
        ),
        (
            "a warning",
            vec![Step::Answer(200, "", b"\x0a\x09\x12\x07too old")],
            [4, 0, 0],
            2,
            &["traces accepted with a warning: too old (2)"],
        ),
        ("503, then 200", vec![later(503, "")], [4, 0, 0], 3, &[]),
        (
            "429, 502, 503, 504, then 200",
            vec![later(429, ""), later(502, ""), later(503, ""), later(504, "")],
            [4, 0, 0],
            6,
            &[],
        ),
        (
            "400 is not sent again",
            vec![Step::Answer(400, "", b"\x08\x03\x12\x06bad id")],
            [2, 2, 0],
            2,
            &["traces rejected: HTTP 400 Bad Request: bad id (2)"],
        ),
        (
            "500 and 408 are not sent again",
            vec![Step::Answer(500, "", b""), Step::Answer(408, "", b"")],
            [0, 4, 0],
            2,
            &[
                "traces rejected: HTTP 408 Request Timeout (2)",
                "traces rejected: HTTP 500 Internal Server Error (2)",
            ],
        ),
        ("closed without an answer", vec![Step::Drop], [4, 0, 0], 3, &[]),
        ("cut in the head", vec![Step::CutHead], [4, 0, 0], 3, &[]),
        (
            "cut after 200: accepted, not sent again",
            vec![Step::CutBody(200)],
            [4, 0, 0],
            2,
            &[
                "traces accepted with a warning: the answer was cut off: whether all were taken is not known (2)",
            ],
        ),
        ("cut after 503", vec![Step::CutBody(503)], [4, 0, 0], 3, &[]),
        (
            "a redirection elsewhere",
            vec![Step::Answer(307, "Location: http://127.0.0.2:1/v1/traces\r\n", b"")],
            [2, 2, 0],
            2,
            &["traces rejected: HTTP 307 Temporary Redirect (2)"],
        ),
        (
            "a redirection within the host",
            vec![Step::Answer(308, "Location: /other/v1/traces\r\n", b"")],
            [4, 0, 0],
            3,
            &[],
        ),
    ];
    for (name, script, [accepted, rejected, dropped], requests, said) in cases {
        let server = Server::start(script);
        let account = deliver(&to(&server.url()), spans(4, 2));
        let tally = account.tally(Signal::Traces);
        assert_eq!(
            (tally.accepted, tally.rejected, tally.dropped),
            (accepted, rejected, dropped),
            "{name}: {account:?}"
        );
        assert_eq!(server.seen().len(), requests, "{name}");
        assert_eq!(reasons(&account), said, "{name}");
    }
}

#[test]
fn nothing_is_sent_again_that_was_accepted() {
    let busy = Step::Answer(503, "", BUSY);
    let script = [Step::Take, busy.clone(), Step::CutBody(200), busy, Step::Drop, Step::Take];
    let server = Server::start(script);
    let account = deliver(&to(&server.url()), spans(50, 5));
    assert_eq!(account.total().accepted, 50);
    // Three attempts failed before the receiver took anything.
    assert_eq!((account.requests, account.retries), (10, 3));
    let mut times: HashMap<u64, usize> = HashMap::new();
    for id in ids(&server.seen()) {
        *times.entry(id).or_default() += 1;
    }
    assert_eq!(times.len(), 50);
    assert_eq!(times.values().sum::<usize>(), 65, "five spans went out again each time");
}

#[test]
fn retry_after_is_waited_for() {
    let server = Server::start([Step::Answer(429, "Retry-After: 1\r\n", b"")]);
    let account = deliver(&to(&server.url()), spans(1, 1));
    assert!(account.is_complete());
    let seen = server.seen();
    assert!(seen[1].at.duration_since(seen[0].at) >= Duration::from_secs(1));
}

#[test]
fn a_wait_beyond_the_deadline_is_not_begun() {
    let server = Server::start([Step::Answer(503, "Retry-After: 3600\r\n", b"")]);
    let begun = Instant::now();
    let account = deliver(&to(&server.url()), spans(6, 2));
    assert!(begun.elapsed() < Duration::from_secs(4));
    assert_eq!(account.total().dropped, 6, "the receiver is given up for all that follows");
    assert_eq!(server.seen().len(), 1);
    let said = reasons(&account);
    assert!(said[0].contains("asks to wait 3600 s"), "{said:?}");
}

#[test]
fn a_receiver_that_is_not_there_is_given_up() {
    let options = SendOptions {
        retry_for: Duration::from_millis(300),
        ..to(&format!("http://127.0.0.1:{}", closed_port()))
    };
    let account = deliver(&options, spans(2000, 10));
    assert_eq!(account.total().dropped, 2000);
    assert!(account.retries > 0);
    let said = reasons(&account);
    assert!(said[0].starts_with("traces dropped: cannot connect: "), "{said:?}");
}

#[test]
fn the_time_to_retry_is_used_up_and_shared_by_signals() {
    let options = SendOptions {
        retry_for: Duration::from_millis(1500),
        ..to(&format!("http://127.0.0.1:{}", closed_port()))
    };
    let begun = Instant::now();
    let mut messages = spans(2, 1);
    messages.extend(logs(2));
    let account = deliver(&options, messages);
    let took = begun.elapsed();
    assert_eq!(account.total().dropped, 4);
    // The waits double: without a last attempt at the end it would give up early;
    // with a clock for each signal it would take twice as long.
    assert!(took >= Duration::from_millis(1400), "{took:?}");
    assert!(took < Duration::from_millis(2800), "{took:?}");
    // A receiver that comes back just before the end is not missed.
    let late = closed_port();
    let url = format!("http://127.0.0.1:{late}");
    let options = SendOptions { retry_for: Duration::from_secs(3), ..to(&url) };
    let server = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(2200));
        Server::at(late)
    });
    let account = deliver(&options, spans(2, 1));
    assert!(account.is_complete(), "{account:?}");
    assert_eq!(server.join().unwrap().seen().len(), 2);
}

#[test]
fn a_receiver_that_hangs_times_out() {
    let server = Server::start([Step::Hang]);
    let options = SendOptions { timeout: Some(Duration::from_millis(300)), ..to(&server.url()) };
    let account = deliver(&options, spans(1, 1));
    assert_eq!((account.total().accepted, account.retries), (1, 1));
    let server = Server::start([Step::Hang]);
    let options = SendOptions { retry_for: Duration::ZERO, ..options };
    let options = SendOptions { endpoint: Some(server.url()), ..options };
    let account = deliver(&options, spans(1, 1));
    assert_eq!(reasons(&account), ["traces dropped: no answer within 0.3 s (1)"]);
}

#[test]
fn a_slow_reader_bounds_the_sender() {
    let server = Server::start(std::iter::repeat_n(Step::Slow, 1000));
    let exporter = Exporter::start(
        destination(&SendOptions { compression: Some(Compression::None), ..to(&server.url()) }),
        Interrupt::new(),
    )
    .unwrap();
    // 40 requests of 256 KiB: the sender may be ahead by those that wait, the
    // one on its way and the one in its hand, no more.
    let text = "x".repeat(256 << 10);
    for (at, message) in padded(40, 1, &text).into_iter().enumerate() {
        exporter.send(message);
        let accepted = exporter.account().total().accepted;
        assert!(at as u64 + 1 - accepted <= 7, "{at} handed over, {accepted} accepted");
    }
    let account = exporter.finish();
    balanced(&account, 40);
    assert!(account.is_complete());
}

#[test]
fn an_interrupted_exporter_ends_soon_and_says_so() {
    let busy = std::iter::repeat_n(Step::Answer(503, "Retry-After: 2\r\n", b""), 1000);
    let server = Server::start(busy);
    let interrupt = Interrupt::new();
    let exporter = Exporter::start(destination(&to(&server.url())), interrupt.clone()).unwrap();
    for message in spans(4, 1) {
        exporter.send(message);
    }
    interrupt.ask();
    let begun = Instant::now();
    let account = exporter.finish();
    assert!(begun.elapsed() < Duration::from_secs(2));
    balanced(&account, 4);
    assert_eq!(account.total().dropped, 4);
    assert!(reasons(&account)[0].starts_with("traces dropped: interrupted"), "{account:?}");
}

#[test]
fn requests_look_as_the_specification_says() {
    let server = Server::start([]);
    let options = SendOptions {
        headers: vec![("x-team".to_owned(), "voice".to_owned())],
        compression: Some(Compression::Gzip),
        logs: SignalOptions {
            url: Some(format!("{}/own/logs", server.url())),
            headers: vec![("X-Team".to_owned(), "logs".to_owned())],
            off: false,
        },
        ..to(&format!("{}/base/", server.url()))
    };
    let mut messages = spans(2, 2);
    messages.extend(logs(1));
    assert!(deliver(&options, messages).is_complete());
    let json = SendOptions {
        protocol: Some(Protocol::HttpJson),
        compression: Some(Compression::None),
        ..options
    };
    assert!(deliver(&json, spans(1, 1)).is_complete());
    let seen = server.seen();
    let [traces, logs, json] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(traces.path, "/base/v1/traces");
    assert_eq!(traces.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(traces.header("content-encoding"), Some("gzip"));
    assert_eq!(traces.header("x-team"), Some("voice"));
    assert!(traces.header("user-agent").unwrap().starts_with("agentobs/"));
    assert!(traces.header("user-agent").unwrap().contains(" OTel-OTLP-Exporter-"));
    assert_eq!(ids(&seen[..1]), [1, 2]);
    assert_eq!((logs.path.as_str(), logs.header("x-team")), ("/own/logs", Some("logs")));
    assert_eq!(json.header("content-type"), Some("application/json"));
    assert_eq!(json.header("content-encoding"), None);
    assert!(json.body.starts_with(br#"{"resourceSpans":[{"resource":{"#), "{:?}", json.body);
}

#[test]
fn a_signal_that_goes_nowhere_is_not_sent() {
    let server = Server::start([]);
    let off = SignalOptions { off: true, ..SignalOptions::default() };
    let options = SendOptions { logs: off, ..to(&server.url()) };
    let exporter = Exporter::start(destination(&options), Interrupt::new()).unwrap();
    for message in logs(3) {
        exporter.send(message);
    }
    let account = exporter.finish();
    balanced(&account, 0);
    assert_eq!(server.seen().len(), 0);
}

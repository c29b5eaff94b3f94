//! Which documents are VideoSDK's, and which are not.

use crate::diagnostic::Diagnostics;
use crate::model::{Batch, Nanos, PartIx};
use crate::wire::framework::{JsonPart, decode};
use crate::wire::report::Found;

fn read(text: &str) -> (Option<Found>, Batch, Diagnostics) {
    let mut batch = Batch::new();
    let mut diagnostics = Diagnostics::default();
    let mut part = JsonPart {
        batch: &mut batch,
        part: PartIx(0),
        place: "x.json",
        record: 0,
        diagnostics: &mut diagnostics,
    };
    let found = decode(&serde_json::from_str(text).unwrap(), &mut part);
    (found, batch, diagnostics)
}

#[test]
fn shapes_are_told_apart() {
    let rows = [
        (
            r#"{"data":[{"e2eLatency":null,"interrupted":false}],"agentId":"A"}"#,
            "videosdk-turn-metrics",
            1,
        ),
        (r#"{"e2eLatency":1.5,"timeline":[]}"#, "videosdk-turn-metrics", 1),
        (r#"[{"e2eLatency":1.5,"timeline":[]},{"data":[]}]"#, "videosdk-turn-metrics", 1),
        (r#"{"logType":"INFO","logText":"x","attributes":{}}"#, "videosdk-log", 1),
        (
            r#"[{"type":"message","id":"msg_658eb7968031","created_at":1795241464.6,"role":"user","content":["Hi"]}]"#,
            "videosdk-context-history",
            1,
        ),
        (
            r#"{"items":[{"type":"message","id":"msg_1795241464","role":"user","content":["Hi"]}]}"#,
            "videosdk-context-history",
            1,
        ),
        (
            r#"{"items":[{"type":"message","id":"item_90ab","role":"user","content":["Hi"],"created_at":1.5}]}"#,
            "livekit-chat-history",
            1,
        ),
    ];
    for (text, format, records) in rows {
        let found = read(text).0.unwrap_or_else(|| panic!("not recognised: {text}"));
        assert_eq!((found.format, found.records), (format, records), "{text}");
    }
    let others = [
        r#"{"t":1.0,"component":"tts","metrics":{"ttfb":1.0}}"#,
        r#"{"t":1.0,"type":"agentMetrics","data":{"latency":{"e2eLatency":1.0}}}"#,
        r#"{"n":1,"method":"POST","body_text":"{\"data\":[{\"e2eLatency\":1}]}"}"#,
        r#"[{"type":"message","role":"user","content":[{"type":"input_text","text":"Hi"}]}]"#,
    ];
    for text in others {
        assert_eq!(read(text).0, None, "{text}");
    }
}

#[test]
fn log_posts_keep_what_they_say() {
    let line = r#"{"logType":"WARNING","logText":"late","attributes":{"roomId":"r","sessionId":"",
        "dateTime":"2026-11-21 06:11:06,652","origin":"videosdk.agents.job","service.name":"s"},"debugMode":false}"#;
    let (_, batch, diagnostics) = read(&format!("[{line},{line}]"));
    let [one, two] = batch.logs.as_slice() else { panic!("{:?}", batch.logs) };
    assert_eq!((one.severity, batch.strings.get(one.severity_text)), (13, "WARNING"));
    assert_eq!(one.time, Nanos(1_795_241_466_652_000_000));
    assert_eq!(one.scope, two.scope, "one logger is one scope");
    let attrs = batch.values.list(&batch.strings, one.attrs);
    assert_eq!(attrs.get("dateTime").and_then(|v| v.as_str()), Some("2026-11-21 06:11:06,652"));
    assert_eq!(attrs.get("debugMode").and_then(|v| v.as_bool()), Some(false));
    assert_eq!(diagnostics.count("assumed-utc"), 1);
}

//! Encoding OTLP: what was read is written again, in requests of bounded size,
//! and reads as the same records.

use super::{dump, random, read, read_all};
use agentobs::model::Store;
use agentobs::wire::{Message, PackOptions, Packer, Receipt, Selection, Signal};
use proptest::prelude::*;
use prost::Message as _;

fn pack(store: &Store, options: PackOptions<'_>) -> Vec<Message> {
    let mut messages = Vec::new();
    let mut sink = |message| messages.push(message);
    let mut packer = Packer::new(store.tables(), options, &mut sink);
    packer.pack(Selection::All);
    assert_eq!(packer.misfits, 0);
    messages
}

fn check(bytes: &[u8], options: PackOptions<'_>) {
    let (store, _) = read(bytes);
    let wanted = dump::of_store(&store);
    let messages = pack(&store, options);
    let total: usize = messages.iter().map(Message::records).sum();
    assert_eq!(total, wanted.len());
    for message in &messages {
        assert!(message.records() <= options.max_records);
        let bytes = message.to_protobuf();
        assert_eq!(bytes.len(), message.protobuf_len());
        assert!(message.records() == 1 || bytes.len() <= options.max_bytes + 4096);
    }
    let proto: Vec<Vec<u8>> = messages.iter().map(Message::to_protobuf).collect();
    let delimited: Vec<u8> = messages.iter().flat_map(Message::to_delimited).collect();
    let mut lines = Vec::new();
    for message in &messages {
        lines.extend(message.to_json());
        lines.push(b'\n');
    }
    if wanted.is_empty() {
        return;
    }
    let parts: Vec<&[u8]> = proto.iter().map(Vec::as_slice).collect();
    assert_eq!(dump::of_store(&read_all(&parts).0), wanted, "protobuf");
    assert_eq!(dump::of_store(&read(&delimited).0), wanted, "delimited");
    assert_eq!(dump::of_store(&read(&lines).0), wanted, "{}", String::from_utf8_lossy(&lines));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn everything_read_is_written_again(
        traces in random::traces(),
        logs in random::logs(),
        metrics in random::metrics(),
        small in any::<bool>(),
    ) {
        let options = match small {
            true => PackOptions { max_records: 2, max_bytes: 300, ..PackOptions::default() },
            false => PackOptions::default(),
        };
        check(&traces.encode_to_vec(), options);
        check(&logs.encode_to_vec(), options);
        check(&metrics.encode_to_vec(), options);
    }
}

#[test]
fn resources_take_given_attributes_and_content_can_be_left_out() {
    let text = r#"{"resourceSpans":[{"resource":{"attributes":[
        {"key":"service.name","value":{"stringValue":"old"}},{"key":"host","value":{"stringValue":"h"}}]},
        "scopeSpans":[{"spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708",
        "name":"s","startTimeUnixNano":"1","endTimeUnixNano":"2","status":{"code":2,"message":"secret"},
        "attributes":[{"key":"input.value","value":{"stringValue":"secret"}},{"key":"n","value":{"intValue":"9"}}]}]}]}]}"#;
    let (store, _) = read(text.as_bytes());
    let resource = [("service.name".to_owned(), "new".to_owned())];
    let keep = |key: &str, _: agentobs::model::Value<'_>| key != "input.value";
    let options = PackOptions { resource: &resource, keep: Some(&keep), ..PackOptions::default() };
    let messages = pack(&store, options);
    let json = String::from_utf8(messages[0].to_json()).unwrap();
    assert_eq!(
        json,
        concat!(
            r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"host","value":{"stringValue":"h"}},"#,
            r#"{"key":"service.name","value":{"stringValue":"new"}}]},"scopeSpans":[{"scope":{},"#,
            r#""spans":[{"traceId":"0102030405060708090a0b0c0d0e0f10","spanId":"0102030405060708","#,
            r#""name":"s","startTimeUnixNano":"1","endTimeUnixNano":"2","#,
            r#""attributes":[{"key":"n","value":{"intValue":"9"}}],"droppedAttributesCount":1,"#,
            r#""status":{"code":2}}]}]}]}"#,
        )
    );
}

#[test]
fn receipts_of_receivers_in_the_wild() {
    let rejected = |n, message: &str| Receipt { rejected: n, message: message.to_owned() };
    let full = Receipt::default();
    for (body, is_json, wanted) in [
        (&b""[..], false, &full),
        (b"\x0a\x00", false, &full),
        (b"{}", true, &full),
        (b"", true, &full),
        (br#"{"partialSuccess":{}}"#, true, &full),
        (br#"{"partialSuccess":null}"#, true, &full),
        (br#"{"accepted_spans":3}"#, true, &full),
        (br#"{"accepted_spans":3}"#, false, &full),
        (b"\x0a\x07\x08\x02\x12\x03bad", false, &rejected(2, "bad")),
        (
            br#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"bad"}}"#,
            true,
            &rejected(2, "bad"),
        ),
        (br#"{"partialSuccess":{"rejectedSpans":2}}"#, true, &rejected(2, "")),
        (
            br#"{"partialSuccess":{"errorMessage":"old version"}}"#,
            true,
            &rejected(0, "old version"),
        ),
    ] {
        assert_eq!(&Receipt::read(Signal::Traces, body, is_json), wanted, "{body:?}");
    }
    let logs = br#"{"partialSuccess":{"rejectedLogRecords":"4"}}"#;
    assert_eq!(Receipt::read(Signal::Logs, logs, true).rejected, 4);
    let points = br#"{"partialSuccess":{"rejectedDataPoints":4}}"#;
    assert_eq!(Receipt::read(Signal::Metrics, points, true).rejected, 4);
}

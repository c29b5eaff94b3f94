//! Random requests, decoded by prost and by us: the same records, whatever the
//! encoding, framing and spelling.

use super::json::Spelling;
use super::{dump, expected, random, read};
use agentobs::model::Store;
use opentelemetry_proto::tonic::logs::v1::LogsData;
use opentelemetry_proto::tonic::metrics::v1::MetricsData;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use proptest::prelude::*;
use prost::Message;

fn spelling() -> impl Strategy<Value = Spelling> {
    any::<[bool; 7]>().prop_map(|[numbers, names, base64, upper, snake, omit, reverse]| Spelling {
        numbers,
        names,
        base64,
        upper,
        snake,
        omit,
        reverse,
    })
}

fn store_of(bytes: &[u8]) -> Store {
    let (store, report) = read(bytes);
    let list = report.diagnostics.into_list();
    let worst: Vec<_> = list.iter().filter(|d| d.code != "base64-ids").collect();
    assert!(worst.is_empty(), "{worst:?}");
    store
}

/// A message alone, behind a varint, behind four bytes; the last two twice.
fn framings(message: &[u8]) -> [Vec<u8>; 3] {
    let mut varint = Vec::new();
    prost::encoding::encode_varint(message.len() as u64, &mut varint);
    varint.extend_from_slice(message);
    let mut fixed = (message.len() as u32).to_be_bytes().to_vec();
    fixed.extend_from_slice(message);
    [message.to_vec(), varint, fixed]
}

fn check(message: &[u8], json: &serde_json::Value, expected: &[String]) {
    if !expected.is_empty() {
        for framed in framings(message) {
            assert_eq!(dump::of_store(&store_of(&framed)), expected);
        }
    }
    let compact = json.to_string();
    let pretty = serde_json::to_string_pretty(json).unwrap();
    for text in
        [compact.clone(), pretty, format!("\u{feff}{compact}\r\n\r\n"), format!("[{compact}]")]
    {
        assert_eq!(dump::of_store(&store_of(text.as_bytes())), expected, "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn traces(data in random::traces(), spelling in spelling()) {
        let message = data.encode_to_vec();
        let known = TracesData::decode(message.as_slice()).unwrap();
        check(&message, &spelling.traces(&known), &expected::of_traces(&known));
    }

    #[test]
    fn logs(data in random::logs(), spelling in spelling()) {
        let message = data.encode_to_vec();
        let known = LogsData::decode(message.as_slice()).unwrap();
        check(&message, &spelling.logs(&known), &expected::of_logs(&known));
    }

    #[test]
    fn metrics(data in random::metrics(), spelling in spelling()) {
        let message = data.encode_to_vec();
        let known = MetricsData::decode(message.as_slice()).unwrap();
        check(&message, &spelling.metrics(&known), &expected::of_metrics(&known));
    }
}

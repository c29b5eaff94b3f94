//! Requests to deliver, and exporters to deliver them with.

use agentobs::model::{PartRow, Store};
use agentobs::net::{Account, Destination, Exporter, Interrupt, SendOptions};
use agentobs::wire::{self, DecodeLimits, Message, PackOptions, Packer, Selection, Signal};
use std::time::Duration;

/// Requests with spans, `each` in a request, ids from 1.
pub(crate) fn spans(count: u64, each: usize) -> Vec<Message> {
    padded(count, each, "")
}

/// The same with a long attribute in every span.
pub(crate) fn padded(count: u64, each: usize, text: &str) -> Vec<Message> {
    let span = |id: u64| {
        format!(
            r#"{{"traceId":"{:032x}","spanId":"{id:016x}","name":"s","startTimeUnixNano":"1","endTimeUnixNano":"2","attributes":[{{"key":"text","value":{{"stringValue":"{text}"}}}}]}}"#,
            7
        )
    };
    let list: Vec<String> = (1..=count).map(span).collect();
    pack(
        &format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{}]}}]}}]}}"#, list.join(",")),
        each,
    )
}

/// A request with log records.
pub(crate) fn logs(count: u64) -> Vec<Message> {
    let record = |n| format!(r#"{{"timeUnixNano":"{n}","body":{{"stringValue":"x"}}}}"#);
    let list: Vec<String> = (1..=count).map(record).collect();
    pack(
        &format!(r#"{{"resourceLogs":[{{"scopeLogs":[{{"logRecords":[{}]}}]}}]}}"#, list.join(",")),
        512,
    )
}

fn pack(json: &str, each: usize) -> Vec<Message> {
    let mut store = Store::new();
    let part = store.add_part(PartRow::default());
    wire::decode(&mut json.as_bytes(), "test", part, &DecodeLimits::default(), &mut |batch| {
        store.append(batch);
    });
    let mut messages = Vec::new();
    let mut sink = |message| messages.push(message);
    let options = PackOptions { max_records: each, max_bytes: 64 << 20, ..PackOptions::default() };
    Packer::new(store.tables(), options, &mut sink).pack(Selection::All);
    messages
}

/// Where to send to, without an environment and without long waits.
pub(crate) fn destination(options: &SendOptions) -> Destination {
    let (destination, said) = options.resolve(&|_| None).expect("options");
    assert_eq!(said, []);
    destination.with_first_wait(Duration::from_millis(20))
}

/// Options for a base URL: one request at a time.
pub(crate) fn to(url: &str) -> SendOptions {
    SendOptions {
        endpoint: Some(url.to_owned()),
        concurrency: 1,
        retry_for: Duration::from_secs(5),
        timeout: Some(Duration::from_secs(5)),
        ..SendOptions::default()
    }
}

/// Delivers requests; afterwards every record is in exactly one column.
pub(crate) fn deliver(options: &SendOptions, messages: Vec<Message>) -> Account {
    let exporter = Exporter::start(destination(options), Interrupt::new()).expect("exporter");
    let handed: u64 = messages.iter().map(|message| message.records() as u64).sum();
    for message in messages {
        exporter.send(message);
    }
    let account = exporter.finish();
    balanced(&account, handed);
    account
}

pub(crate) fn balanced(account: &Account, handed: u64) {
    let total = account.total();
    assert_eq!(total.sent, handed);
    assert_eq!(total.accepted + total.rejected + total.dropped, total.sent, "{account:?}");
    for signal in Signal::ALL {
        let tally = account.tally(signal);
        assert_eq!(tally.accepted + tally.rejected + tally.dropped, tally.sent, "{account:?}");
    }
}

/// Reasons as `signal fate: reason (records)`.
pub(crate) fn reasons(account: &Account) -> Vec<String> {
    account
        .reasons
        .iter()
        .map(|((signal, fate, reason), records)| {
            format!("{} {}: {reason} ({records})", signal.as_str(), fate.as_str())
        })
        .collect()
}

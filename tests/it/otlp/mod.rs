//! Decoding OTLP: against prost as the oracle, on recordings of real clients,
//! and on damaged input.

mod clients;
mod damage;
mod dump;
mod encode;
mod expected;
mod json;
mod limits;
mod oracle;
mod random;

use agentobs::model::{PartRow, Store};
use agentobs::wire::{self, DecodeLimits, Found, PartKind, PartReport};

/// Bytes as a store, and what was said about them.
fn read(bytes: &[u8]) -> (Store, PartReport) {
    read_all(&[bytes])
}

/// Several parts as one store; the report is the last part's.
fn read_all(parts: &[&[u8]]) -> (Store, PartReport) {
    let mut store = Store::new();
    let mut report = PartReport::default();
    for bytes in parts {
        let part = store.add_part(PartRow { source: "test".to_owned(), name: String::new() });
        let mut bytes = *bytes;
        let limits = DecodeLimits::default();
        report = wire::decode(&mut bytes, "test", part, &limits, &mut |batch| {
            store.append(batch);
        });
    }
    (store, report)
}

fn records(report: &PartReport, kind: PartKind) -> usize {
    report.found.iter().filter(|f| f.kind == kind).map(|f| f.records).sum()
}

/// Kinds, formats and numbers of records, as `traces otlp-json 3`.
fn found(report: &PartReport) -> Vec<String> {
    let line = |f: &Found| format!("{} {} {}", f.kind.as_str(), f.format, f.records);
    report.found.iter().map(line).collect()
}

/// Diagnostics, as `code: message (place)`.
fn said(report: PartReport) -> Vec<String> {
    let list = report.diagnostics.into_list();
    list.into_iter()
        .map(|d| format!("{}: {} ({})", d.code, d.message, d.place.unwrap_or_default()))
        .collect()
}

//! The account of a delivery: `agentobs.delivery/1`.

use super::document::write;
use super::format::Layout;
use crate::net::Fate;
use crate::output::delivery::{Delivered, EventCounts};
use crate::wire::Signal;
use serde::Serialize;
use std::io::{self, Write};

/// Name and version of the document.
pub const DELIVERY_SCHEMA: &str = "agentobs.delivery/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination: Option<&'a str>,
    spans: Counts,
    logs: Counts,
    metrics: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    requests: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retries: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Reason<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    out: Option<Out<'a>>,
    sessions: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<&'a EventCounts>,
    interrupted: bool,
}

#[derive(Serialize)]
struct Counts {
    made: u64,
    sent: u64,
    accepted: u64,
    rejected: u64,
    dropped: u64,
}

#[derive(Serialize)]
struct Reason<'a> {
    signal: &'static str,
    fate: &'static str,
    reason: &'a str,
    records: u64,
}

#[derive(Serialize)]
struct Out<'a> {
    path: &'a str,
    spans: u64,
    logs: u64,
    metrics: u64,
}

fn counts(delivered: &Delivered<'_>, at: usize, signal: Signal) -> Counts {
    let tally = delivered.tally(signal);
    Counts {
        made: delivered.made.get(at).copied().unwrap_or(0),
        sent: tally.sent,
        accepted: tally.accepted,
        rejected: tally.rejected,
        dropped: tally.dropped,
    }
}

/// Writes the document.
///
/// # Errors
/// When the output cannot be written.
pub fn delivery_json(delivered: &Delivered<'_>, out: &mut dyn Write) -> io::Result<()> {
    let [spans, logs, metrics] = [(0, Signal::Traces), (1, Signal::Logs), (2, Signal::Metrics)]
        .map(|(at, signal)| counts(delivered, at, signal));
    let reasons = delivered.account.iter().flat_map(|account| &account.reasons);
    let reasons = reasons.map(|((signal, fate, reason), records)| Reason {
        signal: match signal {
            Signal::Traces => "spans",
            Signal::Logs => "logs",
            Signal::Metrics => "metrics",
        },
        fate: match fate {
            Fate::Rejected => "rejected",
            Fate::Dropped => "dropped",
            Fate::Warned => "warned",
        },
        reason,
        records: *records,
    });
    let document = Document {
        schema: DELIVERY_SCHEMA,
        destination: delivered.destination,
        spans,
        logs,
        metrics,
        requests: delivered.account.map(|account| account.requests),
        retries: delivered.account.map(|account| account.retries),
        reasons: reasons.collect(),
        out: delivered.out.map(|(path, [spans, logs, metrics])| Out { path, spans, logs, metrics }),
        sessions: delivered.sessions,
        events: delivered.events.as_ref(),
        interrupted: delivered.interrupted,
    };
    write(&document, Layout::Pretty, out)
}

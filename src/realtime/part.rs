//! An event log as a part of a source, read like any other part.

use super::correlator::Correlator;
use super::options::CorrelatorOptions;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::{Batch, PartIx};
use crate::wire::realtime::{EventReader, Limits};
use crate::wire::{DecodeLimits, Found, PartKind, PartReport};
use std::io::Read;

/// Reads an event log into batches of spans, log records and metric points.
/// Use it for parts that [`crate::wire::realtime::looks_like_realtime`] knows.
pub fn decode(
    input: &mut dyn Read,
    place: &str,
    part: PartIx,
    limits: &DecodeLimits,
    sink: &mut dyn FnMut(Batch),
) -> PartReport {
    let options = CorrelatorOptions {
        part,
        limits: Limits { record_bytes: limits.max_record_bytes },
        ..CorrelatorOptions::default()
    };
    let mut weight = 0usize;
    let mut take = |batch: Batch| {
        if weight < limits.max_model_bytes {
            weight = weight.saturating_add(batch.weight());
            sink(batch);
        }
    };
    let mut reader = EventReader::new(input, options.limits);
    let mut correlator = Correlator::new(&options, &mut take);
    while reader.read(&mut |event| correlator.push(&event)) {}
    let outcome = correlator.finish();
    let mut report = PartReport::default();
    let records = usize::try_from(outcome.account.read()).unwrap_or(usize::MAX);
    if records > 0 {
        report.add(Found { kind: PartKind::EventLog, format: "realtime-events", records });
    } else {
        report.skipped = Some("no Realtime event is in it".to_owned());
    }
    let mut diagnostics = reader.diagnostics;
    diagnostics.append(outcome.diagnostics);
    for mut diagnostic in diagnostics.into_list() {
        diagnostic.place = Some(match diagnostic.place {
            Some(line) => format!("{place}, {line}"),
            None => place.to_owned(),
        });
        report.diagnostics.push(diagnostic);
    }
    for (kind, count) in outcome.account.unmatched() {
        let message = format!("{count} events of type {kind} matched nothing that is known");
        let diagnostic = Diagnostic::new(Severity::Info, "unmatched-events", message);
        report.diagnostics.push(diagnostic.at(place));
    }
    if weight >= limits.max_model_bytes {
        let message = "the log makes more records than fit in memory; the last ones are left out";
        let diagnostic = Diagnostic::new(Severity::Error, "too-many-records", message);
        report.diagnostics.push(diagnostic.at(place));
    }
    report
}

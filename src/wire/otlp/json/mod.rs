//! OTLP/JSON, with the tolerance that real senders need.

mod ids;
mod log;
mod metric;
mod raw;
mod read;
mod request;
mod sanitise;
mod span;
mod value;

pub(in crate::wire) use sanitise::sanitise;

use super::sink::Sink;
use crate::diagnostic::{Diagnostic, Severity};
use read::{ReadList, ReadObject};
use request::Request;
use serde::de::DeserializeSeed;

/// Whether a text can be OTLP at all: it names one of the lists OTLP has.
pub(in crate::wire) fn may_be_otlp(text: &str) -> bool {
    const NAMES: &[&str] = &[
        "resourceSpans",
        "resourceLogs",
        "resourceMetrics",
        "resource_spans",
        "resource_logs",
        "resource_metrics",
        "scopeSpans",
        "scopeLogs",
        "scopeMetrics",
        "scope_spans",
        "scope_logs",
        "scope_metrics",
    ];
    NAMES.iter().any(|name| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some())
}

/// Decodes one JSON text (a request, or a list of requests) that stands at
/// `line` of its part. True when it was OTLP.
pub(in crate::wire) fn decode(text: &str, line: usize, sink: &mut Sink<'_, '_>) -> bool {
    let before = Checkpoint::of(sink);
    let first = match stream(text, sink) {
        Ok(found) => {
            report_refused(text, line, before.seen, sink);
            return found;
        }
        Err(why) => why,
    };
    if first.is_eof() || sink.is_over_budget() {
        // What was complete before the cut is in the batch already.
        report_refused(text, line, before.seen, sink);
        if !sink.is_over_budget() {
            let kept = sink.seen - before.seen;
            cut(&first, line, kept, sink);
        }
        return sink.seen > before.seen || may_be_otlp(text);
    }
    let repaired = sanitise(text);
    let text = repaired.as_deref().unwrap_or(text);
    if repaired.is_some() {
        before.restore(sink);
        sink.part.note("repaired-json", "lone surrogates or bare NaN/Infinity were replaced");
        if let Ok(found) = stream(text, sink) {
            report_refused(text, line, before.seen, sink);
            return found;
        }
    }
    before.restore(sink);
    if raw::decode(text, sink) {
        report_refused(text, line, before.seen, sink);
        return true;
    }
    // Broken in the middle: what comes before is all there is.
    before.restore(sink);
    if let Err(why) = stream(text, sink)
        && !sink.is_over_budget()
    {
        let kept = sink.seen - before.seen;
        cut(&why, line, kept, sink);
    }
    report_refused(text, line, before.seen, sink);
    sink.seen > before.seen
}

fn stream(text: &str, sink: &mut Sink<'_, '_>) -> Result<bool, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut request = Request { sink, found: false };
    if text.trim_start().starts_with('[') {
        ReadList(&mut request).deserialize(&mut deserializer)?;
    } else {
        ReadObject(&mut request).deserialize(&mut deserializer)?;
    }
    let found = request.found;
    request.sink.end_bare_resource();
    deserializer.end()?;
    Ok(found)
}

fn cut(why: &serde_json::Error, line: usize, kept: usize, sink: &mut Sink<'_, '_>) {
    let what =
        if why.is_eof() { "the JSON text ends too early" } else { "the JSON text is broken" };
    let at =
        format!("{}, line {}, column {}", sink.part.place, line + why.line() - 1, why.column());
    sink.part.diagnostics.push(
        Diagnostic::new(
            Severity::Error,
            "damaged-json",
            format!("{what} (records kept before that: {kept})"),
        )
        .at(at)
        .hint("the file was probably cut while it was written; export it again"),
    );
}

/// Says of each refused record where it stands in the text.
fn report_refused(text: &str, line: usize, seen_before: usize, sink: &mut Sink<'_, '_>) {
    if sink.refused.is_empty() {
        return;
    }
    let refused = std::mem::take(&mut sink.refused);
    let more = std::mem::take(&mut sink.refused_more);
    let ordinals: Vec<usize> =
        refused.iter().map(|(ordinal, _)| ordinal - seen_before).take(20).collect();
    let offsets = raw::locate(text, &ordinals);
    for (ordinal, why) in refused {
        if sink.part.diagnostics.count_only("bad-record") {
            continue;
        }
        let place = match offsets.get(&(ordinal - seen_before)) {
            Some(offset) => {
                let before = text.get(..*offset).unwrap_or("");
                let lines = memchr::memchr_iter(b'\n', before.as_bytes()).count();
                let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
                format!("{}, line {}, column {column}", sink.part.place, line + lines)
            }
            None => format!("{}, line {line}, record {}", sink.part.place, ordinal - seen_before),
        };
        sink.part.diagnostics.push(
            Diagnostic::new(Severity::Warning, "bad-record", format!("{why} (record skipped)"))
                .at(place),
        );
    }
    sink.part.diagnostics.add_count("bad-record", Severity::Warning, more);
}

/// Where a batch stood before a try.
struct Checkpoint {
    seen: usize,
    budget: usize,
    counts: (usize, usize, usize),
    rows: (usize, usize, usize, usize),
}

impl Checkpoint {
    fn of(sink: &Sink<'_, '_>) -> Self {
        let batch = &sink.part.batch;
        Self {
            seen: sink.seen,
            budget: sink.budget,
            counts: (sink.spans, sink.logs, sink.points),
            rows: (batch.spans.len(), batch.logs.len(), batch.metrics.len(), batch.points.len()),
        }
    }

    fn restore(&self, sink: &mut Sink<'_, '_>) {
        (sink.seen, sink.budget) = (self.seen, self.budget);
        (sink.spans, sink.logs, sink.points) = self.counts;
        sink.refused.clear();
        sink.refused_more = 0;
        sink.end_bare_resource();
        let batch = &mut *sink.part.batch;
        let (spans, logs, metrics, points) = self.rows;
        batch.spans.truncate(spans);
        batch.logs.truncate(logs);
        batch.metrics.truncate(metrics);
        batch.points.truncate(points);
    }
}

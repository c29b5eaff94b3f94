//! Spans and log records in the detail pane: everything the data says of them.

use super::call::{Call, Times};
use super::facts::when;
use super::sheet::Sheet;
use crate::model::{Attrs, List, LogIx, SpanIx, SpanRow, SpanStatus, SpanView, Value};
use crate::output::json::compact_value;
use crate::output::time::{length, offset};
use crate::output::{Level, Report};
use crate::session::llm_input;

/// A span: names and times, then attributes, events, links, resource.
pub(super) fn span(sheet: &mut Sheet, report: &Report<'_>, call: &Call, ix: SpanIx) {
    let Some(view) = report.store.span(ix) else { return };
    let theme = sheet.theme();
    let op = report.all.op(ix);
    sheet.heading(&format!("Span {} ({op})", view.name()));
    let message = report.store.str(view.row.status_message);
    match (view.row.status, message) {
        (SpanStatus::Error, "") => sheet.styled("status", "error", theme.bad()),
        (SpanStatus::Error, text) => sheet.styled("status", &format!("error: {text}"), theme.bad()),
        (SpanStatus::Ok, text) => sheet.fact("status", format!("ok {text}").trim_end()),
        (SpanStatus::Unset, "") => {}
        (SpanStatus::Unset, text) => sheet.fact("status", text),
    }
    let (start, end) = (view.row.start.known(), view.row.end.known());
    when(sheet, Times { start: call.ms(start), end: call.ms(end) });
    if let Some(ms) = view.duration_ms().filter(|ms| *ms < 0.0) {
        sheet.styled("clock", &format!("ends {} before it starts", length(-ms)), theme.warn());
    }
    if end.is_none() {
        sheet.styled("end", "not in the data", theme.warn());
    }
    model_input(sheet, report, ix);
    attributes(sheet, "Attributes", view.attrs());
    events(sheet, report, call, &view);
    links(sheet, report, view.row);
    dropped(sheet, report, view.row);
    sheet.heading("Where it comes from");
    sheet.fact("span id", &format!("{:016x}", view.row.id));
    parent(sheet, report, view.row);
    sheet.fact("trace id", &format!("{:032x}", report.store.trace_id(view.row.trace)));
    scope(sheet, report, &view);
    if let Some(part) = report.store.part(view.row.part) {
        let name = if part.name.is_empty() {
            part.source.clone()
        } else {
            format!("{} in {}", part.name, part.source)
        };
        sheet.fact("read from", &name);
    }
    attributes(sheet, "Resource", view.resource());
}

/// The whole input of a model call whose span recorded only what was new.
fn model_input(sheet: &mut Sheet, report: &Report<'_>, ix: SpanIx) {
    let Some(input) = llm_input(report.store, ix).filter(|input| input.rebuilt) else { return };
    sheet.heading("Model input, put together from earlier calls");
    if let Some(base) = input.missing_base {
        let theme = sheet.theme();
        let text = format!("what span {base:016x} holds is not in the data");
        sheet.styled("before", &text, theme.warn());
    }
    for message in &input.messages {
        let word = |key: &str| message.get(key).and_then(serde_json::Value::as_str);
        let who = word("role").or_else(|| word("type")).unwrap_or("message").to_owned();
        sheet.attribute(&who, &message_text(message));
    }
}

/// The text of a message in LiveKit's or the GenAI shape, else its JSON.
fn message_text(message: &serde_json::Value) -> String {
    let parts = message.get("content").or_else(|| message.get("parts"));
    let texts: Vec<&str> = parts
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|part| part.as_str().or_else(|| part.get("content")?.as_str()))
        .collect();
    if texts.is_empty() { message.to_string() } else { texts.join(" ") }
}

fn parent(sheet: &mut Sheet, report: &Report<'_>, row: &SpanRow) {
    if row.parent == 0 {
        return sheet.fact("parent", "none: a root");
    }
    let id = format!("{:016x}", row.parent);
    match report.store.find_span(row.trace, row.parent).and_then(|ix| report.store.span(ix)) {
        Some(parent) => sheet.fact("parent", &format!("{id} {}", parent.name())),
        None => {
            let theme = sheet.theme();
            sheet.styled("parent", &format!("{id} is not in the data"), theme.warn());
        }
    }
}

fn scope(sheet: &mut Sheet, report: &Report<'_>, view: &SpanView<'_>) {
    let version = report.store.scope(view.row.scope).map_or("", |s| report.store.str(s.version));
    let scope = format!("{} {version}", view.scope_name());
    if !scope.trim().is_empty() {
        sheet.fact("scope", scope.trim());
    }
}

fn attributes(sheet: &mut Sheet, title: &str, list: List<'_>) {
    if list.is_empty() {
        return;
    }
    sheet.heading(title);
    for (key, value) in list.iter() {
        attribute(sheet, key, value);
    }
}

fn attribute(sheet: &mut Sheet, key: &str, value: Value<'_>) {
    match value {
        Value::Str("") => sheet.attribute(key, "\"\""),
        Value::Str(text) => sheet.attribute(key, text),
        other => sheet.attribute(key, &compact_value(other)),
    }
}

fn some(sheet: &mut Sheet, report: &Report<'_>, attrs: Attrs) {
    for (key, value) in report.store.attrs(attrs).iter() {
        attribute(sheet, key, value);
    }
}

fn events(sheet: &mut Sheet, report: &Report<'_>, call: &Call, view: &SpanView<'_>) {
    for event in view.events() {
        let at = call.ms(event.time.known()).map_or_else(|| "time not known".into(), offset);
        sheet.heading(&format!("Event {} at {at}", report.store.str(event.name)));
        some(sheet, report, event.attrs);
    }
}

fn links(sheet: &mut Sheet, report: &Report<'_>, row: &SpanRow) {
    for link in report.store.links(row) {
        let trace = report.store.trace_id(link.trace);
        sheet.heading(&format!("Link to span {:016x} of trace {trace:032x}", link.span));
        some(sheet, report, link.attrs);
    }
}

/// What the sender says it left out.
fn dropped(sheet: &mut Sheet, report: &Report<'_>, row: &SpanRow) {
    let Some(extra) = report.store.extra(row) else { return };
    for (count, what) in [
        (extra.dropped_attributes, "attributes"),
        (extra.dropped_events, "events"),
        (extra.dropped_links, "links"),
    ] {
        if count > 0 {
            let theme = sheet.theme();
            sheet.styled("dropped", &format!("{count} {what} by the sender"), theme.warn());
        }
    }
}

/// A log record.
pub(super) fn log(sheet: &mut Sheet, report: &Report<'_>, call: &Call, ix: LogIx) {
    let Some(row) = report.store.log(ix) else { return };
    match report.store.value(row.body) {
        Value::Str(text) => sheet.fact("log", text),
        Value::Empty => sheet.fact("log", "(no body)"),
        other => sheet.fact("log", &compact_value(other)),
    }
    let word = Level::of(report.store, row).map(Level::as_str);
    sheet.fact("level", word.unwrap_or("not known"));
    let at = call.log_ms(row);
    when(sheet, Times { start: at, end: at });
    let event = report.store.str(row.event_name);
    sheet.maybe("event", (!event.is_empty()).then_some(event));
    if row.span != 0 {
        let span = row.trace.and_then(|trace| report.store.find_span(trace, row.span));
        let name =
            span.and_then(|ix| report.store.span(ix)).map_or("not in the data", |s| s.name());
        sheet.fact("span", &format!("{:016x} {name}", row.span));
    }
    attributes(sheet, "Attributes", report.store.attrs(row.attrs));
    if row.dropped_attributes > 0 {
        sheet.fact("dropped", &format!("{} attributes by the sender", row.dropped_attributes));
    }
    attributes(sheet, "Resource", report.store.resource_attrs(row.scope));
}

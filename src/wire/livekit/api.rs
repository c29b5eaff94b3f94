//! Shapes of LiveKit Cloud's API and of `lk analytics session … --json`
//! (livekit-cli, `pkg/public/observability.go`): spans, log records, transcript
//! and metric points. Lists are called `items`, or by their kind in other
//! revisions. Latencies are milliseconds here, seconds in the SDK.

use super::history::facts_of;
use crate::model::{
    Attrs, EventRow, LogRow, MetricKind, MetricRow, Nanos, PointRow, PointValue, ScopeIx,
    SpanExtra, SpanKind, SpanRow, SpanStatus, StrId, Temporality, Values,
};
use crate::wire::framework::{JsonPart, store_value};
use crate::wire::report::{Found, PartKind};
use serde_json::{Map, Value, json};

/// The API does not name scopes; all spans are the SDK's or its user's.
const SCOPE: &str = "livekit-agents";

/// The list under one of the names, if its first element looks right.
fn list<'a>(value: &'a Value, names: &[&str], looks: fn(&Value) -> bool) -> Option<&'a [Value]> {
    let list = match value {
        Value::Array(list) => list,
        Value::Object(root) => names.iter().find_map(|name| root.get(*name)?.as_array())?,
        _ => return None,
    };
    list.first().is_some_and(looks).then_some(list.as_slice())
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key)?.as_str()
}

fn instant(value: &Value, key: &str) -> Option<Nanos> {
    let time: jiff::Timestamp = text(value, key)?.parse().ok()?;
    u64::try_from(time.as_nanosecond()).ok().map(Nanos)
}

fn hex<const DIGITS: usize>(text: &str) -> Option<u128> {
    (text.len() == DIGITS).then(|| u128::from_str_radix(text, 16).ok()).flatten()
}

fn add_attrs(value: &Value, key: &str, part: &mut JsonPart<'_>) -> Attrs {
    let Some(object) = value.get(key).and_then(Value::as_object) else { return Attrs::default() };
    let attrs = facts_of(object, &[], part);
    part.batch.values.attrs(&attrs)
}

fn add_scope(name: &str, part: &mut JsonPart<'_>) -> ScopeIx {
    let resource = part.batch.add_resource();
    let scope = part.batch.add_scope(resource);
    let name = part.batch.text(name);
    if let Some(row) = part.batch.scopes.get_mut(scope.index()) {
        row.name = name;
    }
    scope
}

/// `{"items":[{"traceId","spanId","startTime",…}]}`
pub(super) fn spans(value: &Value, part: &mut JsonPart<'_>) -> Option<Found> {
    let looks = |span: &Value| text(span, "spanId").is_some() && text(span, "startTime").is_some();
    let spans = list(value, &["spans", "items"], looks)?;
    let scope = add_scope(SCOPE, part);
    let mut records = 0;
    for (at, span) in spans.iter().enumerate() {
        match span_row(span, scope, part) {
            Ok(row) => {
                part.batch.spans.push(row);
                records += 1;
            }
            Err(why) => part.skip_record(&format!("span {at}: {why}")),
        }
    }
    Some(Found { kind: PartKind::Traces, format: "livekit-api", records })
}

fn span_row(span: &Value, scope: ScopeIx, part: &mut JsonPart<'_>) -> Result<SpanRow, String> {
    let id = |key: &str| text(span, key).unwrap_or_default();
    let trace =
        hex::<32>(id("traceId")).filter(|id| *id != 0).ok_or("traceId is no 32 hex digits")?;
    let own = hex::<16>(id("spanId")).filter(|id| *id != 0).ok_or("spanId is no 16 hex digits")?;
    let parent = match id("parentSpanId") {
        "" => 0,
        parent => hex::<16>(parent).ok_or("parentSpanId is no 16 hex digits")?,
    };
    let name = part.batch.text(id("name"));
    let status_message = part.batch.text(id("statusMessage"));
    let attrs = add_attrs(span, "attributes", part);
    let extra = add_events(span, part);
    Ok(SpanRow {
        id: own as u64,
        parent: parent as u64,
        start: instant(span, "startTime").unwrap_or(Nanos::NONE),
        end: instant(span, "endTime").unwrap_or(Nanos::NONE),
        trace: part.batch.trace(trace),
        name,
        scope,
        status_message,
        attrs,
        part: part.part,
        extra,
        kind: span_kind(id("kind")),
        status: match id("status")
            .trim_start_matches("SPAN_STATUS_")
            .trim_start_matches("STATUS_CODE_")
        {
            "OK" => SpanStatus::Ok,
            "ERROR" => SpanStatus::Error,
            _ => SpanStatus::Unset,
        },
    })
}

fn span_kind(name: &str) -> SpanKind {
    match name.trim_start_matches("SPAN_KIND_") {
        "INTERNAL" => SpanKind::Internal,
        "SERVER" => SpanKind::Server,
        "CLIENT" => SpanKind::Client,
        "PRODUCER" => SpanKind::Producer,
        "CONSUMER" => SpanKind::Consumer,
        _ => SpanKind::Unspecified,
    }
}

fn add_events(span: &Value, part: &mut JsonPart<'_>) -> u32 {
    let events = span.get("events").and_then(Value::as_array).filter(|list| !list.is_empty());
    let Some(events) = events else { return SpanRow::NO_EXTRA };
    let first = part.batch.events.len() as u32;
    for event in events {
        let attrs = add_attrs(event, "attributes", part);
        let name = part.batch.text(text(event, "name").unwrap_or_default());
        let time = instant(event, "timestamp").unwrap_or(Nanos::NONE);
        part.batch.events.push(EventRow { time, name, attrs, dropped_attributes: 0 });
    }
    part.batch
        .extras
        .push(SpanExtra { events: (first, events.len() as u32), ..SpanExtra::default() });
    (part.batch.extras.len() - 1) as u32
}

/// `{"items":[{"timestamp","level":"LOG_LEVEL_INFO","logger","message",…}]}`
pub(super) fn logs(value: &Value, part: &mut JsonPart<'_>) -> Option<Found> {
    let looks = |log: &Value| {
        let level = text(log, "level").is_some_and(|level| level.starts_with("LOG_LEVEL_"));
        level || (text(log, "logger").is_some() && text(log, "message").is_some())
    };
    let logs = list(value, &["records", "items", "logs"], looks)?;
    let mut scopes: Vec<(&str, ScopeIx)> = Vec::new();
    for log in logs {
        let logger = text(log, "logger").unwrap_or_default();
        let scope = match scopes.iter().find(|(known, _)| *known == logger) {
            Some((_, scope)) => *scope,
            None => {
                let scope = add_scope(logger, part);
                scopes.push((logger, scope));
                scope
            }
        };
        let row = log_row(log, scope, part);
        part.batch.logs.push(row);
    }
    Some(Found { kind: PartKind::Logs, format: "livekit-api", records: logs.len() })
}

fn log_row(log: &Value, scope: ScopeIx, part: &mut JsonPart<'_>) -> LogRow {
    let level = text(log, "level").unwrap_or_default().trim_start_matches("LOG_LEVEL_");
    let severity_text = part.batch.text(text(log, "severityText").unwrap_or(level));
    let body = match text(log, "message").filter(|message| !message.is_empty()) {
        Some(message) => part.batch.str_value(message),
        None => log.get("bodyFields").map_or(Values::empty(), |v| store_value(part.batch, v)),
    };
    let trace = text(log, "traceId").and_then(hex::<32>).filter(|id| *id != 0);
    LogRow {
        time: instant(log, "timestamp").unwrap_or(Nanos::NONE),
        observed: Nanos::NONE,
        span: text(log, "spanId").and_then(hex::<16>).unwrap_or(0) as u64,
        trace: trace.map(|id| part.batch.trace(id)),
        severity_text,
        severity: severity_number(level),
        body,
        attrs: add_attrs(log, "attributes", part),
        scope,
        event_name: StrId::EMPTY,
        flags: 0,
        dropped_attributes: 0,
        part: part.part,
    }
}

fn severity_number(level: &str) -> u8 {
    match level {
        "TRACE" => 1,
        "DEBUG" => 5,
        "INFO" => 9,
        "WARN" | "WARNING" => 13,
        "ERROR" => 17,
        "FATAL" | "CRITICAL" => 21,
        _ => 0,
    }
}

/// How the API calls what the SDK calls otherwise: the SDK's name, and whether
/// the value is milliseconds there and seconds here.
const MESSAGE_METRICS: &[(&str, &str, bool)] = &[
    ("startedSpeakingAt", "started_speaking_at", false),
    ("stoppedSpeakingAt", "stopped_speaking_at", false),
    ("transcriptionDelayMs", "transcription_delay", true),
    ("endOfTurnDelayMs", "end_of_turn_delay", true),
    ("onUserTurnCompletedDelayMs", "on_user_turn_completed_delay", true),
    ("e2eLatencyMs", "e2e_latency", true),
    ("llmTtftMs", "llm_node_ttft", true),
    ("ttsTtfbMs", "tts_node_ttfb", true),
];

/// `{"items":[{"id","timestamp","message"|"toolCall"|…}]}`, stored in the
/// SDK's spelling.
pub(super) fn transcript(value: &Value, part: &mut JsonPart<'_>) -> Option<Found> {
    let looks = |item: &Value| sdk_item(item).is_some();
    let items = list(value, &["items", "transcript"], looks)?;
    let facts = match value.as_object() {
        Some(root) => facts_of(root, &["items", "transcript"], part),
        None => Vec::new(),
    };
    let document = part.batch.add_document("livekit.transcript", &facts, part.part);
    let mut records = 0;
    for (at, item) in items.iter().enumerate() {
        let Some((kind, fields)) = sdk_item(item) else {
            part.skip_record(&format!("transcript item {at} is of no known kind"));
            continue;
        };
        let attrs = facts_of(&fields, &[], part);
        let time = instant(item, "timestamp").unwrap_or(Nanos::NONE);
        part.batch.add_item(document, records as u32, kind, time, &attrs);
        records += 1;
    }
    Some(Found { kind: PartKind::ChatHistory, format: "livekit-api", records })
}

/// A transcript item as `ChatContext.to_dict` would write it.
fn sdk_item(item: &Value) -> Option<(&'static str, Map<String, Value>)> {
    item.get("type").is_none().then_some(())?;
    let get = |kind: &str| item.get(kind).and_then(Value::as_object);
    let (kind, fields) = if let Some(message) = get("message") {
        ("message", message_fields(message))
    } else if let Some(call) = get("toolCall") {
        let names = [("name", "name"), ("callId", "call_id"), ("arguments", "arguments")];
        ("function_call", renamed(call, &names))
    } else if let Some(result) = get("toolResult") {
        let names = [
            ("name", "name"),
            ("callId", "call_id"),
            ("output", "output"),
            ("isError", "is_error"),
        ];
        let mut fields = renamed(result, &names);
        // Proto-JSON leaves out a false flag.
        fields.entry("is_error").or_insert(Value::Bool(false));
        ("function_call_output", fields)
    } else if let Some(handoff) = get("agentHandoff") {
        let names = [("fromAgentId", "old_agent_id"), ("toAgentId", "new_agent_id")];
        ("agent_handoff", renamed(handoff, &names))
    } else if let Some(update) = get("configUpdate") {
        let names = [
            ("instructions", "instructions"),
            ("toolsAdded", "tools_added"),
            ("toolsRemoved", "tools_removed"),
        ];
        ("agent_config_update", renamed(update, &names))
    } else {
        return None;
    };
    let mut fields = fields;
    if let Some(id) = item.get("id") {
        fields.insert("id".to_owned(), id.clone());
    }
    Some((kind, fields))
}

fn renamed(object: &Map<String, Value>, names: &[(&str, &str)]) -> Map<String, Value> {
    names
        .iter()
        .filter_map(|(from, to)| Some(((*to).to_owned(), object.get(*from)?.clone())))
        .collect()
}

fn message_fields(message: &Map<String, Value>) -> Map<String, Value> {
    let role = message.get("role").and_then(Value::as_str).unwrap_or_default();
    let role = match role {
        "ROLE_AGENT" | "ROLE_ASSISTANT" => "assistant".to_owned(),
        other => other.trim_start_matches("ROLE_").to_ascii_lowercase(),
    };
    let mut fields = renamed(
        message,
        &[("transcriptConfidence", "transcript_confidence"), ("redacted", "redacted")],
    );
    fields.insert("role".to_owned(), json!(role));
    fields.insert(
        "content".to_owned(),
        json!([message.get("text").and_then(Value::as_str).unwrap_or_default()]),
    );
    let interrupted = message.get("interrupted").and_then(Value::as_bool).unwrap_or(false);
    fields.insert("interrupted".to_owned(), json!(interrupted));
    let metrics: Map<String, Value> = MESSAGE_METRICS
        .iter()
        .filter_map(|(from, to, milliseconds)| {
            let value = message.get(*from)?;
            let value = match value.as_f64() {
                Some(number) if *milliseconds => json!(number / 1e3),
                _ => value.clone(),
            };
            Some(((*to).to_owned(), value))
        })
        .collect();
    fields.insert("metrics".to_owned(), Value::Object(metrics));
    fields
}

/// `{"items":[{"name","kind":"METRIC_KIND_SUM","value"|"histogram",…}]}`
pub(super) fn metrics(value: &Value, part: &mut JsonPart<'_>) -> Option<Found> {
    let looks = |point: &Value| text(point, "kind").is_some_and(|k| k.starts_with("METRIC_KIND_"));
    let points = list(value, &["points", "items", "metrics"], looks)?;
    let scope = add_scope(SCOPE, part);
    for point in points {
        let metric = metric_row(point, scope, part);
        part.batch.metrics.push(metric);
        let row = PointRow {
            metric: (part.batch.metrics.len() - 1).into(),
            start: instant(point, "startTime").unwrap_or(Nanos::NONE),
            time: instant(point, "endTime").unwrap_or(Nanos::NONE),
            attrs: add_attrs(point, "attributes", part),
            flags: 0,
            value: point_value(point),
            exemplars: Vec::new(),
        };
        part.batch.points.push(row);
    }
    Some(Found { kind: PartKind::Metrics, format: "livekit-api", records: points.len() })
}

fn metric_row(point: &Value, scope: ScopeIx, part: &mut JsonPart<'_>) -> MetricRow {
    let kind = text(point, "kind").unwrap_or_default();
    MetricRow {
        name: part.batch.text(text(point, "name").unwrap_or_default()),
        description: StrId::EMPTY,
        unit: part.batch.text(text(point, "unit").unwrap_or_default()),
        kind: match kind.trim_start_matches("METRIC_KIND_") {
            "SUM" => MetricKind::Sum,
            "GAUGE" => MetricKind::Gauge,
            "HISTOGRAM" => MetricKind::Histogram,
            "EXPONENTIAL_HISTOGRAM" => MetricKind::ExponentialHistogram,
            _ => MetricKind::None,
        },
        // Not in the API's answer.
        temporality: Temporality::Unspecified,
        monotonic: false,
        scope,
        part: part.part,
    }
}

/// Numbers are sometimes strings in the API.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn numbers(value: Option<&Value>) -> Vec<f64> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(number).collect()
}

fn point_value(point: &Value) -> PointValue {
    if let Some(value) = point.get("value").filter(|value| !value.is_null()) {
        return match (value.as_i64(), number(value)) {
            (Some(whole), _) => PointValue::Int(whole),
            (None, Some(value)) => PointValue::Double(value),
            (None, None) => PointValue::None,
        };
    }
    let Some(histogram) = point.get("histogram") else { return PointValue::None };
    let get = |key: &str| histogram.get(key).and_then(number);
    PointValue::Histogram {
        count: get("count").unwrap_or(0.0) as u64,
        sum: get("sum"),
        min: get("min"),
        max: get("max"),
        bounds: numbers(histogram.get("bucketBounds")),
        counts: numbers(histogram.get("bucketCounts")).into_iter().map(|n| n as u64).collect(),
    }
}

//! A store's records as lines of text; `prost` structs give the same lines
//! (`expected`), so equal lines are equal records.

use agentobs::model::{List, PointValue, ScopeIx, Store, Value};

/// All records of a store, sorted.
pub(super) fn of_store(store: &Store) -> Vec<String> {
    let mut lines: Vec<String> = spans(store);
    lines.extend(logs(store));
    lines.extend(points(store));
    lines.sort();
    lines
}

fn list(list: List<'_>) -> String {
    let items: Vec<String> = list.iter().map(|(key, v)| format!("{key}={}", value(v))).collect();
    format!("[{}]", items.join(","))
}

fn value(value: Value<'_>) -> String {
    match value {
        Value::Empty => "empty".to_owned(),
        Value::Str(text) => format!("{text:?}"),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => format!("{number}i"),
        Value::Double(number) => double(number),
        Value::Bytes(bytes) => format!("b{bytes:02x?}"),
        Value::Array(items) => format!("array{}", list(items)),
        Value::KvList(items) => format!("kv{}", list(items)),
    }
}

/// Bits, so that -0 and 0 differ; all NaN are one.
pub(super) fn double(number: f64) -> String {
    if number.is_nan() { "nan".to_owned() } else { format!("{:016x}d", number.to_bits()) }
}

pub(super) fn optional(number: Option<f64>) -> String {
    number.map_or("none".to_owned(), double)
}

fn context(store: &Store, scope: ScopeIx) -> String {
    let resource = store.resource(scope).unwrap();
    let scope = store.scope(scope).unwrap();
    format!(
        "scope({} {} {} {} {}) resource({} {} {})",
        store.str(scope.name),
        store.str(scope.version),
        list(store.attrs(scope.attrs)),
        scope.dropped_attributes,
        store.str(scope.schema_url),
        list(store.attrs(resource.attrs)),
        resource.dropped_attributes,
        store.str(resource.schema_url),
    )
}

fn spans(store: &Store) -> Vec<String> {
    let line = |row: &agentobs::model::SpanRow| {
        let extra = store.extra(row).copied().unwrap_or_default();
        let events: Vec<String> = store
            .events(row)
            .iter()
            .map(|e| {
                let attrs = list(store.attrs(e.attrs));
                format!("{} {} {attrs} {}", e.time.0, store.str(e.name), e.dropped_attributes)
            })
            .collect();
        let links: Vec<String> = store
            .links(row)
            .iter()
            .map(|l| {
                let (trace, state) = (store.trace_id(l.trace), store.str(l.trace_state));
                let attrs = list(store.attrs(l.attrs));
                let (dropped, flags) = (l.dropped_attributes, l.flags);
                format!("{trace:032x} {:016x} {state} {attrs} {dropped} {flags}", l.span)
            })
            .collect();
        format!(
            "span {:032x} {:016x} {:016x} {} {} {} {} {} {} {} {} {:?} {} {events:?} {links:?} {}",
            store.trace_id(row.trace),
            row.id,
            row.parent,
            store.str(row.name),
            row.kind as u8,
            row.status as u8,
            store.str(row.status_message),
            row.start.0,
            row.end.0,
            extra.flags,
            store.str(extra.trace_state),
            (extra.dropped_attributes, extra.dropped_events, extra.dropped_links),
            list(store.attrs(row.attrs)),
            context(store, row.scope),
        )
    };
    store.spans().iter().map(line).collect()
}

fn logs(store: &Store) -> Vec<String> {
    let line = |row: &agentobs::model::LogRow| {
        format!(
            "log {} {} {:032x} {:016x} {} {} {} {} {} {} {} {}",
            row.time.0,
            row.observed.0,
            row.trace.map_or(0, |trace| store.trace_id(trace)),
            row.span,
            row.severity,
            store.str(row.severity_text),
            value(store.value(row.body)),
            list(store.attrs(row.attrs)),
            row.dropped_attributes,
            row.flags,
            store.str(row.event_name),
            context(store, row.scope),
        )
    };
    store.logs().iter().map(line).collect()
}

fn points(store: &Store) -> Vec<String> {
    let line = |row: &agentobs::model::PointRow| {
        let metric = store.metric(row.metric).unwrap();
        let examples: Vec<String> = row
            .exemplars
            .iter()
            .map(|e| {
                let trace = e.trace.map_or(0, |trace| store.trace_id(trace));
                let attrs = list(store.attrs(e.attrs));
                format!("{} {} {trace:032x} {:016x} {attrs}", e.time.0, optional(e.value), e.span)
            })
            .collect();
        format!(
            "point {} {} {} {:?} {} {} {} {} {} {} {} {examples:?} {}",
            store.str(metric.name),
            store.str(metric.description),
            store.str(metric.unit),
            metric.kind,
            metric.temporality as u8,
            metric.monotonic,
            row.start.0,
            row.time.0,
            list(store.attrs(row.attrs)),
            row.flags,
            point_value(&row.value),
            context(store, metric.scope),
        )
    };
    store.points().iter().map(line).collect()
}

fn doubles(list: &[f64]) -> String {
    list.iter().map(|n| double(*n)).collect::<Vec<_>>().join(",")
}

pub(super) fn point_value(value: &PointValue) -> String {
    match value {
        PointValue::None => "none".to_owned(),
        PointValue::Int(number) => format!("{number}i"),
        PointValue::Double(number) => double(*number),
        PointValue::Histogram { count, sum, min, max, bounds, counts } => format!(
            "h {count} {} {} {} [{}] {counts:?}",
            optional(*sum),
            optional(*min),
            optional(*max),
            doubles(bounds)
        ),
        PointValue::Exponential {
            count,
            sum,
            min,
            max,
            scale,
            zero_count,
            zero_threshold,
            positive,
            negative,
        } => format!(
            "e {count} {} {} {} {scale} {zero_count} {} {} {:?} {} {:?}",
            optional(*sum),
            optional(*min),
            optional(*max),
            double(*zero_threshold),
            positive.offset,
            positive.counts,
            negative.offset,
            negative.counts
        ),
        PointValue::Summary { count, sum, quantiles } => {
            let quantiles: Vec<f64> =
                quantiles.iter().flat_map(|q| [q.quantile, q.value]).collect();
            format!("s {count} {} [{}]", double(*sum), doubles(&quantiles))
        }
    }
}

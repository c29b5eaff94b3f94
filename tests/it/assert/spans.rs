//! Spans as JSON, to be changed and written again.

use serde_json::{Value, json};

/// The spans of a recording.
pub(super) struct Spans {
    resource: Value,
    scope: Value,
    pub(super) list: Vec<Value>,
}

impl Spans {
    /// The spans of OTLP JSON lines.
    pub(super) fn read(lines: &[u8]) -> Self {
        let text = std::str::from_utf8(lines).expect("text");
        let mut spans = Self { resource: Value::Null, scope: Value::Null, list: Vec::new() };
        for line in text.lines() {
            let request: Value = serde_json::from_str(line).expect("JSON");
            for of_resource in request["resourceSpans"].as_array().expect("resources") {
                spans.resource = of_resource["resource"].clone();
                for of_scope in of_resource["scopeSpans"].as_array().expect("scopes") {
                    spans.scope = of_scope["scope"].clone();
                    spans.list.extend(of_scope["spans"].as_array().expect("spans").clone());
                }
            }
        }
        spans
    }

    pub(super) fn write(&self) -> Vec<u8> {
        let request = json!({ "resourceSpans": [{
            "resource": self.resource,
            "scopeSpans": [{ "scope": self.scope, "spans": self.list }],
        }] });
        request.to_string().into_bytes()
    }

    /// The places of the spans of a name, in order of start.
    fn places(&self, name: &str) -> Vec<usize> {
        let mut found: Vec<usize> =
            (0..self.list.len()).filter(|at| self.list[*at]["name"] == name).collect();
        found.sort_by_key(|at| nanos(&self.list[*at], "startTimeUnixNano"));
        found
    }

    /// A span of a name by its number in order of start, from 1.
    pub(super) fn span(&mut self, name: &str, number: usize) -> &mut Value {
        let at = self.places(name)[number - 1];
        &mut self.list[at]
    }

    pub(super) fn id(&mut self, name: &str, number: usize) -> String {
        self.span(name, number)["spanId"].as_str().expect("id").to_owned()
    }

    /// Takes a span and everything below it out.
    pub(super) fn cut(&mut self, name: &str, number: usize) {
        let mut gone = vec![self.id(name, number)];
        while let Some(id) = gone.pop() {
            let below = self.list.iter().filter(|span| span["parentSpanId"] == *id);
            gone.extend(below.map(|span| span["spanId"].as_str().expect("id").to_owned()));
            self.list.retain(|span| span["spanId"] != *id);
        }
    }

    /// A second one of a span, so much later.
    pub(super) fn repeat(&mut self, name: &str, number: usize, ms: i64) -> &mut Value {
        let mut copy = self.span(name, number).clone();
        copy["spanId"] = json!("00000000000000aa");
        shift(&mut copy, "startTimeUnixNano", ms);
        shift(&mut copy, "endTimeUnixNano", ms);
        self.list.push(copy);
        self.list.last_mut().expect("a span")
    }

    /// Moves the times of a span.
    pub(super) fn shift(&mut self, name: &str, number: usize, start_ms: i64, end_ms: i64) {
        let span = self.span(name, number);
        shift(span, "startTimeUnixNano", start_ms);
        shift(span, "endTimeUnixNano", end_ms);
    }

    /// Sets an attribute; without a value it is taken out.
    pub(super) fn set(&mut self, name: &str, number: usize, key: &str, value: Option<Value>) {
        set(self.span(name, number), key, value);
    }
}

pub(super) fn set(span: &mut Value, key: &str, value: Option<Value>) {
    let attrs = span["attributes"].as_array_mut().expect("attributes");
    attrs.retain(|attr| attr["key"] != key);
    if let Some(value) = value {
        let value = match value {
            Value::String(text) => json!({ "stringValue": text }),
            Value::Bool(truth) => json!({ "boolValue": truth }),
            number => json!({ "doubleValue": number }),
        };
        attrs.push(json!({ "key": key, "value": value }));
    }
}

fn nanos(span: &Value, key: &str) -> i64 {
    span[key].as_str().expect("time").parse().expect("nanoseconds")
}

fn shift(span: &mut Value, key: &str, ms: i64) {
    span[key] = json!((nanos(span, key) + ms * 1_000_000).to_string());
}

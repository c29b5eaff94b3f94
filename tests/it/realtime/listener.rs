//! What the reference listener made of a recording: OTLP in JSON.

use super::recording::file;
use serde_json::Value;

/// One span of the listener.
pub(super) struct Theirs(Value);

impl Theirs {
    fn attribute(&self, key: &str) -> Option<&Value> {
        let list = self.0["attributes"].as_array()?;
        list.iter().find(|a| a["key"] == key).map(|a| &a["value"])
    }

    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.attribute(key)?["stringValue"].as_str()
    }

    pub(super) fn number(&self, key: &str) -> Option<i64> {
        let value = self.attribute(key)?;
        value["intValue"].as_str().and_then(|n| n.parse().ok()).or(value["intValue"].as_i64())
    }

    pub(super) fn is_list(&self, key: &str) -> bool {
        self.attribute(key).is_some_and(|value| !value["arrayValue"].is_null())
    }

    fn name(&self) -> &str {
        self.0["name"].as_str().unwrap_or_default()
    }

    /// Whether this is the span of an id.
    pub(super) fn is(&self, id: &str) -> bool {
        self.0["spanId"] == id
    }

    pub(super) fn parent(&self) -> &str {
        self.0["parentSpanId"].as_str().unwrap_or_default()
    }

    pub(super) fn is_error(&self) -> bool {
        self.0["status"]["code"] == 2
    }

    fn time(&self, key: &str) -> u64 {
        self.0[key].as_str().and_then(|n| n.parse().ok()).unwrap_or_default()
    }

    pub(super) fn end(&self) -> u64 {
        self.time("endTimeUnixNano")
    }

    pub(super) fn length_ms(&self) -> f64 {
        self.end().saturating_sub(self.time("startTimeUnixNano")) as f64 / 1e6
    }

    /// The span that the application's host opened around everything.
    pub(super) fn is_host(&self) -> bool {
        self.name() == "websocket_session"
    }

    pub(super) fn is_tool(&self) -> bool {
        self.name() == "function.call" || self.name().starts_with("tool.call")
    }

    fn is_response(&self) -> bool {
        matches!(self.name(), "assistant.response" | "agent.response")
    }

    /// The id of what the span stands for.
    pub(super) fn key(&self) -> &str {
        let keys: &[&str] = match self.name() {
            "session.created" | "websocket_session" => &["gen_ai.session.id"],
            "user.input" => &["gen_ai.item.id"],
            _ if self.is_response() => &["gen_ai.response.id"],
            _ => &["gen_ai.tool.call.id", "gen_ai.item.id"],
        };
        keys.iter().find_map(|key| self.text(key)).unwrap_or_default()
    }
}

/// All that the listener made.
pub(super) struct Listener {
    pub(super) spans: Vec<Theirs>,
    records: Vec<(String, String)>,
    metrics: Vec<String>,
}

impl Listener {
    pub(super) fn read(scenario: &str, variant: &str) -> Self {
        let bytes = file(scenario, &format!("listener-{variant}.otlp.json"));
        let document: Value = serde_json::from_slice(&bytes).unwrap();
        let all = |resources: &str, scopes: &str, records: &str| -> Vec<Value> {
            let list =
                |value: &Value, key: &str| value[key].as_array().cloned().unwrap_or_default();
            list(&document, resources)
                .iter()
                .flat_map(|resource| list(resource, scopes))
                .flat_map(|scope| list(&scope, records))
                .collect()
        };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            spans: all("resourceSpans", "scopeSpans", "spans").into_iter().map(Theirs).collect(),
            records: all("resourceLogs", "scopeLogs", "logRecords")
                .iter()
                .map(|record| (text(&record["spanId"]), text(&record["body"]["stringValue"])))
                .collect(),
            metrics: all("resourceMetrics", "scopeMetrics", "metrics")
                .iter()
                .map(|metric| text(&metric["name"]))
                .collect(),
        }
    }

    fn find(&self, is: impl Fn(&Theirs) -> bool, key: &str) -> Option<&Theirs> {
        self.spans.iter().find(|span| is(span) && span.key() == key)
    }

    pub(super) fn session(&self, id: &str) -> Option<&Theirs> {
        self.find(|span| span.name() == "session.created", id)
    }

    pub(super) fn input(&self, item: &str) -> Option<&Theirs> {
        self.find(|span| span.name() == "user.input", item)
    }

    pub(super) fn response(&self, id: &str) -> Option<&Theirs> {
        self.find(Theirs::is_response, id)
    }

    pub(super) fn tool(&self, key: &str) -> Option<&Theirs> {
        self.find(Theirs::is_tool, key)
    }

    pub(super) fn has_metric(&self, name: &str) -> bool {
        self.metrics.iter().any(|known| known == name)
    }

    /// Ids of the spans that carry a log record of this text, or of a part of it.
    pub(super) fn records(&self, who: &str, text: &str) -> Vec<&str> {
        let text = text.trim();
        self.records
            .iter()
            .filter(|(_, body)| {
                let said = body
                    .strip_prefix(who)
                    .map(|rest| rest.trim_start_matches(" (text)"))
                    .and_then(|rest| rest.strip_prefix(": "));
                said.is_some_and(|said| !said.trim().is_empty() && text.contains(said.trim()))
            })
            .map(|(span, _)| span.as_str())
            .collect()
    }
}

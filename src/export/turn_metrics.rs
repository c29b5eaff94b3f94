//! VideoSDK's metrics posts as OTLP metrics: one gauge for each number of a
//! turn (`metrics/analytics.py` of VideoSDK Agents).
//!
//! A post names no session and has no wall-clock time, so both come from the
//! session that the post was joined with: the end of the turn that says the
//! same. Its texts are in no metric; traces and logs have them.

use crate::model::{
    Batch, DocIx, ItemRow, List, MetricIx, MetricKind, MetricRow, Nanos, PartIx, PointRow,
    PointValue, ScopeIx, SpanRow, Store, StrId, Temporality, Value, ValueRow, Values,
};
use crate::session::{Session, Turn};
use hashbrown::HashMap;

/// The documents that are read here.
pub(super) const FORMAT: &str = "videosdk.turn_metrics";
/// Name of the scope of what is made here.
const SCOPE: &str = "agentobs.videosdk";

/// Metrics made of posts.
#[derive(Clone, Debug, Default)]
pub struct TurnMetrics {
    /// The points.
    pub batch: Batch,
    /// Posts that became points.
    pub posts: usize,
    /// Posts that belong to no session: nothing says when they were.
    pub undated: usize,
}

/// The metrics of all posts of these sessions.
pub fn turn_metrics<'s>(
    store: &Store,
    sessions: impl IntoIterator<Item = &'s Session>,
) -> TurnMetrics {
    let mut made = TurnMetrics::default();
    let mut items: HashMap<DocIx, Vec<&ItemRow>> = HashMap::new();
    for item in store.items() {
        items.entry(item.document).or_default().push(item);
    }
    for session in sessions {
        let mut maker = None;
        let mut turns = Turns::new(session);
        for document in &session.documents {
            let Some(row) = store.documents().get(document.index()) else { continue };
            if store.str(row.format) != FORMAT {
                continue;
            }
            let agent = store.attrs(row.attrs).get("agentId").and_then(|value| value.as_str());
            for item in items.get(document).map_or(&[][..], Vec::as_slice) {
                let facts = store.attrs(item.attrs);
                let turn = turns.next(facts);
                let at = turn.and_then(|turn| turn.end.or(turn.start)).or(session.end);
                let Some(at) = at else {
                    made.undated += 1;
                    continue;
                };
                let maker =
                    maker.get_or_insert_with(|| Maker::new(&mut made.batch, store, session, agent));
                maker.post(&mut made.batch, facts, turn, at);
                made.posts += 1;
            }
        }
    }
    made
}

/// The session's turns, to be found by what they say.
struct Turns<'s> {
    turns: &'s [Turn],
    from: usize,
}

impl<'s> Turns<'s> {
    fn new(session: &'s Session) -> Self {
        Self { turns: &session.turns, from: 0 }
    }

    /// The next turn that says what a post says; posts stand in order.
    fn next(&mut self, facts: List<'_>) -> Option<&'s Turn> {
        let said = |key: &str| facts.get(key).and_then(|value| value.as_str());
        let said = [said("agent_speech"), said("user_speech")];
        let said: Vec<&str> = said.into_iter().flatten().filter(|text| !text.is_empty()).collect();
        let fits = |turn: &Turn| {
            let texts = [turn.generated_text.as_deref(), turn.text.as_deref()];
            texts.into_iter().flatten().any(|text| said.contains(&text))
        };
        let at = self.turns.iter().skip(self.from).position(fits)? + self.from;
        // A post tells a user turn and its answer: the answer ends it.
        let mut last = at;
        while self.turns.get(last + 1).is_some_and(fits) {
            last += 1;
        }
        self.from = last + 1;
        self.turns.get(last)
    }
}

struct Maker {
    scope: ScopeIx,
    part: PartIx,
    session: Vec<(StrId, ValueRow)>,
    streams: HashMap<String, MetricIx>,
}

impl Maker {
    fn new(batch: &mut Batch, store: &Store, session: &Session, agent: Option<&str>) -> Self {
        let span = session.spans.first().and_then(|ix| store.span(*ix));
        let service = span.and_then(|span| span.resource().get("service.name")?.as_str());
        let resource = batch.add_resource();
        let rows = [(
            batch.text("service.name"),
            batch.str_value(service.or(agent).unwrap_or("videosdk-agent")),
        )];
        let attrs = batch.values.attrs(&rows);
        if let Some(row) = batch.resources.last_mut() {
            row.attrs = attrs;
        }
        let scope = batch.add_scope(resource);
        let (name, version) = (batch.text(SCOPE), batch.text(env!("CARGO_PKG_VERSION")));
        if let Some(row) = batch.scopes.last_mut() {
            (row.name, row.version) = (name, version);
        }
        let mut rows = vec![(batch.text("session.id"), batch.str_value(&session.id))];
        if let Some(agent) = agent {
            rows.push((batch.text("gen_ai.agent.id"), batch.str_value(agent)));
        }
        let part = span.map_or(PartIx(0), |span: crate::model::SpanView<'_>| {
            let row: &SpanRow = span.row;
            row.part
        });
        Self { scope, part, session: rows, streams: HashMap::new() }
    }

    fn post(&mut self, batch: &mut Batch, facts: List<'_>, turn: Option<&Turn>, at: Nanos) {
        let mut rows = self.session.clone();
        if let Some(turn) = turn {
            rows.push((batch.text("agentobs.turn.number"), Values::int(i64::from(turn.number))));
        }
        for (key, value) in facts.iter() {
            let row = match value {
                Value::Bool(truth) => Values::bool(truth),
                Value::Str(text) if is_who(key) && !text.is_empty() => batch.str_value(text),
                _ => continue,
            };
            rows.push((batch.text(&format!("videosdk.{}", snake(key))), row));
        }
        let attrs = batch.values.attrs(&rows);
        for (key, value) in facts.iter() {
            let value = match value {
                Value::Int(number) => PointValue::Int(number),
                Value::Double(number) if number.is_finite() => PointValue::Double(number),
                _ => continue,
            };
            // Seconds of the host's uptime: they mean nothing elsewhere.
            if key.ends_with("Time") {
                continue;
            }
            let metric = self.stream(batch, key);
            batch.points.push(PointRow {
                metric,
                start: Nanos::NONE,
                time: at,
                attrs,
                flags: 0,
                value,
                exemplars: Vec::new(),
            });
        }
    }

    fn stream(&mut self, batch: &mut Batch, key: &str) -> MetricIx {
        if let Some(known) = self.streams.get(key) {
            return *known;
        }
        let row = MetricRow {
            name: batch.text(&format!("videosdk.turn.{}", snake(key))),
            description: batch.text(&format!("{key} of a turn, as VideoSDK reports it.")),
            unit: batch.text(unit(key)),
            kind: MetricKind::Gauge,
            temporality: Temporality::Unspecified,
            monotonic: false,
            scope: self.scope,
            part: self.part,
        };
        batch.metrics.push(row);
        let metric = MetricIx::from(batch.metrics.len() - 1);
        self.streams.insert(key.to_owned(), metric);
        metric
    }
}

/// Fields that say who worked on the turn.
fn is_who(key: &str) -> bool {
    key.ends_with("ProviderClass") || key.ends_with("ModelName")
}

/// Units by VideoSDK's names: lengths are milliseconds, but for the audio that
/// STT was given.
fn unit(key: &str) -> &'static str {
    let ends = |with: &[&str]| with.iter().any(|end| key.ends_with(end));
    if key == "sttDuration" {
        "s"
    } else if ends(&["Latency", "Ms", "Duration", "ttfb", "ttft"]) {
        "ms"
    } else if ends(&["Tokens"]) {
        "{token}"
    } else if ends(&["Characters"]) {
        "{character}"
    } else {
        "1"
    }
}

/// `promptCachedTokens` as `prompt_cached_tokens`, as OpenTelemetry spells.
fn snake(key: &str) -> String {
    let mut name = String::with_capacity(key.len() + 4);
    let mut before_small = false;
    for c in key.chars() {
        if c.is_ascii_uppercase() && before_small {
            name.push('_');
        }
        before_small = c.is_ascii_lowercase() || c.is_ascii_digit();
        name.push(c.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::{snake, unit};

    #[test]
    fn names_and_units() {
        for (key, name, in_unit) in [
            ("e2eLatency", "e2e_latency", "ms"),
            ("promptCachedTokens", "prompt_cached_tokens", "{token}"),
            ("ttft", "ttft", "ms"),
            ("eouWaitMs", "eou_wait_ms", "ms"),
            ("sttDuration", "stt_duration", "s"),
            ("eouProbability", "eou_probability", "1"),
        ] {
            assert_eq!((snake(key).as_str(), unit(key)), (name, in_unit));
        }
    }
}

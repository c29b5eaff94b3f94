//! Metrics of one session: counters, gauges, histograms with the bounds that
//! the conventions advise.

use super::attrs::AttrList;
use crate::model::{
    Batch, Exemplar, MetricIx, MetricKind, MetricRow, Nanos, PartIx, PointRow, PointValue, ScopeIx,
    Temporality,
};
use hashbrown::HashMap;
use std::collections::BTreeMap;

/// Streams of one session; more are not kept.
const MAX_STREAMS: usize = 2000;

/// A metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Metric {
    pub name: &'static str,
    pub unit: &'static str,
    pub description: &'static str,
    pub kind: Kind,
}

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Seconds,
    Tokens,
}

/// Bounds of durations, as the GenAI conventions advise.
const SECONDS: &[f64] =
    &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/// Bounds of token counts, as the GenAI conventions advise.
const TOKENS: &[f64] = &[
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// The attributes of a stream: fixed keys, text values.
pub(super) type Labels = Vec<(&'static str, String)>;

#[derive(Clone, Debug, Default)]
struct Stream {
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
    counts: Vec<u64>,
    last: f64,
    /// The largest measurement: when, and in which span.
    example: Option<(Nanos, f64, u128, u64)>,
}

type Streams = BTreeMap<(Metric, Labels), Stream>;

/// Collects measurements, each session's by itself: sessions overlap.
#[derive(Clone, Debug, Default)]
pub(in crate::realtime) struct Meter {
    sessions: HashMap<u128, Streams>,
}

/// Where a measurement was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub at: Nanos,
    pub trace: u128,
    pub span: u64,
}

impl Meter {
    /// Takes a measurement.
    pub(super) fn record(&mut self, metric: Metric, labels: Labels, value: f64, spot: Spot) {
        let streams = self.sessions.entry(spot.trace).or_default();
        let key = (metric, labels);
        if streams.len() >= MAX_STREAMS && !streams.contains_key(&key) {
            return;
        }
        let stream = streams.entry(key).or_default();
        if stream.count == 0 {
            (stream.min, stream.max) = (value, value);
        }
        let bounds = metric.kind.bounds();
        if stream.counts.is_empty() && !bounds.is_empty() {
            stream.counts = vec![0; bounds.len() + 1];
        }
        stream.count += 1;
        stream.sum += value;
        stream.last = value;
        stream.min = stream.min.min(value);
        stream.max = stream.max.max(value);
        let bucket = bounds.iter().position(|bound| value <= *bound).unwrap_or(bounds.len());
        if let Some(count) = stream.counts.get_mut(bucket) {
            *count += 1;
        }
        if stream.example.is_none_or(|(_, known, ..)| value > known) {
            stream.example = Some((spot.at, value, spot.trace, spot.span));
        }
    }

    /// Forgets what was measured in a session.
    pub(super) fn drop_session(&mut self, trace: u128) {
        self.sessions.remove(&trace);
    }

    /// Writes one point for each stream of a session, which is over.
    pub(super) fn write(
        &mut self,
        trace: u128,
        batch: &mut Batch,
        scope: ScopeIx,
        part: PartIx,
        start: Nanos,
        end: Nanos,
    ) {
        let mut open: Option<(Metric, MetricIx)> = None;
        for ((metric, labels), stream) in self.sessions.remove(&trace).unwrap_or_default() {
            let ix = match open {
                Some((known, ix)) if known == metric => ix,
                _ => add_metric(batch, metric, scope, part),
            };
            open = Some((metric, ix));
            let mut attrs = AttrList::default();
            for (key, value) in labels {
                attrs.str(key, value);
            }
            let rows = attrs.rows(batch);
            let example = stream.example.filter(|_| !metric.kind.bounds().is_empty());
            let exemplars = example.map(|(time, value, trace, span)| Exemplar {
                time,
                value: Some(value),
                trace: Some(batch.trace(trace)),
                span,
                attrs: crate::model::Attrs::default(),
            });
            let point = PointRow {
                metric: ix,
                start,
                time: end,
                attrs: batch.values.attrs(&rows),
                flags: 0,
                value: stream.value(metric.kind),
                exemplars: exemplars.into_iter().collect(),
            };
            batch.points.push(point);
        }
    }
}

impl Kind {
    fn bounds(self) -> &'static [f64] {
        match self {
            Self::Seconds => SECONDS,
            Self::Tokens => TOKENS,
            Self::Counter | Self::Gauge => &[],
        }
    }
}

impl Stream {
    fn value(self, kind: Kind) -> PointValue {
        match kind {
            Kind::Counter => PointValue::Int(self.sum as i64),
            Kind::Gauge => PointValue::Double(self.last),
            Kind::Seconds | Kind::Tokens => PointValue::Histogram {
                count: self.count,
                sum: Some(self.sum),
                min: Some(self.min),
                max: Some(self.max),
                bounds: kind.bounds().to_vec(),
                counts: self.counts,
            },
        }
    }
}

fn add_metric(batch: &mut Batch, metric: Metric, scope: ScopeIx, part: PartIx) -> MetricIx {
    let row = MetricRow {
        name: batch.text(metric.name),
        description: batch.text(metric.description),
        unit: batch.text(metric.unit),
        kind: match metric.kind {
            Kind::Counter => MetricKind::Sum,
            Kind::Gauge => MetricKind::Gauge,
            Kind::Seconds | Kind::Tokens => MetricKind::Histogram,
        },
        temporality: match metric.kind {
            Kind::Gauge => Temporality::Unspecified,
            _ => Temporality::Cumulative,
        },
        monotonic: metric.kind == Kind::Counter,
        scope,
        part,
    };
    batch.metrics.push(row);
    MetricIx::from(batch.metrics.len() - 1)
}

/// All metrics of the correlator.
pub(super) mod names {
    use super::{Kind, Metric};

    macro_rules! metrics {
        ($($ident:ident: $kind:ident $name:literal $unit:literal $description:literal;)*) => {$(
            pub(in crate::realtime::emit) const $ident: Metric = Metric {
                name: $name, unit: $unit, description: $description, kind: Kind::$kind,
            };
        )*};
    }

    metrics! {
        TOKEN_USAGE: Tokens "gen_ai.client.token.usage" "{token}" "Tokens of a response.";
        DURATION: Seconds "gen_ai.client.operation.duration" "s" "Length of a response.";
        FIRST_CHUNK: Seconds "gen_ai.client.operation.time_to_first_chunk" "s" "Beginning of a response to its first delta of any kind.";
        TOOL_DURATION: Seconds "gen_ai.execute_tool.duration" "s" "Length of a tool call.";
        FIRST_AUDIO: Seconds "agentobs.realtime.time_to_first_audio" "s" "Beginning of a response to its first audio.";
        E2E: Seconds "agentobs.realtime.e2e" "s" "End of the user's turn to the first audio of the answer.";
        TOKENS: Counter "agentobs.realtime.tokens" "{token}" "Tokens, each counted in exactly one point.";
        TURNS: Counter "agentobs.realtime.turns" "{turn}" "Turns.";
        RESPONSES: Counter "agentobs.realtime.responses" "{response}" "Responses by status.";
        INTERRUPTIONS: Counter "agentobs.realtime.interruptions" "{turn}" "Agent turns that were cut off.";
        TOOL_CALLS: Counter "agentobs.realtime.tool_calls" "{call}" "Tool calls by status.";
        ERRORS: Counter "agentobs.realtime.errors" "{error}" "Error events, failed responses, failed transcriptions.";
        RATE_LIMIT: Gauge "agentobs.realtime.rate_limit.remaining" "{request}" "What was left of a rate limit at last.";
    }
}

//! A call made by hand that has one of everything: what outputs are tested on
//! before and beside real recordings.

use agentobs::diagnostic::{Diagnostic, Severity};
use agentobs::dialect::{Framework, Op, SpanClass};
use agentobs::model::{
    Attrs, Batch, EventRow, Exemplar, ExponentialBuckets, LinkRow, LogIx, LogRow, MetricIx,
    MetricKind, MetricRow, Nanos, PartIx, PointIx, PointRow, PointValue, Quantile, ScopeIx,
    SpanExtra, SpanIx, SpanKind, SpanRow, SpanStatus, Store, StrId, Temporality, ValueRow, Values,
};
use agentobs::output::Report;
use agentobs::session::{
    AudioFile, CallError, ErrorKind, Handoff, Interval, Latency, Measure, Role, Session, Sessions,
    ToolCall, ToolStatus, Turn, Unassigned, Usage,
};
use agentobs::source::Skipped;
use agentobs::wire::PartKind;
use agentobs::{PartReport, SourceReport};

/// 2026-11-21 06:04:49.655777 UTC.
const START: u64 = 1_795_241_089_655_777_000;

pub(crate) struct Sample {
    pub(crate) store: Store,
    pub(crate) sessions: Sessions,
    pub(crate) sources: Vec<SourceReport>,
    pub(crate) reading: Vec<Diagnostic>,
}

impl Sample {
    /// A call with `plant` in every text that comes from data.
    pub(crate) fn planted(plant: &str) -> Self {
        let text = |text: &str| format!("{text}{plant}");
        let (store, classes) = records(&text);
        let mut first = session(&text);
        first.spans = (0..4).map(SpanIx).collect();
        first.logs = (0..4).map(LogIx).collect();
        first.points = (0..6).map(PointIx).collect();
        let mut second = Session { id: text("RM_other"), ..Session::default() };
        second.ids.insert("room_sid".into(), text("RM_other"));
        Self {
            store,
            sessions: Sessions {
                list: vec![first, second],
                classes,
                unassigned: Unassigned { spans: vec![], logs: vec![LogIx(4)], points: vec![] },
                diagnostics: vec![note(&text, "no-span-ids")],
            },
            sources: vec![SourceReport {
                path: text("calls/call.zip"),
                parts: vec![PartReport {
                    name: text("traces.json"),
                    kind: PartKind::Traces,
                    format: "otlp-json",
                    records: 4,
                }],
                skipped: vec![Skipped { name: text(".DS_Store"), reason: text("junk") }],
                unreadable: false,
            }],
            reading: vec![note(&text, "bad-line")],
        }
    }

    pub(crate) fn report(&self) -> Report<'_> {
        Report::new(&self.store, &self.sessions, &self.sources, &self.reading)
    }
}

fn at(ms: f64) -> Option<Nanos> {
    Some(Nanos(START).plus_ms(ms))
}

fn note(text: &dyn Fn(&str) -> String, code: &'static str) -> Diagnostic {
    Diagnostic::new(Severity::Warning, code, text("something is odd here"))
        .at(text("traces.json in call.zip, line 14"))
        .hint(text("export it again"))
        .span(0x12)
}

fn session(text: &dyn Fn(&str) -> String) -> Session {
    let mut session = Session {
        id: text("RM_gbfWw4gXjQP8"),
        framework: Framework::Livekit,
        dialects: vec![text("openinference")],
        trace_ids: vec![format!("{:032x}", 0xabcu128)],
        agents: vec![text("greeter"), text("reservations")],
        start: at(0.0),
        end: at(25_740.1),
        complete: true,
        close_reason: Some(text("participant_disconnected")),
        turns: turns(text),
        handoffs: vec![Handoff {
            from: Some(text("greeter")),
            to: Some(text("reservations")),
            at: at(8_600.0),
        }],
        errors: vec![CallError {
            kind: ErrorKind::Session,
            error_type: Some(text("RoomGone")),
            message: Some(text("the room was closed")),
            at: at(25_000.0),
            source: Some(text("room_io")),
            span: None,
        }],
        usage: Usage {
            input_tokens: Some(1_203),
            output_tokens: Some(95),
            cached_input_tokens: Some(400),
            ..Usage::default()
        },
        audio: vec![AudioFile {
            name: text("audio.ogg"),
            part: PartIx(0),
            codec: Some("opus".into()),
            sample_rate: Some(48_000),
            channels: Some(2),
            duration_ms: Some(25_700.0),
            start: at(12.0),
        }],
        diagnostics: vec![note(text, "orphan-span")],
        ..Session::default()
    };
    session.ids.insert("room_sid".into(), text("RM_gbfWw4gXjQP8"));
    session.ids.insert("job_id".into(), text("AJ_6ipZ4Ty2LQmx"));
    session
}

fn turns(text: &dyn Fn(&str) -> String) -> Vec<Turn> {
    let said = |role, number, start: f64, end: f64, words: &str| {
        let mut turn = Turn::new(role);
        turn.number = number;
        turn.start = at(start);
        turn.end = at(end);
        turn.text = Some(text(words));
        turn
    };
    let mut hello = said(
        Role::Agent,
        1,
        2_100.0,
        5_000.0,
        "Hi, welcome to Bluebird Coffee. What can I get you?",
    );
    hello.agent = Some(text("greeter"));
    hello.interrupted = Some(false);
    hello.speech = vec![Interval { start: at(2_400.0), end: at(5_000.0) }];
    hello.latency.tts_ttfb.reported_ms = Some(180.0);

    let mut ask = said(
        Role::User,
        2,
        5_800.0,
        8_100.0,
        "How much is a cortado, and is the kitchen still open? I would like something warm \
         to eat with it, if that is not too much trouble at this hour.",
    );
    ask.latency.eou.reported_ms = Some(610.0);

    let mut answer =
        said(Role::Agent, 3, 8_700.0, 14_000.0, "A cortado is 4.20. I cannot reach the kitchen,");
    answer.agent = Some(text("reservations"));
    answer.reply_to = Some(2);
    answer.interrupted = Some(true);
    answer.generated_text = Some(format!(
        "{} but I can ask again in a minute.",
        text("A cortado is 4.20. I cannot reach the kitchen,")
    ));
    answer.latency = Latency {
        e2e: Measure {
            reported_ms: Some(1_020.0),
            derived_ms: Some(1_031.2),
            heard_ms: Some(990.0),
        },
        eou: Measure { reported_ms: Some(610.0), ..Measure::default() },
        llm_ttft: Measure { derived_ms: Some(320.4), ..Measure::default() },
        tts_ttfb: Measure { reported_ms: Some(90.0), ..Measure::default() },
        ..Latency::default()
    };
    answer.usage.input_tokens = Some(1_203);
    answer.usage.output_tokens = Some(95);
    answer.models = vec![text("stub-llm")];
    answer.tools = tools(text);
    answer.errors = vec![
        CallError {
            kind: ErrorKind::RecoveredAttempt,
            error_type: Some(text("APIConnectionError")),
            message: Some(text("connection reset")),
            at: at(9_000.0),
            source: Some(text("llm")),
            span: Some(SpanIx(1)),
        },
        CallError {
            kind: ErrorKind::Tool,
            error_type: Some(text("KitchenDown")),
            message: Some(text("no answer from the oven")),
            at: at(10_000.0),
            source: Some(text("function_tool")),
            span: None,
        },
    ];
    answer.spans = vec![SpanIx(1), SpanIx(2)];
    answer.logs = vec![LogIx(1), LogIx(2)];

    let mut bye = Turn::new(Role::User);
    bye.number = 4;
    vec![hello, ask, answer, bye]
}

fn tools(text: &dyn Fn(&str) -> String) -> Vec<ToolCall> {
    let call = |name: &str, status| ToolCall {
        name: text(name),
        call_id: Some(text("call_0")),
        arguments: Some(text("{\"item\": \"cortado\"}")),
        output: None,
        error: None,
        status,
        start: at(9_100.0),
        duration_ms: Some(210.0),
        span: Some(SpanIx(2)),
    };
    vec![
        ToolCall {
            output: Some(format!("{{\"price\": 4.20, \"note\": {:?}}}", "fresh")),
            arguments: Some("{\"item\": \"cortado\", \"n\": 12345678901234567890}".into()),
            ..call("get_menu_price", ToolStatus::Ok)
        },
        ToolCall {
            output: Some(text("An internal error occurred")),
            error: Some(text("KitchenDown: no answer from the oven")),
            ..call("check_kitchen", ToolStatus::Error)
        },
        ToolCall { arguments: None, duration_ms: None, ..call("order", ToolStatus::Unfinished) },
        ToolCall { output: Some(String::new()), ..call("log_order", ToolStatus::Unknown) },
    ]
}

fn records(text: &dyn Fn(&str) -> String) -> (Store, Vec<SpanClass>) {
    let mut batch = Batch::new();
    let scope = scope(&mut batch, text);
    let attrs = attributes(&mut batch, text);
    spans(&mut batch, text, scope, attrs);
    logs(&mut batch, text, scope, attrs);
    points(&mut batch, text, scope, attrs);
    let mut store = Store::new();
    store.append(batch);
    let ops = [Op::Session, Op::Llm, Op::Tool, Op::Other];
    let classes = ops
        .map(|op| SpanClass { op, framework: Framework::Livekit, ..SpanClass::default() })
        .to_vec();
    (store, classes)
}

fn scope(batch: &mut Batch, text: &dyn Fn(&str) -> String) -> ScopeIx {
    let resource = batch.add_resource();
    let (key, value) = (batch.text(&text("service.name")), batch.str_value(&text("shop")));
    batch.resources[0].attrs = batch.values.attrs(&[(key, value)]);
    let scope = batch.add_scope(resource);
    batch.scopes[0].name = batch.text(&text("livekit-agents"));
    batch.scopes[0].version = batch.text(&text("1.8.9"));
    scope
}

/// One attribute of each kind.
fn attributes(batch: &mut Batch, text: &dyn Fn(&str) -> String) -> Attrs {
    let words = batch.str_value(&text("two words"));
    let bytes = batch.values.bytes(&[0, 159, 255]);
    let list = batch.values.array(&[Values::int(1), words]);
    let inner = batch.text(&text("inner"));
    let map = batch.values.kvlist(&[(inner, list)]);
    let rows: [(&str, ValueRow); 7] = [
        ("text", words),
        ("int", Values::int(i64::MAX)),
        ("nan", Values::double(f64::NAN)),
        ("bytes", bytes),
        ("map", map),
        ("none", Values::empty()),
        ("text", words),
    ];
    let rows: Vec<_> = rows.into_iter().map(|(key, v)| (batch.text(&text(key)), v)).collect();
    batch.values.attrs(&rows)
}

fn spans(batch: &mut Batch, text: &dyn Fn(&str) -> String, scope: ScopeIx, attrs: Attrs) {
    let trace = batch.trace(0xabc);
    let (event, state) = (batch.text(&text("exception")), batch.text(&text("a=b")));
    batch.events.push(EventRow { time: Nanos(START), name: event, attrs, dropped_attributes: 1 });
    batch.links.push(LinkRow {
        trace,
        span: 0x11,
        trace_state: state,
        attrs,
        dropped_attributes: 0,
        flags: 1,
    });
    batch.extras.push(SpanExtra {
        events: (0, 1),
        links: (0, 1),
        trace_state: state,
        flags: 1,
        dropped_attributes: 2,
        dropped_events: 3,
        dropped_links: 4,
    });
    let ids =
        [(0x11, 0, "agent_session"), (0x12, 0x11, "llm_request"), (0x13, 0x12, "function_tool")];
    for (id, parent, name) in ids.into_iter().chain([(0x14, 0x99, "lost")]) {
        let failed = id == 0x12;
        let row = SpanRow {
            id,
            parent,
            start: Nanos(START).plus_ms(100.0 * id as f64),
            end: if id == 0x13 { Nanos::NONE } else { Nanos(START).plus_ms(9_000.0) },
            trace,
            name: batch.text(&text(name)),
            scope,
            status_message: if failed { batch.text(&text("reset")) } else { StrId::EMPTY },
            attrs,
            part: PartIx(0),
            extra: if failed { 0 } else { SpanRow::NO_EXTRA },
            kind: SpanKind::Internal,
            status: if failed { SpanStatus::Error } else { SpanStatus::Unset },
        };
        batch.spans.push(row);
    }
}

fn logs(batch: &mut Batch, text: &dyn Fn(&str) -> String, scope: ScopeIx, attrs: Attrs) {
    let rows =
        [(5, "", "starting"), (9, "INFO", "asked"), (0, "WARNING", "slow"), (17, "", "gone")];
    for (at, (severity, word, body)) in rows.into_iter().chain([(0, "", "lost")]).enumerate() {
        let row = LogRow {
            time: Nanos(START).plus_ms(1_000.0 * at as f64),
            observed: Nanos::NONE,
            span: if at == 1 { 0x12 } else { 0 },
            trace: Some(batch.trace(0xabc)),
            severity_text: batch.text(word),
            severity,
            body: batch.str_value(&text(body)),
            attrs,
            scope,
            event_name: batch.text(&text("event")),
            flags: 0,
            dropped_attributes: 0,
            part: PartIx(0),
        };
        batch.logs.push(row);
    }
}

fn points(batch: &mut Batch, text: &dyn Fn(&str) -> String, scope: ScopeIx, attrs: Attrs) {
    let kinds = [
        (MetricKind::Gauge, PointValue::Double(f64::INFINITY)),
        (MetricKind::Sum, PointValue::Int(7)),
        (
            MetricKind::Histogram,
            PointValue::Histogram {
                count: 2,
                sum: Some(3.5),
                min: None,
                max: Some(2.5),
                bounds: vec![1.0],
                counts: vec![1, 1],
            },
        ),
        (
            MetricKind::ExponentialHistogram,
            PointValue::Exponential {
                count: 1,
                sum: None,
                min: None,
                max: None,
                scale: -1,
                zero_count: 0,
                zero_threshold: 0.0,
                positive: ExponentialBuckets { offset: -3, counts: vec![1] },
                negative: ExponentialBuckets::default(),
            },
        ),
        (
            MetricKind::Summary,
            PointValue::Summary {
                count: 1,
                sum: 2.0,
                quantiles: vec![Quantile { quantile: 0.95, value: 2.0 }],
            },
        ),
        (MetricKind::Gauge, PointValue::None),
    ];
    for (kind, value) in kinds {
        let metric = MetricIx::from(batch.metrics.len());
        let row = MetricRow {
            name: batch.text(&text("lk.agents.usage")),
            description: batch.text(&text("what was used")),
            unit: batch.text(&text("s")),
            kind,
            temporality: Temporality::Delta,
            monotonic: true,
            scope,
            part: PartIx(0),
        };
        batch.metrics.push(row);
        let exemplar = Exemplar {
            time: Nanos(START),
            value: Some(1.0),
            trace: Some(batch.trace(0xabc)),
            span: 0x12,
            attrs,
        };
        batch.points.push(PointRow {
            metric,
            start: Nanos::NONE,
            time: Nanos(START).plus_ms(25_000.0),
            attrs,
            flags: 0,
            value,
            exemplars: vec![exemplar],
        });
    }
}

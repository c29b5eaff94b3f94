//! The document, its sessions, and how both are written.

use super::each::each;
use super::format::{Layout, SafeFormatter};
use super::record::{Records, log_json, point_json, span_json};
use super::turn::{ErrorJson, TurnJson, UsageJson};
use crate::diagnostic::Diagnostic;
use crate::open::SourceReport;
use crate::output::levels::Level;
use crate::output::report::{Content, Only, Report, TurnIndex};
use crate::output::time::rfc3339;
use crate::session::{Counts, Handoff, Session};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Name and version of the document.
pub const SCHEMA: &str = "agentobs.sessions/1";

/// Writes one document with all sessions, indented.
///
/// # Errors
/// When writing fails.
pub fn json(report: &Report<'_>, content: &Content, out: &mut dyn Write) -> io::Result<()> {
    write(&DocumentJson { report, content }, Layout::Pretty, out)
}

/// Writes one line a session.
///
/// # Errors
/// When writing fails.
pub fn jsonl(report: &Report<'_>, content: &Content, out: &mut dyn Write) -> io::Result<()> {
    for (at, session) in report.shown.iter().enumerate() {
        let line = SessionJson { report, content, session, at, is_line: true };
        write(&line, Layout::Compact, out)?;
    }
    Ok(())
}

/// Writes a document or line; hidden characters are escaped in it.
pub(crate) fn write(value: &impl Serialize, layout: Layout, out: &mut dyn Write) -> io::Result<()> {
    let mut to = serde_json::Serializer::with_formatter(&mut *out, SafeFormatter::new(layout));
    value.serialize(&mut to)?;
    out.write_all(b"\n")
}

struct DocumentJson<'a> {
    report: &'a Report<'a>,
    content: &'a Content,
}

impl Serialize for DocumentJson<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { report, content } = *self;
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("schema", SCHEMA)?;
        if let Some(only) = content.only {
            map.serialize_entry("only", only.as_str())?;
        }
        if let Some(chosen) = &report.chosen {
            let where_json = WhereJson {
                query: &chosen.query,
                of_sessions: Some(chosen.sessions),
                of_turns: chosen.turns,
                matching_spans: chosen.spans,
            };
            map.serialize_entry("where", &where_json)?;
        }
        map.serialize_entry("sources", &each(report.sources, SourceJson::of))?;
        let sessions: Vec<(usize, &Session)> =
            report.shown.iter().map(|session| &**session).enumerate().collect();
        map.serialize_entry(
            "sessions",
            &each(&sessions, |&(at, session)| SessionJson {
                report,
                content,
                session,
                at,
                is_line: false,
            }),
        )?;
        let unassigned = &report.all.unassigned;
        map.serialize_entry(
            "unassigned",
            &UnassignedJson {
                spans: unassigned.spans.len(),
                logs: unassigned.logs.len(),
                metric_points: unassigned.points.len(),
            },
        )?;
        map.serialize_entry("diagnostics", &each(&report.diagnostics, |&d| DiagnosticJson::of(d)))?;
        map.end()
    }
}

/// What was chosen from. How much is shown, the lists say.
#[derive(Serialize)]
struct WhereJson<'a> {
    query: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    of_sessions: Option<usize>,
    of_turns: usize,
    matching_spans: usize,
}

#[derive(Serialize)]
struct UnassignedJson {
    spans: usize,
    logs: usize,
    metric_points: usize,
}

#[derive(Serialize)]
struct SourceJson<'a> {
    path: &'a str,
    parts: Vec<PartJson<'a>>,
    skipped: Vec<SkippedJson<'a>>,
}

#[derive(Serialize)]
struct PartJson<'a> {
    name: &'a str,
    kind: &'a str,
    format: &'a str,
    records: usize,
}

#[derive(Serialize)]
struct SkippedJson<'a> {
    name: &'a str,
    reason: &'a str,
}

impl<'a> SourceJson<'a> {
    fn of(source: &'a SourceReport) -> Self {
        let parts = source.parts.iter().map(|part| PartJson {
            name: named(&part.name, source),
            kind: part.kind.as_str(),
            format: part.format,
            records: part.records,
        });
        let skipped = source
            .skipped
            .iter()
            .map(|part| SkippedJson { name: named(&part.name, source), reason: &part.reason });
        Self { path: &source.path, parts: parts.collect(), skipped: skipped.collect() }
    }
}

/// A part's path inside its source; a source that is itself the part has the
/// last name of its own path.
fn named<'a>(name: &'a str, source: &'a SourceReport) -> &'a str {
    match name {
        "" => source.path.rsplit(['/', '\\']).next().unwrap_or(&source.path),
        name => name,
    }
}

#[derive(Serialize)]
struct DiagnosticJson<'a> {
    code: &'a str,
    severity: &'static str,
    message: &'a str,
    place: Option<&'a str>,
    hint: Option<&'a str>,
    span_id: Option<&'a str>,
}

impl<'a> DiagnosticJson<'a> {
    fn of(diagnostic: &'a Diagnostic) -> Self {
        Self {
            code: &diagnostic.code,
            severity: diagnostic.severity.as_str(),
            message: &diagnostic.message,
            place: diagnostic.place.as_deref(),
            hint: diagnostic.hint.as_deref(),
            span_id: diagnostic.span_id.as_deref(),
        }
    }
}

struct SessionJson<'a> {
    report: &'a Report<'a>,
    content: &'a Content,
    session: &'a Session,
    /// Its position among those that are shown.
    at: usize,
    /// Whether it stands alone on a line and must name the schema itself.
    is_line: bool,
}

impl Serialize for SessionJson<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { session, content, .. } = *self;
        let mut map = to.serialize_map(None)?;
        if self.is_line {
            map.serialize_entry("schema", SCHEMA)?;
            if let Some(only) = content.only {
                map.serialize_entry("only", only.as_str())?;
            }
        }
        if let Some(chosen) = &self.report.chosen
            && let Some(of) = chosen.of.get(self.at)
        {
            let where_json = WhereJson {
                query: &chosen.query,
                of_sessions: None,
                of_turns: of.turns,
                matching_spans: of.spans,
            };
            map.serialize_entry("where", &where_json)?;
        }
        map.serialize_entry("id", &session.id)?;
        map.serialize_entry("framework", session.framework.as_str())?;
        map.serialize_entry("dialects", &session.dialects)?;
        map.serialize_entry("ids", &IdsJson { ids: &session.ids, trace_ids: &session.trace_ids })?;
        map.serialize_entry("agents", &session.agents)?;
        map.serialize_entry("start", &session.start.and_then(rfc3339))?;
        map.serialize_entry("end", &session.end.and_then(rfc3339))?;
        map.serialize_entry("duration_ms", &session.duration_ms())?;
        map.serialize_entry("complete", &session.complete)?;
        map.serialize_entry("close_reason", &session.close_reason)?;
        let only = content.only;
        map.serialize_entry(
            "turns",
            &each(&session.turns, |turn| TurnJson {
                store: self.report.store,
                session,
                turn,
                only,
            }),
        )?;
        if only.is_none() {
            map.serialize_entry("handoffs", &each(&session.handoffs, |h| handoff(session, h)))?;
        }
        if content.has(Only::Errors) {
            map.serialize_entry(
                "errors",
                &each(&session.errors, |e| ErrorJson::of(self.report.store, session, e)),
            )?;
        }
        if only.is_none() {
            map.serialize_entry("usage", &UsageJson::of(&session.usage))?;
            map.serialize_entry(
                "audio",
                &each(&session.audio, |audio| AudioJson {
                    name: &audio.name,
                    codec: audio.codec.as_deref(),
                    sample_rate: audio.sample_rate,
                    channels: audio.channels,
                    duration_ms: audio.duration_ms,
                    offset_ms: session.ms(audio.start),
                }),
            )?;
        }
        map.serialize_entry("counts", &CountsJson::of(&session.counts()))?;
        map.serialize_entry("diagnostics", &each(&session.diagnostics, DiagnosticJson::of))?;
        self.records(&mut map)?;
        map.end()
    }
}

impl SessionJson<'_> {
    /// The arrays of records that were asked for.
    fn records<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let Self { report, session, content, .. } = *self;
        let from = Records {
            store: report.store,
            all: report.all,
            session,
            turns: TurnIndex::new(&session.turns),
        };
        if content.spans {
            map.serialize_entry("spans", &each(&session.spans, |&ix| span_json(&from, ix)))?;
        }
        if content.logs || content.only == Some(Only::Logs) {
            let chosen: Vec<_> = session
                .logs
                .iter()
                .copied()
                .filter(|&ix| {
                    let log = report.store.log(ix);
                    log.is_some_and(|l| content.levels.contain(Level::of(report.store, l)))
                })
                .collect();
            map.serialize_entry("logs", &each(&chosen, |&ix| log_json(&from, ix)))?;
        }
        if content.metrics {
            map.serialize_entry("metrics", &each(&session.points, |&ix| point_json(&from, ix)))?;
        }
        Ok(())
    }
}

struct IdsJson<'a> {
    ids: &'a BTreeMap<String, String>,
    trace_ids: &'a [String],
}

impl Serialize for IdsJson<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.ids.len() + 1))?;
        // The list of trace ids has this name.
        for (key, id) in self.ids.iter().filter(|(key, _)| *key != "trace_ids") {
            map.serialize_entry(key, id)?;
        }
        map.serialize_entry("trace_ids", self.trace_ids)?;
        map.end()
    }
}

#[derive(Serialize)]
struct HandoffJson<'a> {
    from: Option<&'a str>,
    to: Option<&'a str>,
    at_ms: Option<f64>,
}

fn handoff<'a>(session: &Session, handoff: &'a Handoff) -> HandoffJson<'a> {
    HandoffJson {
        from: handoff.from.as_deref(),
        to: handoff.to.as_deref(),
        at_ms: session.ms(handoff.at),
    }
}

#[derive(Serialize)]
struct AudioJson<'a> {
    name: &'a str,
    codec: Option<&'a str>,
    sample_rate: Option<u32>,
    channels: Option<u32>,
    duration_ms: Option<f64>,
    offset_ms: Option<f64>,
}

#[derive(Serialize)]
struct CountsJson {
    turns: usize,
    user_turns: usize,
    agent_turns: usize,
    tool_calls: usize,
    tool_errors: usize,
    interruptions: usize,
    handoffs: usize,
    errors: usize,
    spans: usize,
    logs: usize,
    metric_points: usize,
}

impl CountsJson {
    fn of(counts: &Counts) -> Self {
        Self {
            turns: counts.turns,
            user_turns: counts.user_turns,
            agent_turns: counts.agent_turns,
            tool_calls: counts.tool_calls,
            tool_errors: counts.tool_errors,
            interruptions: counts.interruptions,
            handoffs: counts.handoffs,
            errors: counts.errors,
            spans: counts.spans,
            logs: counts.logs,
            metric_points: counts.metric_points,
        }
    }
}

//! What is known of the selected row, as the text of the detail pane.
//!
//! Values say how they are known: reported by the SDK, derived by us (`~`), or
//! heard in the recording. What is not known is said or left out, never zero.

use super::call::{Call, Times};
use super::rows::Row;
use super::sheet::Sheet;
use super::theme::Theme;
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::LogIx;
use crate::output::Report;
use crate::output::summary::{happened, models, plural, records, tokens};
use crate::output::time::{date, length, offset};
use crate::session::{CallError, Measure, Session, ToolCall, ToolStatus, Turn};
use ratatui::text::Line;

/// A session and everything that facts are read from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts<'f> {
    pub(super) report: &'f Report<'f>,
    pub(super) session: &'f Session,
}

impl Facts<'_> {
    /// The text for a row.
    pub(super) fn row(self, call: &Call, theme: Theme, width: u16) -> Vec<Line<'static>> {
        let mut sheet = Sheet::new(theme, width);
        let times = call.times(self.report.store, self.session, call.selected());
        let turn = super::rows::turn_of(call.selected());
        let turn = turn.and_then(|turn| self.session.turns.get(turn as usize));
        match call.selected() {
            Row::Session => self.of_session(&mut sheet),
            Row::Fault(at) => {
                if let Some(error) = self.session.errors.get(at as usize) {
                    of_error(&mut sheet, error, times);
                }
            }
            Row::Handoff { at, .. } => self.of_handoff(&mut sheet, at, times),
            Row::Turn(_) => {
                if let Some(turn) = turn {
                    of_turn(&mut sheet, call, turn, times);
                }
            }
            Row::Tool { at, .. } => {
                if let Some(tool) = turn.and_then(|turn| turn.tools.get(at as usize)) {
                    of_tool(&mut sheet, tool, times);
                }
            }
            Row::Error { at, .. } => {
                if let Some(error) = turn.and_then(|turn| turn.errors.get(at as usize)) {
                    of_error(&mut sheet, error, times);
                }
            }
            Row::Outside => of_outside(&mut sheet, call),
            Row::Span { .. } => {}
        }
        if let Some(span) = call.span_of(self.session, call.selected()) {
            super::records::span(&mut sheet, self.report, call, span);
        }
        sheet.finish()
    }

    /// The text for a log record.
    pub(super) fn log(
        self,
        call: &Call,
        theme: Theme,
        width: u16,
        log: LogIx,
    ) -> Vec<Line<'static>> {
        let mut sheet = Sheet::new(theme, width);
        super::records::log(&mut sheet, self.report, call, log);
        sheet.finish()
    }

    fn of_session(self, sheet: &mut Sheet) {
        let session = self.session;
        if !session.id.is_empty() {
            sheet.fact("session", &session.id);
            let mut words = vec![session.framework.as_str()];
            words.extend(session.dialects.iter().map(String::as_str));
            sheet.fact("framework", &words.join(", "));
            list(sheet, "agents", &session.agents);
            sheet
                .fact("start", &session.start.and_then(date).unwrap_or_else(|| "not known".into()));
            sheet.maybe("lasted", session.duration_ms().map(length).as_deref());
            let (words, complete) = crate::output::summary::ending(session);
            let theme = sheet.theme();
            sheet.styled("end", &words, if complete { theme.plain() } else { theme.warn() });
            let words: Vec<String> = happened(&session.counts()).into_iter().map(|w| w.0).collect();
            sheet.fact("happened", &words.join(", "));
        }
        sheet.fact("records", &records(&session.counts()).join(", "));
        sheet.maybe("used", tokens(&session.usage).as_deref());
        list(sheet, "models", &models(session));
        for audio in &session.audio {
            let facts = [
                audio.codec.clone(),
                audio.sample_rate.map(|rate| format!("{rate} Hz")),
                audio.channels.map(|n| plural(n as usize, "channel")),
                audio.duration_ms.map(length),
                session.ms(audio.start).map(|ms| format!("starts at {}", offset(ms))),
            ];
            let facts: Vec<String> = facts.into_iter().flatten().collect();
            sheet.fact("recording", &format!("{} {}", audio.name, facts.join(", ")));
        }
        let skipped = self.report.sources.iter().map(|source| source.skipped.len()).sum::<usize>();
        for source in self.report.sources {
            sheet.fact("read from", &source.path);
        }
        if skipped > 0 {
            sheet.fact("skipped", &format!("{} of the input", plural(skipped, "part")));
        }
        notes(sheet, "Notes on this session", session.diagnostics.iter());
        notes(sheet, "Notes on the input", self.report.diagnostics.iter().copied());
        if !session.ids.is_empty() || !session.trace_ids.is_empty() {
            sheet.heading("Ids");
            for (key, id) in &session.ids {
                sheet.fact(key, id);
            }
            for id in &session.trace_ids {
                sheet.fact("trace", id);
            }
        }
    }

    fn of_handoff(self, sheet: &mut Sheet, at: u32, times: Times) {
        let Some(handoff) = self.session.handoffs.get(at as usize) else { return };
        sheet.fact("handoff", "another agent leads from here on");
        sheet.fact("from", handoff.from.as_deref().unwrap_or("not known"));
        sheet.fact("to", handoff.to.as_deref().unwrap_or("not known"));
        when(sheet, times);
    }
}

fn of_turn(sheet: &mut Sheet, call: &Call, turn: &Turn, times: Times) {
    let theme = sheet.theme();
    let words = turn.text.as_deref();
    match words {
        Some(text) => sheet.styled(turn.role.as_str(), text, theme.role(turn.role)),
        None => sheet.styled(
            turn.role.as_str(),
            crate::output::summary::nothing_said(turn),
            theme.dim(),
        ),
    }
    if turn.generated_text != turn.text {
        sheet.maybe("generated", turn.generated_text.as_deref());
    }
    if turn.interrupted == Some(true) {
        sheet.styled("interrupted", "yes: cut off", theme.warn());
    }
    measures(sheet, turn);
    when(sheet, times);
    sheet.maybe("spoken by", turn.agent.as_deref());
    sheet.maybe("answers", turn.reply_to.map(|number| format!("turn {number}")).as_deref());
    speech(sheet, call, turn);
    for tool in &turn.tools {
        let args = tool.arguments.as_deref().unwrap_or("(arguments not known)");
        let style = if tool.status == ToolStatus::Error { theme.bad() } else { theme.plain() };
        sheet.styled("tool", &format!("{} {} {args}", tool.name, tool.status.as_str()), style);
    }
    for error in &turn.errors {
        let style = if error.kind.is_recovered() { theme.warn() } else { theme.bad() };
        sheet.styled("error", &error_words(error), style);
    }
    list(sheet, "models", &turn.models);
    sheet.maybe("used", tokens(&turn.usage).as_deref());
    let held = [plural(turn.spans.len(), "span"), plural(turn.logs.len(), "log record")];
    sheet.fact("records", &held.join(", "));
    if turn.interrupted.is_none() {
        sheet.styled("interrupted", "not known", theme.dim());
    }
}

fn measures(sheet: &mut Sheet, turn: &Turn) {
    let latency = &turn.latency;
    for (label, measure) in [
        ("response", &latency.e2e),
        ("transcript", &latency.transcription),
        ("end of turn", &latency.eou),
        ("llm ttft", &latency.llm_ttft),
        ("tts ttfb", &latency.tts_ttfb),
    ] {
        sheet.maybe(label, provenance(measure).as_deref());
    }
}

/// All values of a measure with the way each is known.
fn provenance(measure: &Measure) -> Option<String> {
    let known = [
        measure.reported_ms.map(|ms| format!("{} reported", length(ms))),
        measure.derived_ms.map(|ms| format!("~{} derived", length(ms))),
        measure.heard_ms.map(|ms| format!("{} heard", length(ms))),
    ];
    let known: Vec<String> = known.into_iter().flatten().collect();
    (!known.is_empty()).then(|| known.join(", "))
}

fn speech(sheet: &mut Sheet, call: &Call, turn: &Turn) {
    const MOST: usize = 12;
    let end = |at: Option<f64>| at.map_or_else(|| "?".into(), offset);
    let mut words: Vec<String> = turn
        .speech
        .iter()
        .take(MOST)
        .map(|s| format!("{} to {}", end(call.ms(s.start)), end(call.ms(s.end))))
        .collect();
    if turn.speech.len() > MOST {
        words.push(format!("{} more", turn.speech.len() - MOST));
    }
    if !words.is_empty() {
        sheet.fact("spoke", &words.join(", "));
    }
}

fn of_tool(sheet: &mut Sheet, tool: &ToolCall, times: Times) {
    let theme = sheet.theme();
    let style = match tool.status {
        ToolStatus::Error => theme.bad(),
        ToolStatus::Unfinished => theme.warn(),
        ToolStatus::Ok | ToolStatus::Unknown => theme.plain(),
    };
    sheet.styled("tool", &tool.name, theme.bold());
    sheet.styled("status", tool.status.as_str(), style);
    if let Some(error) = &tool.error {
        sheet.styled("error", error, theme.bad());
    }
    sheet.fact("arguments", tool.arguments.as_deref().unwrap_or("not known"));
    sheet.fact(
        "output",
        match tool.output.as_deref() {
            Some("") => "(empty)",
            Some(output) => output,
            None => "not known",
        },
    );
    when(sheet, times);
    sheet.maybe("call id", tool.call_id.as_deref());
}

fn of_error(sheet: &mut Sheet, error: &CallError, times: Times) {
    let theme = sheet.theme();
    let style = if error.kind.is_recovered() { theme.warn() } else { theme.bad() };
    sheet.styled("error", error.message.as_deref().unwrap_or("(no message)"), style);
    let kind = match error.kind.is_recovered() {
        true => format!("{} (nobody noticed)", error.kind.as_str()),
        false => error.kind.as_str().to_owned(),
    };
    sheet.fact("kind", &kind);
    sheet.maybe("type", error.error_type.as_deref());
    sheet.maybe("in", error.source.as_deref());
    when(sheet, times);
}

/// An error in one line.
pub(super) fn error_words(error: &CallError) -> String {
    let parts = [
        error.source.as_deref(),
        error.kind.is_recovered().then_some("recovered"),
        error.error_type.as_deref(),
        error.message.as_deref(),
    ];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    if parts.is_empty() { error.kind.as_str().to_owned() } else { parts.join(": ") }
}

fn of_outside(sheet: &mut Sheet, call: &Call) {
    sheet.fact("outside", "spans that belong to no turn: setup, shutdown, evaluation");
    let held = [plural(call.outside.len(), "span"), plural(call.outside_logs.len(), "log record")];
    sheet.fact("records", &held.join(", "));
}

/// Start, end and length, as far as they are known.
pub(super) fn when(sheet: &mut Sheet, times: Times) {
    let words = match (times.start, times.end) {
        (None, None) => "not known".to_owned(),
        (Some(start), None) => format!("from {}, end not known", offset(start)),
        (None, Some(end)) => format!("to {}, start not known", offset(end)),
        (Some(start), Some(end)) if end == start => format!("at {}", offset(start)),
        (Some(start), Some(end)) => {
            format!("{} to {} ({})", offset(start), offset(end), length(end - start))
        }
    };
    sheet.fact("when", &words);
}

fn list<T: AsRef<str>>(sheet: &mut Sheet, label: &str, names: &[T]) {
    if !names.is_empty() {
        let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
        sheet.fact(label, &names.join(", "));
    }
}

fn notes<'d>(sheet: &mut Sheet, title: &str, list: impl Iterator<Item = &'d Diagnostic>) {
    for (at, note) in list.enumerate() {
        if at == 0 {
            sheet.heading(title);
        }
        let theme = sheet.theme();
        let style = match note.severity {
            Severity::Info => theme.plain(),
            Severity::Warning => theme.warn(),
            Severity::Error => theme.bad(),
        };
        let parts = [note.place.as_deref(), Some(&note.message), note.hint.as_deref()];
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        sheet.styled(note.severity.as_str(), &parts.join(": "), style);
    }
}

//! What was found in a part.

use crate::diagnostic::Diagnostics;

/// What kind of records a part holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PartKind {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Metric points.
    Metrics,
    /// The conversation as its framework keeps it.
    ChatHistory,
    /// A framework's report about a whole session.
    SessionReport,
    /// Metrics of single turns in a framework's own shape.
    TurnMetrics,
    /// Facts about a recording upload.
    Header,
    /// Events of a realtime API.
    EventLog,
    /// A recording.
    Audio,
}

impl PartKind {
    /// The word used in every output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
            Self::ChatHistory => "chat-history",
            Self::SessionReport => "session-report",
            Self::TurnMetrics => "turn-metrics",
            Self::Header => "header",
            Self::EventLog => "event-log",
            Self::Audio => "audio",
        }
    }
}

/// Records of one kind and format found in a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Kind.
    pub kind: PartKind,
    /// Format: `otlp-json`, `otlp-proto`, `livekit-chat-history` …
    pub format: &'static str,
    /// Number of records that were read.
    pub records: usize,
}

impl Found {
    /// Spans of a format.
    pub(super) fn traces(format: &'static str, records: usize) -> Self {
        Self { kind: PartKind::Traces, format, records }
    }

    /// One entry for each signal that has records: spans, log records, points.
    pub(super) fn otlp(format: &'static str, counts: (usize, usize, usize)) -> Vec<Self> {
        let kinds = [
            (PartKind::Traces, counts.0),
            (PartKind::Logs, counts.1),
            (PartKind::Metrics, counts.2),
        ];
        kinds
            .into_iter()
            .filter(|(_, records)| *records > 0)
            .map(|(kind, records)| Self { kind, format, records })
            .collect()
    }
}

/// What became of a part.
#[derive(Clone, Debug, Default)]
pub struct PartReport {
    /// What was read, one entry a kind and format.
    pub found: Vec<Found>,
    /// Why nothing was read.
    pub skipped: Option<String>,
    /// JSON values and lines that gave no record.
    pub idle: usize,
    /// What a reader should know.
    pub diagnostics: Diagnostics,
}

impl PartReport {
    /// Adds records to the entry of their kind and format.
    pub fn add(&mut self, found: Found) {
        add(&mut self.found, found);
    }
}

/// Adds records to the entry of their kind and format in a list.
pub(super) fn add(list: &mut Vec<Found>, found: Found) {
    match list.iter_mut().find(|f| f.kind == found.kind && f.format == found.format) {
        Some(known) => known.records += found.records,
        None => list.push(found),
    }
}

//! Spans of a turn as readers need them: times where they can be trusted,
//! durations, providers.

use crate::dialect::videosdk::{Clock, text};
use crate::model::{Nanos, SpanView};
use crate::session::assemble::Case;

/// A span's times, as far as they are known.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    pub start: Option<Nanos>,
    pub end: Option<Nanos>,
}

/// Reads times of stages.
#[derive(Clone, Copy, Debug)]
pub(super) struct TimeReader {
    pub clock: Option<Clock>,
    /// Spans carry the time of writing (SDK 0.0.x): only a reading of the
    /// host's clock tells when they were.
    pub stamped: bool,
}

impl TimeReader {
    pub(super) fn of(self, view: &SpanView<'_>) -> Times {
        if !self.stamped {
            let start = view.row.start.known();
            // An end before the start: the start was not known and is that of
            // the export.
            let backwards = view.duration_ms().is_some_and(|ms| ms < 0.0);
            let start = if backwards { view.row.end.known() } else { start };
            return Times { start, end: view.row.end.known() };
        }
        let reading = |key: &str| self.clock?.at(view.number(key)?);
        let start = reading("start_timestamp");
        let end = reading("end_timestamp").or_else(|| Some(start?.plus_ms(length_ms(view)?)));
        Times { start, end }
    }
}

/// A span's length; 0 where it ends before it starts.
pub(super) fn length_ms(view: &SpanView<'_>) -> Option<f64> {
    view.duration_ms().map(|ms| ms.max(0.0))
}

/// Whether the stage is known to have ended: spans of open stages end when
/// they are written.
pub(super) fn has_ended(view: &SpanView<'_>) -> bool {
    view.number("end_timestamp").is_some() || view.number("duration_ms").is_some()
}

/// The first text of some spans under one of the keys.
pub(super) fn first_text(
    case: &Case<'_>,
    spans: impl Iterator<Item = usize>,
    keys: &[&str],
) -> Option<String> {
    let mut views = spans.filter_map(|at| case.view(at));
    views.find_map(|view| keys.iter().find_map(|key| text(&view, key)).map(str::to_owned))
}

/// Distinct texts of some spans under a key, joined with a blank.
pub(super) fn joined_texts(
    case: &Case<'_>,
    spans: impl Iterator<Item = usize>,
    keys: &[&str],
) -> Option<String> {
    let views = spans.filter_map(|at| case.view(at));
    let texts: Vec<&str> =
        views.filter_map(|view| keys.iter().find_map(|key| text(&view, key))).collect();
    match texts.as_slice() {
        [] => None,
        [only] => Some((*only).to_owned()),
        many => Some(many.iter().map(|text| text.trim()).collect::<Vec<_>>().join(" ")),
    }
}

/// Models of some spans in order of first use.
pub(super) fn models(case: &Case<'_>, spans: impl Iterator<Item = usize>) -> Vec<String> {
    let mut models: Vec<String> = Vec::new();
    for view in spans.filter_map(|at| case.view(at)) {
        if let Some(model) = text(&view, "model_name")
            && !models.iter().any(|known| known == model)
        {
            models.push(model.to_owned());
        }
    }
    models
}

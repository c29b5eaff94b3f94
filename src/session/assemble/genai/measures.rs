//! Numbers on spans, with the unit that each key has.

use crate::dialect::{Moment, Words};
use crate::model::{Nanos, SpanView};
use crate::session::assemble::Case;

/// Milliseconds from a span's start to its first output, as the span tells it.
pub(super) fn first_output_ms(case: &Case<'_>, at: usize) -> Option<f64> {
    let view = case.view(at)?;
    let own = case.words(at).first_output.iter();
    own.chain(Words::COMMON.first_output).find_map(|(key, moment)| match moment {
        Moment::Seconds => view.number(key).map(|seconds| seconds * 1e3),
        Moment::Millis => view.number(key),
        Moment::Iso => Some(iso(view.text(key)?)?.ms_since(view.row.start.known()?)),
    })
}

/// A key whose value is in seconds, in milliseconds.
pub(super) fn seconds_as_ms(view: &SpanView<'_>, key: &str) -> Option<f64> {
    view.number(key).map(|seconds| seconds * 1e3)
}

/// ISO 8601, with or without the quotes of JSON.
fn iso(text: &str) -> Option<Nanos> {
    let time: jiff::Timestamp = text.trim().trim_matches('"').parse().ok()?;
    u64::try_from(time.as_nanosecond()).ok().map(Nanos)
}

/// The model that answered, else the one that was asked.
pub(super) fn model(case: &Case<'_>, at: usize) -> Option<String> {
    let view = case.view(at)?;
    let own = case.words(at).model.iter();
    let name = own
        .chain(Words::COMMON.model)
        .filter_map(|key| view.text(key))
        // Pipecat writes the word where it does not know.
        .find(|name| *name != "unknown")?;
    Some(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::iso;
    use crate::model::Nanos;

    #[test]
    fn times_in_quotes() {
        let time = Some(Nanos(1_795_241_898_504_525_000));
        assert_eq!(iso("\"2026-11-21T06:18:18.504525Z\""), time);
        assert_eq!(iso("2026-11-21T06:18:18.504525+00:00"), time);
        assert_eq!(iso("soon"), None);
    }
}

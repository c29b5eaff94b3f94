//! Short words on a turn or a session that text and Markdown share.

use super::time::length;
use crate::diagnostic::Diagnostic;
use crate::model::PointValue;
use crate::session::{Counts, Measure, Role, Session, Turn, Usage};
use std::collections::BTreeMap;

/// The part of a reply that nobody heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unheard<'a> {
    /// What the model wrote goes on like this.
    Rest(&'a str),
    /// What the model wrote is another text.
    Other(&'a str),
}

impl<'a> Unheard<'a> {
    pub(crate) fn of(turn: &'a Turn) -> Option<Self> {
        let generated = turn.generated_text.as_deref()?;
        let Some(text) = turn.text.as_deref() else { return Some(Self::Other(generated)) };
        match generated.strip_prefix(text.trim_end()) {
            Some(rest) if rest.trim().is_empty() => None,
            Some(rest) => Some(Self::Rest(rest.trim_start())),
            None => Some(Self::Other(generated)),
        }
    }
}

/// What stands for a text that is not there.
pub(crate) fn nothing_said(turn: &Turn) -> &'static str {
    match (&turn.text, turn.role) {
        (Some(_), _) => "(empty)",
        (None, Role::Agent) if !turn.tools.is_empty() => "(no words)",
        (None, _) => "(no transcript)",
    }
}

/// A value with its provenance: reported plain, derived with `~`, measured in
/// the recording as `heard`.
pub(crate) fn measure(measure: &Measure) -> Option<String> {
    let heard = measure.heard_ms.map(|ms| format!("heard {}", length(ms)));
    let told =
        measure.reported_ms.map(length).or(measure.derived_ms.map(|ms| format!("~{}", length(ms))));
    match (told, heard) {
        (Some(told), Some(heard)) => Some(format!("{told} ({heard})")),
        (told, heard) => told.or(heard),
    }
}

/// The names of a turn's measures and their values, in the order of events.
pub(crate) fn measures(turn: &Turn) -> [(&'static str, &Measure); 5] {
    let latency = &turn.latency;
    [
        ("e2e", &latency.e2e),
        ("transcript", &latency.transcription),
        ("eou", &latency.eou),
        ("llm", &latency.llm_ttft),
        ("tts", &latency.tts_ttfb),
    ]
}

/// Latencies of a turn as words. Those of a user turn are left to the reply,
/// which repeats them beside its own.
pub(crate) fn latencies(session: &Session, turn: &Turn) -> Vec<String> {
    let answers = |t: &Turn| t.reply_to == Some(turn.number) && !t.latency.eou.is_unknown();
    // Turn `n` is at position `n - 1`; its answer is not far behind.
    let mut near = session.turns.iter().skip(turn.number as usize).take(8);
    if turn.role == Role::User && near.any(answers) {
        return Vec::new();
    }
    let words = measures(turn).map(|(name, value)| Some(format!("{name} {}", measure(value)?)));
    words.into_iter().flatten().collect()
}

/// Tokens as words: `tokens 1 203 in (400 cached), 9 out`.
pub(crate) fn tokens(usage: &Usage) -> Option<String> {
    let side = |total: Option<u64>, what: &str, parts: [(Option<u64>, &str); 2]| {
        let parts =
            parts.into_iter().filter_map(|(n, name)| Some(format!("{} {name}", thousands(n?))));
        let parts = parts.collect::<Vec<_>>().join(", ");
        match (total, parts.is_empty()) {
            (None, true) => None,
            (Some(total), true) => Some(format!("{} {what}", thousands(total))),
            (Some(total), false) => Some(format!("{} {what} ({parts})", thousands(total))),
            (None, false) => Some(format!("? {what} ({parts})")),
        }
    };
    let cached = (usage.cached_input_tokens, "cached");
    let taken = side(usage.input_tokens, "in", [cached, (usage.input_audio_tokens, "audio")]);
    let given =
        side(usage.output_tokens, "out", [(usage.output_audio_tokens, "audio"), (None, "")]);
    let words: Vec<String> = taken.into_iter().chain(given).collect();
    (!words.is_empty()).then(|| format!("tokens {}", words.join(", ")))
}

/// A number with thin groups: `1 203 400`.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

/// `1 turn`, `3 turns`.
pub(crate) fn plural(count: usize, one: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {one}{s}", thousands(count as u64))
}

/// What happened in a session, as words; the second of each is whether it is
/// a fault.
pub(crate) fn happened(counts: &Counts) -> Vec<(String, bool)> {
    let mut words = vec![(
        format!(
            "{} ({} user, {} agent)",
            plural(counts.turns, "turn"),
            counts.user_turns,
            counts.agent_turns
        ),
        false,
    )];
    words.push((plural(counts.tool_calls, "tool call"), false));
    let mut if_any = |count: usize, word: String, fault| {
        if count > 0 {
            words.push((word, fault));
        }
    };
    if_any(counts.tool_errors, plural(counts.tool_errors, "tool error"), true);
    if_any(counts.interruptions, plural(counts.interruptions, "interruption"), false);
    if_any(counts.handoffs, plural(counts.handoffs, "handoff"), false);
    words.push((plural(counts.errors, "error"), counts.errors > 0));
    words
}

/// How many records a session has, as words.
pub(crate) fn records(counts: &Counts) -> Vec<String> {
    let mut words = vec![plural(counts.spans, "span"), plural(counts.logs, "log record")];
    words.push(plural(counts.metric_points, "metric point"));
    words
}

/// How a session ended, as words.
pub(crate) fn ending(session: &Session) -> (String, bool) {
    match (session.complete, session.close_reason.as_deref()) {
        (true, Some(reason)) => (format!("complete ({reason})"), true),
        (true, None) => ("complete".into(), true),
        (false, Some(reason)) => (format!("incomplete ({reason})"), false),
        (false, None) => ("incomplete: its end is not in the data".into(), false),
    }
}

/// Notes of which many may say the same: of each code the first ones, and how
/// many more there are.
#[derive(Debug, Default)]
pub(crate) struct Notes<'a> {
    pub(crate) kept: Vec<&'a Diagnostic>,
    pub(crate) more: Vec<(&'a str, usize)>,
}

/// How many notes of one code are shown where not all are asked for.
const NOTES_PER_CODE: usize = 3;

/// What is shown of a list of diagnostics.
pub(crate) fn notes(list: &[Diagnostic], all: bool) -> Notes<'_> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut notes = Notes::default();
    for diagnostic in list {
        let count = seen.entry(&diagnostic.code).or_insert(0);
        *count += 1;
        if all || *count <= NOTES_PER_CODE {
            notes.kept.push(diagnostic);
        }
    }
    if !all {
        let more = seen.into_iter().filter(|(_, count)| *count > NOTES_PER_CODE);
        notes.more = more.map(|(code, count)| (code, count - NOTES_PER_CODE)).collect();
    }
    notes
}

/// Models of a session in order of first use.
pub(crate) fn models(session: &Session) -> Vec<&str> {
    let mut models = Vec::new();
    for model in session.turns.iter().flat_map(|turn| &turn.models) {
        if !models.contains(&model.as_str()) {
            models.push(model.as_str());
        }
    }
    models
}

/// The value of a metric point as words.
pub(crate) fn point(value: &PointValue) -> String {
    let spread = |count: &u64, sum: &Option<f64>, min: &Option<f64>, max: &Option<f64>| {
        let mut words = format!("count {count}");
        for (name, number) in [("sum", sum), ("min", min), ("max", max)] {
            if let Some(number) = number {
                words.push_str(&format!(" {name} {}", short(*number)));
            }
        }
        words
    };
    match value {
        PointValue::None => "no value".into(),
        PointValue::Int(number) => number.to_string(),
        PointValue::Double(number) => short(*number),
        PointValue::Histogram { count, sum, min, max, .. }
        | PointValue::Exponential { count, sum, min, max, .. } => spread(count, sum, min, max),
        PointValue::Summary { count, sum, quantiles } => {
            let mut words = format!("count {count} sum {}", short(*sum));
            for q in quantiles {
                words.push_str(&format!(" p{} {}", short(q.quantile * 100.0), short(q.value)));
            }
            words
        }
    }
}

/// A number with at most four decimals where that keeps what it says.
fn short(number: f64) -> String {
    let size = number.abs();
    if !(1e-2..1e15).contains(&size) {
        return number.to_string();
    }
    let text = format!("{number:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Unheard, measure, short, thousands, tokens};
    use crate::session::{Measure, Role, Turn, Usage};

    #[test]
    fn the_unheard_part_is_what_follows() {
        let mut turn = Turn::new(Role::Agent);
        let mut unheard = |text: &str, generated: &str| {
            turn.text = Some(text.into());
            turn.generated_text = Some(generated.into());
            match Unheard::of(&turn) {
                Some(Unheard::Rest(rest)) => format!("rest {rest}"),
                Some(Unheard::Other(other)) => format!("other {other}"),
                None => "none".into(),
            }
        };
        assert_eq!(unheard("We open at", "We open at eight."), "rest eight.");
        assert_eq!(unheard("We open ", "We open"), "none");
        assert_eq!(unheard("we open", "We open at eight."), "other We open at eight.");
    }

    #[test]
    fn provenance_is_told() {
        let mut value = Measure { derived_ms: Some(1_031.2), ..Measure::default() };
        assert_eq!(measure(&value).as_deref(), Some("~1.03 s"));
        value.heard_ms = Some(900.0);
        assert_eq!(measure(&value).as_deref(), Some("~1.03 s (heard 900 ms)"));
        value.reported_ms = Some(1_020.0);
        assert_eq!(measure(&value).as_deref(), Some("1.02 s (heard 900 ms)"));
        assert_eq!(measure(&Measure::default()), None);
    }

    #[test]
    fn tokens_say_what_is_known() {
        let mut usage = Usage::default();
        assert_eq!(tokens(&usage), None);
        usage.output_tokens = Some(185);
        usage.output_audio_tokens = Some(107);
        usage.cached_input_tokens = Some(1_024);
        assert_eq!(
            tokens(&usage).as_deref(),
            Some("tokens ? in (1 024 cached), 185 out (107 audio)")
        );
    }

    #[test]
    fn numbers_are_short() {
        let shown = [5.336_252_991, 7.0, 0.000_012_345, 0.0, 110.0, f64::NAN].map(short);
        assert_eq!(shown.join(" "), "5.3363 7 0.000012345 0 110 NaN");
    }

    #[test]
    fn groups() {
        assert_eq!([7, 999, 1_000, 1_203_400].map(thousands).join("|"), "7|999|1 000|1 203 400");
    }
}

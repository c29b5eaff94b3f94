//! The user's half as spans tell it: speech, and what was understood of it.

use super::content;
use super::measures::first_output_ms;
use crate::model::Nanos;
use crate::session::assemble::Case;
use crate::session::{Interval, Op};

/// One stretch of listening.
#[derive(Clone, Debug, Default)]
pub(super) struct Ear {
    /// Its span, unless an event told of it.
    pub at: Option<usize>,
    /// What was understood.
    pub text: Option<String>,
    pub start: Option<Nanos>,
    /// When it was understood.
    pub end: Option<Nanos>,
    /// The span goes on after the user has finished: cut off by something else,
    /// or as long as the turn.
    pub open: bool,
    /// When the user spoke, where that is known.
    pub speech: Option<Interval>,
    /// When the user's speech ended, where that is known.
    pub fell_silent: Option<Nanos>,
    /// From the end of speech to the transcript, as reported.
    pub transcription_ms: Option<f64>,
}

impl Ear {
    /// Whether this is evidence that the user said something. Listening alone
    /// is none.
    pub(super) fn heard_somebody(&self) -> bool {
        self.text.is_some() || self.speech.is_some() || self.at.is_none()
    }
}

/// Whether a span listens to the user.
pub(super) fn listens(case: &Case<'_>, at: usize) -> bool {
    matches!(case.op(at), Op::Stt | Op::Speech)
}

/// Reads a span that listens.
pub(super) fn read(case: &Case<'_>, at: usize) -> Option<Ear> {
    let view = case.view(at)?;
    let text = content::transcript(&view, case.words(at));
    let (start, end) = (view.row.start.known(), view.row.end.known());
    let mut ear = Ear { at: Some(at), text, start, end, ..Ear::default() };
    ear.open = view.attr("stt.incomplete").and_then(|flag| flag.as_bool()) == Some(true)
        || view.text("openinference.span.kind") == Some("USER");
    if case.op(at) == Op::Speech {
        ear.speech = Some(Interval { start, end });
        ear.fell_silent = end;
    }
    // Pipecat counts from the end of speech to the final transcript, where its
    // span ends; a span that was cut short counts nothing.
    let whole = view.attr("is_final").and_then(|flag| flag.as_bool()) == Some(true);
    if case.dialect(at).is_some_and(|dialect| dialect.name == "pipecat") && whole {
        ear.transcription_ms = first_output_ms(case, at);
        ear.fell_silent = end.zip(ear.transcription_ms).map(|(end, ms)| end.plus_ms(-ms));
    }
    Some(ear)
}

/// Utterances of which only an event tells, without their text: Foundry's
/// session span.
pub(super) fn from_events(case: &Case<'_>) -> Vec<Ear> {
    case.views()
        .filter(|(at, _)| case.op(*at) == Op::Session)
        .flat_map(|(_, view)| view.events())
        .filter(|event| case.store.str(event.name) == "voice_agents.transcription.completed")
        .map(|event| Ear { end: event.time.known(), ..Ear::default() })
        .collect()
}

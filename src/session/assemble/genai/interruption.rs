//! Whether a reply was cut off. Flags are believed where the captures bear
//! them out; where a convention says nothing, nothing is known.

use super::exchange::Exchange;
use crate::model::{List, Nanos, StrId};
use crate::session::assemble::Case;
use crate::session::{Framework, Op};

/// Flags on the span that covers a turn.
const TURN_FLAGS: &[&str] = &["turn.was_interrupted", "conversation.was_interrupted"];

/// Words for a turn's end, and whether they mean that it was cut off.
const END_REASONS: &[(&str, bool)] =
    &[("interrupted", true), ("complete", false), ("completed", false), ("session_closed", false)];
const END_REASON_KEYS: &[&str] =
    &["end_reason", "gen_ai.agent.invocation.end_reason", "gen_ai.conversation.turn.end_reason"];

/// Keys of spans inside the reply that say it was cut off. That they do not say
/// so proves nothing.
const CUT_FLAGS: &[&str] = &["tts.interrupted", "az.ai.voice_agents.cancelled"];
const CUT_WORDS: &[&str] = &[
    "response.status",
    "llm.finish_reason",
    "gen_ai.response.finish_reasons",
    "az.ai.voice_agents.response.status",
];

/// Keys whose presence means that a cut would have been told.
const TELLING: &[&str] = &["az.ai.voice_agents.response.status"];

/// The signs of interruption that a session has at all.
pub(super) struct Signs {
    turn_flags: Vec<StrId>,
    end_reasons: Vec<StrId>,
    cut_flags: Vec<StrId>,
    cut_words: Vec<StrId>,
    telling: Vec<StrId>,
    barge_ins: Option<Vec<usize>>,
}

impl Signs {
    /// Finds the signs. `owner` gives the exchange of each span.
    pub(super) fn of(case: &Case<'_>, owner: &[Option<usize>]) -> Self {
        let ids = |keys: &[&str]| keys.iter().filter_map(|key| case.store.find_str(key)).collect();
        Self {
            turn_flags: ids(TURN_FLAGS),
            end_reasons: ids(END_REASON_KEYS),
            cut_flags: ids(CUT_FLAGS),
            cut_words: ids(CUT_WORDS),
            telling: ids(TELLING),
            barge_ins: barge_ins(case, owner),
        }
    }

    /// Whether the reply of an exchange was cut off; `None` where the data
    /// cannot tell.
    pub(super) fn interrupted(
        &self,
        case: &Case<'_>,
        exchange: &Exchange,
        place: Place,
    ) -> Option<bool> {
        let barged_in = self.barge_ins.as_ref().map(|cuts| cuts.contains(&place.number));
        let members = || exchange.members.iter().filter_map(|at| Some(case.view(*at)?.attrs()));
        if barged_in == Some(true) || members().any(|attrs| self.was_cut(attrs)) {
            return Some(true);
        }
        let covering = exchange.covering.and_then(|at| case.view(at));
        if let Some(flag) = covering.and_then(|view| flag(view.attrs(), &self.turn_flags)) {
            // Pipecat sets the flag on the turn in which the pipeline ended.
            let ended = place.is_last && case.framework == Framework::Pipecat;
            return Some(flag && !ended);
        }
        members()
            .find_map(|attrs| self.end_reason(attrs))
            .or_else(|| members().any(|attrs| self.tells(attrs)).then_some(false))
            .or(barged_in)
    }

    fn was_cut(&self, attrs: List<'_>) -> bool {
        flag(attrs, &self.cut_flags) == Some(true)
            || self.cut_words.iter().filter_map(|key| attrs.get_id(*key)).any(|value| {
                let is_cancel = |text: &str| text.contains("cancelled");
                match value.as_list() {
                    Some(list) => list.iter().any(|(_, item)| item.as_str().is_some_and(is_cancel)),
                    None => value.as_str().is_some_and(is_cancel),
                }
            })
    }

    fn tells(&self, attrs: List<'_>) -> bool {
        self.telling.iter().any(|key| attrs.get_id(*key).is_some())
    }

    fn end_reason(&self, attrs: List<'_>) -> Option<bool> {
        let reason = self.end_reasons.iter().find_map(|key| attrs.get_id(*key)?.as_str())?;
        END_REASONS.iter().find(|(word, _)| *word == reason).map(|(_, cut)| *cut)
    }
}

/// Where an exchange stands in its session.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub number: usize,
    pub is_last: bool,
}

fn flag(attrs: List<'_>, keys: &[StrId]) -> Option<bool> {
    keys.iter().find_map(|key| attrs.get_id(*key)?.as_bool())
}

/// Strands tells of each barge-in by an event of the session's span; the reply
/// it cut is the last one that had begun. `None` where nobody would tell.
fn barge_ins(case: &Case<'_>, owner: &[Option<usize>]) -> Option<Vec<usize>> {
    let (_, session) = case.views().find(|(at, view)| {
        case.op(*at) == Op::Session && view.text("gen_ai.operation.name") == Some("bidi_session")
    })?;
    let mut starts: Vec<(Nanos, usize)> = case
        .views()
        .filter(|(at, _)| case.op(*at) == Op::Realtime)
        .filter_map(|(at, view)| Some((view.row.start.known()?, at)))
        .collect();
    starts.sort_unstable();
    let events = session.events().iter();
    let cuts = events.filter(|event| case.store.str(event.name) == "bidi_barge_in");
    let of_cut = |time: Nanos| {
        let after = starts.partition_point(|(start, _)| *start <= time);
        let (_, at) = starts.get(after.checked_sub(1)?)?;
        owner.get(*at).copied().flatten()
    };
    Some(cuts.filter_map(|event| of_cut(event.time)).collect())
}

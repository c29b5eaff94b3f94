//! From an exchange to the user's turn and the agent's.

use super::ears::Ear;
use super::exchange::Exchange;
use super::interruption::{Place, Signs};
use super::measures::{first_output_ms, model, seconds_as_ms};
use super::{content, naming};
use crate::model::{Nanos, SpanIx};
use crate::session::assemble::Case;
use crate::session::{Op, Role, Turn, Usage};
use hashbrown::{HashMap, HashSet};

/// Keys of a turn's span with the time from the user's last sound to the
/// agent's first.
const REPORTED_E2E: &[&str] =
    &["turn.user_bot_latency_seconds", "conversation.user_to_bot_latency"];

/// Keys of a turn's span with its true length, where the span itself is longer.
const TRUE_LENGTH: &[&str] = &["turn.duration_seconds", "conversation.turn_duration_seconds"];

/// The turns of an exchange, the user's first.
pub(super) struct Halves {
    pub user: Option<Turn>,
    pub agent: Option<Turn>,
}

impl Halves {
    /// The turn that a span belongs to.
    pub(super) fn of_span(&mut self, span: Option<SpanIx>) -> Option<&mut Turn> {
        let users = |turn: &&mut Turn| span.is_some_and(|span| turn.spans.contains(&span));
        let user = self.user.as_mut();
        match (user, self.agent.as_mut()) {
            (Some(user), None) => Some(user),
            (Some(user), Some(_)) if users(&user) => Some(user),
            (_, agent) => agent,
        }
    }
}

/// Makes the turns of an exchange. Tools and errors come later.
pub(super) fn halves(
    case: &Case<'_>,
    exchange: &Exchange,
    signs: &Signs,
    place: Place,
    usage: &[Usage],
) -> Halves {
    let user = user_turn(case, exchange, usage);
    let agent = agent_turn(case, exchange, signs, place, usage);
    Halves { user, agent }
}

fn user_turn(case: &Case<'_>, exchange: &Exchange, usage: &[Usage]) -> Option<Turn> {
    let mut heard: Vec<&Ear> = exchange.ears.iter().filter(|ear| ear.heard_somebody()).collect();
    if exchange.users.is_empty() && heard.is_empty() {
        return None;
    }
    if heard.is_empty() {
        // Words that a model was given were understood by whoever listened.
        heard = exchange.ears.iter().collect();
    }
    let mut turn = Turn::new(Role::User);
    turn.text = joined(exchange.users.iter().map(String::as_str))
        .or_else(|| joined(heard.iter().filter_map(|ear| ear.text.as_deref())));
    // A span of no length comes after the speech that it tells of.
    let starts = |ear: &&Ear| [ear.start.or(ear.end), ear.fell_silent].into_iter().flatten().min();
    turn.start = heard.iter().filter_map(starts).min();
    let ends = |ear: &&Ear| ear.fell_silent.or(ear.end.filter(|_| !ear.open));
    turn.end = heard.iter().filter_map(ends).max();
    // A typed message has no time of its own: it was there when the reply began.
    turn.start = turn.start.or_else(|| exchange.begins(case));
    turn.speech = heard.iter().filter_map(|ear| ear.speech).collect();
    turn.latency.transcription.reported_ms = heard.last().and_then(|ear| ear.transcription_ms);
    let members: Vec<usize> =
        exchange.members.iter().copied().filter(|at| is_users(case, exchange, *at)).collect();
    turn.models = models(case, members.iter().copied().filter(|at| case.op(*at) == Op::Stt));
    take_members(case, &mut turn, &members, usage);
    Some(turn)
}

/// Whether a span is part of the user's half: it listens, or is below one that
/// does. Listening that led to nothing stays with the agent's.
fn is_users(case: &Case<'_>, exchange: &Exchange, at: usize) -> bool {
    let nobody = exchange.users.is_empty() && !exchange.ears.iter().any(Ear::heard_somebody);
    !nobody
        && std::iter::once(at)
            .chain(case.ancestors(at))
            .any(|up| super::ears::listens(case, up) && exchange.members.binary_search(&up).is_ok())
}

fn agent_turn(
    case: &Case<'_>,
    exchange: &Exchange,
    signs: &Signs,
    place: Place,
    usage: &[Usage],
) -> Option<Turn> {
    let members: Vec<usize> =
        exchange.members.iter().copied().filter(|at| !is_users(case, exchange, *at)).collect();
    let acts = |at: &usize| {
        let run = case.op(*at) == Op::Turn && exchange.covering != Some(*at);
        run || matches!(case.op(*at), Op::Llm | Op::Realtime | Op::Tts | Op::Tool | Op::Handoff)
    };
    let acting: Vec<usize> = members.iter().copied().filter(acts).collect();
    if acting.is_empty() && exchange.answered.is_none() {
        return None;
    }
    let mut turn = Turn::new(Role::Agent);
    fill_times(case, exchange, &acting, &mut turn);
    fill_text(case, exchange, &members, &mut turn);
    turn.interrupted = signs.interrupted(case, exchange, place);
    if turn.interrupted == Some(true)
        && let Some(kept) = exchange.kept.clone()
        && turn.text.as_ref() != Some(&kept)
    {
        turn.generated_text = turn.text.replace(kept);
    }
    turn.agent = naming::speaker(case, exchange);
    fill_latency(case, exchange, &members, &mut turn);
    let calls = acting.iter().copied();
    turn.models = models(case, calls.filter(|at| matches!(case.op(*at), Op::Llm | Op::Realtime)));
    if turn.models.is_empty() && !exchange.steps.is_empty() {
        // Realtime sessions name their model once, above their responses.
        let above = exchange.units.iter().flat_map(|at| {
            let sessions = case.ancestors(*at).filter(|up| case.op(*up) == Op::Session);
            std::iter::once(*at).chain(sessions)
        });
        turn.models = models(case, above);
    }
    take_members(case, &mut turn, &members, usage);
    Some(turn)
}

fn fill_times(case: &Case<'_>, exchange: &Exchange, acting: &[usize], turn: &mut Turn) {
    let views = || acting.iter().filter_map(|at| case.view(*at));
    // A run that began by listening holds the user's half, too.
    let mut listened: HashSet<usize> = HashSet::new();
    for ear in exchange.ears.iter().filter_map(|ear| ear.at) {
        // What is above a span that was here before has been here, too.
        let _ = case.ancestors(ear).find(|up| !listened.insert(*up));
    }
    let replies =
        acting.iter().filter(|at| !listened.contains(*at)).filter_map(|at| case.view(*at));
    turn.start = replies.filter_map(|view| view.row.start.known()).min();
    turn.start = turn.start.or_else(|| views().filter_map(|view| view.row.start.known()).min());
    turn.end = views().filter_map(|view| view.row.end.known()).max();
    let Some(covering) = exchange.covering.and_then(|at| case.view(at)) else { return };
    turn.start = turn.start.or(covering.row.start.known());
    let length = TRUE_LENGTH.iter().find_map(|key| seconds_as_ms(&covering, key));
    let truly = length.and_then(|ms| Some(covering.row.start.known()?.plus_ms(ms)));
    let ended = truly.or(covering.row.end.known());
    turn.end = ended.max(turn.end.filter(|_| truly.is_none()));
}

/// What the steps said; what the run says it answered where the steps do not
/// know; what was given to synthesis where nobody else knows.
fn fill_text(case: &Case<'_>, exchange: &Exchange, members: &[usize], turn: &mut Turn) {
    let mut said: Vec<&str> = Vec::new();
    for text in exchange.steps.iter().filter_map(|step| step.said.as_deref()) {
        // Realtime bridges tell some answers twice.
        if said.last() != Some(&text.trim()) {
            said.push(text.trim());
        }
    }
    let steps = joined(said.iter().copied());
    let ends_so = |answer: &String| said.last().is_none_or(|last| answer.contains(last));
    let spoken = || {
        let voices = members.iter().filter(|at| is_voice(case, **at));
        let texts: Vec<String> =
            voices.filter_map(|at| content::spoken(&case.view(*at)?, case.words(*at))).collect();
        joined(texts.iter().map(String::as_str))
    };
    turn.text = match &exchange.answered {
        Some(answer) if steps.is_none() || !ends_so(answer) => Some(answer.clone()),
        _ => steps.or_else(spoken),
    };
}

/// A span of speech synthesis; groups of them repeat what is below.
fn is_voice(case: &Case<'_>, at: usize) -> bool {
    case.op(at) == Op::Tts && !case.is_below(at, &[Op::Tts])
}

fn fill_latency(case: &Case<'_>, exchange: &Exchange, members: &[usize], turn: &mut Turn) {
    let latency = &mut turn.latency;
    let speaking = exchange.steps.iter().rev().filter(|step| step.said.is_some());
    latency.llm_ttft.reported_ms =
        speaking.chain(&exchange.steps).find_map(|step| first_output_ms(case, step.at));
    let voice = members
        .iter()
        .filter(|at| case.op(**at) == Op::Tts)
        .find_map(|at| Some((case.view(*at)?.row.start.known()?, first_output_ms(case, *at)?)));
    latency.tts_ttfb.reported_ms = voice.map(|(_, ms)| ms);
    let heard = exchange.ears.iter().rev().find(|ear| ear.heard_somebody());
    latency.transcription.reported_ms = heard.and_then(|ear| ear.transcription_ms);
    let covering = exchange.covering.and_then(|at| case.view(at));
    latency.e2e.reported_ms =
        covering.and_then(|view| REPORTED_E2E.iter().find_map(|key| seconds_as_ms(&view, key)));
    let silent = heard.and_then(|ear| ear.fell_silent);
    latency.e2e.derived_ms = voice
        .map(|(start, ms)| start.plus_ms(ms))
        .zip(silent)
        .map(|(sounds, silent)| sounds.ms_since(silent));
}

fn models(case: &Case<'_>, calls: impl Iterator<Item = usize>) -> Vec<String> {
    let mut models: Vec<String> = Vec::new();
    for name in calls.filter_map(|at| model(case, at)) {
        if !models.contains(&name) {
            models.push(name);
        }
    }
    models
}

fn take_members(case: &Case<'_>, turn: &mut Turn, members: &[usize], usage: &[Usage]) {
    let spans: Vec<SpanIx> = members.iter().filter_map(|at| case.spans.get(*at)).copied().collect();
    turn.spans = spans;
    for usage in members.iter().filter_map(|at| usage.get(*at)) {
        turn.usage.add(usage);
    }
}

/// Texts of one turn, one blank between them.
fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let texts: Vec<&str> = texts.map(str::trim).filter(|text| !text.is_empty()).collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}

/// All turns, each agent's turn after the user's that it answers.
pub(super) fn in_order(halves: Vec<Halves>) -> Vec<Turn> {
    let begins = |turn: &Turn| turn.start.or(turn.end).unwrap_or(Nanos(u64::MAX));
    let mut turns: Vec<(Nanos, usize, Turn)> = Vec::new();
    for (exchange, half) in halves.into_iter().enumerate() {
        let asked = half.user.as_ref().map(begins);
        turns.extend(half.user.map(|turn| (begins(&turn), exchange, turn)));
        // A reply that was begun before the user had finished comes after.
        turns.extend(
            half.agent.map(|turn| (begins(&turn).max(asked.unwrap_or_default()), exchange, turn)),
        );
    }
    turns.sort_by_key(|(begins, exchange, turn)| (*begins, *exchange, turn.role));
    let mut asked: HashMap<usize, u32> = HashMap::new();
    let mut list = Vec::new();
    for ((_, exchange, mut turn), number) in turns.into_iter().zip(1u32..) {
        match turn.role {
            Role::User => {
                asked.insert(exchange, number);
            }
            Role::Agent => turn.reply_to = asked.get(&exchange).copied(),
        }
        list.push(turn);
    }
    list
}

//! An exchange in the making: what the SDK calls a turn, a user's half and the
//! agent's half, either of which may be missing.

use crate::model::Nanos;
use crate::session::{Interval, Role, Turn};

/// One half of an exchange: a turn by our words.
#[derive(Clone, Debug)]
pub(super) struct Half {
    pub turn: Turn,
    /// Positions of its spans.
    pub members: Vec<usize>,
    /// A moment inside or at the border of the turn, where neither start nor
    /// speech is known.
    pub known_at: Option<Nanos>,
    /// Position among the items of the history.
    pub item: Option<usize>,
    /// Whether a log record repeats what was said.
    pub logged: bool,
}

impl Half {
    pub(super) fn new(role: Role) -> Self {
        Self {
            turn: Turn::new(role),
            members: Vec::new(),
            known_at: None,
            item: None,
            logged: false,
        }
    }

    /// When it began to be heard, else when it began.
    pub(super) fn begins(&self) -> Option<Nanos> {
        let heard = self.turn.speech.iter().filter_map(|speech| speech.start).min();
        heard.or(self.turn.start).or(self.known_at)
    }

    /// End of the last audible stretch, else of the turn.
    pub(super) fn ends(&self) -> Option<Nanos> {
        let heard = self.turn.speech.iter().filter_map(|speech| speech.end).max();
        heard.or(self.turn.end).or(self.known_at)
    }

    /// How far a moment is from the nearer end of the half.
    pub(super) fn distance(&self, time: Nanos) -> Option<u64> {
        let ends = [self.begins(), self.ends(), self.turn.end];
        ends.into_iter().flatten().map(|end| end.0.abs_diff(time.0)).min()
    }

    /// The text without blanks around it; empty texts are none.
    pub(super) fn said(&self) -> Option<&str> {
        self.turn.text.as_deref().map(str::trim).filter(|text| !text.is_empty())
    }

    /// Adds an audible stretch.
    pub(super) fn add_speech(&mut self, start: Option<Nanos>, end: Option<Nanos>) {
        if start.is_some() || end.is_some() {
            let end = end.filter(|end| start.is_none_or(|start| start <= *end));
            self.turn.speech.push(Interval { start, end });
            self.turn.speech.sort();
        }
    }

    /// Takes a report about being cut off: once true, it stays so.
    pub(super) fn set_interrupted(&mut self, flag: bool) {
        self.turn.interrupted = Some(flag || self.turn.interrupted == Some(true));
    }
}

/// One `Turn #n` of the SDK, or what other records tell of one.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchange {
    /// Order among exchanges whose times are not known: that of spans, then of
    /// what was put behind it.
    pub rank: (usize, usize),
    pub user: Option<Half>,
    pub agent: Option<Half>,
    /// Starts of speech exactly as spans have them, by which posts are joined.
    pub starts: Vec<Nanos>,
    /// Speech to speech.
    pub realtime: bool,
    /// A metrics post was joined.
    pub posted: bool,
    /// One agent asked another one inside this exchange; it is part of the
    /// agent's half there, and no turn of the conversation.
    pub inner: Option<usize>,
    /// What agents asked each other, by which posts and records are known.
    pub inner_texts: Vec<String>,
    /// The exchange whose user turn the agent's half answers, where it is not
    /// its own.
    pub answers: Option<usize>,
}

impl Exchange {
    pub(super) fn half(&self, role: Role) -> Option<&Half> {
        match role {
            Role::User => self.user.as_ref(),
            Role::Agent => self.agent.as_ref(),
        }
    }

    pub(super) fn half_mut(&mut self, role: Role) -> Option<&mut Half> {
        match role {
            Role::User => self.user.as_mut(),
            Role::Agent => self.agent.as_mut(),
        }
    }

    /// The agent's half, made where it is missing.
    pub(super) fn agent_mut(&mut self) -> &mut Half {
        self.agent.get_or_insert_with(|| Half::new(Role::Agent))
    }

    /// Span positions of both halves.
    pub(super) fn members(&self) -> impl Iterator<Item = usize> + '_ {
        [&self.user, &self.agent].into_iter().flatten().flat_map(|half| half.members.clone())
    }
}

/// All exchanges, in order of their spans; what other records add is behind.
pub(super) type Talk = Vec<Exchange>;

/// Adds an exchange behind another one, or at the end.
pub(super) fn push_behind(talk: &mut Talk, before: Option<usize>, mut new: Exchange) -> usize {
    let base = match before {
        Some(at) => talk.get(at).map_or(usize::MAX, |exchange| exchange.rank.0),
        None => usize::MAX,
    };
    // Later additions behind the same exchange come later.
    new.rank = (base, talk.len() + 1);
    talk.push(new);
    talk.len() - 1
}

/// Turns in order, each reply linked to what it answers.
pub(super) fn into_turns(mut talk: Talk) -> Vec<Turn> {
    let mut order: Vec<usize> = (0..talk.len()).collect();
    order.sort_by_key(|at| talk.get(*at).map(|exchange| exchange.rank));
    // A half whose time is not known stays behind the one before it.
    let mut last = Nanos::NONE;
    let mut halves: Vec<(Nanos, usize, Role)> = Vec::new();
    for at in order {
        let Some(exchange) = talk.get(at) else { continue };
        let mut floor = Nanos::NONE;
        for role in [Role::User, Role::Agent] {
            let Some(half) = exchange.half(role) else { continue };
            let key = half.begins().unwrap_or(last).max(floor);
            (last, floor) = (key, key);
            halves.push((key, at, role));
        }
    }
    halves.sort_by_key(|(key, ..)| *key);
    let mut number_of: Vec<Option<u32>> = vec![None; talk.len()];
    for ((_, at, role), number) in halves.iter().zip(1u32..) {
        if *role == Role::User
            && let Some(slot) = number_of.get_mut(*at)
        {
            *slot = Some(number);
        }
    }
    let mut turns = Vec::with_capacity(halves.len());
    for (_, at, role) in halves {
        let Some(exchange) = talk.get_mut(at) else { continue };
        let asked = exchange.answers.unwrap_or(at);
        let half = match role {
            Role::User => exchange.user.take(),
            Role::Agent => exchange.agent.take(),
        };
        let Some(half) = half else { continue };
        let mut turn = finished(half);
        turn.number = turns.len() as u32 + 1;
        if role == Role::Agent {
            turn.reply_to = number_of.get(asked).copied().flatten();
        }
        turns.push(turn);
    }
    turns
}

fn finished(half: Half) -> Turn {
    let begins = half.begins();
    let mut turn = half.turn;
    let called = turn.tools.iter().filter_map(|tool| tool.start).min();
    let begins = turn.start.or(begins);
    turn.start = begins.into_iter().chain(called).min();
    if let (Some(start), Some(end)) = (turn.start, turn.end) {
        turn.end = Some(end.max(start));
    }
    let trimmed = |text: &Option<String>| text.as_deref().map(str::trim).map(str::to_owned);
    if trimmed(&turn.generated_text) == trimmed(&turn.text) {
        turn.generated_text = None;
    }
    turn.tools.sort_by_key(|tool| tool.start);
    turn.errors.sort_by_key(|error| error.at);
    turn
}

//! A turn in the making, and how drafts are ordered, paired and named.

use super::items::{Item, ItemKind};
use crate::model::Nanos;
use crate::session::assemble::Case;
use crate::session::{Interval, Role, Turn};

/// A turn in the making.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub turn: Turn,
    /// Positions of the spans that make the turn (a reply of several LLM steps
    /// has several before 1.8).
    pub roots: Vec<usize>,
    /// Positions of all its spans, ascending.
    pub members: Vec<usize>,
    /// `lk.speech_id`, on replies that have one.
    pub speech_id: Option<String>,
    /// What the user had said, as the reply's span remembers it.
    pub user_input: Option<String>,
    /// Texts of chat items joined to this turn.
    pub heard: Vec<String>,
    /// When the conversation got it, where only a chat item says so.
    pub created: Option<Nanos>,
    /// Position among the chat items, for turns known from them.
    pub item_position: Option<usize>,
}

impl Draft {
    pub(super) fn new(role: Role) -> Self {
        Self {
            turn: Turn::new(role),
            roots: Vec::new(),
            members: Vec::new(),
            speech_id: None,
            user_input: None,
            heard: Vec::new(),
            created: None,
            item_position: None,
        }
    }

    /// When the turn began to be heard, else when it began.
    pub(super) fn begins(&self) -> Option<Nanos> {
        let heard = self.turn.speech.iter().filter_map(|speech| speech.start).min();
        heard.or(self.turn.start).or(self.created)
    }

    /// End of the last audible stretch, else of the turn.
    pub(super) fn ends(&self) -> Option<Nanos> {
        let heard = self.turn.speech.iter().filter_map(|speech| speech.end).max();
        heard.or(self.turn.end)
    }

    pub(super) fn into_turn(mut self) -> Turn {
        if self.turn.start.is_none() {
            self.turn.start = self.begins();
        }
        if self.turn.generated_text.as_deref().map(str::trim)
            == self.turn.text.as_deref().map(str::trim)
        {
            self.turn.generated_text = None;
        }
        self.turn
    }
}

/// Adds an audible stretch unless the turn has it already.
pub(super) fn add_speech(turn: &mut Turn, start: Option<Nanos>, end: Option<Nanos>) {
    if start.is_none() && end.is_none() {
        return;
    }
    turn.speech.push(Interval { start, end });
    turn.speech.sort();
}

/// Orders turns by when they began to be heard. A reply that starts to be
/// generated while the user still speaks comes after the user; a filler that is
/// heard inside a longer reply comes before what the reply says in the end.
pub(super) fn order(drafts: &mut [Draft]) {
    let key = |draft: &Draft| {
        let begins = draft.begins();
        // Turns without any time keep to their place in the chat history.
        (
            begins.unwrap_or(Nanos(u64::MAX)),
            draft.turn.role,
            draft.item_position,
            draft.roots.first().copied(),
        )
    };
    drafts.sort_by_key(key);
}

/// What pairing needs of a user turn.
struct Utterance {
    number: u32,
    text: Option<String>,
    begins: Option<Nanos>,
    ends: Option<Nanos>,
}

/// Links each reply to the user turn that it answers: the last one before it
/// with the text the reply remembers, else, when the reply is known to answer
/// somebody, the last one before it.
pub(super) fn pair(drafts: &mut [Draft]) {
    for (draft, number) in drafts.iter_mut().zip(1u32..) {
        draft.turn.number = number;
    }
    let users: Vec<Utterance> = drafts
        .iter()
        .filter(|draft| draft.turn.role == Role::User)
        .map(|draft| Utterance {
            number: draft.turn.number,
            text: draft.turn.text.clone(),
            begins: draft.begins(),
            ends: draft.ends(),
        })
        .collect();
    let mut answered = 0;
    for draft in drafts.iter_mut().filter(|draft| draft.turn.role == Role::Agent) {
        let number = draft.turn.number;
        let before = || users.iter().rev().filter(move |user| user.number < number);
        let by_text = draft.user_input.as_deref().and_then(|input| {
            before().find(|user| user.text.as_deref().map(str::trim) == Some(input.trim()))
        });
        // What `say()` speaks answers nobody; a model's reply answers the user
        // who has no answer yet.
        let answers = draft.user_input.is_some()
            || !draft.turn.latency.e2e.is_unknown()
            || !draft.turn.models.is_empty();
        let by_order = || before().next().filter(|user| answers && user.number > answered);
        let Some(user) = by_text.or_else(by_order) else { continue };
        draft.turn.reply_to = Some(user.number);
        answered = answered.max(user.number);
        let spoken = draft.turn.speech.iter().filter_map(|speech| speech.start).min();
        if let (Some(spoken), Some(ended)) = (spoken, user.ends)
            && user.begins <= Some(ended)
        {
            draft.turn.latency.e2e.derived_ms = Some(spoken.ms_since(ended));
        }
    }
}

/// Names the agent of replies whose spans do not: the one that was active.
pub(super) fn name_agents(case: &Case<'_>, items: &[Item<'_>], drafts: &mut [Draft]) {
    let mut active: Vec<(Nanos, String)> = case
        .views()
        .filter(|(_, view)| view.name() == "start_agent_activity")
        .filter_map(|(_, view)| {
            Some((view.row.start.known()?, view.text("lk.agent_label")?.to_owned()))
        })
        .collect();
    if active.is_empty() {
        active = items
            .iter()
            .filter_map(|item| match &item.kind {
                ItemKind::Handoff { to: Some(to), .. } => Some((item.created?, (*to).to_owned())),
                _ => None,
            })
            .collect();
    }
    active.sort();
    for draft in drafts.iter_mut().filter(|d| d.turn.role == Role::Agent && d.turn.agent.is_none())
    {
        let begins = draft.turn.start.or(draft.begins());
        let Some(begins) = begins else { continue };
        let last = active.iter().rev().find(|(since, _)| *since <= begins);
        draft.turn.agent = last.or(active.first()).map(|(_, name)| name.clone());
    }
}

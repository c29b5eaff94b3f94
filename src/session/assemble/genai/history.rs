//! What each model input says that earlier ones did not.
//!
//! A model is given the conversation so far, again and again: whole, cut at
//! the front, or only its last message. Comparing each input with what was
//! known before gives the user's new messages, calls that no span tells of,
//! and what was really heard of an interrupted reply.

use super::entries::{Answer, Call, Entry};
use hashbrown::HashSet;

/// What is known of the conversation from the inputs read so far.
#[derive(Debug, Default)]
pub(super) struct History {
    users: Vec<String>,
    /// The same messages, to know at once which were never said before.
    said: HashSet<String>,
    calls: HashSet<String>,
}

/// What one input adds.
#[derive(Debug, Default)]
pub(super) struct News {
    /// New messages of the user.
    pub users: Vec<String>,
    /// The last message, where it is the user's, new or not.
    pub last_user: Option<String>,
    /// Whether the input holds any message of the user.
    pub told: bool,
    /// Whether the conversation was already known from an earlier input.
    pub follows: bool,
    /// What the agent said between the last known message of the user and the
    /// first new one, as the context kept it.
    pub heard: Option<String>,
    /// Calls seen for the first time.
    pub calls: Vec<PastCall>,
    /// Results, new or not.
    pub answers: Vec<Answer>,
}

/// A call that an input remembers.
#[derive(Debug)]
pub(super) struct PastCall {
    pub call: Call,
    /// Whether it stands after the user's last message, so that it belongs to
    /// the reply in the making.
    pub current: bool,
}

impl History {
    /// Reads an input.
    pub(super) fn read(&mut self, input: Vec<Entry>) -> News {
        let places: Vec<usize> = input
            .iter()
            .enumerate()
            .filter(|(_, entry)| matches!(entry, Entry::User(_)))
            .map(|(at, _)| at)
            .collect();
        let texts: Vec<&str> = places.iter().filter_map(|at| user_text(&input, *at)).collect();
        let overlap = self.overlap(&texts);
        let first_new = overlap.unwrap_or_else(|| first_unanswered(&texts, &places, &input));
        let mut news = News {
            users: texts.iter().skip(first_new).map(|text| (*text).to_owned()).collect(),
            last_user: input.last().and_then(|entry| match entry {
                Entry::User(text) => Some(text.clone()),
                _ => None,
            }),
            told: !texts.is_empty(),
            follows: !self.users.is_empty(),
            ..News::default()
        };
        // Without anything in common the whole input is to be remembered: the
        // next one will go on from it.
        for text in texts.iter().skip(overlap.unwrap_or(0)) {
            self.users.push((*text).to_owned());
            self.said.insert((*text).to_owned());
        }
        if news.follows && first_new > 0 {
            news.heard = heard_between(&input, &places, first_new);
        }
        let known_before = news.follows;
        let last_user = places.last().copied();
        for (at, entry) in input.into_iter().enumerate() {
            match entry {
                Entry::Call(call) => {
                    let current = last_user.is_none_or(|user| at > user);
                    // What the first input remembers happened before the data.
                    if self.learn_call(&call) && (current || known_before) {
                        news.calls.push(PastCall { call, current });
                    }
                }
                Entry::Answer(answer) => news.answers.push(answer),
                _ => {}
            }
        }
        news
    }

    /// Remembers a call; true when it was new.
    pub(super) fn learn_call(&mut self, call: &Call) -> bool {
        let key = call.id.clone().unwrap_or_else(|| {
            format!("{} {}", call.name, call.arguments.as_deref().unwrap_or_default())
        });
        self.calls.insert(key)
    }

    /// How many of an input's messages were known, when it goes on where the
    /// known conversation ends or repeats a piece of it.
    fn overlap(&self, texts: &[&str]) -> Option<usize> {
        let known = self.users.len();
        let same = |a: &String, b: &&str| a.as_str() == *b;
        for overlap in (1..=known.min(texts.len())).rev() {
            let tail = self.users.iter().skip(known - overlap);
            if tail.zip(texts).all(|(a, b)| same(a, b)) {
                return Some(overlap);
            }
        }
        // Another agent is given a piece of what was said before.
        let inside = texts.first().is_some_and(|first| self.said.contains(*first))
            && self
                .users
                .windows(texts.len())
                .any(|window| window.iter().zip(texts).all(|(a, b)| same(a, b)));
        inside.then_some(texts.len())
    }
}

/// Position of the first message that stands after the agent's last words, else
/// of the last one: what is new in an input with nothing known in it.
fn first_unanswered(texts: &[&str], places: &[usize], input: &[Entry]) -> usize {
    let spoke = input.iter().rposition(|entry| matches!(entry, Entry::Agent(_)));
    let after = places.iter().position(|at| spoke.is_none_or(|spoke| *at > spoke));
    after.unwrap_or(texts.len().saturating_sub(1))
}

fn user_text(input: &[Entry], at: usize) -> Option<&str> {
    match input.get(at) {
        Some(Entry::User(text)) => Some(text),
        _ => None,
    }
}

fn heard_between(input: &[Entry], places: &[usize], first_new: usize) -> Option<String> {
    let (from, to) = (places.get(first_new - 1)?, places.get(first_new)?);
    let texts: Vec<&str> = input
        .get(*from..*to)?
        .iter()
        .filter_map(|entry| match entry {
            Entry::Agent(text) => Some(text.trim()),
            _ => None,
        })
        .collect();
    (!texts.is_empty()).then(|| texts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::{Entry, History};

    fn user(text: &str) -> Entry {
        Entry::User(text.to_owned())
    }

    fn agent(text: &str) -> Entry {
        Entry::Agent(text.to_owned())
    }

    /// Inputs in order, and the new messages that each one tells of.
    #[test]
    fn new_messages() {
        let rows: &[(&[Entry], &[&str])] = &[
            (&[user("old"), agent("hi"), user("a")], &["a"]),
            (&[user("old"), agent("hi"), user("a"), agent("A"), user("b")], &["b"]),
            // The same input again, then the reply's second step.
            (&[user("old"), agent("hi"), user("a"), agent("A"), user("b")], &[]),
            // Cut at the front.
            (&[user("b"), agent("B"), user("b")], &["b"]),
            // Another agent, given the last words only.
            (&[user("b")], &[]),
            // Only the last message, every time.
            (&[user("c")], &["c"]),
            // Two at once: the first got no answer.
            (&[user("c"), user("d"), user("e")], &["d", "e"]),
        ];
        let mut history = History::default();
        for (input, new) in rows {
            assert_eq!(history.read(input.to_vec()).users, *new, "{input:?}");
        }
    }

    #[test]
    fn what_was_heard() {
        let mut history = History::default();
        history.read(vec![user("a")]);
        let news = history.read(vec![user("a"), agent("Well, I"), user("stop")]);
        assert_eq!(news.heard.as_deref(), Some("Well, I"));
    }
}

//! What coming events tell of items: which stands behind which, which response
//! made it, and in which conversation.

use super::event::{Body, Event};
use super::id::Id;
use super::info::Place;
use hashbrown::HashMap;

/// Items that are followed to one that is known.
const MAX_CHAIN: usize = 256;

/// Links between the items of the coming events.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    before: HashMap<Id, Id>,
    after: HashMap<Id, Id>,
    response_of: HashMap<Id, Id>,
    first_item: HashMap<Id, Id>,
    conversation_of: HashMap<Id, Id>,
}

impl Ahead {
    /// Forgets all.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Reads a stretch of events.
    pub(super) fn read(&mut self, events: &[Event]) {
        for event in events {
            match &event.body {
                Body::Committed { item, previous } => self.link(item.clone(), previous.as_ref()),
                Body::Item { item, previous, .. } => {
                    if let Some(id) = item.id.as_deref() {
                        self.link(Id::new(id), previous.as_ref());
                    }
                }
                Body::Output { response, item, .. } => {
                    if let Some(id) = item.id.as_deref().map(Id::new) {
                        self.first_item.entry(response.clone()).or_insert_with(|| id.clone());
                        self.response_of.insert(id, response.clone());
                    }
                }
                Body::ResponseCreated(info) | Body::ResponseDone(info) => {
                    if let (Some(id), Place::In(conversation)) = (&info.id, &info.place) {
                        self.conversation_of.insert(id.clone(), conversation.clone());
                    }
                }
                _ => {}
            }
        }
    }

    fn link(&mut self, item: Id, previous: Option<&Id>) {
        if let Some(previous) = previous {
            self.after.insert(previous.clone(), item.clone());
            self.before.insert(item, previous.clone());
        }
    }

    /// The items before an item, the nearest first.
    pub(super) fn before(&self, item: &Id) -> impl Iterator<Item = Id> {
        follow(&self.before, item)
    }

    /// The items behind an item, the nearest first.
    pub(super) fn after(&self, item: &Id) -> impl Iterator<Item = Id> {
        follow(&self.after, item)
    }

    /// The response that makes an item.
    pub(super) fn response(&self, item: &Id) -> Option<&Id> {
        self.response_of.get(item)
    }

    /// The first item of a response.
    pub(super) fn first_item(&self, response: &Id) -> Option<&Id> {
        self.first_item.get(response)
    }

    /// The conversation of a response.
    pub(super) fn conversation(&self, response: &Id) -> Option<&Id> {
        self.conversation_of.get(response)
    }
}

fn follow(links: &HashMap<Id, Id>, item: &Id) -> impl Iterator<Item = Id> {
    let first = links.get(item).cloned();
    std::iter::successors(first, |id| links.get(id).cloned()).take(MAX_CHAIN)
}

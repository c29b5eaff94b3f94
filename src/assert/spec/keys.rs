//! Mappings with known keys: everything else is refused, with what was
//! probably meant.

use super::error::SpecError;
use super::yaml::{Node, Spot, Value};
use crate::assert::lang::did_you_mean;

/// The entries of a mapping, taken one by one.
pub(super) struct Keys {
    entries: Vec<(super::yaml::Key, Node)>,
    pub spot: Spot,
    what: &'static str,
    known: &'static [&'static str],
}

impl Keys {
    /// A mapping that may have these keys. `what` names it in messages.
    pub(super) fn new(
        node: Node,
        what: &'static str,
        known: &'static [&'static str],
    ) -> Result<Self, SpecError> {
        let spot = node.spot.clone();
        let entries = match node.value {
            Value::Map(entries) => entries,
            _ => return Err(spot.error(format!("{what} is a mapping, found {}", node.kind()))),
        };
        Ok(Self { entries, spot, what, known })
    }

    /// All values that were not taken yet.
    pub(super) fn entries_mut(&mut self) -> impl Iterator<Item = &mut (super::yaml::Key, Node)> {
        self.entries.iter_mut()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|(known, _)| known.text == key)
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Node> {
        let at = self.entries.iter().position(|(known, _)| known.text == key)?;
        Some(self.entries.remove(at).1)
    }

    /// The text under a key.
    pub(super) fn text(&mut self, key: &str) -> Result<Option<(String, Spot)>, SpecError> {
        self.take(key).map(|node| text_of(key, &node)).transpose()
    }

    /// The value of a word under a key.
    pub(super) fn word<T: Copy>(
        &mut self,
        key: &str,
        words: &[(&str, T)],
    ) -> Result<Option<T>, SpecError> {
        let Some((text, spot)) = self.text(key)? else { return Ok(None) };
        word(key, &text, &spot, words).map(Some)
    }

    /// What is left is not known.
    pub(super) fn finish(self) -> Result<(), SpecError> {
        let Some((key, _)) = self.entries.first() else { return Ok(()) };
        let mut error = key.spot.error(format!("{} has no key `{}`", self.what, key.text));
        error.hint = did_you_mean(&key.text, self.known.iter().copied())
            .or_else(|| Some(format!("known keys: {}", self.known.join(", "))));
        Err(error)
    }
}

/// A scalar as text; a mapping with one key and no value is what YAML makes of
/// a query in braces, so it becomes that query again.
pub(super) fn text_of(key: &str, node: &Node) -> Result<(String, Spot), SpecError> {
    if let Value::Map(entries) = &node.value {
        let bare = entries.iter().all(|(_, value)| matches!(value.value, Value::Null));
        match entries.as_slice() {
            [] => return Ok(("{ }".to_owned(), node.spot.clone())),
            [(only, _)] if bare => {
                return Ok((format!("{{ {} }}", only.text), node.spot.clone()));
            }
            _ => {
                let mut error = node.spot.error(format!("`{key}` is a text, found a mapping"));
                error.hint =
                    Some("YAML reads `{ … , … }` as a mapping: put quotes around it".to_owned());
                return Err(error);
            }
        }
    }
    match node.scalar() {
        Some(text) => Ok((text, node.spot.clone())),
        None => Err(node.spot.error(format!("`{key}` is a text, found {}", node.kind()))),
    }
}

/// A list of scalars, or one that stands alone.
pub(super) fn texts_of(key: &str, node: &Node) -> Result<Vec<(String, Spot)>, SpecError> {
    match &node.value {
        Value::List(items) => items.iter().map(|item| text_of(key, item)).collect(),
        _ => Ok(vec![text_of(key, node)?]),
    }
}

pub(super) fn word<T: Copy>(
    key: &str,
    text: &str,
    spot: &Spot,
    words: &[(&str, T)],
) -> Result<T, SpecError> {
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let mut error = spot.error(format!("`{key}` cannot be `{text}`"));
    error.hint = did_you_mean(text, known.iter().copied())
        .or_else(|| Some(format!("it is one of {}", known.join(", "))));
    Err(error)
}

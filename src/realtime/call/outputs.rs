//! What a response says: items, parts, text and audio.

use super::input::MAX_TEXT;
use super::state::{Call, Delta, ItemAt, Moment, OutItem, Response};
use crate::realtime::id::Id;
use crate::realtime::info::{Item, ItemKind, Part};
use std::collections::BTreeMap;

/// Deltas kept for one response where deltas are tracked.
const MAX_DELTAS: usize = 2048;
/// Items of one response; more are not told apart.
const MAX_ITEMS: usize = 1024;

impl Call {
    /// An item of a response; a delta may come before its `output_item.added`.
    fn out_item_of(&mut self, number: u32, id: &Id, index: u32) -> Option<&mut OutItem> {
        let response = self.responses.get_mut(&number)?;
        let position = match response.items.iter().position(|item| item.id == *id) {
            Some(known) => known,
            None if response.items.len() >= MAX_ITEMS => return None,
            None => {
                response.items.push(OutItem {
                    id: id.clone(),
                    index,
                    kind: ItemKind::Message,
                    status: None,
                    phase: None,
                    parts: BTreeMap::new(),
                    audio_bytes: 0,
                    audio_deltas: 0,
                    unmeasured: false,
                    truncated_ms: None,
                    first_audio: None,
                    last_audio: None,
                    name: None,
                    server: None,
                    call_id: None,
                    arguments: None,
                    approval: None,
                });
                self.items.insert(id.clone(), ItemAt::Out(number, response.items.len() - 1));
                response.items.len() - 1
            }
        };
        response.items.get_mut(position)
    }

    /// `response.output_item.added`, `.done`, and the items of `response.done`.
    pub(super) fn output_item(
        &mut self,
        number: u32,
        index: u32,
        item: &Item,
        done: bool,
        at: Moment,
    ) -> bool {
        let Some(id) = item.id.as_deref().map(Id::new) else { return false };
        if let Some(out) = self.out_item_of(number, &id, index) {
            out.index = index;
            out.kind = item.kind;
        }
        let Some((_, position)) = self.out_item(&id) else { return false };
        self.fill_out_item(number, position, item);
        match item.kind {
            ItemKind::FunctionCall if done => {
                self.open_tool(number, &id, item, false, at);
            }
            ItemKind::McpCall if done => {
                self.open_tool(number, &id, item, true, at);
                self.finish_mcp(number, &id, item, at);
            }
            ItemKind::McpApprovalRequest => self.approval_request(number, &id, item, done, at),
            ItemKind::McpListTools => self.list_tools(&id, at, |_| {}),
            _ => {}
        }
        true
    }

    /// Takes over what an item says.
    pub(super) fn fill_out_item(&mut self, number: u32, position: usize, item: &Item) {
        let Some(response) = self.responses.get_mut(&number) else { return };
        let Some(out) = response.items.get_mut(position) else { return };
        let set = |slot: &mut Option<String>, value: &Option<String>| {
            if value.as_ref().is_some_and(|v| !v.is_empty()) {
                slot.clone_from(value);
            }
        };
        set(&mut out.status, &item.status);
        set(&mut out.phase, &item.phase);
        set(&mut out.name, &item.name);
        set(&mut out.server, &item.server);
        set(&mut out.call_id, &item.call_id);
        set(&mut out.arguments, &item.arguments);
        set(&mut out.approval, &item.approval);
        for (part, index) in item.content.iter().zip(0u32..) {
            fill_part(out, index, part);
        }
    }

    /// `response.content_part.added`, `.done`.
    pub(super) fn content_part(&mut self, number: u32, id: &Id, content: u32, part: &Part) {
        if let Some(out) = self.out_item_of(number, id, u32::MAX) {
            fill_part(out, content, part);
        }
    }

    /// More text.
    pub(super) fn text_delta(
        &mut self,
        number: u32,
        id: &Id,
        content: u32,
        spoken: bool,
        text: &str,
        at: Moment,
    ) {
        if let Some(out) = self.out_item_of(number, id, u32::MAX) {
            let part = out.parts.entry(content).or_default();
            part.spoken = spoken;
            if !part.whole && part.text.len() < MAX_TEXT {
                part.text.push_str(text);
            }
        }
        if let Some(response) = self.responses.get_mut(&number) {
            response.first_text.get_or_insert(at);
        }
        let name = if spoken { "transcript_delta" } else { "text_delta" };
        self.first_output(number, name, text.len() as u64, at);
    }

    /// The whole text of a part.
    pub(super) fn text_done(
        &mut self,
        number: u32,
        id: &Id,
        content: u32,
        spoken: bool,
        text: &str,
    ) {
        if let Some(out) = self.out_item_of(number, id, u32::MAX) {
            let part = Part { spoken, image: false, text: Some(text.to_owned()) };
            fill_part(out, content, &part);
        }
    }

    /// More audio.
    pub(super) fn audio_delta(
        &mut self,
        number: u32,
        id: &Id,
        bytes: Option<u64>,
        repeat: u64,
        at: Moment,
    ) {
        if let Some(out) = self.out_item_of(number, id, u32::MAX) {
            out.audio_deltas += repeat;
            match bytes {
                Some(bytes) if repeat == 1 => out.audio_bytes += bytes,
                _ => out.unmeasured = true,
            }
            out.first_audio.get_or_insert(at);
            out.last_audio = Some(at);
        }
        if let Some(response) = self.responses.get_mut(&number) {
            response.first_audio.get_or_insert(at);
        }
        self.first_output(number, "audio_delta", bytes.unwrap_or_default(), at);
    }

    /// A delta of any kind.
    pub(super) fn first_output(&mut self, number: u32, name: &'static str, size: u64, at: Moment) {
        let track = self.track_deltas;
        let Some(response) = self.responses.get_mut(&number) else { return };
        response.first_delta.get_or_insert(at);
        if track {
            if response.deltas.len() < MAX_DELTAS {
                response.deltas.push(Delta { at, name, size });
            } else {
                response.deltas_dropped += 1;
            }
        }
    }
}

/// What is whole replaces what deltas brought.
fn fill_part(out: &mut OutItem, index: u32, part: &Part) {
    let slot = out.parts.entry(index).or_default();
    slot.spoken |= part.spoken;
    if let Some(text) = part.text.as_ref().filter(|text| !text.is_empty()) {
        slot.text.clone_from(text);
        slot.whole = true;
    }
}

impl Response {
    /// Milliseconds of audio of an item; `None` where the log does not tell.
    pub(in crate::realtime) fn audio_ms(&self, item: &OutItem) -> Option<f64> {
        (item.audio_bytes > 0 && !item.unmeasured).then(|| self.format.ms(item.audio_bytes))
    }

    /// Messages in order.
    fn messages(&self) -> Vec<&OutItem> {
        let mut items: Vec<&OutItem> =
            self.items.iter().filter(|item| item.kind == ItemKind::Message).collect();
        items.sort_by_key(|item| item.index);
        items
    }

    /// What was generated, spoken and written; `None` where nothing was.
    pub(in crate::realtime) fn generated(&self) -> Option<String> {
        let texts = self.messages().into_iter().filter_map(OutItem::text);
        join(texts)
    }

    /// What was heard of it: items that were cut off are cut in proportion to
    /// what was played. `None` when nothing was cut or the length is not known.
    pub(in crate::realtime) fn heard(&self) -> Option<String> {
        let mut cut = false;
        let mut texts = Vec::new();
        for item in self.messages() {
            let text = item.text();
            match (item.truncated_ms, self.audio_ms(item)) {
                (Some(played), Some(whole)) if played < whole => {
                    cut = true;
                    texts.extend(text.map(|t| in_proportion(&t, played / whole).to_owned()));
                }
                (Some(played), _) if played <= 0.0 => cut = true,
                _ => texts.extend(text),
            }
        }
        cut.then(|| join(texts.into_iter()).unwrap_or_default())
    }
}

impl OutItem {
    /// Text of all parts.
    pub(in crate::realtime) fn text(&self) -> Option<String> {
        join(self.parts.values().map(|part| part.text.clone()))
    }
}

/// Joins what is not blank with a blank.
pub(in crate::realtime) fn join(texts: impl Iterator<Item = String>) -> Option<String> {
    let texts: Vec<String> = texts.filter(|text| !text.trim().is_empty()).collect();
    match texts.as_slice() {
        [] => None,
        [only] => Some(only.clone()),
        many => Some(many.iter().map(|text| text.trim()).collect::<Vec<_>>().join(" ")),
    }
}

/// The first part of a text, in whole words.
fn in_proportion(text: &str, part: f64) -> &str {
    let letters = text.chars().count();
    let kept = ((letters as f64) * part.clamp(0.0, 1.0)).round() as usize;
    let Some((end, next)) = text.char_indices().nth(kept) else { return text };
    let head = text.get(..end).unwrap_or_default();
    if next.is_whitespace() {
        return head;
    }
    head.rfind(char::is_whitespace)
        .and_then(|blank| head.get(..blank))
        .unwrap_or_default()
        .trim_end()
}

#[cfg(test)]
mod tests {
    #[test]
    fn cut_in_proportion() {
        let text = "one two three four";
        assert_eq!(super::in_proportion(text, 0.5), "one two");
        assert_eq!(super::in_proportion(text, 1.0), text);
        assert_eq!(super::in_proportion(text, 0.0), "");
        assert_eq!(super::in_proportion("ééé ééé", 0.6), "ééé");
    }
}

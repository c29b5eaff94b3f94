//! Items of the context history, which holds what was heard and what tools
//! were given and gave back (`llm/chat_context.py`).

use crate::model::{List, Nanos, Value};
use crate::session::Role;
use crate::session::assemble::Case;
use hashbrown::HashSet;

/// What an item is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ItemKind<'a> {
    /// Something said, as far as it was heard.
    Message { role: Role, text: String, interrupted: Option<bool> },
    /// What the SDK writes instead of words when a reply was cut off after a
    /// tool, before anything was said.
    Closure,
    /// A tool call asked for by the model.
    Call { call_id: Option<&'a str>, name: &'a str, arguments: Option<&'a str> },
    /// What a tool gave back. A tool that raised has none.
    Output { call_id: Option<&'a str>, output: Option<&'a str>, is_error: Option<bool> },
}

/// One item of the conversation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Item<'a> {
    pub kind: ItemKind<'a>,
    /// A user's message is added when the turn is decided, an agent's when it
    /// has been spoken (at `say()` when it begins), a call before it runs.
    pub created: Option<Nanos>,
}

impl Item<'_> {
    /// Role and text of a message.
    pub(super) fn message(&self) -> Option<(Role, &str)> {
        match &self.kind {
            ItemKind::Message { role, text, .. } => Some((*role, text)),
            _ => None,
        }
    }
}

/// All items of all dumps, each once, in the conversation's order.
pub(super) fn read<'a>(case: &Case<'a>) -> Vec<Item<'a>> {
    let mut items: Vec<Item<'a>> = Vec::new();
    // Ids of 0.0.x are seconds, so an id alone does not make items the same.
    let mut seen = HashSet::new();
    let dumps = case
        .documents
        .iter()
        .filter(|d| matches!(d.format, "videosdk.context_history" | "livekit.chat_history"));
    for (dump, document) in dumps.enumerate() {
        let mut last = None;
        for row in &document.items {
            let attrs = case.store.attrs(row.attrs);
            let created = row.time.known();
            let id = attrs.get("id").and_then(|v| v.as_str());
            let Some(kind) = kind(case.store.str(row.kind), attrs) else { continue };
            let key = format!("{id:?} {created:?} {kind:?}");
            let repeated = !seen.insert(key) && dump > 0;
            last = created.or(last);
            if !repeated {
                items.push(Item { kind, created: last });
            }
        }
    }
    // An item without a time keeps its place behind the one before it.
    items.sort_by_key(|item| item.created);
    items
}

fn kind<'a>(kind: &str, attrs: List<'a>) -> Option<ItemKind<'a>> {
    let text = |key: &str| attrs.get(key).and_then(|v| v.as_str());
    let flag = |key: &str| attrs.get(key).and_then(|v| v.as_bool());
    match kind {
        "message" => {
            let role = match text("role")? {
                "user" => Role::User,
                "assistant" => Role::Agent,
                _ => return None,
            };
            let said = content(attrs.get("content")?)?;
            if role == Role::Agent && is_closure(&said) {
                return Some(ItemKind::Closure);
            }
            Some(ItemKind::Message { role, text: said, interrupted: flag("interrupted") })
        }
        "function_call" => Some(ItemKind::Call {
            call_id: text("call_id"),
            name: text("name").unwrap_or_default(),
            arguments: text("arguments"),
        }),
        "function_call_output" => Some(ItemKind::Output {
            call_id: text("call_id"),
            output: text("output"),
            is_error: flag("is_error"),
        }),
        _ => None,
    }
}

/// `[Used X tool — response interrupted]`
fn is_closure(text: &str) -> bool {
    text.starts_with("[Used ") && text.ends_with("response interrupted]")
}

/// Text of a message, a line a part; images have none.
fn content(value: Value<'_>) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    let parts: Vec<&str> = value.as_list()?.iter().filter_map(|(_, part)| part.as_str()).collect();
    Some(parts.join("\n"))
}

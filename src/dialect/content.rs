//! Which attributes hold what was said, and which only tell how things went.
//!
//! Frameworks put speech, arguments, prompts and outputs under names that
//! nobody can list, so the rule works the other way round: numbers and truth
//! values stay, text stays only under a name that is known to hold ids, names,
//! kinds and the like. A new attribute with content is left out by default.

use crate::model::Value;

/// Texts longer than this are no id, name or kind.
const MAX_LABEL: usize = 200;

/// Beginnings of names that describe who emitted.
const ABOUT: &[&str] = &[
    "service.",
    "telemetry.",
    "os.",
    "host.",
    "process.runtime.",
    "deployment.",
    "server.",
    "network.",
    "thread.",
    "code.",
    "cloud.",
    "container.",
    "k8s.",
    "otel.",
    "library.",
];

/// Last words of names whose text is a label.
const LABELS: &[&str] = &[
    "id",
    "ids",
    "sid",
    "name",
    "names",
    "type",
    "types",
    "kind",
    "model",
    "version",
    "provider",
    "system",
    "status",
    "reason",
    "reasons",
    "language",
    "format",
    "source",
    "sdk",
    "role",
    "code",
    "unit",
    "voice",
    "protocol",
    "transport",
    "class",
    "label",
    "state",
    "mode",
    "modality",
    "modalities",
    "tier",
    "region",
    "codec",
    "severity",
    "level",
    "provenance",
    "end",
    "link",
    "server",
    "from",
    "to",
];

/// Names that end like labels and are content.
const NOT_LABELS: &[&str] = &["http.request.header", "http.response.header"];

/// Whether an attribute may stay when what was said is left out.
#[must_use]
pub fn is_free_of_content(key: &str, value: Value<'_>) -> bool {
    match value {
        Value::Empty | Value::Bool(_) | Value::Int(_) | Value::Double(_) => true,
        Value::Str(text) => is_label(key) && text.len() <= MAX_LABEL && !text.contains('\n'),
        Value::Array(items) => {
            is_label(key) && items.iter().all(|(_, item)| is_free_of_content(key, item))
        }
        Value::KvList(_) | Value::Bytes(_) => false,
    }
}

fn is_label(key: &str) -> bool {
    if NOT_LABELS.iter().any(|start| key.starts_with(start)) {
        return false;
    }
    ABOUT.iter().any(|start| key.starts_with(start)) || LABELS.contains(&last_word(key).as_str())
}

/// The last word of a name, in small letters: `gen_ai.tool.call.id`,
/// `llm_model_name`, `llmModelName`, `openinference.span.kind`.
fn last_word(key: &str) -> String {
    let part = key.rsplit(['.', '_', '-', ':', ' ']).next().unwrap_or(key);
    // The last word of camelCase begins with the last capital after a small letter.
    let mut start = 0;
    let mut before = None;
    for (at, c) in part.char_indices() {
        if c.is_ascii_uppercase() && before.is_some_and(|b: char| b.is_ascii_lowercase()) {
            start = at;
        }
        before = Some(c);
    }
    part.get(start..).unwrap_or(part).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::is_free_of_content;
    use crate::model::Value;

    #[test]
    fn labels_stay_and_content_goes() {
        for key in [
            "session.id",
            "gen_ai.tool.call.id",
            "gen_ai.request.model",
            "llmModelName",
            "userId",
            "service.instance.whatever",
            "error.type",
            "agentobs.tool.status",
        ] {
            assert!(is_free_of_content(key, Value::Str("x")), "{key}");
        }
        for key in [
            "input.value",
            "gen_ai.input.messages",
            "lk.user_transcript",
            "gen_ai.tool.call.arguments",
            "exception.message",
            "user_speech",
            "anything new",
        ] {
            assert!(!is_free_of_content(key, Value::Str("x")), "{key}");
            assert!(is_free_of_content(key, Value::Int(3)), "{key}");
        }
        assert!(!is_free_of_content("x.id", Value::Str("two\nlines")));
        assert!(!is_free_of_content("x.id", Value::Str(&"long".repeat(100))));
    }
}

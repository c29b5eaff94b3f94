//! Facts of the session itself: ids, end, agents.

use crate::session::assemble::{Case, ending};
use crate::session::{Framework, Session};

/// Where each id is found; the first key that has it wins.
const IDS: &[(&str, &[&str])] = &[
    ("conversation_id", &["gen_ai.conversation.id", "conversation.id"]),
    (
        "session_id",
        &[
            "session.id",
            "langfuse.session.id",
            "traceloop.association.properties.session_id",
            "ai.telemetry.metadata.sessionId",
            "ai.settings.context.sessionId",
            "gcp.vertex.agent.session_id",
            "az.ai.voice_agents.session.id",
            "gen_ai.voice.session_id",
            "langsmith.metadata.session_id",
        ],
    ),
    ("thread_id", &["gen_ai.thread.id", "langsmith.metadata.thread_id"]),
    (
        "user_id",
        &[
            "user.id",
            "enduser.id",
            "langfuse.user.id",
            "traceloop.association.properties.user_id",
            "ai.telemetry.metadata.userId",
        ],
    ),
    ("agent_id", &["gen_ai.agent.id"]),
];

/// Ids on spans of the OpenAI Agents SDK only: elsewhere the words are common.
const AGENTS_SDK_IDS: &[(&str, &[&str])] =
    &[("group_id", &["group_id"]), ("agent_trace_id", &["agent_trace_id"])];

/// Ids on the resource.
const RESOURCE_IDS: &[(&str, &[&str])] =
    &[("conversation_id", &["elevenlabs.conversation_id"]), ("agent_id", &["elevenlabs.agent_id"])];

/// Which id names the session, the first that is known.
const NAMES: &[&str] = &["conversation_id", "group_id", "session_id", "thread_id"];
const AZURE_NAMES: &[&str] = &["session_id", "conversation_id"];

/// Reads ids and end.
pub(super) fn read(case: &Case<'_>, session: &mut Session) {
    read_ids(case, session);
    let azure = (0..case.spans.len())
        .any(|at| case.dialect(at).is_some_and(|dialect| dialect.name.starts_with("azure-voice")));
    let names = if azure { AZURE_NAMES } else { NAMES };
    session.id = names.iter().find_map(|name| session.ids.get(*name)).cloned().unwrap_or_default();
    session.complete = ending::was_seen(case);
    session.close_reason = case
        .views()
        .find_map(|(_, view)| view.text("elevenlabs.termination_reason"))
        .map(str::to_owned);
}

fn read_ids(case: &Case<'_>, session: &mut Session) {
    let tables = if case.framework == Framework::OpenaiAgents {
        [IDS, AGENTS_SDK_IDS].concat()
    } else {
        IDS.to_vec()
    };
    for (_, view) in case.views() {
        let on_span = tables.iter().map(|row| (row, view.attrs()));
        let on_resource = RESOURCE_IDS.iter().map(|row| (row, view.resource()));
        for ((name, keys), attrs) in on_span.chain(on_resource) {
            if session.ids.contains_key(*name) {
                continue;
            }
            let id = keys.iter().find_map(|key| attrs.get(key)?.as_str());
            if let Some(id) = id.filter(|id| !id.is_empty()) {
                session.ids.insert((*name).to_owned(), id.to_owned());
            }
        }
    }
}

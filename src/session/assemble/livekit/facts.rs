//! Facts of the session itself: ids, end, handoffs, agents, recordings.

use super::items::{Item, ItemKind};
use crate::model::{Nanos, SpanView};
use crate::session::assemble::Case;
use crate::session::assemble::case::Document;
use crate::session::{AudioFile, Handoff, Session, Usage};

/// Where each id is found on spans; the first key that has it wins.
const SPAN_IDS: &[(&str, &[&str])] = &[
    ("room_sid", &["lk.room_sid", "room_id"]),
    ("room_name", &["lk.pii.room_name", "lk.room_name"]),
    ("job_id", &["job_id", "lk.job_id"]),
    ("agent_name", &["lk.agent_name"]),
    ("conversation_id", &["gen_ai.conversation.id"]),
    ("session_id", &["session.id", "langfuse.session.id"]),
    ("dispatch_id", &["lk.dispatch_id"]),
    ("worker_id", &["lk.job.worker_id"]),
    ("deployment_id", &["lk.deployment_id"]),
    ("cloud_agent_id", &["lk.cloud_agent_id"]),
    ("sip_call_id", &["lk.sip.callID"]),
];

/// Where each id is found in reports, headers and on log records.
const DOCUMENT_IDS: &[(&str, &[&str])] = &[
    ("room_sid", &["room_id", "room_sid"]),
    ("room_name", &["room", "room_name"]),
    ("job_id", &["job_id"]),
    ("agent_name", &["agent_name", "lk.agent_name"]),
];

/// Reads ids, times, end, handoffs and recordings.
pub(super) fn read(case: &Case<'_>, items: &[Item<'_>], session: &mut Session) {
    read_ids(case, session);
    session.id = ["room_sid", "conversation_id", "job_id", "session_id", "room_name"]
        .iter()
        .find_map(|key| session.ids.get(*key))
        .cloned()
        .unwrap_or_default();
    read_end(case, session);
    session.handoffs = handoffs(case, items);
    session.audio = recordings(case);
    if case.spans.is_empty() {
        read_report(case, session);
    }
}

/// Without spans the report is all there is: its time runs from the start of
/// the recording to its own timestamp, its usage is that of the conversation.
fn read_report(case: &Case<'_>, session: &mut Session) {
    for report in case.documents.iter().filter(|document| is_report(document)) {
        let number = |key: &str| report.attrs.get(key).and_then(|v| v.as_f64());
        let seconds = |key: &str| number(key).and_then(Nanos::from_unix_seconds);
        let began = seconds("audio_recording_started_at").or_else(|| seconds("start_time"));
        let ended = match (began, number("duration_ms")) {
            (Some(began), Some(length)) => Some(began.plus_ms(length)),
            _ => seconds("timestamp"),
        };
        let events = || report.items.iter().filter_map(|item| item.time.known());
        let first = began.into_iter().chain(events()).min();
        let last = ended.into_iter().chain(events()).max();
        session.start = session.start.into_iter().chain(first).min();
        session.end = session.end.max(last);
        if session.usage.is_unknown() {
            session.usage = report_usage(report);
        }
    }
}

/// `usage` of a report: one entry a model and kind.
fn report_usage(report: &Document<'_>) -> Usage {
    let mut sum = Usage::default();
    let entries = report.attrs.get("usage").and_then(|usage| usage.as_list());
    for (_, entry) in entries.into_iter().flat_map(|list| list.iter()) {
        let kind = entry.get("type").and_then(|kind| kind.as_str());
        if !kind.is_some_and(|kind| kind.starts_with("llm") || kind.starts_with("realtime")) {
            continue;
        }
        let count = |keys: &[&str]| {
            let found = keys.iter().find_map(|key| entry.get(key)?.as_i64());
            found.and_then(|n| u64::try_from(n).ok())
        };
        sum.add(&Usage {
            input_tokens: count(&["input_tokens"]),
            output_tokens: count(&["output_tokens"]),
            cached_input_tokens: count(&["input_cached_tokens", "cached_input_tokens"]),
            input_audio_tokens: count(&["input_audio_tokens"]),
            output_audio_tokens: count(&["output_audio_tokens"]),
        });
    }
    sum
}

fn read_ids(case: &Case<'_>, session: &mut Session) {
    for (_, view) in case.views() {
        for (name, keys) in SPAN_IDS {
            if !session.ids.contains_key(*name)
                && let Some(id) = keys.iter().find_map(|key| view.text(key))
            {
                session.ids.insert((*name).to_owned(), id.to_owned());
            }
        }
    }
    let documents = case.documents.iter().map(|document| document.attrs);
    let logs = case.logs.iter().filter_map(|ix| case.store.log(*ix));
    let points = case.points.iter().filter_map(|ix| case.store.point(*ix));
    let records = logs.map(|log| log.attrs).chain(points.map(|point| point.attrs));
    for attrs in documents.chain(records.map(|attrs| case.store.attrs(attrs))) {
        for (name, keys) in DOCUMENT_IDS {
            let id = keys.iter().find_map(|key| attrs.get(key).and_then(|v| v.as_str()));
            if !session.ids.contains_key(*name)
                && let Some(id) = id.filter(|id| !id.is_empty())
            {
                session.ids.insert((*name).to_owned(), id.to_owned());
            }
        }
    }
    if session.ids.get("conversation_id") == session.ids.get("room_sid") {
        session.ids.remove("conversation_id");
    }
}

fn read_end(case: &Case<'_>, session: &mut Session) {
    let by_span = |name: &str| case.views().find(|(_, view)| view.name() == name);
    let closed = by_span("session_close");
    let reports = || case.documents.iter().filter(|d| is_report(d));
    let close_event = reports()
        .flat_map(|report| &report.items)
        .find(|item| case.store.str(item.kind) == "event.close")
        .and_then(|item| case.store.attrs(item.attrs).get("reason")?.as_str());
    let logged = case.logs.iter().filter_map(|ix| case.store.log(*ix)).find_map(|log| {
        let closed = case.store.value(log.body).as_str() == Some("session closed");
        closed.then(|| case.store.attrs(log.attrs).get("reason").and_then(|v| v.as_str()))
    });
    let in_report =
        reports().find_map(|report| report.attrs.get("close_reason").and_then(|v| v.as_str()));
    session.complete = closed.is_some()
        || by_span("agent_session").is_some_and(|(_, v)| ended(&v))
        || by_span("job_entrypoint").is_some_and(|(_, v)| ended(&v))
        || reports().next().is_some()
        || logged.is_some();
    session.close_reason = closed
        .and_then(|(_, view)| view.text("lk.close_reason"))
        .or(close_event)
        .or(logged.flatten())
        .or(in_report)
        .map(str::to_owned);
}

fn ended(view: &SpanView<'_>) -> bool {
    view.row.end.known().is_some()
}

fn is_report(document: &Document<'_>) -> bool {
    matches!(document.format, "livekit.session_report" | "livekit.header")
}

/// Handoffs by spans (`update_agent`, from 1.8) and by chat items; both tell of
/// the same change within a moment. The first item (no agent before) is the start.
fn handoffs(case: &Case<'_>, items: &[Item<'_>]) -> Vec<Handoff> {
    let mut found: Vec<Handoff> = items
        .iter()
        .filter_map(|item| match &item.kind {
            ItemKind::Handoff { from: Some(from), to } => Some(Handoff {
                from: Some((*from).to_owned()),
                to: to.map(str::to_owned),
                at: item.created,
            }),
            _ => None,
        })
        .collect();
    let mut unmatched: Vec<bool> = vec![true; found.len()];
    for (_, view) in case.views().filter(|(_, view)| view.name() == "update_agent") {
        let own = |key: &str| view.text(key).map(str::to_owned);
        let handoff = Handoff {
            from: own("lk.previous_agent_label"),
            to: own("lk.agent_label"),
            at: view.row.start.known(),
        };
        if handoff.from.is_none() {
            continue;
        }
        let same = found.iter().zip(&unmatched).position(|(known, free)| {
            *free && known.from == handoff.from && known.to == handoff.to
        });
        match same {
            Some(at) => {
                if let Some(free) = unmatched.get_mut(at) {
                    *free = false;
                }
            }
            None => {
                found.push(handoff);
                unmatched.push(false);
            }
        }
    }
    if found.is_empty() {
        found = changes_of_activity(case);
    }
    found.sort_by_key(|handoff| handoff.at);
    found
}

/// Before 1.8 spans show a handoff only as another agent's activity.
fn changes_of_activity(case: &Case<'_>) -> Vec<Handoff> {
    let active: Vec<(&str, Option<Nanos>)> = case
        .views()
        .filter(|(_, view)| view.name() == "start_agent_activity")
        .filter_map(|(_, view)| Some((view.text("lk.agent_label")?, view.row.start.known())))
        .collect();
    active
        .iter()
        .zip(active.iter().skip(1))
        .filter(|((from, _), (to, _))| from != to)
        .map(|((from, _), (to, at))| Handoff {
            from: Some((*from).to_owned()),
            to: Some((*to).to_owned()),
            at: *at,
        })
        .collect()
}

fn recordings(case: &Case<'_>) -> Vec<AudioFile> {
    let start = case.documents.iter().find_map(recording_start);
    case.documents
        .iter()
        .filter(|document| document.format == "audio")
        .map(|document| {
            let number = |key: &str| document.attrs.get(key).and_then(|v| v.as_f64());
            let whole = |key: &str| number(key).map(|n| n as u32);
            let name = case.store.part(document.row.part).map(|part| {
                if part.name.is_empty() { part.source.clone() } else { part.name.clone() }
            });
            AudioFile {
                name: name.unwrap_or_default(),
                part: document.row.part,
                codec: document.attrs.get("codec").and_then(|v| v.as_str()).map(str::to_owned),
                sample_rate: whole("sample_rate"),
                channels: whole("channels"),
                duration_ms: number("duration_ms"),
                start,
            }
        })
        .collect()
}

/// When the first sample was recorded: the report says so, the upload header
/// calls it the start time.
fn recording_start(document: &Document<'_>) -> Option<Nanos> {
    let key = match document.format {
        "livekit.session_report" => "audio_recording_started_at",
        "livekit.header" => "start_time",
        _ => return None,
    };
    document.attrs.get(key)?.as_f64().and_then(Nanos::from_unix_seconds)
}

/// Agents in order of appearance; the name of the worker's agent where nothing
/// names who spoke.
pub(super) fn agents(case: &Case<'_>, session: &mut Session) {
    let activities = case
        .views()
        .filter(|(_, view)| view.name() == "start_agent_activity")
        .filter_map(|(_, view)| view.text("lk.agent_label").map(str::to_owned));
    let speakers = session.turns.iter().filter_map(|turn| turn.agent.clone());
    let taking_over =
        session.handoffs.iter().flat_map(|h| [h.from.clone(), h.to.clone()]).flatten();
    for agent in activities.chain(speakers).chain(taking_over) {
        if !session.agents.contains(&agent) {
            session.agents.push(agent);
        }
    }
    if session.agents.is_empty() {
        session.agents.extend(session.ids.get("agent_name").cloned());
    }
}

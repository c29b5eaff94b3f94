//! Log records: they name room and session, which spans do only once the root
//! has ended.

use super::clues::{Clues, POSSIBLE, SURE, Votes};
use crate::dialect::videosdk::SERVICE;
use crate::model::{LogRow, Nanos};
use crate::session::Framework;
use crate::session::group::{GroupIx, Grouping};
use std::collections::{BTreeMap, BTreeSet};

/// Zones differ from UTC by multiples of this.
const ZONE_STEP_NS: u64 = 15 * 60 * 1_000_000_000;

/// A record of what was said comes within this of the span that has it.
const SAME_MOMENT_NS: u64 = 20_000_000_000;

/// Records of one room or, where it saw several, one session of it.
#[derive(Default)]
struct LogSession<'a> {
    ids: BTreeSet<&'a str>,
    records: Vec<&'a LogRow>,
}

/// Makes the ids of log records known to the sessions whose texts they repeat;
/// records of no known session make one.
pub(super) fn place<'a>(grouping: &mut Grouping<'a>, clues: &mut Clues<'a>) {
    let sessions = read(grouping);
    for session in sessions {
        let group = by_trace(grouping, &session)
            .or_else(|| by_text(grouping, clues, &session))
            .unwrap_or_else(|| grouping.add_group(Framework::Videosdk));
        for id in session.ids.iter().filter_map(|id| grouping.store.find_str(id)) {
            grouping.id_group.entry(id).or_insert(group);
        }
        for record in &session.records {
            if let Some(text) = said(grouping, record) {
                // Local time is no time to compare others with.
                clues.learn(text, None, group);
            }
        }
    }
}

/// Sessions of log records that no span names.
fn read<'a>(grouping: &Grouping<'a>) -> Vec<LogSession<'a>> {
    let store = grouping.store;
    let mut rooms: BTreeMap<&str, BTreeMap<&str, LogSession<'a>>> = BTreeMap::new();
    if store.find_str("roomId").is_none() {
        return Vec::new();
    }
    for log in store.logs() {
        let attrs = store.attrs(log.attrs);
        let id = |key: &str| attrs.get(key).and_then(|v| v.as_str()).unwrap_or_default();
        let (room, session) = (id("roomId"), id("sessionId"));
        let known = |id: &str| !id.is_empty() && grouping.group_of_id(id).is_some();
        let ours = id("service.name") == SERVICE
            || store.resource_attrs(log.scope).get("service.name").and_then(|v| v.as_str())
                == Some(SERVICE);
        if !ours || (room.is_empty() && session.is_empty()) || known(session) || known(room) {
            continue;
        }
        let place = rooms.entry(room).or_default().entry(session).or_default();
        place.ids.extend([room, session].into_iter().filter(|id| !id.is_empty()));
        place.records.push(log);
    }
    rooms.into_values().flat_map(of_room).collect()
}

/// The first records of a session have no session id yet: they go with the
/// session of the room that begins next.
fn of_room<'a>(mut sessions: BTreeMap<&'a str, LogSession<'a>>) -> Vec<LogSession<'a>> {
    let early = if sessions.len() > 1 { sessions.remove("") } else { None };
    let mut list: Vec<LogSession<'a>> = sessions.into_values().collect();
    list.sort_by_key(|session| extent(&session.records));
    if let (Some(early), Some(first)) = (early, list.first_mut()) {
        first.records.extend(early.records);
    }
    list
}

fn extent(records: &[&LogRow]) -> Option<(Nanos, Nanos)> {
    let times = || records.iter().map(|log| log.at().unwrap_or(Nanos::NONE));
    Some((times().min()?, times().max()?))
}

/// Records of 0.0.x name the span that was open.
fn by_trace(grouping: &Grouping<'_>, session: &LogSession<'_>) -> Option<GroupIx> {
    session.records.iter().find_map(|log| grouping.trace_group(log.trace?))
}

/// What was said, in a record of it.
fn said<'a>(grouping: &Grouping<'a>, log: &LogRow) -> Option<&'a str> {
    let body = grouping.store.value(log.body).as_str()?;
    let text = body
        .strip_prefix("user input speech: ")
        .or_else(|| body.strip_prefix("agent output speech: "));
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// A session without ids of its own that said the same at the same time of the
/// hour; which zone the records are of is not known.
fn by_text(
    grouping: &Grouping<'_>,
    clues: &Clues<'_>,
    session: &LogSession<'_>,
) -> Option<GroupIx> {
    let mut votes = Votes::default();
    let texts: Vec<&str> = session.records.iter().filter_map(|log| said(grouping, log)).collect();
    let nameless = nameless(grouping, clues);
    for log in &session.records {
        let Some(text) = said(grouping, log) else { continue };
        for (time, group) in clues.entries(text).iter().filter(|(_, g)| nameless.contains(g)) {
            let near = log.at().zip(*time).is_some_and(|(a, b)| {
                let apart = a.0.abs_diff(b.0) % ZONE_STEP_NS;
                apart.min(ZONE_STEP_NS - apart) <= SAME_MOMENT_NS
            });
            votes.add(*group, if near { SURE } else { POSSIBLE });
        }
    }
    votes.retain(|group| clues.agrees(group, &texts));
    votes.winner().map(|(group, _)| group)
}

/// Sessions of which no id is known.
fn nameless(grouping: &Grouping<'_>, clues: &Clues<'_>) -> BTreeSet<GroupIx> {
    let named: BTreeSet<GroupIx> = grouping.id_group.values().copied().collect();
    clues.groups().into_iter().filter(|group| !named.contains(group)).collect()
}

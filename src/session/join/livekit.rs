//! LiveKit's documents: a session report names its job and room, a chat history
//! names nothing and is found by what it says.

use crate::model::{DocIx, DocumentRow, ItemRow, Nanos, StrId};
use crate::session::Framework;
use crate::session::group::{GroupIx, Grouping};
use hashbrown::HashMap;

/// Chat items and spans tell the same moment within float rounding; in SDK 1.3
/// and 1.4 within 50 ms.
const SAME_MOMENT_NS: u64 = 60_000_000;

/// Gives LiveKit's documents to the sessions they tell of; what tells of none
/// makes a session of its own.
pub(super) fn join_documents(grouping: &mut Grouping<'_>) {
    let is_ours = |grouping: &Grouping<'_>, document: DocIx| {
        grouping
            .store
            .documents()
            .get(document.index())
            .is_some_and(|row| grouping.store.str(row.format).starts_with("livekit."))
    };
    grouping.assign_documents(|grouping, document| {
        is_ours(grouping, document).then(|| by_ids(grouping, document)).flatten()
    });
    let clues = Clues::of_spans(grouping);
    let items = items_by_document(grouping);
    grouping.assign_documents(|grouping, document| {
        is_ours(grouping, document).then(|| clues.vote(grouping, items.get(&document)?)).flatten()
    });
    // Documents that share an item, an id or a folder are of one session.
    let loose: Vec<DocIx> = grouping
        .loose_documents
        .iter()
        .copied()
        .filter(|document| is_ours(grouping, *document))
        .collect();
    for document in loose {
        place_by_company(grouping, document, &items);
    }
}

const ID_KEYS: &[&str] = &["job_id", "room_id", "room_sid"];

fn ids(grouping: &Grouping<'_>, row: &DocumentRow) -> Vec<StrId> {
    let attrs = grouping.store.attrs(row.attrs);
    ID_KEYS
        .iter()
        .filter_map(|key| attrs.get(key)?.as_str().filter(|id| !id.is_empty()))
        .filter_map(|id| grouping.store.find_str(id))
        .collect()
}

fn by_ids(grouping: &Grouping<'_>, document: DocIx) -> Option<GroupIx> {
    let row = grouping.store.documents().get(document.index())?;
    ids(grouping, row).iter().find_map(|id| grouping.id_group.get(id).copied())
}

fn items_by_document<'a>(grouping: &Grouping<'a>) -> HashMap<DocIx, Vec<&'a ItemRow>> {
    let mut items: HashMap<DocIx, Vec<&ItemRow>> = HashMap::new();
    for item in grouping.store.items() {
        items.entry(item.document).or_default().push(item);
    }
    items
}

/// What spans say that items repeat: starts of speech and ids of tool calls.
struct Clues {
    starts: Vec<(Nanos, GroupIx)>,
    calls: HashMap<StrId, GroupIx>,
    texts: HashMap<StrId, GroupIx>,
}

impl Clues {
    fn of_spans(grouping: &Grouping<'_>) -> Self {
        let mut clues = Self { starts: Vec::new(), calls: HashMap::new(), texts: HashMap::new() };
        let store = grouping.store;
        for (group, members) in grouping.live().filter(|(_, g)| g.framework == Framework::Livekit) {
            for view in members.spans.iter().filter_map(|ix| store.span(*ix)) {
                let key = match view.name() {
                    "user_speaking" | "agent_speaking" => {
                        clues.starts.push((view.row.start, group));
                        continue;
                    }
                    "function_tool" => ["lk.function_tool.id", "gen_ai.tool.call.id"],
                    "user_turn" => ["lk.pii.user_transcript", "lk.user_transcript"],
                    name if crate::dialect::livekit::is_agent_turn(name) => {
                        ["lk.pii.response.text", "lk.response.text"]
                    }
                    _ => continue,
                };
                let text = key.iter().find_map(|key| view.text(key));
                let Some(text) = text.and_then(|text| store.find_str(text)) else { continue };
                let map = if view.name() == "function_tool" {
                    &mut clues.calls
                } else {
                    &mut clues.texts
                };
                map.entry(text).or_insert(group);
            }
        }
        clues.starts.sort_unstable();
        clues
    }

    /// The group that most items point to; times and call ids count more than
    /// texts, which two calls may share.
    fn vote(&self, grouping: &Grouping<'_>, items: &[&ItemRow]) -> Option<GroupIx> {
        let mut votes: HashMap<GroupIx, usize> = HashMap::new();
        for item in items {
            let attrs = grouping.store.attrs(item.attrs);
            let started = attrs
                .get("metrics")
                .and_then(|metrics| metrics.get("started_speaking_at")?.as_f64())
                .and_then(Nanos::from_unix_seconds);
            let call = attrs.get("call_id").and_then(|v| v.as_str());
            let call = call.and_then(|id| self.calls.get(&grouping.store.find_str(id)?));
            let text = attrs.get("content").and_then(|content| {
                let (_, first) = content.as_list()?.iter().next()?;
                self.texts.get(&grouping.store.find_str(first.as_str()?)?)
            });
            let found = started.and_then(|at| self.at(at)).map(|group| (group, 1000));
            let weighted = [found, call.map(|g| (*g, 100)), text.map(|g| (*g, 1))];
            for (group, weight) in weighted.into_iter().flatten() {
                *votes.entry(group).or_insert(0) += weight;
            }
        }
        votes.into_iter().max_by_key(|(group, votes)| (*votes, usize::MAX - group)).map(|(g, _)| g)
    }

    fn at(&self, time: Nanos) -> Option<GroupIx> {
        let after = self.starts.partition_point(|(start, _)| *start < time);
        let near = [after.checked_sub(1), Some(after)];
        near.into_iter()
            .flatten()
            .filter_map(|at| self.starts.get(at))
            .map(|(start, group)| (start.0.abs_diff(time.0), *group))
            .filter(|(distance, _)| *distance <= SAME_MOMENT_NS)
            .min()
            .map(|(_, group)| group)
    }
}

/// A document that no span knows: it joins the session of a document that
/// shares an item or an id, else the only session of its folder, else it makes
/// a session of its own.
fn place_by_company(
    grouping: &mut Grouping<'_>,
    document: DocIx,
    items: &HashMap<DocIx, Vec<&ItemRow>>,
) {
    let group = by_ids(grouping, document)
        .or_else(|| by_items(grouping, document, items))
        .or_else(|| by_folder(grouping, document))
        .unwrap_or_else(|| grouping.add_group(Framework::Livekit));
    if let Some(row) = grouping.store.documents().get(document.index()) {
        for id in ids(grouping, row) {
            grouping.id_group.entry(id).or_insert(group);
        }
    }
    grouping.assign_documents(|_, other| (other == document).then_some(group));
}

fn by_items(
    grouping: &Grouping<'_>,
    document: DocIx,
    items: &HashMap<DocIx, Vec<&ItemRow>>,
) -> Option<GroupIx> {
    let id = |item: &&ItemRow| {
        let id = grouping.store.attrs(item.attrs).get("id")?.as_str()?;
        grouping.store.find_str(id)
    };
    let mine: Vec<StrId> = items.get(&document)?.iter().filter_map(id).collect();
    grouping.live().find_map(|(group, members)| {
        let shares = members.documents.iter().any(|other| {
            items
                .get(other)
                .is_some_and(|items| items.iter().filter_map(id).any(|id| mine.contains(&id)))
        });
        shares.then_some(group)
    })
}

/// The folder of a part: what the user named, and the path inside it without
/// the last name.
fn folder<'a>(grouping: &'a Grouping<'_>, document: DocIx) -> Option<(&'a str, &'a str)> {
    let row = grouping.store.documents().get(document.index())?;
    let part = grouping.store.part(row.part)?;
    let inside = part.name.rsplit_once('/').map_or("", |(folder, _)| folder);
    Some((&part.source, inside))
}

fn by_folder(grouping: &Grouping<'_>, document: DocIx) -> Option<GroupIx> {
    let mine = folder(grouping, document)?;
    let mut groups = grouping.live().filter(|(_, members)| {
        members.documents.iter().any(|other| folder(grouping, *other) == Some(mine))
    });
    match (groups.next(), groups.next()) {
        (Some((group, _)), None) => Some(group),
        _ => None,
    }
}

/// A recording belongs to the only session of its folder, else (by way of the
/// rule for single sessions) to the only session there is.
pub(super) fn join_recordings(grouping: &mut Grouping<'_>) {
    grouping.assign_documents(|grouping, document| {
        let row = grouping.store.documents().get(document.index())?;
        if grouping.store.str(row.format) != "audio" {
            return None;
        }
        by_folder(grouping, document)
    });
}

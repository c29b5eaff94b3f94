//! LiveKit's documents: a session report names its job and room, a chat history
//! names nothing and is found by what it says.

use crate::model::{DocIx, DocumentRow, ItemRow, List, Nanos, SpanView, StrId};
use crate::session::Framework;
use crate::session::group::{GroupIx, Grouping};
use hashbrown::{HashMap, HashSet};

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

/// What spans say that items repeat: starts of speech, ids of tool calls, texts.
struct Clues {
    starts: Vec<(Nanos, GroupIx)>,
    calls: HashSet<(StrId, GroupIx)>,
    texts: HashSet<(StrId, GroupIx)>,
    extents: Vec<(GroupIx, Nanos, Nanos)>,
}

/// How far outside a session's spans an item of it may lie: spans that were
/// never sent.
const SLACK_NS: u64 = 2_000_000_000;

impl Clues {
    fn of_spans(grouping: &Grouping<'_>) -> Self {
        let mut clues = Self {
            starts: Vec::new(),
            calls: HashSet::new(),
            texts: HashSet::new(),
            extents: Vec::new(),
        };
        let store = grouping.store;
        for (group, members) in grouping.live().filter(|(_, g)| g.framework == Framework::Livekit) {
            let extent = grouping.extent(group);
            clues.extents.extend(extent.map(|(first, last)| (group, first, last)));
            for view in members.spans.iter().filter_map(|ix| store.span(*ix)) {
                let key = match view.name() {
                    "user_speaking" | "agent_speaking" => {
                        clues.starts.push((view.row.start, group));
                        continue;
                    }
                    "function_tool" => ["lk.function_tool.id", "gen_ai.tool.call.id"],
                    "user_turn" => ["lk.pii.user_transcript", "lk.user_transcript"],
                    "tts_request" => ["lk.pii.input_text", "lk.input_text"],
                    name if crate::dialect::livekit::is_agent_turn(name) => {
                        clues.note(grouping, &view, ["lk.pii.user_input", "lk.user_input"], group);
                        ["lk.pii.response.text", "lk.response.text"]
                    }
                    _ => continue,
                };
                clues.note(grouping, &view, key, group);
            }
        }
        clues.starts.sort_unstable();
        clues
    }

    fn note(
        &mut self,
        grouping: &Grouping<'_>,
        view: &SpanView<'_>,
        keys: [&str; 2],
        group: GroupIx,
    ) {
        let text = keys.iter().find_map(|key| view.text(key));
        if let Some(text) = text.and_then(|text| grouping.store.find_str(text)) {
            let tool = view.name() == "function_tool";
            let set = if tool { &mut self.calls } else { &mut self.texts };
            set.insert((text, group));
        }
    }

    /// The session that most of the items tell of: of those that fall into its
    /// time, at least half must be found among its spans. One greeting that two
    /// calls share proves nothing.
    fn vote(&self, grouping: &Grouping<'_>, items: &[&ItemRow]) -> Option<GroupIx> {
        let told = |group: GroupIx, first: Nanos, last: Nanos| {
            let (mut found, mut comparable) = (0usize, 0usize);
            for item in items {
                let Some(same) = self.compare(grouping, item, group, first, last) else { continue };
                comparable += 1;
                found += usize::from(same);
            }
            (found > 0 && found * 2 >= comparable).then_some(found)
        };
        self.extents
            .iter()
            .filter_map(|(group, first, last)| Some((told(*group, *first, *last)?, *group)))
            .max_by_key(|(found, group)| (*found, usize::MAX - group))
            .map(|(_, group)| group)
    }

    /// Whether a session's spans know an item; `None` when it cannot be told:
    /// the item has nothing to compare, or lies outside the session's time.
    fn compare(
        &self,
        grouping: &Grouping<'_>,
        item: &ItemRow,
        group: GroupIx,
        first: Nanos,
        last: Nanos,
    ) -> Option<bool> {
        let attrs = grouping.store.attrs(item.attrs);
        let outside = item.time.known().is_some_and(|time| {
            time.0.saturating_add(SLACK_NS) < first.0 || time.0 > last.0.saturating_add(SLACK_NS)
        });
        if outside {
            return None;
        }
        let started = attrs.get("metrics").and_then(|metrics| {
            let value = metrics.get("started_speaking_at")?;
            value.as_f64().and_then(Nanos::from_unix_seconds)
        });
        let is_call = grouping.store.str(item.kind) == "function_call";
        let call = attrs.get("call_id").and_then(|v| v.as_str()).filter(|_| is_call);
        let text = attrs.get("content").and_then(|content| {
            let (_, first) = content.as_list()?.iter().next()?;
            first.as_str()
        });
        if started.is_none() && call.is_none() && text.is_none() {
            return None;
        }
        let known = |text: Option<&str>, set: &HashSet<(StrId, GroupIx)>| {
            let id = text.and_then(|text| grouping.store.find_str(text));
            id.is_some_and(|id| set.contains(&(id, group)))
        };
        let spoken = started.is_some_and(|time| self.starts_at(time, group));
        Some(spoken || known(call, &self.calls) || known(text, &self.texts))
    }

    fn starts_at(&self, time: Nanos, group: GroupIx) -> bool {
        let from = self
            .starts
            .partition_point(|(start, _)| start.0.saturating_add(SAME_MOMENT_NS) < time.0);
        self.starts
            .iter()
            .skip(from)
            .take_while(|(start, _)| start.0 <= time.0.saturating_add(SAME_MOMENT_NS))
            .any(|(_, of)| *of == group)
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

/// Log records and metric points that name a job or room of which no span and
/// no document came are a session of their own: the log repeats the conversation.
pub(super) fn found_by_records(grouping: &mut Grouping<'_>) {
    let store = grouping.store;
    for ix in std::mem::take(&mut grouping.loose_logs) {
        let log = store.log(ix);
        let ours = log.is_some_and(|log| {
            let scope = store.scope(log.scope).map_or("", |scope| store.str(scope.name));
            scope.starts_with("livekit")
                || store.attrs(log.attrs).get("lk.agent_name").is_some()
                || matches!(scope, "chat_history" | "evaluations")
        });
        let id = log.filter(|_| ours).and_then(|log| record_id(grouping, store.attrs(log.attrs)));
        let group = id.map(|id| group_of(grouping, id));
        match group.and_then(|group| grouping.groups.get_mut(group)) {
            Some(group) => group.logs.push(ix),
            None => grouping.loose_logs.push(ix),
        }
    }
    for ix in std::mem::take(&mut grouping.loose_points) {
        let attrs = store.point(ix).map(|point| store.attrs(point.attrs));
        let id = attrs
            .filter(|attrs| attrs.get("lk.agent_name").is_some())
            .and_then(|attrs| record_id(grouping, attrs));
        let group = id.map(|id| group_of(grouping, id));
        match group.and_then(|group| grouping.groups.get_mut(group)) {
            Some(group) => group.points.push(ix),
            None => grouping.loose_points.push(ix),
        }
    }
}

/// The job that a record names, else its room.
fn record_id(grouping: &Grouping<'_>, attrs: List<'_>) -> Option<StrId> {
    ["job_id", "room_id"]
        .iter()
        .find_map(|key| attrs.get(key)?.as_str().filter(|id| !id.is_empty()))
        .and_then(|id| grouping.store.find_str(id))
}

/// The group that an id names, made when there is none.
fn group_of(grouping: &mut Grouping<'_>, id: StrId) -> GroupIx {
    let known = grouping.id_group.get(&id).copied();
    let group = known.unwrap_or_else(|| grouping.add_group(Framework::Livekit));
    grouping.id_group.insert(id, group);
    group
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

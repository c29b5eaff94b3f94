//! Metrics posts and context histories.

use super::clues::{Clues, SURE, Votes};
use crate::model::{DocIx, ItemRow, List, Nanos};
use crate::session::Framework;
use crate::session::group::{GroupIx, Grouping};
use hashbrown::HashMap;
use std::collections::BTreeMap;

const POST: &str = "videosdk.turn_metrics";
const HISTORY: &str = "videosdk.context_history";
/// The same three kinds of items; a dump that lost what tells them apart.
const LOOKALIKE: &str = "livekit.chat_history";

/// Items of VideoSDK's documents, and of those that may be.
pub(super) type Items<'a> = HashMap<DocIx, Vec<&'a ItemRow>>;

/// Reads the items of all documents that this join looks at.
pub(super) fn items<'a>(grouping: &Grouping<'a>) -> Items<'a> {
    let mut items = Items::new();
    let wanted =
        |ix: DocIx| format(grouping, ix).is_some_and(|f| matches!(f, POST | HISTORY | LOOKALIKE));
    for item in grouping.store.items().iter().filter(|item| wanted(item.document)) {
        items.entry(item.document).or_default().push(item);
    }
    items
}

fn format<'a>(grouping: &Grouping<'a>, document: DocIx) -> Option<&'a str> {
    let row = grouping.store.documents().get(document.index())?;
    Some(grouping.store.str(row.format))
}

/// Documents of a format that no session has yet.
fn loose(grouping: &Grouping<'_>, wanted: &str) -> Vec<DocIx> {
    let all = grouping.loose_documents.iter().copied();
    all.filter(|document| format(grouping, *document) == Some(wanted)).collect()
}

/// Gives loose documents of a format to the sessions that `choose` names.
fn assign(
    grouping: &mut Grouping<'_>,
    items: &Items<'_>,
    wanted: &str,
    mut choose: impl FnMut(&Grouping<'_>, DocIx, &[&ItemRow]) -> Option<GroupIx>,
) {
    grouping.assign_documents(|grouping, document| {
        if format(grouping, document) != Some(wanted) {
            return None;
        }
        choose(grouping, document, items.get(&document)?)
    });
}

/// Texts of a post.
fn post_texts(attrs: List<'_>) -> Vec<&str> {
    let own = ["user_speech", "agent_speech"].iter().filter_map(|key| attrs.get(key));
    let timeline = attrs.get("timeline").and_then(|v| v.as_list());
    let events = timeline.iter().flat_map(List::iter).filter_map(|(_, event)| event.get("text"));
    let texts = own.chain(events).filter_map(|value| value.as_str());
    let mut texts: Vec<&str> = texts.map(str::trim).filter(|text| !text.is_empty()).collect();
    texts.sort_unstable();
    texts.dedup();
    texts
}

/// Readings of the clock at which somebody began to speak in a post's turn.
fn readings(attrs: List<'_>) -> Vec<f64> {
    let timeline = attrs.get("timeline").and_then(|v| v.as_list());
    let events = timeline.iter().flat_map(List::iter);
    let mut readings: Vec<f64> =
        events.filter_map(|(_, event)| event.get("startTime")?.as_f64()).collect();
    let own = ["userSpeechStartTime", "agentSpeechStartTime"];
    readings.extend(own.iter().filter_map(|key| attrs.get(key)?.as_f64()));
    readings
}

/// Posts whose speech starts with a span of a session, exactly.
pub(super) fn place_posts_by_clock(
    grouping: &mut Grouping<'_>,
    items: &Items<'_>,
    clues: &Clues<'_>,
) {
    let clocks = clues.clocks();
    assign(grouping, items, POST, |grouping, _, items| {
        let mut votes = Votes::default();
        for reading in items.iter().flat_map(|item| readings(grouping.store.attrs(item.attrs))) {
            for clock in &clocks {
                if let Some(group) = clock.at(reading).and_then(|time| clues.speech_at(time)) {
                    votes.add(group, SURE);
                }
            }
        }
        votes.winner().map(|(group, _)| group)
    });
}

/// Histories of which items were said in a session about then; what tells of
/// no known session makes one.
pub(super) fn place_histories<'a>(
    grouping: &mut Grouping<'a>,
    items: &Items<'_>,
    clues: &mut Clues<'a>,
) {
    let vote = |grouping: &Grouping<'_>, clues: &Clues<'_>, items: &[&ItemRow]| {
        let mut votes = Votes::default();
        let messages = messages(grouping, items);
        for (text, time) in &messages {
            clues.vote(&mut votes, text, *time);
        }
        let texts: Vec<&str> = messages.iter().map(|(text, _)| *text).collect();
        votes.retain(|group| clues.agrees(group, &texts));
        votes.winner()
    };
    assign(grouping, items, LOOKALIKE, |grouping, _, items| {
        let (group, votes) = vote(grouping, clues, items)?;
        (votes / SURE * 2 >= items.len()).then_some(group)
    });
    assign(grouping, items, HISTORY, |grouping, _, items| {
        vote(grouping, clues, items).map(|(group, _)| group)
    });
    learn_histories(grouping, items, clues);
    for document in loose(grouping, HISTORY) {
        let none = Vec::new();
        let list = items.get(&document).unwrap_or(&none);
        // Two dumps of one session, taken at different times, share messages.
        let found = vote(grouping, clues, list).map(|(group, _)| group);
        let group = found.unwrap_or_else(|| grouping.add_group(Framework::Videosdk));
        for (text, time) in messages(grouping, list) {
            clues.learn(text, time, group);
        }
        grouping.assign_documents(|_, other| (other == document).then_some(group));
    }
}

/// Histories know turns whose spans were lost.
fn learn_histories<'a>(grouping: &Grouping<'a>, items: &Items<'_>, clues: &mut Clues<'a>) {
    for (group, members) in grouping.live() {
        let histories = members.documents.iter().filter_map(|document| items.get(document));
        for (text, time) in histories.flat_map(|items| messages(grouping, items)) {
            clues.learn(text, time, group);
        }
    }
}

/// Texts of a history's messages with their times, instructions left out.
fn messages<'a>(grouping: &Grouping<'a>, items: &[&ItemRow]) -> Vec<(&'a str, Option<Nanos>)> {
    let store = grouping.store;
    items
        .iter()
        .filter_map(|item| {
            let attrs = store.attrs(item.attrs);
            if attrs.get("role")?.as_str()? == "system" {
                return None;
            }
            let content = attrs.get("content")?;
            let text = match content.as_list() {
                Some(list) => list.iter().find_map(|(_, part)| part.as_str())?,
                None => content.as_str()?,
            };
            let text = text.trim();
            (!text.is_empty()).then_some((text, item.time.known()))
        })
        .collect()
}

/// Posts of turns whose spans were lost, or of an SDK whose spans lie about
/// time: by what was said.
pub(super) fn place_posts_by_text(
    grouping: &mut Grouping<'_>,
    items: &Items<'_>,
    clues: &Clues<'_>,
) {
    let clocks = clues.clocks();
    assign(grouping, items, POST, |grouping, _, items| {
        let mut votes = Votes::default();
        for item in items {
            let attrs = grouping.store.attrs(item.attrs);
            let reading = readings(attrs).into_iter().reduce(f64::min);
            for text in post_texts(attrs) {
                for clock in &clocks {
                    clues.vote(&mut votes, text, reading.and_then(|reading| clock.at(reading)));
                }
                if clocks.is_empty() {
                    clues.vote(&mut votes, text, None);
                }
            }
        }
        let texts: Vec<&str> =
            items.iter().flat_map(|item| post_texts(grouping.store.attrs(item.attrs))).collect();
        // A "Bye." that two calls share is not a turn that they share.
        votes.retain(|group| {
            let same = texts.iter().filter(|t| clues.entries(t).iter().any(|(_, g)| *g == group));
            same.count() * 2 > texts.len()
        });
        votes.winner().map(|(group, _)| group)
    });
}

/// What a post's neighbours are: posts of the same folder, by clock reading.
type Company = BTreeMap<(String, String), Vec<(f64, GroupIx)>>;

/// Posts that nothing knows go with the nearest post of their folder; posts of
/// a folder that nothing knows are one session.
pub(super) fn place_posts_by_company(grouping: &mut Grouping<'_>, items: &Items<'_>) {
    let mut company = Company::new();
    let live: Vec<(GroupIx, Vec<DocIx>)> =
        grouping.live().map(|(at, group)| (at, group.documents.clone())).collect();
    for (group, documents) in live {
        for document in documents.into_iter().filter(|d| format(grouping, *d) == Some(POST)) {
            if let Some((folder, reading)) = whereabouts(grouping, items, document) {
                company.entry(folder).or_default().push((reading, group));
            }
        }
    }
    let mut chosen: HashMap<DocIx, GroupIx> = HashMap::new();
    for document in loose(grouping, POST) {
        let Some((folder, reading)) = whereabouts(grouping, items, document) else { continue };
        let near = company.get(&folder).and_then(|known| {
            let distance = |entry: &&(f64, GroupIx)| (entry.0 - reading).abs();
            known.iter().min_by(|a, b| distance(a).total_cmp(&distance(b))).map(|(_, g)| *g)
        });
        let group = near.unwrap_or_else(|| {
            let group = grouping.add_group(Framework::Videosdk);
            company.insert(folder, vec![(reading, group)]);
            group
        });
        chosen.insert(document, group);
    }
    grouping.assign_documents(|_, document| chosen.get(&document).copied());
}

/// The folder of a post and when its turn was, in seconds of the host's clock.
fn whereabouts(
    grouping: &Grouping<'_>,
    items: &Items<'_>,
    document: DocIx,
) -> Option<((String, String), f64)> {
    let row = grouping.store.documents().get(document.index())?;
    let part = grouping.store.part(row.part)?;
    let inside = part.name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let first = items.get(&document)?.first()?;
    let reading = readings(grouping.store.attrs(first.attrs)).into_iter().reduce(f64::min);
    Some(((part.source.clone(), inside.to_owned()), reading.unwrap_or_default()))
}

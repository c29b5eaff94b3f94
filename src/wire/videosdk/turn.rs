//! Metrics posts: `{"data":[{turn}],"agentId":"…"}`, one a completed turn.
//!
//! `metrics/analytics.py`. Some 0.0.x versions send the turn itself. A post
//! names no session and no turn; its times are seconds of the host's monotonic
//! clock. Each turn becomes a document of its own, because one file may hold
//! the turns of two sessions.

use super::{each, facts_of};
use crate::model::Nanos;
use crate::wire::framework::JsonPart;
use crate::wire::report::{Found, PartKind};
use serde_json::{Map, Value};

/// Reads one post, or a list of them.
pub(super) fn posts(value: &Value, part: &mut JsonPart<'_>) -> Option<Found> {
    let posts = each(value);
    posts.first().and_then(turns_of)?;
    let mut records = 0;
    for (at, post) in posts.iter().enumerate() {
        match turns_of(post) {
            Some(turns) => records += add_turns(post, turns, part),
            None => part.skip_record(&format!("entry {at} is no metrics post")),
        }
    }
    Some(Found { kind: PartKind::TurnMetrics, format: "videosdk-turn-metrics", records })
}

/// The turns of a post, if it is one.
fn turns_of(post: &Value) -> Option<&[Value]> {
    let root = post.as_object()?;
    if is_turn(root) {
        return Some(std::slice::from_ref(post));
    }
    let turns = root.get("data")?.as_array()?;
    turns.first()?.as_object().is_some_and(is_turn).then_some(turns.as_slice())
}

/// Keys that every version writes, null or not.
fn is_turn(turn: &Map<String, Value>) -> bool {
    turn.contains_key("e2eLatency")
        && (turn.contains_key("timeline") || turn.contains_key("interrupted"))
}

fn add_turns(post: &Value, turns: &[Value], part: &mut JsonPart<'_>) -> usize {
    let mut records = 0;
    for (at, turn) in turns.iter().enumerate() {
        let Some(fields) = turn.as_object() else {
            part.skip_record(&format!("turn {at} of a metrics post is no object"));
            continue;
        };
        let around = match post.as_object() {
            Some(root) if !is_turn(root) => facts_of(root, &["data"], part),
            _ => Vec::new(),
        };
        let document = part.batch.add_document("videosdk.turn_metrics", &around, part.part);
        let facts = facts_of(fields, &[], part);
        let position = part.record.saturating_add(at as u32);
        part.batch.add_item(document, position, "turn", Nanos::NONE, &facts);
        records += 1;
    }
    records
}

//! Odd but mostly legal OTLP: nothing is lost, nothing loops, what is doubtful
//! is said.

use super::{check_spans, load};
use crate::support::{json_gz, members};
use agentobs::model::Store;
use agentobs::session::{Framework, Session, Sessions, SpanTree};
use std::collections::BTreeSet;

const FIXTURE: &str = "clients/weird.zip";

fn case(name: &str, end: &str) -> (Store, Sessions) {
    let folder = format!("{name}/");
    load(FIXTURE, |member| member.starts_with(&folder) && member.ends_with(end))
}

/// Codes of a session's diagnostics, with the spans they are about.
fn codes(session: &Session) -> Vec<(&str, Option<&str>)> {
    session.diagnostics.iter().map(|d| (&*d.code, d.span_id.as_deref())).collect()
}

#[test]
fn every_span_stands_once_in_some_tree() {
    let folders: BTreeSet<String> = members(FIXTURE)
        .into_iter()
        .filter_map(|(name, _)| Some(name.split_once('/')?.0.to_owned()))
        .collect();
    assert_eq!(folders.len(), 21);
    for folder in folders {
        for end in [".pb", ".json"] {
            let (store, sessions) = case(&folder, end);
            check_spans(&folder, &store, &sessions);
            for session in &sessions.list {
                let tree = SpanTree::new(&store, &session.spans);
                let mut order = tree.depth_first();
                order.sort_unstable();
                let all: Vec<usize> = (0..session.spans.len()).collect();
                assert_eq!(order, all, "{folder}{end}: tree");
            }
        }
    }
}

/// Folders whose spans carry no mark of any convention: sessions without turns.
#[test]
fn what_nobody_knows_is_a_tree() {
    for (name, spans) in [
        ("timing", 8),
        ("deep-chain", 300),
        ("wide-fan", 2001),
        ("cycles", 4),
        ("many-attributes", 1),
        ("two-services-clock-skew", 4),
    ] {
        let (_, sessions) = case(name, ".pb");
        assert_eq!(sessions.list.len(), 1, "{name}");
        let session = &sessions.list[0];
        assert_eq!(session.framework, Framework::Unknown, "{name}");
        assert_eq!(session.spans.len(), spans, "{name}");
        assert!(session.turns.is_empty() && session.dialects.is_empty(), "{name}");
        assert_eq!(session.id, session.trace_ids[0], "{name}");
    }
}

#[test]
fn each_unknown_trace_is_a_session() {
    let (_, sessions) = case("split-and-interleaved", ".pb");
    assert_eq!(sessions.list.len(), 2);
    assert!(sessions.list.iter().all(|session| session.spans.len() == 12));
    assert!(sessions.unassigned.spans.is_empty());
}

#[test]
fn orphans_are_flagged() {
    let (_, sessions) = case("orphans", ".json");
    let orphans: Vec<_> = codes(&sessions.list[0])
        .into_iter()
        .filter(|(code, _)| *code == "orphan-span")
        .filter_map(|(_, span)| span)
        .collect();
    assert_eq!(orphans, ["d3b5507c05c2a527", "c2593b46c2d4a32e"]);
    assert!(!sessions.list[0].complete, "the root was never seen");
}

#[test]
fn doubled_ids_are_flagged() {
    let (_, sessions) = case("duplicate-span-ids", ".json");
    assert_eq!(sessions.list.len(), 2, "the same span id in another trace is another span");
    let session = sessions.list.iter().find(|session| session.spans.len() == 4).unwrap();
    assert!(codes(session).contains(&("duplicate-span-id", Some("1192ea2d8af60287"))));
}

#[test]
fn what_was_sent_twice_counts_once() {
    let (store, sessions) = case("sent-twice", ".json");
    assert_eq!(store.spans().len(), 3);
    let session = &sessions.list[0];
    assert_eq!(session.framework, Framework::Genai);
    assert_eq!(session.usage.input_tokens, Some(10));
    let partial = session.spans.iter().filter_map(|ix| store.span(*ix));
    let partial = partial.into_iter().find(|view| view.name() == "partial").unwrap();
    assert!(partial.row.end.known().is_some(), "the finished copy wins");
}

#[test]
fn clocks_that_differ_are_shown_as_they_are() {
    let (store, sessions) = case("two-services-clock-skew", ".pb");
    let at = |name: &str| {
        let spans = sessions.list[0].spans.iter().filter_map(|ix| store.span(*ix));
        spans.into_iter().find(|view| view.name() == name).unwrap().row.start
    };
    assert_eq!(at("agent turn").ms_since(at("POST /agent")), 90_050.0);
}

#[test]
fn odd_numbers_of_real_clients() {
    for (name, tokens) in [("weird-node-json", 12), ("weird-python", 5)] {
        let (store, sessions) = load(&format!("clients/{name}.zip"), |_| true);
        check_spans(name, &store, &sessions);
        assert_eq!(store.spans().len(), 4, "{name}");
        let session = &sessions.list[0];
        assert_eq!(session.usage.input_tokens, Some(tokens), "{name}");
        // The trace of a remote parent holds nothing that is known.
        assert_eq!(sessions.unassigned.spans.len(), 1, "{name}");
    }
}

#[test]
fn expected_names_are_all_here() {
    let cases = json_gz("clients/weird.expected.json.gz");
    for (name, wanted) in cases["cases"].as_object().unwrap() {
        let (store, _) = case(name, if name == "json-files" { ".json" } else { "" });
        if let Some(spans) = wanted["spans"].as_u64() {
            assert_eq!(store.spans().len() as u64, spans, "{name}");
        }
    }
}

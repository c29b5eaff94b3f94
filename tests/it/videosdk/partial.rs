//! Some outputs of a recording without the others, and outputs of two calls that
//! were made at the same time.

use super::*;

fn interrupted(session: &Session) -> Vec<(u32, Option<&str>)> {
    let cut = session.turns.iter().filter(|turn| turn.interrupted == Some(true));
    cut.map(|turn| (turn.number, turn.text.as_deref())).collect()
}

/// The recordings ran at the same time: that joins nothing.
#[test]
fn outputs_of_another_call_stay_apart() {
    let pairs = [
        (("three-turns", "traces.otlp.jsonl"), ("tools", "context-history.json"), [7, 13]),
        (("fallback", "traces.otlp.jsonl"), ("realtime", "metrics.jsonl"), [8, 9]),
        (("killed", "traces.otlp.jsonl"), ("a2a", "logs.jsonl"), [8, 7]),
    ];
    for (one, other, turns) in pairs {
        let words = |file| if file == "traces.otlp.jsonl" { TRACES.to_vec() } else { vec![file] };
        let mut both = parts(one.0, &words(one.1));
        both.extend(parts(other.0, &words(other.1)));
        let sessions = open(&both);
        let mut found: Vec<usize> = sessions.list.iter().map(|s| s.turns.len()).collect();
        found.sort_unstable();
        let mut turns = turns.to_vec();
        turns.sort_unstable();
        assert_eq!(found, turns, "{one:?} {other:?}");
        let shared = sessions.list.iter().filter(|s| !s.trace_ids.is_empty());
        assert_eq!(shared.count(), 1, "{one:?} {other:?}");
    }
}

#[test]
fn a_failed_tool_is_the_one_that_was_called() {
    let session = only("tools", &["logs.jsonl", "metrics.jsonl"]);
    assert_eq!(tools(&session).len(), 8);
    let booking = session.turns.iter().find(|t| t.tools.iter().any(|c| c.name == "book_table"));
    let booking = booking.unwrap();
    assert_eq!((booking.number, booking.tools[0].status), (5, ToolStatus::Error));
}

#[test]
fn the_reply_that_was_cut_off_is_marked() {
    let session = only("interruption", &["logs.jsonl", "context-history.json"]);
    assert_eq!(interrupted(&session), [(3, Some("Our return policy lets you return items"))]);
    for words in [&["logs.jsonl"][..], &["logs.jsonl", "metrics.jsonl", "context-history.json"]] {
        let session = only("realtime", words);
        assert_eq!(interrupted(&session), [(5, None)], "{words:?}");
        assert_eq!(session.turns[3].text.as_deref(), Some("And tomorrow?"), "{words:?}");
    }
}

/// What agents ask each other is no turn, also where no span says who asked.
#[test]
fn posts_of_agents_among_themselves_are_no_turns() {
    let session = only("a2a", &["metrics.jsonl", "context-history.json"]);
    assert_eq!(
        conversation(&session),
        conversation(&only("a2a", &["otlp/", "context-history.json"]))
    );
    assert_eq!(session.turns.len(), 7);
    let called: Vec<_> = tools(&session).iter().map(|call| (&*call.name, call.status)).collect();
    assert_eq!(called, [("forward_to_specialist", ToolStatus::Ok)]);
    assert_eq!(session.usage.input_tokens, only("a2a", &["metrics.jsonl"]).usage.input_tokens);
}

#[test]
fn the_log_knows_what_was_recovered_from() {
    for other in [None, Some("metrics.jsonl"), Some("context-history.json")] {
        let words: Vec<&str> = [Some("logs.jsonl"), other].into_iter().flatten().collect();
        let session = only("fallback", &words);
        assert_eq!(session.counts().errors, 0, "{words:?}");
        let errors =
            session.turns.iter().flat_map(|turn| turn.errors.iter().map(|e| (turn.number, e.kind)));
        let wanted = [(4, ErrorKind::RecoveredRequest), (6, ErrorKind::RecoveredRequest)];
        assert_eq!(errors.collect::<Vec<_>>(), wanted, "{words:?}");
    }
}

//! SDK 0.0.73.

use super::*;

/// SDK 0.0.x stamps spans when it writes them, at the end of the turn: only
/// what has a reading of the clock has a time, until the posts tell the rest.
#[test]
fn old_spans_do_not_lie_about_time() {
    let session = only("old-cascade", TRACES);
    let said = conversation(&session);
    let wanted = [
        ("agent", "Hello from the past."),
        ("user", "What is the weather in Paris?"),
        ("agent", "It is eighteen degrees in Paris."),
        ("user", "Tell me a long story."),
        ("agent", "Once upon a time there was a very long story that nobody heard to its end."),
        ("user", "Thanks, bye."),
        ("agent", "Goodbye."),
    ];
    assert_eq!(said.iter().map(|(role, text)| (*role, text.as_str())).collect::<Vec<_>>(), wanted);
    // Here spans do tell interruptions.
    let cut: Vec<_> = of_role(&session, Role::Agent).map(|turn| turn.interrupted).collect();
    assert_eq!(cut, [Some(false), Some(false), Some(true), Some(false)]);
    assert!(session.turns.iter().all(|turn| turn.speech.is_empty()));
    assert_eq!(session.turns[0].start, None);

    let told = only("old-cascade", &["otlp/", "metrics.jsonl", "logs.jsonl"]);
    assert_eq!(conversation(&told), said);
    for turn in &told.turns {
        assert_eq!(turn.speech.len(), 1, "{turn:?}");
        assert!(turn.start.is_some() && turn.start <= turn.speech[0].start, "{turn:?}");
    }
    // Records of 0.0.x name their span, so they stand in the turn without a time.
    assert!(of_role(&told, Role::Agent).all(|turn| !turn.logs.is_empty()));
}

#[test]
fn old_realtime_turns_keep_their_order() {
    for words in [TRACES, &["otlp/", "metrics.jsonl"]] {
        let session = only("old-realtime", words);
        let said: Vec<String> = conversation(&session).into_iter().map(|(_, text)| text).collect();
        let wanted =
            ["Hi, old realtime here.", "And the weather?", "It is sunny.", "Bye.", "Goodbye."];
        assert_eq!(said, wanted);
        let posts = words.len() > 1;
        // `Turn Interrupted` is on every realtime turn and says nothing.
        let known = of_role(&session, Role::Agent).all(|turn| turn.interrupted == Some(false));
        assert_eq!(known, posts);
        let reply = &session.turns[2];
        assert_eq!(reply.tools[0].name, "get_weather");
        // `e2eLatency` counts to the end of the reply here.
        let reported = reply.latency.e2e.reported_ms;
        assert_eq!(reported.map(f64::round), posts.then_some(201.0));
    }
}

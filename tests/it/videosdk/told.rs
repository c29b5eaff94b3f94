//! What history and log tell of tools and handoffs, from a few items each.

use super::*;

fn line(level: &str, time: &str, text: &str) -> String {
    let attributes = json!({
        "roomId": "room", "sessionId": "session", "dateTime": format!("2026-11-21 06:11:{time}"),
        "service.name": "videosdk-otel-telemetry-agents", "origin": "videosdk.agents.x",
    });
    json!({ "logType": level, "logText": text, "attributes": attributes }).to_string()
}

fn message(at: f64, role: &str, text: &str, interrupted: bool) -> Value {
    json!({
        "type": "message", "id": "msg_658eb7968031", "created_at": 1_795_241_460.0 + at, "role": role,
        "content": [text], "interrupted": interrupted, "audio_instructions": null,
    })
}

fn call(at: f64, name: &str, id: &str) -> Value {
    json!({
        "type": "function_call", "id": "call_9a60c9e98131", "created_at": 1_795_241_460.0 + at,
        "name": name, "arguments": "{}", "call_id": id,
    })
}

fn output(at: f64, name: &str, id: &str, output: &str, is_error: bool) -> Value {
    json!({
        "type": "function_call_output", "id": "output_4c138f65e491", "name": name, "call_id": id,
        "created_at": 1_795_241_460.0 + at, "output": output, "is_error": is_error,
    })
}

fn told(items: &[Value], log: &[String]) -> Session {
    only_of(&[
        ("context-history.json".to_owned(), json!(items).to_string().into_bytes()),
        ("logs.jsonl".to_owned(), log.join("\n").into_bytes()),
    ])
}

/// The log of a failed chain names its first tool: the one that gave nothing
/// back is the one that raised.
#[test]
fn the_tool_that_raised_is_the_one_that_failed() {
    let items = [
        message(1.0, "user", "Refund my order.", false),
        call(1.2, "lookup_order", "c1"),
        output(1.3, "lookup_order", "c1", "{\"order_id\": 7}", false),
        call(1.5, "refund_order", "c2"),
        message(9.0, "user", "Hello?", false),
        call(9.2, "fax", "c3"),
        output(9.3, "fax", "c3", "{\"error\": \"Tool 'fax' not found\"}", true),
        message(10.0, "assistant", "I cannot fax.", false),
    ];
    let log = [
        line("INFO", "01,000", "user input speech: Refund my order."),
        line("INFO", "01,200", "Tool call: lookup_order (1/10)"),
        line("INFO", "01,500", "Chained tool call: refund_order (round 1, total 2/10)"),
        line("ERROR", "01,700", "Error executing function lookup_order: bank is closed"),
        line("INFO", "09,000", "user input speech: Hello?"),
        line("INFO", "10,000", "agent output speech: I cannot fax."),
    ];
    let session = told(&items, &log);
    let calls: Vec<_> =
        tools(&session).iter().map(|c| (c.name.as_str(), c.status, c.error.as_deref())).collect();
    assert_eq!(
        calls,
        [
            ("lookup_order", ToolStatus::Ok, None),
            ("refund_order", ToolStatus::Error, Some("bank is closed")),
            ("fax", ToolStatus::Error, Some("Tool 'fax' not found")),
        ]
    );
    assert_eq!(session.id, "session");
}

#[test]
fn handoffs_are_in_log_and_history() {
    let items = [
        message(1.0, "user", "Book a table.", false),
        call(1.2, "to_booking", "c1"),
        output(1.3, "to_booking", "c1", "Transferred to BookingAgent", false),
        message(3.0, "assistant", "Booking here.", false),
        message(5.0, "user", "Thanks.", false),
        message(6.0, "assistant", "Bye, and", true),
    ];
    let log = [
        line("INFO", "01,300", "Agent handoff: GreeterAgent \u{2192} BookingAgent"),
        line("INFO", "05,000", "user input speech: Thanks."),
        line("INFO", "05,200", "agent output speech: Bye, and come back soon."),
        line("INFO", "08,000", "Ending session: no_participants"),
    ];
    for (log, from) in [(&log[..], Some("GreeterAgent")), (&[], None)] {
        let session = if log.is_empty() {
            only_of(&[("h.json".to_owned(), json!(items).to_string().into_bytes())])
        } else {
            told(&items, log)
        };
        let handoffs: Vec<_> =
            session.handoffs.iter().map(|h| (h.from.as_deref(), h.to.as_deref())).collect();
        assert_eq!(handoffs, [(from, Some("BookingAgent"))]);
        let said = conversation(&session);
        assert_eq!(said.len(), 4, "{said:?}");
        let greeting = session.turns.iter().find(|t| t.text.as_deref() == Some("Booking here."));
        assert_eq!(greeting.unwrap().agent.as_deref(), Some("BookingAgent"));
        // The call that handed over is the reply's before.
        assert!(greeting.unwrap().tools.is_empty());
        assert_eq!(session.turns.last().unwrap().interrupted, Some(true));
        assert_eq!(session.complete, !log.is_empty());
    }
}

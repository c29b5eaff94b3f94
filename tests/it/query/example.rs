//! One call of twelve spans, and what every kind of query selects of it. The
//! answers are those of Tempo where its storage does not stand in the way.

use super::world::{Span, V, World, span};
use agentobs::model::{SpanKind, SpanStatus};

const ALL: &str = "S U1 STT1 A1 L1 X1 T1 U2 STT2 A2 L2 T2";

fn voice_agent(span: Span) -> Span {
    span.of(&[("service.name", V::S("voice-agent")), ("region", V::S("eu-west-1"))])
}

fn service(span: Span, name: &'static str) -> Span {
    span.of(&[("service.name", V::S(name))])
}

fn scoped(mut span: Span, name: &'static str) -> Span {
    span.scope.0 = name;
    span
}

fn call() -> World {
    use SpanKind::{Client, Producer, Server};
    let tools = |names: &[&'static str]| V::A(names.iter().map(|n| V::S(n)).collect());
    World::new(&[
        voice_agent(span("S", 1, 0).name("session").kind(Server).status(SpanStatus::Ok, ""))
            .at(0.0, 20_000.0)
            .with("room", V::S("lobby"))
            .with("lang", V::S("en")),
        voice_agent(span("U1", 2, 1).name("user_turn")).at(1000.0, 2000.0).with("turn", V::I(1)),
        scoped(service(span("STT1", 3, 2).name("stt").kind(Client), "stt-worker"), "http-client")
            .at(1100.0, 300.0)
            .with("confidence", V::F(0.9))
            .with("lang", V::S("en-US")),
        voice_agent(span("A1", 4, 1).name("agent_turn")).at(3000.0, 4000.0).with("turn", V::I(1)),
        voice_agent(span("L1", 5, 4).name("llm").kind(Client).status(SpanStatus::Ok, ""))
            .at(3100.0, 900.0)
            .with("tokens", V::I(40))
            .with("tools", tools(&["search", "book"])),
        service(span("X1", 6, 5).name("tool").kind(Client), "tool-gateway")
            .status(SpanStatus::Error, "timeout")
            .at(3200.0, 500.0)
            .with("tool.name", V::S("search"))
            .with("tokens", V::I(0))
            .event("retry", 100.0, &[("delay", V::I(50))])
            .event("exception", 450.0, &[("exception.type", V::S("Timeout"))]),
        scoped(service(span("T1", 7, 4).name("tts").kind(Producer), "tts-worker"), "pipecat")
            .at(4100.0, 250.0)
            .with("voice", V::S("ash")),
        voice_agent(span("U2", 8, 1).name("user_turn"))
            .at(8000.0, 3000.0)
            .with("turn", V::I(2))
            .with("interrupted", V::B(true)),
        service(span("STT2", 9, 8).name("stt").kind(Client), "stt-worker")
            .at(8100.0, 600.0)
            .with("confidence", V::F(0.5)),
        voice_agent(span("A2", 10, 1).name("agent_turn"))
            .at(12_000.0, 5000.0)
            .with("turn", V::I(2)),
        voice_agent(span("L2", 11, 10).name("llm").kind(Client).status(SpanStatus::Ok, ""))
            .at(12_100.0, 1500.0)
            .with("tokens", V::I(100))
            .with("tools", tools(&["search"]))
            .link(1, 6, &[("rel", V::S("retry_of"))]),
        scoped(service(span("T2", 12, 10).name("tts").kind(Producer), "tts-worker"), "pipecat")
            .status(SpanStatus::Error, "device lost")
            .at(13_700.0, 400.0)
            .with("voice", V::S("sage")),
    ])
}

#[test]
fn filters() {
    call().check(&[
        ("{ }", ALL),
        ("{ name = \"tool\" }", "X1"),
        ("{ name =~ \"t.*\" }", "X1 T1 T2"),
        ("{ name =~ \"too\" }", "∅"),
        ("{ name !~ \"(user|agent)_turn|stt|tts\" }", "S L1 X1 L2"),
        ("{ duration > 1s && kind = client }", "L2"),
        ("{ status = error }", "X1 T2"),
        ("{ statusMessage =~ \"(?i)TIME.*\" }", "X1"),
        ("{ span.turn = 2 }", "U2 A2"),
        ("{ span.turn != 2 }", "U1 A1"),
        ("{ span.interrupted }", "U2"),
        ("{ .interrupted != nil }", "U2"),
        ("{ .lang = \"en\" }", "S"),
        ("{ .lang != \"en\" }", "STT1"),
        ("{ .region = \"eu-west-1\" && name = \"llm\" }", "L1 L2"),
        ("{ resource.service.name = \"tts-worker\" || span.tokens > 50 }", "T1 L2 T2"),
        ("{ name = \"tool\" || name = \"llm\" && duration > 1s }", "L2"),
        ("{ name = \"tool\" || (name = \"llm\" && duration > 1s) }", "X1 L2"),
        ("{ span.tokens * 2 = 80 }", "L1"),
        ("{ span.tokens - 1 >= 39 && span.tokens % 7 = 2 }", "L2"),
        ("{ span.tools = \"book\" }", "L1"),
        ("{ span.tools =~ \"se.*\" }", "L1 L2"),
        ("{ event:name = \"exception\" }", "X1"),
        ("{ event:name = \"retry\" && event.delay = 50 }", "X1"),
        ("{ event:name = \"retry\" && event.exception.type = \"Timeout\" }", "∅"),
        ("{ event:timeSinceStart > 400ms }", "X1"),
        ("{ event.delay = nil }", "X1"),
        ("{ link.rel = \"retry_of\" }", "L2"),
        ("{ instrumentation:name = \"pipecat\" }", "T1 T2"),
        ("{ span:childCount = 0 }", "STT1 X1 T1 STT2 L2 T2"),
        ("{ span:parentID = \"0000000000000000\" }", "S"),
        ("{ trace:rootName = \"session\" && trace:duration = 20s && span:childCount > 2 }", "S"),
        ("{ nestedSetParent = 1 }", "U1 A1 U2 A2"),
    ]);
}

#[test]
fn structure() {
    call().check(&[
        ("{ name = \"session\" } > { }", "U1 A1 U2 A2"),
        ("{ name = \"session\" } >> { status = error }", "X1 T2"),
        ("{ name = \"tool\" } << { }", "S A1 L1"),
        ("{ name = \"user_turn\" } ~ { name = \"user_turn\" }", "U1 U2"),
        ("{ } !< { }", "STT1 X1 T1 STT2 L2 T2"),
        ("{ } !> { }", "S"),
        ("{ name = \"agent_turn\" } !>> { kind = client }", "STT1 STT2"),
        ("{ status = error } !< { kind = client }", "STT1 X1 STT2 L2"),
        ("{ name = \"llm\" } !~ { name = \"tts\" || name = \"stt\" }", "STT1 STT2"),
        ("{ name = \"agent_turn\" } &> { status = error }", "A2 T2"),
        ("{ name = \"session\" } &>> { name = \"tool\" }", "S X1"),
        ("{ name = \"tool\" } &< { }", "L1 X1"),
        ("{ name = \"llm\" } &~ { name = \"tts\" }", "L1 T1 L2 T2"),
        ("{ name = \"session\" } > { name = \"agent_turn\" } > { name = \"llm\" }", "L1 L2"),
        ("{ name = \"session\" } > ({ name = \"agent_turn\" } > { name = \"llm\" })", "∅"),
        ("{ name = \"tool\" } && { name = \"stt\" }", "STT1 X1 STT2"),
        ("{ name = \"tool\" } || { name = \"stt\" } && { name = \"handoff\" }", "∅"),
    ]);
}

#[test]
fn pipelines() {
    call().check(&[
        ("{ name = \"llm\" } | count() = 2", "L1 L2"),
        ("{ name = \"llm\" } | count() > 1 | { duration > 1s }", "L2"),
        ("{ } | sum(span.tokens) = 140", ALL),
        ("{ name = \"handoff\" } | count() = 0", "∅"),
        ("{ name != \"llm\" } | { } > { name = \"tool\" }", "∅"),
        ("{ kind = client } | by(name) | count() = 1", "X1"),
        ("{ kind = client } | by(name) | max(duration) > 550ms", "STT1 STT2 / L1 L2"),
        ("{ } | by(resource.service.name) | count() = 2", "STT1 STT2 / T1 T2"),
        ("{ status = error } | by(name) | coalesce() | count() = 2", "X1 T2"),
        (
            "{ name = \"agent_turn\" || name = \"user_turn\" } | by(span.turn) | min(duration) > 2s",
            "U2 A2",
        ),
        (
            "({ name = \"tts\" } | count() = 2) && ({ name = \"llm\" } | avg(span.tokens) = 70)",
            "L1 T1 L2 T2",
        ),
        (
            "{ name = \"stt\" } | select(span.confidence, resource.service.name)",
            "STT1 STT2",
        ),
    ]);
}

#[test]
fn grouped_and_selected_values_are_given() {
    let world = call();
    let found = world.found("{ name = \"stt\" } | by(name) | select(span.confidence, span.voice)");
    assert_eq!(found.selected, ["span.confidence", "span.voice"]);
    let set = &found.matches[0];
    assert_eq!(format!("{:?}", set.group), r#"[("span:name", Text("stt"))]"#);
    assert_eq!(format!("{:?}", set.selected), "[[Float(0.9), Nil], [Float(0.5), Nil]]");
}

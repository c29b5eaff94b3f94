//! Values: missing ones, types at run time, arrays, events, aggregates.

use super::world::{Span, V, World, span};
use agentobs::model::{SpanKind, SpanStatus};

fn on(label: &'static str, id: u64, key: &'static str, value: V) -> Span {
    span(label, id, 0).with(key, value)
}

#[test]
fn what_is_missing_matches_nothing() {
    let world = World::new(&[
        on("five", 1, "x", V::I(5)),
        on("six", 2, "x", V::I(6)),
        on("zero", 3, "x", V::I(0)),
        on("false", 4, "x", V::B(false)),
        on("empty", 5, "x", V::S("")),
        span("none", 6, 0),
        on("null", 7, "x", V::Empty),
        on("bytes", 8, "x", V::Bytes),
        on("map", 9, "x", V::Map),
        on("mixed", 10, "x", V::A(vec![V::I(1), V::S("a")])),
        on("nothing", 11, "x", V::A(vec![])),
    ]);
    world.check(&[
        ("{ .x = 5 }", "five"),
        ("{ .x != 5 }", "six zero"),
        ("{ .x < 6 }", "five zero"),
        ("{ .x = 0 }", "zero"),
        ("{ .x = nil }", "none"),
        ("{ .x != nil }", "five six zero false empty"),
        ("{ nil = .x }", "none"),
        ("{ nil = nil }", "∅"),
        ("{ nil != nil }", "∅"),
        ("{ .x = .y }", "∅"),
        ("{ .x != .y }", "∅"),
        ("{ .y = nil && .x = 5 }", "five"),
        ("{ !(.x = 5) }", "six zero false empty none null bytes map mixed nothing"),
        ("{ !(.x = nil) }", "five six zero false empty null bytes map mixed nothing"),
        ("{ .x =~ \".*\" }", "empty"),
        ("{ .x !~ \"a\" }", "empty"),
        ("{ .x + 1 > 0 }", "five six zero"),
        ("{ .x + .y = nil }", "five six zero false empty none null bytes map mixed nothing"),
        ("{ name != nil }", "five six zero false empty none null bytes map mixed nothing"),
        ("{ true || .y }", "five six zero false empty none null bytes map mixed nothing"),
        ("{ .y || false }", "∅"),
        ("{ resource.service.name = \"\" && .x = 5 }", "five"),
        ("{ .service.name = \"\" && .x = 5 }", "five"),
    ]);
}

#[test]
fn types_decide_at_run_time() {
    let world = World::new(&[
        on("i1", 1, "v", V::I(1)),
        on("f1", 2, "v", V::F(1.0)),
        on("f.9", 3, "v", V::F(0.9)),
        on("s1", 4, "v", V::S("1")),
        on("t", 5, "v", V::B(true)),
        on("err", 6, "v", V::S("error")).status(SpanStatus::Error, ""),
        on("nan", 7, "v", V::F(f64::NAN)),
        on("big", 8, "v", V::I(1_000_000)),
    ]);
    world.check(&[
        ("{ .v = 1 }", "i1 f1"),
        ("{ .v = 1.0 }", "i1 f1"),
        ("{ .v > 0.5 && .v < 2 }", "i1 f1 f.9"),
        ("{ .v = \"1\" }", "s1"),
        ("{ .v != \"1\" }", "err"),
        ("{ .v = error }", "∅"),
        ("{ .v = \"error\" }", "err"),
        ("{ status = error }", "err"),
        ("{ .v }", "t"),
        ("{ .v = true }", "t"),
        ("{ .v != false }", "t"),
        ("{ .v && true }", "t"),
        ("{ .v > \"0\" }", "s1 err"),
        ("{ .v = 1ms }", "big"),
        ("{ 1ms = .v }", "big"),
        ("{ .v >= 999us }", "big"),
        ("{ .v != 1 }", "f.9 nan big"),
        ("{ .v + 0.0 > 0.5 && .v < 2 }", "i1 f1 f.9"),
        ("{ -.v < 0 && .v < 2 }", "i1 f1 f.9"),
        ("{ .v = .v }", "i1 f1 f.9 s1 t err big"),
        ("{ duration > 1000000 }", "∅"),
        ("{ duration = 1000000 }", "i1 f1 f.9 s1 t err nan big"),
        ("{ 1ms >= duration && .v = \"1\" }", "s1"),
        ("{ 0s < duration && .v }", "t"),
        ("{ duration = 1ms && .v }", "t"),
        ("{ .v < 0.95 }", "f.9"),
    ]);
}

#[test]
fn arithmetic() {
    let world = World::new(&[on("x", 1, "a", V::I(7)).with("f", V::F(2.5)).at(0.0, 1500.0)]);
    for (expression, holds) in [
        (".a / 2 = 3", true),
        (".a / 2.0 = 3.5", true),
        (".a % 4 = 3", true),
        (".a * .f = 17.5", true),
        (".a - .f = 4.5", true),
        ("2 ^ 3 = 8", true),
        ("2 ^ 3 ^ 2 = 512", true),
        ("2.0 ^ -1 = 0.5", true),
        ("2 ^ -1 = 0", true),
        ("-2 ^ 2 = -4", true),
        ("(-2) ^ 2 = 4", true),
        ("1 + 2 * 3 = 7", true),
        ("(1 + 2) * 3 = 9", true),
        ("10 - 3 - 2 = 5", true),
        (".a + 1 * 2 = 9", true),
        ("duration * 2 = 3s", true),
        ("duration + 500ms = 2s", true),
        ("duration / 2 > 700ms", true),
        ("duration - 1s = 0.5", false),
        ("1.0 / 0 > 1", true),
        (".a / 0 = nil", false),
        (".a / 0 != nil", false),
        ("maxInt + 1 = minInt", true),
        ("true || false && false", false),
        ("true || (false && false)", true),
        ("!true || true", true),
        ("!(true || true)", false),
        ("1 = 1.0", true),
        ("\"a\" < \"b\"", true),
        ("\"B\" < \"a\"", true),
        ("\"abc\" =~ \"a.c\"", true),
        ("\"abc\" =~ \"b\"", false),
        ("ok != error", true),
        ("1s = 1000ms", true),
        ("1s = 1000000000", true),
        ("1d = 24h && 1w = 7d && 1y = 365d", true),
    ] {
        let found = world.ask(&format!("{{ {expression} }}"));
        assert_eq!(found == "x", holds, "{expression}");
    }
}

#[test]
fn faults_drop_the_span_and_are_told() {
    let world = World::new(&[
        on("yes", 1, "b", V::B(true)),
        on("no", 2, "b", V::B(false)),
        on("text", 3, "b", V::S("x")),
        span("none", 4, 0),
        on("list", 5, "b", V::A(vec![V::I(1), V::I(2)])),
    ]);
    world.check(&[
        ("{ !.b }", "no"),
        ("{ !(!.b) }", "yes"),
        ("{ -.b < 0 }", "∅"),
        ("{ .b + 1 > 0 }", "∅"),
        ("{ 1 / 0 = 1 }", "∅"),
    ]);
    let said = |query: &str| {
        world.found(query).diagnostics.into_iter().map(|d| d.message).collect::<Vec<_>>()
    };
    assert_eq!(
        said("{ !.b }"),
        ["`!` met a value that is missing or no bool: taken as no match (3 times)"]
    );
    assert_eq!(said("{ .b + 1 > 0 }"), ["arithmetic met an array: taken as no match (1 times)"]);
    assert_eq!(said("{ .b = 1 }"), Vec::<String>::new());
}

#[test]
fn arrays_hold_if_any_item_does() {
    let texts = |items: &[&'static str]| V::A(items.iter().map(|i| V::S(i)).collect());
    let world = World::new(&[
        on("ab", 1, "l", texts(&["a", "b"])),
        on("bc", 2, "l", texts(&["b", "c"])),
        on("a", 3, "l", texts(&["a"])),
        on("12", 4, "l", V::A(vec![V::I(1), V::I(2)])),
        on("tf", 5, "l", V::A(vec![V::B(true), V::B(false)])),
    ]);
    world.check(&[
        ("{ .l = \"a\" }", "ab a"),
        ("{ .l != \"a\" }", "bc"),
        ("{ .l =~ \"[bc]\" }", "ab bc"),
        ("{ .l !~ \"[bc]\" }", "a"),
        ("{ .l > \"b\" }", "bc"),
        ("{ .l > 1 }", "12"),
        ("{ .l >= 2.0 }", "12"),
        ("{ 2 = .l }", "12"),
        ("{ .l != nil }", "ab bc a 12 tf"),
        ("{ .l = nil }", "∅"),
        ("{ .l }", "∅"),
        ("{ .l = true }", "tf"),
        ("{ .l = .l }", "ab bc a 12 tf"),
        ("{ } | by(.l) | count() = 1", "ab / bc / a / 12 / tf"),
    ]);
}

#[test]
fn scopes_look_where_they_say() {
    let resource = [("who", V::S("resource")), ("only", V::I(1)), ("service.name", V::S("s"))];
    let mut scoped = span("scoped", 3, 0);
    scoped.scope = ("lib", "1.2", vec![("who", V::S("scope"))]);
    let world = World::new(&[
        span("both", 1, 0).with("who", V::S("span")).of(&resource),
        span("res", 2, 0).of(&resource).with("only", V::S("text")),
        scoped,
        span("inside", 4, 0).event("e", 1.0, &[("who", V::S("event"))]).link(
            7,
            8,
            &[("who", V::S("link"))],
        ),
    ]);
    world.check(&[
        ("{ .who = \"span\" }", "both"),
        ("{ .who = \"resource\" }", "res"),
        ("{ span.who != nil }", "both"),
        ("{ resource.who = \"resource\" }", "both res"),
        // The first level that has the key decides, whatever its type.
        ("{ .only = 1 }", "both"),
        ("{ .only = \"text\" }", "res"),
        ("{ instrumentation.who = \"scope\" }", "scoped"),
        ("{ instrumentation:name = \"lib\" && instrumentation:version = \"1.2\" }", "scoped"),
        ("{ instrumentation:name = \"\" }", "both res inside"),
        ("{ event.who = \"event\" }", "inside"),
        ("{ link.who = \"link\" }", "inside"),
        ("{ .who = \"event\" || .who = \"link\" || .who = \"scope\" }", "∅"),
        ("{ .who = nil }", "scoped inside"),
        ("{ resource.service.name = \"s\" }", "both res"),
        ("{ resource.service.name != \"s\" }", "scoped inside"),
        ("{ link:traceID = \"7\" }", "inside"),
        ("{ link:spanID = \"0000000000000008\" }", "inside"),
        ("{ .name != nil }", "∅"),
    ]);
}

#[test]
fn conditions_on_events_hold_for_one_event() {
    let world = World::new(&[
        span("two", 1, 0)
            .event("state", 1.0, &[("seq", V::I(3)), ("to", V::S("thinking"))])
            .event("state", 2.0, &[("seq", V::I(4)), ("to", V::S("speaking"))])
            .link(1, 3, &[("rel", V::S("next"))]),
        span("one", 2, 0).event("state", 5.0, &[("seq", V::I(3)), ("to", V::S("speaking"))]),
        span("none", 3, 0),
    ]);
    world.check(&[
        ("{ event.seq = 3 && event.to = \"speaking\" }", "one"),
        ("{ event.seq = 4 && event.to = \"speaking\" && name = \"two\" }", "two"),
        ("{ event.seq = 3 && (name = \"two\" && event.to = \"thinking\") }", "two"),
        ("{ event.seq = 3 || event.seq = 9 }", "two one"),
        ("{ event.seq = 9 || name = \"none\" }", "none"),
        ("{ event.seq != 3 }", "two"),
        ("{ event.other = nil }", "two one"),
        ("{ event.seq = nil }", "∅"),
        ("{ event.seq = 3 && link.rel = \"next\" }", "two"),
        ("{ event:timeSinceStart >= 5ms }", "one"),
        ("{ event:timeSinceStart < 2ms && event.seq = 4 }", "∅"),
        ("{ event.to =~ \"s.*\" }", "two one"),
        ("{ event.seq = 3 } && { event.to = \"thinking\" }", "two one"),
        // Outside filters the first event counts.
        ("{ } | by(event.seq) | count() = 2", "two one"),
        ("{ } | max(event:timeSinceStart) = 5ms", "two one none"),
    ]);
}

#[test]
fn intrinsics_of_spans() {
    let mut open = span("open", 2, 1).kind(SpanKind::Client);
    open.ms = None;
    let world = World::new(&[
        span("root", 1, 0).at(0.0, 10.0).status(SpanStatus::Ok, "fine"),
        open,
        span("late", 3, 1).at(20.0, 30.0).status(SpanStatus::Error, "bad"),
    ]);
    world.check(&[
        ("{ duration = 10ms }", "root"),
        // A span that never ended has no duration.
        ("{ duration >= 0s }", "root late"),
        ("{ duration < 1h }", "root late"),
        ("{ trace:duration = 50ms }", "root open late"),
        ("{ status = unset }", "open"),
        ("{ status != ok }", "open late"),
        ("{ statusMessage = \"\" }", "open"),
        ("{ kind = client }", "open"),
        ("{ kind != client }", "root late"),
        ("{ span:id = \"0000000000000002\" }", "open"),
        ("{ span:parentID = \"0000000000000001\" }", "open late"),
        ("{ rootName = \"root\" && name = \"late\" }", "late"),
        ("{ span:childCount = 2 }", "root"),
    ]);
    let orphans = World::new(&[span("o", 2, 1)]);
    orphans.check(&[
        ("{ trace:rootName = \"\" && trace:rootService = \"\" }", "o"),
        ("{ trace:rootName != \"\" }", "∅"),
    ]);
}

#[test]
fn aggregates_skip_what_is_missing() {
    let world = World::new(&[
        span("a", 1, 0).with("n", V::I(4)).with("m", V::F(0.5)).at(0.0, 1.0),
        span("b", 2, 1).with("n", V::I(8)).with("m", V::I(2)).at(1.0, 4.0),
        span("c", 3, 1).with("m", V::S("x")).at(2.0, 1.0),
    ]);
    for (filter, holds) in [
        ("count() = 3", true),
        ("count() > 3", false),
        ("sum(.n) = 12", true),
        ("avg(.n) = 6", true),
        ("min(.n) = 4", true),
        ("max(.n) = 8", true),
        ("max(.n) != 8", false),
        ("min(.n) < 4.5", true),
        // The sum has the type of its first value; others are left out.
        ("sum(.m) = 0.5", true),
        ("max(.m) = 2", true),
        ("avg(.n / 8.0) = 0.75", true),
        ("sum(.x) = 0", false),
        ("max(.x) >= 0", false),
        ("count() = 0", false),
        ("sum(duration) = 6ms", true),
        ("avg(duration) = 2ms", true),
        ("max(duration) = 4ms", true),
        ("max(duration) > 1", true),
        ("min(duration) < 2ms", true),
        ("max(-.n) = -4", true),
        ("sum(span:childCount) = 2", true),
    ] {
        let found = world.ask(&format!("{{ }} | {filter}"));
        assert_eq!(found, if holds { "a b c" } else { "∅" }, "{filter}");
    }
    world.check(&[
        ("{ .n > 5 } | count() = 1", "b"),
        ("{ .n > 5 } | sum(.n) = 8 | { name = \"b\" }", "b"),
        ("{ false } | count() = 0", "∅"),
        ("max(.n) = 8", "a b c"),
    ]);
}

#[test]
fn groups() {
    let world = World::new(&[
        span("a", 1, 0).with("k", V::I(1)).with("n", V::S("x")),
        span("b", 2, 1).with("k", V::I(1)).with("n", V::S("y")),
        span("c", 3, 1).with("k", V::F(1.0)).with("n", V::S("x")),
        span("d", 4, 1).with("n", V::S("x")),
        span("e", 5, 1).with("n", V::S("x")),
        span("f", 6, 0).trace(2).with("k", V::I(1)),
    ]);
    world.check(&[
        // A missing value is a group, and values of two types are two.
        ("{ } | by(.k)", "a b / c / d e / f"),
        ("{ } | by(.k) | by(.n)", "a / b / c / d e / f"),
        ("{ } | by(.k) | count() = 2", "a b / d e"),
        ("{ } | by(.k) | count() = 2 | coalesce()", "a b d e"),
        ("{ } | by(.k) | coalesce() | count() = 5", "a b c d e"),
        ("{ } | by(.k) | { .n = \"x\" }", "a / c / d e"),
        ("{ } | by(.k) | { .n = \"x\" } | count() = 1", "a / c"),
        ("by(.k)", "a b / c / d e / f"),
        ("{ } | by(.n = \"x\")", "a c d e / b / f"),
        ("{ } | by(.k + 1)", "a b / c / d e / f"),
        ("{ } | coalesce()", "a b c d e / f"),
        ("{ } | select(.k) | by(.k) | count() = 2", "a b / d e"),
    ]);
    let labels: Vec<String> = world
        .found("{ } | by(.k) | by(span:op)")
        .matches
        .iter()
        .map(|m| format!("{:?}", m.group))
        .collect();
    assert_eq!(labels[0], r#"[(".k", Int(1)), ("span:op", Text("other"))]"#);
    assert_eq!(labels[2], r#"[(".k", Nil), ("span:op", Text("other"))]"#);
}

#[test]
fn metrics_are_refused_when_they_are_evaluated() {
    let world = World::new(&[span("a", 1, 0)]);
    for query in ["{ } | rate()", "({ } | rate()) > 5", "{ } | compare({ })"] {
        let parsed = agentobs::query::parse(query).unwrap();
        let error = parsed.evaluate(&world.store, &world.sessions).unwrap_err();
        assert!(error.message.contains("not evaluated"), "{query}: {error}");
    }
}

//! Nothing that is typed breaks the parser or the evaluation.

use super::world::{V, World, span};
use agentobs::query::parse;
use proptest::prelude::*;

/// Pieces of queries, good and bad.
const PIECES: &[&str] = &[
    "{",
    "}",
    "{ }",
    "(",
    ")",
    "{ .a }",
    "{ .a = 1 }",
    "{ name = \"a\" }",
    "&&",
    "||",
    ">",
    "<",
    ">>",
    "<<",
    "~",
    "!>",
    "!<",
    "!>>",
    "!<<",
    "!~",
    "&>",
    "&<",
    "&>>",
    "&<<",
    "&~",
    "=",
    "!=",
    "<=",
    ">=",
    "=~",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "!",
    "|",
    ",",
    ".a",
    "span.b",
    "resource.c",
    "event.d",
    "link.e",
    "instrumentation.f",
    "parent.g",
    ".\"q x\"",
    "name",
    "duration",
    "status",
    "kind",
    "span:op",
    "turn:number",
    "tool:name",
    "llm:ttft",
    "trace:id",
    "nestedSetLeft",
    "nil",
    "true",
    "false",
    "ok",
    "error",
    "client",
    "tool",
    "minInt",
    "1",
    "0",
    "1.5",
    "1s",
    "\"a\"",
    "`b`",
    "count()",
    "sum(.a)",
    "max(duration)",
    "avg",
    "by(",
    "by(.a)",
    "by(name)",
    "coalesce()",
    "select(.a)",
    "rate()",
    "count_over_time()",
    "sum_over_time(.a)",
    "quantile_over_time(.a, 0.5)",
    "compare({ })",
    "topk(2)",
    "with(a=1)",
    "//",
    "/*",
    "*/",
    "\n",
    "'",
    "#",
    "\"",
    ".",
    "span:",
    "½",
    "\u{0}",
];

fn forest() -> World {
    World::new(&[
        span("a", 1, 0).with("a", V::I(1)).event("e", 1.0, &[("d", V::S("x"))]),
        span("b", 2, 1).with("a", V::B(true)).with("b", V::A(vec![V::I(1), V::I(2)])),
        span("c", 3, 9).with("a", V::S("a")),
    ])
}

/// Reads a query; one that is accepted means the same when printed, and runs.
fn survives(world: &World, text: &str) -> Result<(), TestCaseError> {
    match parse(text) {
        Err(error) => {
            prop_assert!(error.column >= 1 && error.line >= 1);
            prop_assert!(error.excerpt(text).ends_with('^'));
        }
        Ok(query) => {
            let explained = query.explain();
            let again = parse(&explained);
            let same = again.as_ref() == Ok(&query);
            let start: String = text.chars().take(200).collect();
            prop_assert!(same, "{} became {:.200}: {:?}", start, explained, again.err());
            // Only the well-known run-time errors may come.
            let _ = query.evaluate(&world.store, &world.sessions);
        }
    }
    Ok(())
}

/// Field expressions that the grammar accepts; the types may not fit.
fn field() -> impl Strategy<Value = String> {
    let atoms = vec![
        ".a",
        "span.b",
        "name",
        "duration",
        "status",
        "1",
        "2.5",
        "1s",
        "\"a\"",
        "true",
        "ok",
        "event.d",
        "nil",
        "span:op",
        "tool",
        "turn:interrupted",
    ];
    let leaf = proptest::sample::select(atoms).prop_map(str::to_owned);
    leaf.prop_recursive(5, 24, 2, |inner| {
        let ops = vec![
            "=", "!=", "<", "<=", ">", ">=", "=~", "!~", "+", "-", "*", "/", "%", "^", "&&", "||",
        ];
        prop_oneof![
            (inner.clone(), proptest::sample::select(ops), inner.clone())
                .prop_map(|(l, op, r)| format!("{l} {op} {r}")),
            inner.clone().prop_map(|e| format!("({e})")),
            inner.clone().prop_map(|e| format!("!{e}")),
            inner.prop_map(|e| format!("-{e}")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        survives(&forest(), &String::from_utf8_lossy(&bytes))?;
    }

    #[test]
    fn any_text(text in "\\PC{0,40}") {
        survives(&forest(), &text)?;
        survives(&forest(), &format!("{{ {text} }}"))?;
    }

    #[test]
    fn any_pieces(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..14)) {
        let world = forest();
        survives(&world, &pieces.concat())?;
        survives(&world, &pieces.join(" "))?;
        survives(&world, &format!("{{ }} {}", pieces.join(" ")))?;
        survives(&world, &format!("{{ {} }}", pieces.join(" ")))?;
    }

    #[test]
    fn any_expression(expression in field()) {
        survives(&forest(), &format!("{{ {expression} }}"))?;
        survives(&forest(), &format!("{{ }} | by({expression})"))?;
        survives(&forest(), &format!("{{ }} | max({expression}) > 1"))?;
    }
}

#[test]
fn deep_and_long_queries_end() {
    let world = forest();
    let deep = 100_000;
    for text in [
        "(".repeat(deep),
        "{ ".to_owned() + &"(".repeat(deep / 2),
        "{ ".to_owned() + &"!".repeat(deep / 2),
        "{ ".to_owned() + &"- ".repeat(deep / 4) + "1 }",
        "{ .a".to_owned() + &" ^ .a".repeat(10_000) + " }",
        "{ .a".to_owned() + &" + .a".repeat(10_000) + " = 1 }",
        "{ nil = ".to_owned() + &"nil = ".repeat(10_000) + " .a }",
        "{ .a }".to_owned() + &" && { .a }".repeat(10_000),
        "({ .a } | ".repeat(10_000),
        "{ } | count() > ".to_owned() + &"(".repeat(10_000),
        "{ } | count() > ".to_owned() + &"1 + ".repeat(10_000) + "1",
        "{ .a".to_owned() + &"a".repeat(deep) + " = 1 }",
        "{ name =~ \"".to_owned() + &"(".repeat(10_000) + &")".repeat(10_000) + "\" }",
        "{ name =~ \"((a{1000}){1000}){1000}\" }".to_owned(),
        "x".repeat(1 << 20),
        "/*".repeat(10_000),
    ] {
        let start = std::time::Instant::now();
        survives(&world, &text).unwrap();
        assert!(start.elapsed().as_secs() < 10, "{}", text.chars().take(60).collect::<String>());
    }
    // At the limits, every pass over the tree still fits its stack.
    let wide = format!("{{ .a{} }}", " || .a".repeat(199));
    survives(&world, &wide).unwrap();
    assert!(parse(&wide).is_ok());
    let nested = format!("{{ {}.a{} }}", "(".repeat(126), ")".repeat(126));
    assert!(parse(&nested).is_ok());
    let mixed = format!("{{ .a{} }}", " && .a || .b".repeat(32));
    survives(&world, &mixed).unwrap();
    assert!(parse(&mixed).is_ok());
    let signs = format!("{{ {}.a{} }}", "!(.b && ".repeat(20), ")".repeat(20));
    survives(&world, &signs).unwrap();
    assert!(parse(&signs).is_ok());
    let joined = format!("{{ .a }}{}", " || { .a }".repeat(199));
    survives(&world, &joined).unwrap();
    assert!(parse(&joined).is_ok());
    let groups = format!("{}{{ .a }}{}", "(".repeat(126), ")".repeat(126));
    assert!(parse(&groups).is_ok());
}

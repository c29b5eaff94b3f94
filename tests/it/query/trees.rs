//! Relations, on small trees by hand and on random forests against the
//! definition, word by word.

use super::world::{Span, V, World, span};
use agentobs::model::SpanKind;
use proptest::prelude::*;

/// ```text
/// r            p           o (parent missing)
/// ├ a          └ q         └ oo
/// │ ├ b
/// │ │ └ c
/// │ └ d
/// └ e
/// ```
fn forest() -> World {
    World::new(&[
        span("r", 1, 0),
        span("a", 2, 1),
        span("b", 3, 2),
        span("c", 4, 3),
        span("d", 5, 2),
        span("e", 6, 1),
        span("p", 7, 0),
        span("q", 8, 7),
        span("o", 9, 99),
        span("oo", 10, 9),
    ])
}

#[test]
fn every_relation_and_its_forms() {
    forest().check(&[
        (r#"{ name = "a" } > { }"#, "b d"),
        (r#"{ name = "a" } !> { }"#, "r a c e p q o oo"),
        (r#"{ name = "a" } &> { }"#, "a b d"),
        (r#"{ name = "b" } < { }"#, "a"),
        (r#"{ name = "b" } !< { }"#, "r b c d e p q o oo"),
        (r#"{ name = "b" } &< { }"#, "a b"),
        (r#"{ name = "a" } >> { }"#, "b c d"),
        (r#"{ name = "a" } !>> { }"#, "r a e p q o oo"),
        (r#"{ name = "a" } &>> { }"#, "a b c d"),
        (r#"{ name = "c" } << { }"#, "r a b"),
        (r#"{ name = "c" } !<< { }"#, "c d e p q o oo"),
        (r#"{ name = "c" } &<< { }"#, "r a b c"),
        (r#"{ name = "b" } ~ { }"#, "d"),
        (r#"{ name = "b" } !~ { }"#, "r a b c e p q o oo"),
        (r#"{ name = "b" } &~ { }"#, "b d"),
        (r#"{ name =~ "b|d" } ~ { }"#, "b d"),
        (r#"{ name =~ "b|d" } &~ { name = "b" }"#, "b d"),
    ]);
}

#[test]
fn borders_of_relations() {
    forest().check(&[
        // Nobody is its own parent, child, ancestor, descendant or sibling.
        (r#"{ name = "a" } > { name = "a" }"#, "∅"),
        (r#"{ name = "a" } >> { name = "a" }"#, "∅"),
        (r#"{ name = "a" } << { name = "a" }"#, "∅"),
        (r#"{ name = "a" } ~ { name = "a" }"#, "∅"),
        // Two roots are siblings.
        (r#"{ name = "r" } ~ { }"#, "p"),
        (r#"{ name = "p" } &~ { name = "r" }"#, "r p"),
        // Spans that no root leads to are related to nothing.
        (r#"{ name = "o" } > { }"#, "∅"),
        (r#"{ name = "oo" } < { }"#, "∅"),
        (r#"{ name = "o" } >> { }"#, "∅"),
        (r#"{ } !> { }"#, "r p o oo"),
        (r#"{ } !>> { }"#, "r p o oo"),
        (r#"{ } !~ { }"#, "c q o oo"),
        // Leaves of trees, and spans outside.
        (r#"{ } !< { }"#, "c d e q o oo"),
        // Nothing on the left.
        (r#"{ false } > { }"#, "∅"),
        (r#"{ false } &>> { }"#, "∅"),
        (r#"{ false } !> { name = "a" }"#, "a"),
        // Matches nested in one another lose nothing.
        (r#"{ name =~ "r|a|b" } &>> { name =~ "b|c" }"#, "r a b c"),
        (r#"{ name =~ "b|c|d" } &<< { name =~ "r|a|b" }"#, "r a b c d"),
        // Chains go from left to right.
        (r#"{ name = "r" } > { name = "a" } > { }"#, "b d"),
        (r#"{ name = "r" } > ({ name = "a" } > { })"#, "∅"),
        (r#"{ name = "r" } >> ({ name = "a" } > { })"#, "b d"),
        // Children count by the parent id alone.
        (r#"{ span:childCount = 1 }"#, "b p o"),
        (r#"{ span:parentID = "0000000000000063" }"#, "o"),
        (r#"{ nestedSetParent = -1 }"#, "r p"),
        (r#"{ nestedSetLeft = 0 && nestedSetRight = 0 && nestedSetParent = 0 }"#, "o oo"),
        (r#"{ nestedSetLeft = 1 && nestedSetRight = 12 }"#, "r"),
        (r#"{ nestedSetLeft = 3 && nestedSetRight = 6 && nestedSetParent = 2 }"#, "b"),
        (r#"{ nestedSetLeft = 13 && nestedSetRight = 16 }"#, "p"),
    ]);
}

#[test]
fn both_sides_of_logic_are_needed_in_one_trace() {
    let world = World::new(&[
        span("a1", 1, 0).name("a"),
        span("b1", 2, 1).name("b"),
        span("a2", 3, 0).name("a").trace(2),
        span("b3", 4, 0).name("b").trace(3),
        span("x3", 5, 4).trace(3),
    ]);
    world.check(&[
        (r#"{ name = "a" } && { name = "b" }"#, "a1 b1"),
        (r#"{ name = "a" } || { name = "b" }"#, "a1 b1 / a2 / b3"),
        (r#"{ } && { name = "b" }"#, "a1 b1 / b3 x3"),
        (r#"{ name = "a" } && { name = "c" }"#, "∅"),
        (r#"{ name = "a" } > { name = "b" }"#, "b1"),
        (r#"{ name = "a" } ~ { }"#, "∅"),
        (r#"{ name = "b" } | count() = 1"#, "b1 / b3"),
        (r#"count() = 2"#, "a1 b1 / b3 x3"),
        (r#"{ span:id = "0000000000000003" }"#, "a2"),
        (r#"{ trace:id = "2" }"#, "a2"),
        (r#"{ trace:id = "00000000000000000000000000000002" }"#, "a2"),
        (r#"{ trace:id != "002" }"#, "a1 b1 / b3 x3"),
        (r#"{ trace:rootName = "a" }"#, "a1 b1 / a2"),
    ]);
}

#[test]
fn operators_see_what_earlier_stages_left() {
    forest().check(&[
        (r#"{ name != "b" } | { } > { name = "c" }"#, "∅"),
        (r#"{ name != "b" } | { } >> { name = "c" }"#, "c"),
        (r#"{ } | by(nestedSetParent) | { name = "b" } ~ { }"#, "d"),
        (r#"{ } | by(name) | { } ~ { }"#, "∅"),
        (r#"{ } | by(name) | { name = "a" } || { name = "b" }"#, "a / b"),
        (r#"{ } | by(name) | { name = "a" } && { name = "b" }"#, "∅"),
        (r#"({ } | by(name) | coalesce()) > ({ name = "c" })"#, "c"),
        (r#"({ name = "a" } | count() = 1) > ({ })"#, "b d"),
        (r#"({ name = "a" } | count() = 2) !> ({ name = "a" })"#, "a"),
        (r#"({ name = "a" } | by(name)) > ({ })"#, "b d"),
    ]);
    let world = forest();
    let query = agentobs::query::parse("({ } | by(name)) > ({ })").unwrap();
    let error = query.evaluate(&world.store, &world.sessions).unwrap_err();
    assert!(error.message.contains("coalesce()"), "{error}");
}

#[test]
fn one_id_on_both_sides_of_a_call() {
    // A client and a server may share a span id: the server's is the child.
    let world = World::new(&[
        span("r", 1, 0),
        span("c", 2, 1).kind(SpanKind::Client),
        span("s", 2, 1).kind(SpanKind::Server).at(3.0, 1.0),
        span("x", 4, 2),
    ]);
    world.check(&[
        (r#"{ name = "c" } > { }"#, "s"),
        (r#"{ name = "s" } > { }"#, "x"),
        (r#"{ name = "r" } > { }"#, "c"),
        (r#"{ name = "r" } >> { }"#, "c s x"),
    ]);
    // Three of one id: nobody can tell the tree.
    let crowd = World::new(&[
        span("r", 1, 0),
        span("a", 2, 1),
        span("b", 2, 1).at(5.0, 1.0),
        span("c", 2, 1).at(9.0, 1.0),
    ]);
    crowd.check(&[(r#"{ name = "r" } > { }"#, "∅"), (r#"{ nestedSetLeft = 0 }"#, "r a b c")]);
}

#[test]
fn circles_end() {
    let world = World::new(&[
        span("own", 1, 1),
        span("a", 2, 3),
        span("b", 3, 2),
        span("r", 4, 0),
        span("x", 5, 4),
    ]);
    world.check(&[
        (r#"{ } >> { }"#, "x"),
        (r#"{ } !>> { }"#, "own a b r"),
        (r#"{ span:op = other } | by(tool:name)"#, "own a b r x"),
        (r#"{ llm:ttft != nil }"#, "∅"),
    ]);
}

const LETTERS: [&str; 3] = ["a", "b", "c"];

/// A random forest: each span's parent is an earlier one, none, missing, or
/// (to make circles) any.
fn forests() -> impl Strategy<Value = Vec<Span>> {
    proptest::collection::vec((0usize..4, any::<u8>(), 0usize..3, 1u128..3), 1..14).prop_map(
        |rows| {
            let count = rows.len() as u64;
            (1u64..)
                .zip(rows)
                .map(|(id, (kind, pick, letter, trace))| {
                    let parent = match kind {
                        0 => 0,
                        1 if pick < 30 => 1000,
                        2 if pick < 30 => 1 + u64::from(pick) % count,
                        _ => u64::from(pick) % id,
                    };
                    span(LETTERS[letter], id, parent).trace(trace).with("id", V::I(id as i64))
                })
                .collect()
        },
    )
}

/// The parent of a span that a root leads to, by definition.
fn chain(spans: &[Span], at: usize) -> Option<Vec<usize>> {
    let mut chain = vec![at];
    loop {
        let last = &spans[*chain.last().unwrap()];
        if last.parent == 0 {
            return Some(chain);
        }
        let up = spans.iter().position(|s| s.trace == last.trace && s.id == last.parent)?;
        if chain.contains(&up) {
            return None;
        }
        chain.push(up);
    }
}

/// Whether `r` is related to `l`, by the words of the definition.
fn related(spans: &[Span], sign: &str, l: usize, r: usize) -> bool {
    let (Some(of_l), Some(of_r)) = (chain(spans, l), chain(spans, r)) else { return false };
    if spans[l].trace != spans[r].trace || l == r {
        return false;
    }
    match sign {
        ">" => of_r.get(1) == Some(&l),
        "<" => of_l.get(1) == Some(&r),
        ">>" => of_r[1..].contains(&l),
        "<<" => of_l[1..].contains(&r),
        _ => of_l.get(1) == of_r.get(1),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn relations_are_those_of_the_definition(spans in forests()) {
        let world = World::new(&spans);
        for sign in [">", "<", ">>", "<<", "~"] {
            for (left, right) in [("a", "b"), ("a", "a|b"), ("a|b", "b|c"), ("a|b|c", "a|b|c")] {
                let has = |names: &str, at: &usize| names.split('|').any(|n| n == spans[*at].name);
                let all: Vec<usize> = (0..spans.len()).collect();
                let a: Vec<usize> = all.iter().copied().filter(|at| has(left, at)).collect();
                let b: Vec<usize> = all.iter().copied().filter(|at| has(right, at)).collect();
                let hit = |r: usize| a.iter().any(|l| related(&spans, sign, *l, r));
                let yes: Vec<usize> = b.iter().copied().filter(|r| hit(*r)).collect();
                let no: Vec<usize> = b.iter().copied().filter(|r| !hit(*r)).collect();
                let back = |l: &usize| b.iter().any(|r| related(&spans, sign, *l, *r));
                let mut both: Vec<usize> = a.iter().copied().filter(back).collect();
                both.extend(&yes);
                for (form, mut expected) in [("", yes), ("!", no), ("&", both)] {
                    let query = format!("{{ name =~ `{left}` }} {form}{sign} {{ name =~ `{right}` }}");
                    let found = world.found(&query);
                    let mut rows: Vec<usize> =
                        found.matches.iter().flat_map(|m| &m.spans).map(|ix| ix.index()).collect();
                    rows.sort_unstable();
                    expected.sort_unstable();
                    expected.dedup();
                    prop_assert_eq!(&rows, &expected, "{}", query);
                    // The same one trace at a time, as groups.
                    let grouped = world.found(&format!("{{ }} | by(trace:id) | {query}"));
                    prop_assert_eq!(grouped.matches.len(), found.matches.len());
                }
            }
        }
    }
}

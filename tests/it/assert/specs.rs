//! What is wrong with specs: the message, the place, what to write instead.

use crate::support::{TempDir, fixture};
use agentobs::assert::Spec;
use serde_json::Value;

/// A spec, `line:column` of the error, its message, words of the hint.
const WRONG: &[(&str, &str, &str, &str)] = &[
    ("rules: [", "1:", "not YAML", ""),
    ("- a\n- b\n", "1:1", "a spec is a mapping, found a list", ""),
    ("name: x\nruels: []\n", "2:1", "a spec has no key `ruels`", "did you mean `rules`?"),
    ("name: x\nrules: 5\n", "2:8", "`rules` is a list, found a number", ""),
    ("name: [a]\n", "1:7", "`name` is a text, found a list", ""),
    ("scope: sesion\n", "1:8", "`scope` cannot be `sesion`", "did you mean `session`?"),
    ("needs: [audio, sapns]\n", "1:16", "`needs` cannot be `sapns`", "did you mean `spans`?"),
    ("severity: fatal\n", "1:11", "`severity` cannot be `fatal`", "error, warn, info"),
    ("rules:\n  - 5\n", "2:5", "a rule is a mapping, found a number", ""),
    (
        "rules:\n  - id: a\n    expct: x\n",
        "3:5",
        "a rule has no key `expct`",
        "did you mean `expect`?",
    ),
    (
        "rules:\n  - id: no-orphan\n",
        "2:5",
        "a rule that wants nothing",
        "did you mean `no-orphans`?",
    ),
    ("rules:\n  - { severity: warn }\n", "2:5", "a rule that wants nothing", "it needs one of"),
    (
        "rules:\n  - { expect: 'count(tool) = 1', forbid: '{ }' }\n",
        "2:",
        "a rule wants one thing: `forbid` or `expect`",
        "",
    ),
    (
        "rules:\n  - { check: no-eror }\n",
        "2:14",
        "`check` cannot be `no-eror`",
        "did you mean `no-errors`?",
    ),
    (
        "rules:\n  - { id: a, exists: tool }\n  - { id: a, exists: user }\n",
        "3:5",
        "a second rule with the id `a`",
        "",
    ),
    ("rules:\n  - expect: '{ nmae = 1 }'\n", "2:13", "nmae", "name"),
    ("rules:\n  - expect: '{ span:op = tol }'\n", "2:13", "tol", "tool"),
    ("rules:\n  - expect: '{ } | rate()'\n", "2:13", "metrics functions are read and checked", ""),
    ("rules:\n  - turn.e2 < 1s\n", "2:5", "turn has no `e2`", "did you mean `e2e`?"),
    ("rules:\n  - trun.e2e < 1s\n", "2:5", "`trun` is no word of rules", "did you mean `turn`?"),
    (
        "rules:\n  - turn.e2e < 1.2\n",
        "2:5",
        "1.2 of what? a duration needs a unit",
        "write `1.2ms` or `1.2s`",
    ),
    ("rules:\n  - turn.e2e < 5 apples\n", "2:5", "5 of what?", ""),
    ("rules:\n  - turn.e2e < 5furlongs\n", "2:5", "`5furlongs` is no number", ""),
    (
        "rules:\n  - turn.e2e\n",
        "2:5",
        "a rule is a condition, and this is a duration",
        "compare it",
    ),
    ("rules:\n  - turn.e2e < \"x\"\n", "2:5", "a duration cannot be compared with a text", ""),
    ("rules:\n  - count(tool) < 1s\n", "2:5", "a number cannot be compared with a duration", ""),
    ("rules:\n  - turn.text < 1\n", "2:5", "a text cannot be compared with a number", ""),
    ("rules:\n  - turn.interrupted > false\n", "2:5", "true and false have no order", ""),
    ("rules:\n  - turn.number =~ \"1.*\"\n", "2:5", "a pattern matches text", ""),
    ("rules:\n  - turn.text =~ \"(\"\n", "2:5", "", ""),
    (
        "rules:\n  - count() = 1\n",
        "2:5",
        "expected what to count, found `)`",
        "such as `count(tool)`",
    ),
    (
        "rules:\n  - cuont(tool) = 1\n",
        "2:5",
        "there is no function `cuont`",
        "did you mean `count`?",
    ),
    (
        "rules:\n  - count(tol) = 1\n",
        "2:5",
        "`tol` is nothing a rule can look at",
        "did you mean `tool`?",
    ),
    (
        "rules:\n  - 'count(tool(nme=\"x\")) = 1'\n",
        "2:5",
        "tool has no `nme`",
        "did you mean `name`?",
    ),
    (
        "rules:\n  - count(tool) = 1 && count(user) = 1 || count(agent) = 1\n",
        "2:5",
        "`&&` and `||` side by side: write parentheses",
        "",
    ),
    ("rules:\n  - gap(user, agent.start) < 1s\n", "2:5", "expected a time", ""),
    ("rules:\n  - p(turn.e2e, 95) < 1s\n", "2:5", "expected a share from 0 to 1", ""),
    ("rules:\n  - turn.e2e < 1s ± 10\n", "2:5", "expected a share such as 10%", ""),
    ("rules:\n  - { every: tool }\n", "2:14", "`every` of what? It needs `satisfies`", ""),
    ("rules:\n  - { count: tool }\n", "2:14", "`count` needs `is`, `at_least` or `at_most`", ""),
    ("rules:\n  - { count: tool, is: many }\n", "2:24", "`is` is a whole number, found a text", ""),
    ("rules:\n  - { exists: agent, within: 8 }\n", "2:30", "`within` is a duration and a time", ""),
    ("rules:\n  - { exists: agent, within: 8 of user.end }\n", "2:30", "`8` is no duration", ""),
    ("rules:\n  - sequence: []\n", "2:15", "`sequence` is empty", ""),
    (
        "rules:\n  - sequence: [tool(name=\"a\", error=false)]\n",
        "2:16",
        "does not end",
        "put quotes around it",
    ),
    (
        "rules:\n  - { sequence: [tool], mode: sorted }\n",
        "2:31",
        "`mode` cannot be `sorted`",
        "ordered, strict",
    ),
    ("rules:\n  - tree: ''\n", "2:11", "the pattern is empty", ""),
    (
        "rules:\n  - tree: |\n      session\n        agnet\n",
        "4:9",
        "`agnet` is nothing a rule can look at",
        "did you mean `agent`?",
    ),
    ("rules:\n  - tree: |\n      agent\n      user\n", "4:7", "a pattern has one root", ""),
    (
        "rules:\n  - tree: |\n      agent\n        tool{3,1}\n",
        "4:",
        "the second number is below the first",
        "",
    ),
    ("rules:\n  - all_of: []\n", "2:13", "`all_of` is empty", ""),
    (
        "rules:\n  - forbid: { a: b, c: d }\n",
        "2:13",
        "`forbid` is a text, found a mapping",
        "put quotes around it",
    ),
    (
        "rules:\n  - turn.e2e < ${AGENTOBS_TEST_UNSET}\n",
        "2:5",
        "`AGENTOBS_TEST_UNSET` is not set",
        "",
    ),
    ("vars: 5\n", "1:7", "`vars` is a mapping, found a number", ""),
    ("vars: { a: [] }\n", "1:12", "a variable is a text or a number, found a list", ""),
    ("include: nowhere.yaml\n", "1:10", "cannot read nowhere.yaml", ""),
    ("snapshot: {}\n", "1:11", "a snapshot needs a `file`", ""),
    (
        "snapshot: { file: a, kep: [] }\n",
        "1:22",
        "a snapshot has no key `kep`",
        "did you mean `keep`?",
    ),
];

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let mut wrong = Vec::new();
    for (text, place, message, hint) in WRONG {
        let error = match Spec::parse(text, "s.yaml") {
            Ok(_) => {
                wrong.push(format!("{text:?} is taken"));
                continue;
            }
            Err(error) => error,
        };
        let shown = error.to_string();
        let said = error.hint.clone().unwrap_or_default();
        let at = format!("s.yaml:{place}");
        if !shown.starts_with(&at) || !shown.contains(message) || !said.contains(hint) {
            wrong.push(format!("{text}  expected {at} {message} ({hint})\n  {shown}\n  {said}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), WRONG.len(), wrong.join("\n"));
}

#[test]
fn documents_vars_and_includes() {
    let folder = TempDir::new("spec-files");
    folder.file("deep/limits.yaml", b"vars: { limit: 9s }\nrules:\n  - turn.e2e < ${limit}\n");
    let main = folder.file(
        "main.yaml",
        b"vars: { limit: 2s, twice: '${limit}' }\ninclude: deep/limits.yaml\nrules:\n  - eou.delay < ${twice}\n---\nrules:\n  - llm.ttft < ${AGENTOBS_TEST_UNSET:-3s}\n",
    );
    let spec = Spec::read(&main).expect("a spec");
    assert_eq!(spec.rules(), 3);
    let shown = format!("{spec:?}");
    // The including file's variables win.
    for rule in ["turn.e2e < 2s", "eou.delay < 2s", "llm.ttft < 3s"] {
        assert!(shown.contains(rule), "{rule} in {shown}");
    }
    assert!(!shown.contains("turn.e2e < 9s"));
}

#[test]
fn includes_that_go_round_are_refused() {
    let folder = TempDir::new("spec-cycle");
    folder.file("b.yaml", b"include: a.yaml\n");
    let first = folder.file("a.yaml", b"name: a\ninclude: b.yaml\n");
    let error = Spec::read(&first).expect_err("a cycle").to_string();
    assert!(error.contains("b.yaml:1:10: includes go round: a.yaml → b.yaml → a.yaml"), "{error}");
}

#[test]
fn json_is_a_spec_too() {
    let spec =
        Spec::parse(r#"{ "rules": [ { "id": "a", "expect": "turn.e2e < 1s" } ] }"#, "s.json");
    assert_eq!(spec.expect("a spec").rules(), 1);
}

fn schema() -> Value {
    let text = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema/agentobs.spec-1.json"),
    );
    serde_json::from_str(&text.expect("the schema")).expect("JSON")
}

#[test]
fn the_schema_takes_what_is_taken() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let folder = std::fs::read_dir(fixture("specs")).expect("specs");
    let mut seen = 0;
    for entry in folder {
        let text = std::fs::read_to_string(entry.expect("entry").path()).expect("text");
        let documents: Vec<Value> = serde_saphyr::from_multiple(&text).expect("YAML");
        for document in documents {
            let wrong: Vec<String> =
                validator.iter_errors(&document).map(|error| error.to_string()).collect();
            assert!(wrong.is_empty(), "{text}\n{}", wrong.join("\n"));
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen}");
    for wrong in [
        serde_json::json!({ "ruels": [] }),
        serde_json::json!({ "rules": [{ "expct": "x" }] }),
        serde_json::json!({ "scope": "sesion" }),
        serde_json::json!({ "rules": [5] }),
    ] {
        assert!(!validator.is_valid(&wrong), "{wrong}");
    }
}

/// The hint on an unknown key lists what is known; the schema must say the same.
#[test]
fn the_schema_knows_the_keys() {
    for (text, pointer) in
        [("qqqqqqqq: 1\n", "/properties"), ("rules: [{ qqqqqqqq: 1 }]\n", "/$defs/rule/properties")]
    {
        let hint = Spec::parse(text, "s").expect_err("unknown key").hint.expect("a hint");
        let mut known: Vec<&str> = hint.trim_start_matches("known keys: ").split(", ").collect();
        known.sort_unstable();
        let schema = schema();
        let properties = schema.pointer(pointer).and_then(Value::as_object).expect("properties");
        let mut listed: Vec<&str> =
            properties.keys().map(String::as_str).filter(|key| *key != "$schema").collect();
        listed.sort_unstable();
        assert_eq!(listed, known, "{pointer}");
    }
}

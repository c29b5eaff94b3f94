//! One rule: from its mapping to what it wants.

use super::error::SpecError;
use super::keys::{Keys, text_of, texts_of};
use super::load::{MISSING, SCOPES, SEVERITIES, read_needs};
use super::model::{Form, Hygiene, Mode, Need, Rule, Satisfies, Scope, WhenMissing, Within};
use super::yaml::{Node, Spot, Value};
use crate::assert::lang::words::Kind;
use crate::assert::lang::{
    Asked, Cmp, Expr, ExprError, Parser, Source, did_you_mean, expression, pattern, source,
};
use crate::assert::{RulePlace, RuleSeverity};
use crate::query;

/// What a document says for all its rules.
#[derive(Clone, Debug, Default)]
pub(super) struct Defaults {
    pub scope: Scope,
    pub filters: Vec<Expr>,
    pub needs: Vec<Need>,
    pub when_missing: Option<WhenMissing>,
    pub severity: RuleSeverity,
    pub min_n: Option<usize>,
}

const RULE: &[&str] = &[
    "id",
    "description",
    "scope",
    "where",
    "needs",
    "when_missing",
    "severity",
    "min_n",
    "check",
    "expect",
    "forbid",
    "absent",
    "none",
    "exists",
    "within",
    "every",
    "all",
    "satisfies",
    "count",
    "is",
    "at_least",
    "at_most",
    "sequence",
    "tree",
    "pattern",
    "mode",
    "all_of",
];

/// Keys that say what a rule wants; a rule has one of them. `expect` may also
/// stand beside `all`.
const FORMS: &[&str] = &[
    "check", "forbid", "absent", "none", "exists", "every", "all", "count", "sequence", "tree",
    "pattern", "all_of", "expect",
];

const MODES: &[(&str, Mode)] = &[
    ("ordered", Mode::Ordered),
    ("strict", Mode::Strict),
    ("unordered", Mode::Unordered),
    ("subset", Mode::Subset),
    ("superset", Mode::Superset),
];

/// The kind of thing whose fields may be named alone in a scope.
pub(super) fn own(scope: Scope) -> Option<Kind> {
    match scope {
        Scope::Span => Some(Kind::Span),
        Scope::Turn => Some(Kind::Turn),
        Scope::Exchange | Scope::Session | Scope::Suite => None,
    }
}

/// A rule of this form where nothing else is said.
pub(super) fn of_form(form: Form, spot: &Spot, defaults: &Defaults) -> Rule {
    Rule {
        id: String::new(),
        place: RulePlace { file: spot.file.to_string(), line: Some(spot.line) },
        scope: defaults.scope,
        filters: defaults.filters.clone(),
        needs: defaults.needs.clone(),
        when_missing: defaults.when_missing,
        severity: defaults.severity,
        min_n: defaults.min_n,
        form,
        expected: String::new(),
    }
}

pub(super) fn read(node: Node, defaults: &Defaults) -> Result<Rule, SpecError> {
    let spot = node.spot.clone();
    // A rule that is only a text: its name or what it wants.
    if let Value::Text(text) = &node.value {
        let form = condition(text, &spot, defaults.scope)?;
        return Ok(named(of_form(form, &spot, defaults), text, text));
    }
    let mut keys = Keys::new(node, "a rule", RULE)?;
    let id = keys.text("id")?;
    keys.text("description")?;
    let scope = keys.word("scope", SCOPES)?.unwrap_or(defaults.scope);
    let mut rule = of_form(Form::Hygiene(Hygiene::NoErrors), &spot, defaults);
    if scope != defaults.scope {
        rule.filters.clear();
    }
    rule.scope = scope;
    if let Some((text, spot)) = keys.text("where")? {
        let filter = expression(&text, own(scope)).map_err(|e| of_expr(&text, &spot, &e))?;
        rule.filters.push(filter);
    }
    rule.needs.extend(read_needs(keys.take("needs"))?);
    rule.when_missing = keys.word("when_missing", MISSING)?.or(rule.when_missing);
    rule.severity = keys.word("severity", SEVERITIES)?.unwrap_or(rule.severity);
    rule.min_n = whole("min_n", keys.take("min_n"))?.or(rule.min_n);
    let (form, expected) = form(&mut keys, id.as_ref(), scope)?;
    keys.finish()?;
    rule.form = form;
    let id = id.map_or_else(|| expected.clone(), |(id, _)| id);
    Ok(named(rule, &id, &expected))
}

/// A rule without a file.
pub(super) fn inline(text: &str, spot: &Spot, forbid: bool) -> Result<Rule, SpecError> {
    let form = match (forbid, is_query(text)) {
        (true, true) => Form::SelectsNone(parse_query(text, spot)?),
        (true, false) => Form::Absent(parse_source(text, spot)?),
        (false, _) => condition(text, spot, Scope::Session)?,
    };
    let expected = if forbid { format!("no {text}") } else { text.to_owned() };
    let mut rule = named(of_form(form, spot, &Defaults::default()), text, &expected);
    rule.place.line = None;
    Ok(rule)
}

fn named(mut rule: Rule, id: &str, expected: &str) -> Rule {
    let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    rule.id = line(id);
    rule.expected = match (&rule.form, expected) {
        (Form::Hygiene(hygiene), _) => hygiene.wants().to_owned(),
        (_, expected) => line(expected),
    };
    rule
}

fn form(
    keys: &mut Keys,
    id: Option<&(String, Spot)>,
    scope: Scope,
) -> Result<(Form, String), SpecError> {
    let Some(key) = FORMS.iter().copied().find(|key| keys.has(key)) else {
        // A rule that is called like one that is known is that one.
        let hygiene = id.and_then(|(id, _)| Hygiene::from_word(id));
        return match (hygiene, id) {
            (Some(hygiene), _) => Ok((Form::Hygiene(hygiene), String::new())),
            (None, _) => Err(no_form(keys, id)),
        };
    };
    let Some(node) = keys.take(key) else { return Err(no_form(keys, id)) };
    let result = of_key(key, &node, keys, scope)?;
    if let Some(second) = FORMS.iter().find(|second| keys.has(second)) {
        let spot = keys.take(second).map_or_else(|| node.spot.clone(), |node| node.spot);
        return Err(spot.error(format!("a rule wants one thing: `{key}` or `{second}`")));
    }
    Ok(result)
}

fn no_form(keys: &mut Keys, id: Option<&(String, Spot)>) -> SpecError {
    let unknown = keys.entries_mut().next().map(|(key, _)| key.clone());
    if let Some(key) = unknown.filter(|key| !RULE.contains(&key.text.as_str())) {
        let mut error = key.spot.error(format!("a rule has no key `{}`", key.text));
        error.hint = did_you_mean(&key.text, RULE.iter().copied())
            .or_else(|| Some(format!("known keys: {}", RULE.join(", "))));
        return error;
    }
    let mut error = keys.spot.error("a rule that wants nothing");
    let names = Hygiene::ALL.iter().map(|(name, ..)| *name);
    error.hint = id
        .and_then(|(id, _)| did_you_mean(id, names))
        .or_else(|| Some(format!("it needs one of {}", FORMS.join(", "))));
    error
}

fn of_key(
    key: &str,
    node: &Node,
    keys: &mut Keys,
    scope: Scope,
) -> Result<(Form, String), SpecError> {
    Ok(match key {
        "expect" => {
            let (text, spot) = text_of(key, node)?;
            (condition(&text, &spot, scope)?, text)
        }
        "forbid" | "absent" | "none" => {
            let (text, spot) = text_of(key, node)?;
            let form = match is_query(&text) {
                true => Form::SelectsNone(parse_query(&text, &spot)?),
                false => Form::Absent(parse_source(&text, &spot)?),
            };
            (form, format!("no {text}"))
        }
        "exists" => {
            let (text, spot) = text_of(key, node)?;
            let source = parse_source(&text, &spot)?;
            let within = keys.text("within")?.map(|(text, spot)| within(&text, &spot));
            let within = within.transpose()?;
            let expected = match &within {
                Some(within) => format!("{text} within {}", within.text),
                None => text,
            };
            (Form::Exists { source, within }, expected)
        }
        "every" | "all" => every(key, node, keys)?,
        "count" => count(node, keys)?,
        "sequence" => sequence(node, keys)?,
        "tree" | "pattern" => {
            let (text, spot) = text_of(key, node)?;
            let mode = keys.word("mode", MODES)?.unwrap_or_default();
            let root = pattern(&text).map_err(|error| of_expr(&text, &spot, &error))?;
            (Form::Tree { root, mode }, text)
        }
        "all_of" => {
            let mut all = Vec::new();
            for (text, spot) in texts_of(key, node)? {
                let expr = expression(&text, own(scope)).map_err(|e| of_expr(&text, &spot, &e))?;
                all.push((expr, text));
            }
            if all.is_empty() {
                return Err(node.spot.error("`all_of` is empty"));
            }
            let texts: Vec<&str> = all.iter().map(|(_, text)| text.as_str()).collect();
            let expected = texts.join("; ");
            (Form::AllOf(all), expected)
        }
        _ => {
            let (text, spot) = text_of(key, node)?;
            let names: Vec<(&str, Hygiene)> =
                Hygiene::ALL.iter().map(|(name, rule, _)| (*name, *rule)).collect();
            let hygiene = super::keys::word(key, &text, &spot, &names)?;
            (Form::Hygiene(hygiene), text)
        }
    })
}

/// A condition as text: a query that selects something, `every … satisfies …`,
/// `no …`, or an expression.
pub(super) fn condition(text: &str, spot: &Spot, scope: Scope) -> Result<Form, SpecError> {
    let text = text.trim();
    if let Some(hygiene) = Hygiene::from_word(text) {
        return Ok(Form::Hygiene(hygiene));
    }
    if is_query(text) {
        match query::parse(text) {
            Ok(_) => return Ok(Form::Selects(parse_query(text, spot)?)),
            Err(error) if !text.contains("->") => {
                let error = crate::assert::lang::of_query(text, 0, &error);
                return Err(of_expr(text, spot, &error));
            }
            Err(_) => {}
        }
    }
    if let Some(rest) = text.strip_prefix("every ")
        && let Some((what, satisfies)) = rest.split_once(" satisfies ")
    {
        let source = parse_source(what, spot)?;
        let satisfies = parse_satisfies(satisfies, spot, source.kind())?;
        return Ok(Form::Every { source, satisfies });
    }
    if let Some(what) = text.strip_prefix("no ") {
        return Ok(match is_query(what) {
            true => Form::SelectsNone(parse_query(what, spot)?),
            false => Form::Absent(parse_source(what, spot)?),
        });
    }
    let expr = expression(text, own(scope)).map_err(|error| {
        let names = Hygiene::ALL.iter().map(|(name, ..)| *name);
        let is_name = text.contains('-') && !text.contains(char::is_whitespace);
        match did_you_mean(text, names).filter(|_| is_name) {
            Some(hint) => {
                let error = ExprError::new(0, format!("`{text}` is no rule")).suggest(Some(hint));
                of_expr(text, spot, &error)
            }
            None => of_expr(text, spot, &error),
        }
    })?;
    if expr.ty() != crate::assert::lang::words::Ty::Bool {
        let message = format!("a rule is a condition, and this is {}", expr.ty().as_str());
        let error = ExprError::new(0, message)
            .suggest(Some("compare it: `turn.e2e < 1.2s`, `count(tool) = 2`".to_owned()));
        return Err(of_expr(text, spot, &error));
    }
    Ok(Form::Holds(expr))
}

fn every(key: &str, node: &Node, keys: &mut Keys) -> Result<(Form, String), SpecError> {
    let (what, spot) = text_of(key, node)?;
    let condition = match keys.text("satisfies")? {
        Some(found) => Some(found),
        None => keys.text("expect")?,
    };
    let Some((text, at)) = condition else {
        let form = self::condition(&format!("every {what}"), &spot, Scope::Session);
        return match (what.contains(" satisfies "), form) {
            (true, form) => Ok((form?, format!("every {what}"))),
            (false, _) => {
                let mut error = spot.error(format!("`{key}` of what? It needs `satisfies`"));
                error.hint = Some("every: tool\nsatisfies: duration < 1s".to_owned());
                Err(error)
            }
        };
    };
    let source = parse_source(&what, &spot)?;
    let satisfies = parse_satisfies(&text, &at, source.kind())?;
    Ok((Form::Every { source, satisfies }, format!("every {what} satisfies {text}")))
}

fn parse_satisfies(text: &str, spot: &Spot, kind: Kind) -> Result<Satisfies, SpecError> {
    if is_query(text.trim()) {
        return Ok(Satisfies::Query(parse_query(text, spot)?));
    }
    let expr = expression(text, Some(kind)).map_err(|error| of_expr(text, spot, &error))?;
    Ok(Satisfies::Expr(expr))
}

fn count(node: &Node, keys: &mut Keys) -> Result<(Form, String), SpecError> {
    let (text, spot) = text_of("count", node)?;
    let source = parse_source(&text, &spot)?;
    let mut limits = Vec::new();
    let mut said = Vec::new();
    for (key, op) in [("is", Cmp::Eq), ("at_least", Cmp::Ge), ("at_most", Cmp::Le)] {
        if let Some(number) = whole(key, keys.take(key))? {
            limits.push((op, number as f64));
            said.push(format!("{} {number}", op.as_str()));
        }
    }
    if limits.is_empty() {
        return Err(spot.error("`count` needs `is`, `at_least` or `at_most`"));
    }
    Ok((Form::Count { source, limits }, format!("count({text}) {}", said.join(" and "))))
}

fn sequence(node: &Node, keys: &mut Keys) -> Result<(Form, String), SpecError> {
    let mode = keys.word("mode", MODES)?.unwrap_or_default();
    let texts = texts_of("sequence", node)?;
    let mut steps = Vec::new();
    for (text, spot) in &texts {
        let open = text.matches('(').count();
        if open > text.matches(')').count() {
            let mut error = spot.error(format!("`{text}` does not end"));
            error.hint =
                Some("a comma ends an item of a list in brackets: put quotes around it".into());
            return Err(error);
        }
        steps.push(parse_source(text, spot)?);
    }
    if steps.is_empty() {
        return Err(node.spot.error("`sequence` is empty"));
    }
    let texts: Vec<&str> = texts.iter().map(|(text, _)| text.as_str()).collect();
    let expected = texts.join(", ");
    Ok((Form::Sequence { steps, mode }, expected))
}

/// `8s of user.end`.
fn within(text: &str, spot: &Spot) -> Result<Within, SpecError> {
    let Some((length, of)) = text.split_once(" of ") else {
        return Err(spot.error("`within` is a duration and a time: `8s of user.end`"));
    };
    let Some(ns) = query::duration(length.trim()) else {
        return Err(spot.error(format!("`{}` is no duration", length.trim())));
    };
    let expr = Parser::new(of, None).time().map_err(|error| of_expr(of, spot, &error))?;
    Ok(Within { ms: ns as f64 / 1e6, of: expr, text: text.to_owned() })
}

pub(super) fn whole(key: &str, node: Option<Node>) -> Result<Option<usize>, SpecError> {
    let Some(node) = node else { return Ok(None) };
    // Variables are texts, so a number may be written as one.
    match node.scalar().and_then(|text| text.trim().parse().ok()) {
        Some(number) => Ok(Some(number)),
        None => Err(node.spot.error(format!("`{key}` is a whole number, found {}", node.kind()))),
    }
}

/// Whether a text is TraceQL rather than an expression: it starts with a brace,
/// maybe in parentheses.
fn is_query(text: &str) -> bool {
    text.trim_start().trim_start_matches(['(', ' ']).starts_with('{')
}

fn parse_query(text: &str, spot: &Spot) -> Result<Asked, SpecError> {
    let wrong = |error: query::QueryError| {
        of_expr(text, spot, &crate::assert::lang::of_query(text, 0, &error))
    };
    let query = query::parse(text).map_err(wrong)?;
    query.can_run().map_err(wrong)?;
    Ok(Asked::new(query))
}

fn parse_source(text: &str, spot: &Spot) -> Result<Source, SpecError> {
    source(text).map_err(|error| {
        let suggestion = as_filter(text).or_else(|| error.suggestion.clone());
        of_expr(text, spot, &error.suggest(suggestion))
    })
}

/// Where a condition stands for things: the things of which it is true.
fn as_filter(text: &str) -> Option<String> {
    let (what, rest) = text.trim().split_once('.')?;
    expression(text, None).ok().filter(|expr| matches!(expr, Expr::Compare(_)))?;
    Kind::from_word(what).map(|_| format!("write `{what}[{rest}]`: things, not a condition"))
}

/// An error inside a text, with the line of it and a mark under the place.
pub(super) fn of_expr(text: &str, spot: &Spot, error: &ExprError) -> SpecError {
    let before = text.get(..error.at.min(text.len())).unwrap_or(text);
    let number = before.matches('\n').count();
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = text.lines().nth(number).unwrap_or("");
    let column = before.get(start..).map_or(0, unicode_width::UnicodeWidthStr::width);
    let mut hint = format!("  {}\n  {:column$}^", line.replace('\t', " "), "");
    if let Some(suggestion) = &error.suggestion {
        hint.push('\n');
        hint.push_str(suggestion);
    }
    let mut spot = spot.clone();
    // The place of a block of text is that of its first line.
    if text.contains('\n') {
        spot.line += number;
        spot.column += column;
    }
    SpecError { hint: Some(hint), ..spot.error(error.message.clone()) }
}

#[cfg(test)]
mod tests {
    use super::is_query;

    #[test]
    fn queries_are_told_from_expressions() {
        assert!(is_query("{ span:op = tool }") && is_query("({ } | count() > 1) && ({ })"));
        assert!(!is_query("count({ span:op = tool }) = 1") && !is_query("(turn.e2e < 1s)"));
    }
}

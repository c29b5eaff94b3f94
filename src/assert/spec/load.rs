//! Files: reading, documents, includes.

use super::error::SpecError;
use super::keys::{Keys, texts_of};
use super::model::{Document, Form, Need, Rule, Scope, SnapshotRule, Spec, WhenMissing};
use super::rule::{self, Defaults, of_expr};
use super::vars::{Vars, fill};
use super::yaml::{self, Node, Spot, Value};
use crate::assert::RuleSeverity;
use crate::assert::lang::expression;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Specs above this size are no specs.
const MAX_BYTES: u64 = 4 << 20;
/// How deep includes may nest.
const MAX_INCLUDES: usize = 16;

const DOCUMENT: &[&str] = &[
    "name",
    "description",
    "scope",
    "where",
    "rules",
    "vars",
    "include",
    "needs",
    "when_missing",
    "severity",
    "min_n",
    "snapshot",
];

pub(super) const SCOPES: &[(&str, Scope)] = &[
    ("span", Scope::Span),
    ("turn", Scope::Turn),
    ("exchange", Scope::Exchange),
    ("session", Scope::Session),
    ("suite", Scope::Suite),
];
pub(super) const MISSING: &[(&str, WhenMissing)] =
    &[("fail", WhenMissing::Fail), ("skip", WhenMissing::Skip), ("warn", WhenMissing::Warn)];
pub(super) const SEVERITIES: &[(&str, RuleSeverity)] =
    &[("error", RuleSeverity::Error), ("warn", RuleSeverity::Warn), ("info", RuleSeverity::Info)];

impl Spec {
    /// Reads a spec file and everything that it includes.
    ///
    /// # Errors
    /// The first thing that is wrong, with its file, line and column.
    pub fn read(path: &Path) -> Result<Self, SpecError> {
        let mut spec = Self::default();
        let mut reader = Reader { open: Vec::new(), spec: &mut spec };
        reader.file(path, &Vars::new(), None)?;
        if spec.rules() == 0 {
            return Err(SpecError {
                message: "there is no rule in it".to_owned(),
                file: path.display().to_string(),
                place: None,
                hint: Some("rules are a list under `rules:`; docs/assert.md has examples".into()),
            });
        }
        Ok(spec)
    }

    /// Reads a spec from text; `file` is how messages call it. Includes are
    /// looked for beside it.
    ///
    /// # Errors
    /// As [`Spec::read`].
    pub fn parse(text: &str, file: &str) -> Result<Self, SpecError> {
        let mut spec = Self::default();
        let mut reader = Reader { open: Vec::new(), spec: &mut spec };
        reader.text(text, Path::new(file), &Vars::new())?;
        Ok(spec)
    }

    /// A rule that is written as an argument: `flag` is what messages call it.
    ///
    /// # Errors
    /// When the text is no condition.
    pub fn inline(flag: &str, text: &str, forbid: bool) -> Result<Self, SpecError> {
        let spot = Spot { file: flag.into(), line: 1, column: 1 };
        let rule = rule::inline(text, &spot, forbid)
            .map_err(|error| SpecError { place: None, ..error })?;
        Ok(Self { documents: vec![Document { rules: vec![rule] }] })
    }
}

struct Reader<'s> {
    /// Files that are being read, the outermost first.
    open: Vec<PathBuf>,
    spec: &'s mut Spec,
}

impl Reader<'_> {
    fn file(&mut self, path: &Path, vars: &Vars, from: Option<&Spot>) -> Result<(), SpecError> {
        let wrong = |message: String| match from {
            Some(spot) => spot.error(message),
            None => {
                SpecError { message, file: path.display().to_string(), place: None, hint: None }
            }
        };
        let named = path.display();
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(error) => return Err(wrong(format!("cannot read {named}: {error}"))),
        };
        if self.open.contains(&real) {
            let names: Vec<String> = self
                .open
                .iter()
                .chain([&real])
                .map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned())
                .collect();
            return Err(wrong(format!("includes go round: {}", names.join(" → "))));
        }
        if self.open.len() >= MAX_INCLUDES {
            return Err(wrong(format!("includes nest more than {MAX_INCLUDES} deep")));
        }
        let size = std::fs::metadata(&real).map_or(0, |data| data.len());
        if size > MAX_BYTES {
            return Err(wrong(format!("{named} is larger than {} MiB", MAX_BYTES >> 20)));
        }
        let text = match std::fs::read_to_string(&real) {
            Ok(text) => text,
            Err(error) => return Err(wrong(format!("cannot read {named}: {error}"))),
        };
        self.open.push(real);
        let result = self.text(&text, path, vars);
        self.open.pop();
        result
    }

    fn text(&mut self, text: &str, path: &Path, vars: &Vars) -> Result<(), SpecError> {
        let file: Rc<str> = path.display().to_string().into();
        for node in yaml::documents(text, &file)? {
            self.document(node, path, vars)?;
        }
        Ok(())
    }

    fn document(&mut self, node: Node, path: &Path, outer: &Vars) -> Result<(), SpecError> {
        let mut keys = Keys::new(node, "a spec", DOCUMENT)?;
        let vars = read_vars(keys.take("vars"), outer)?;
        for (_, value) in keys.entries_mut() {
            fill(value, &vars)?;
        }
        keys.text("name")?;
        keys.text("description")?;
        if let Some(include) = keys.take("include") {
            for (name, spot) in texts_of("include", &include)? {
                let beside = path.parent().unwrap_or(Path::new("")).join(&name);
                self.file(&beside, &vars, Some(&spot))?;
            }
        }
        let scope = keys.word("scope", SCOPES)?.unwrap_or_default();
        let mut defaults = Defaults {
            scope,
            filters: Vec::new(),
            needs: read_needs(keys.take("needs"))?,
            when_missing: keys.word("when_missing", MISSING)?,
            severity: keys.word("severity", SEVERITIES)?.unwrap_or_default(),
            min_n: rule::whole("min_n", keys.take("min_n"))?,
        };
        if let Some((text, spot)) = keys.text("where")? {
            let filter = expression(&text, rule::own(scope))
                .map_err(|error| of_expr(&text, &spot, &error))?;
            defaults.filters.push(filter);
        }
        let mut document = Document::default();
        if let Some(node) = keys.take("rules") {
            let Value::List(items) = node.value else {
                return Err(node.spot.error(format!("`rules` is a list, found {}", node.kind())));
            };
            let mut known: BTreeSet<String> = BTreeSet::new();
            for item in items {
                let spot = item.spot.clone();
                let rule = rule::read(item, &defaults)?;
                if !known.insert(rule.id.clone()) {
                    let message = format!("a second rule with the id `{}`", rule.id);
                    return Err(spot.error(message));
                }
                document.rules.push(rule);
            }
        }
        if let Some(node) = keys.take("snapshot") {
            document.rules.push(snapshot(node, path, &defaults)?);
        }
        keys.finish()?;
        self.spec.documents.push(document);
        Ok(())
    }
}

/// The variables of a document; those of the including one win.
fn read_vars(node: Option<Node>, outer: &Vars) -> Result<Vars, SpecError> {
    let mut vars = Vars::new();
    let Some(node) = node else { return Ok(outer.clone()) };
    let Value::Map(entries) = node.value else {
        return Err(node.spot.error(format!("`vars` is a mapping, found {}", node.kind())));
    };
    for (key, mut value) in entries {
        let mut known = outer.clone();
        known.extend(vars.clone());
        fill(&mut value, &known)?;
        let Some(text) = value.scalar() else {
            let message = format!("a variable is a text or a number, found {}", value.kind());
            return Err(value.spot.error(message));
        };
        vars.insert(key.text, text);
    }
    vars.extend(outer.clone());
    Ok(vars)
}

pub(super) fn read_needs(node: Option<Node>) -> Result<Vec<Need>, SpecError> {
    let Some(node) = node else { return Ok(Vec::new()) };
    let words = texts_of("needs", &node)?;
    words.iter().map(|(text, spot)| super::keys::word("needs", text, spot, &Need::ALL)).collect()
}

const SNAPSHOT: &[&str] = &["file", "detail", "keep", "buckets", "repeat", "text"];

/// `snapshot: golden.snap`, or a mapping with the file and what is kept.
fn snapshot(node: Node, path: &Path, defaults: &Defaults) -> Result<Rule, SpecError> {
    let spot = node.spot.clone();
    let beside = |name: &str| path.parent().unwrap_or(Path::new("")).join(name);
    let mut snapshot = SnapshotRule {
        file: PathBuf::new(),
        detail: None,
        keep: Vec::new(),
        buckets: None,
        fold: true,
        text: None,
    };
    if let Some(name) = node.scalar() {
        snapshot.file = beside(&name);
    } else {
        let mut keys = Keys::new(node, "a snapshot", SNAPSHOT)?;
        let file = keys.text("file")?;
        let words = |words: &[&'static str]| words.iter().map(|w| (*w, *w)).collect::<Vec<_>>();
        let detail = keys.word("detail", &words(&["turns", "ops", "spans"]))?;
        snapshot.detail = detail.map(str::to_owned);
        if let Some(node) = keys.take("keep") {
            let keep = texts_of("keep", &node)?;
            snapshot.keep = keep.into_iter().map(|(text, _)| text).collect();
        }
        snapshot.buckets = keys.take("buckets").map(buckets).transpose()?;
        let fold = keys.word("repeat", &[("fold", true), ("keep", false)])?;
        snapshot.fold = fold.unwrap_or(true);
        let text = keys.word("text", &words(&["length-class", "hash", "omit"]))?;
        snapshot.text = text.map(str::to_owned);
        keys.finish()?;
        let Some((name, _)) = file else {
            return Err(spot.error("a snapshot needs a `file`"));
        };
        snapshot.file = beside(&name);
    }
    Ok(Rule {
        id: "snapshot".to_owned(),
        expected: format!("as in {}", snapshot.file.display()),
        ..rule::of_form(Form::Snapshot(snapshot), &spot, defaults)
    })
}

/// `{ duration: [0, 50ms, 1s, inf] }`, or the list alone.
fn buckets(node: Node) -> Result<Vec<String>, SpecError> {
    let list = match node.value {
        Value::Map(_) => {
            let mut keys = Keys::new(node, "buckets", &["duration"])?;
            let list = keys.take("duration");
            keys.finish()?;
            match list {
                Some(list) => list,
                None => return Ok(Vec::new()),
            }
        }
        _ => node,
    };
    let mut found = Vec::new();
    for (text, spot) in texts_of("buckets", &list)? {
        if !matches!(text.as_str(), "0" | "inf") && crate::query::duration(&text).is_none() {
            return Err(spot.error(format!("`{text}` is no duration")));
        }
        found.push(text);
    }
    Ok(found)
}

//! `${NAME}` and `${NAME:-default}` in the texts of a spec.

use super::error::SpecError;
use super::yaml::{Node, Value};
use std::collections::BTreeMap;

/// Values of names; the environment stands behind them.
pub(super) type Vars = BTreeMap<String, String>;

/// Replaces every reference in a node and below it.
pub(super) fn fill(node: &mut Node, vars: &Vars) -> Result<(), SpecError> {
    match &mut node.value {
        Value::Text(text) if text.contains("${") => {
            let filled = filled(text, vars).map_err(|message| node.spot.error(message))?;
            *text = filled;
        }
        Value::List(items) => {
            for item in items {
                fill(item, vars)?;
            }
        }
        Value::Map(entries) => {
            for (_, value) in entries {
                fill(value, vars)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn filled(text: &str, vars: &Vars) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        // `$${` is a plain `${`.
        if let Some(before) = before.strip_suffix('$') {
            out.push_str(before);
            out.push_str("${");
            rest = behind;
            continue;
        }
        out.push_str(before);
        let Some((inside, behind)) = behind.split_once('}') else {
            return Err("`${` without `}`".to_owned());
        };
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        let known = vars.get(name).cloned().or_else(|| std::env::var(name).ok());
        match (known.filter(|value| !value.is_empty() || default.is_none()), default) {
            (Some(value), _) => out.push_str(&value),
            (None, Some(default)) => out.push_str(default),
            (None, None) => {
                return Err(format!(
                    "`{name}` is not set: name it under `vars:`, set it in the environment, or \
                     write `${{{name}:-default}}`"
                ));
            }
        }
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::{Vars, filled};

    #[test]
    fn references_are_replaced() {
        let vars: Vars = [("limit".to_owned(), "1.2s".to_owned())].into();
        for (text, expected) in [
            ("turn.e2e < ${limit}", Ok("turn.e2e < 1.2s")),
            ("${limit}${limit}", Ok("1.2s1.2s")),
            ("${AGENTOBS_NOT_SET:-3s}", Ok("3s")),
            ("$${limit}", Ok("${limit}")),
            ("no reference: $5", Ok("no reference: $5")),
            ("${limit", Err("`${` without `}`")),
        ] {
            assert_eq!(filled(text, &vars), expected.map(str::to_owned).map_err(str::to_owned));
        }
        assert!(filled("${AGENTOBS_NOT_SET}", &vars).unwrap_err().contains("is not set"));
    }
}

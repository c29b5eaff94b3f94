//! The environment variables of OTLP exporters.
//!
//! An empty variable counts as unset; a value that cannot be read is said and
//! passed over, as the OpenTelemetry specification demands.

use crate::diagnostic::{Diagnostic, Severity};
use crate::wire::Signal;

/// Reads one environment variable.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A variable of the exporter, the signal's own form before the general one.
/// Gives the variable's name and value.
pub(super) fn exporter(env: Lookup<'_>, signal: Signal, option: &str) -> Option<(String, String)> {
    let signal = signal.as_str().to_ascii_uppercase();
    [format!("OTEL_EXPORTER_OTLP_{signal}_{option}"), format!("OTEL_EXPORTER_OTLP_{option}")]
        .into_iter()
        .find_map(|name| Some((name.clone(), get(env, &name)?)))
}

/// A variable that is set to something.
pub(super) fn get(env: Lookup<'_>, name: &str) -> Option<String> {
    env(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// Reads `k1=v1,k2=v2`, values percent-encoded; `None` where a pair is wrong.
pub(super) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        let key = key.trim();
        if key.is_empty() {
            return None;
        }
        Some((percent_decode(key)?, percent_decode(value.trim())?))
    };
    text.split(',').map(str::trim).filter(|p| !p.is_empty()).map(pair).collect()
}

/// What `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` say of the resource.
/// The second beats `service.name` in the first; an error in the first discards
/// it whole, with a warning.
#[must_use]
pub fn resource_of(env: Lookup<'_>) -> (Vec<(String, String)>, Option<Diagnostic>) {
    let mut warning = None;
    let mut attributes = match get(env, "OTEL_RESOURCE_ATTRIBUTES") {
        None => Vec::new(),
        Some(text) => pairs(&text).unwrap_or_else(|| {
            let message = "OTEL_RESOURCE_ATTRIBUTES is passed over: it is not key=value pairs \
                           with commas between";
            warning = Some(Diagnostic::new(Severity::Warning, "bad-environment", message));
            Vec::new()
        }),
    };
    if let Some(name) = get(env, "OTEL_SERVICE_NAME") {
        attributes.retain(|(key, _)| key != "service.name");
        attributes.push(("service.name".to_owned(), name));
    }
    (attributes, warning)
}

/// Undoes percent-encoding; `None` for a broken escape or text that is not UTF-8.
pub(super) fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = after;
            continue;
        }
        let digits = after.get(..2)?;
        let digits = std::str::from_utf8(digits).ok()?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        rest = after.get(2..).unwrap_or(&[]);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{exporter, pairs};
    use crate::wire::Signal;

    #[test]
    fn headers_are_decoded() {
        let read = |text| {
            pairs(text)
                .map(|p| p.iter().map(|(k, v)| format!("{k}:{v}")).collect::<Vec<_>>().join(" | "))
        };
        assert_eq!(read("a=b, c = d ,").as_deref(), Some("a:b | c:d"));
        assert_eq!(
            read("Authorization=Basic%20abc%3D%3D").as_deref(),
            Some("Authorization:Basic abc==")
        );
        assert_eq!(read("k=a=b").as_deref(), Some("k:a=b"));
        assert_eq!(read("a"), None);
        assert_eq!(read("a=%zz"), None);
        assert_eq!(read("=b"), None);
    }

    #[test]
    fn the_resource_of_the_environment() {
        let of = |attributes: &'static str, name: &'static str| {
            let env = move |variable: &str| match variable {
                "OTEL_RESOURCE_ATTRIBUTES" => Some(attributes.to_owned()),
                "OTEL_SERVICE_NAME" => Some(name.to_owned()),
                _ => None,
            };
            let (attributes, warning) = super::resource_of(&env);
            let list: Vec<String> = attributes.iter().map(|(k, v)| format!("{k}={v}")).collect();
            (list.join(" "), warning.is_some())
        };
        assert_eq!(of("a=b%2Cc,service.name=x", ""), ("a=b,c service.name=x".to_owned(), false));
        assert_eq!(of("a=b,service.name=x", "y"), ("a=b service.name=y".to_owned(), false));
        assert_eq!(of("a=b,c", "y"), ("service.name=y".to_owned(), true));
    }

    #[test]
    fn a_signals_own_variable_comes_first() {
        let env = |name: &str| match name {
            "OTEL_EXPORTER_OTLP_TIMEOUT" => Some("5".to_owned()),
            "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT" => Some("7".to_owned()),
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT" => Some(" ".to_owned()),
            _ => None,
        };
        let of = |signal| exporter(&env, signal, "TIMEOUT").map(|(_, value)| value);
        assert_eq!(of(Signal::Logs).as_deref(), Some("7"));
        assert_eq!(of(Signal::Traces).as_deref(), Some("5"));
        assert_eq!(of(Signal::Metrics).as_deref(), Some("5"));
    }
}

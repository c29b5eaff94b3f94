//! What the user chose, and what the environment says: flags win, then the
//! signal's own variable, then the general one, then the default.

use super::endpoint::{Compression, Destination, Endpoint, Protocol, Tls, below, parse_url};
use super::environment::{Lookup, exporter, get, pairs};
use crate::diagnostic::{Diagnostic, Severity};
use crate::wire::Signal;
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::path::PathBuf;
use std::time::Duration;

/// Longest time of one attempt, where nobody says otherwise.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Choices about sending. `None` leaves it to the environment.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// Base URL of all signals (`/v1/traces` and so on come below it).
    pub endpoint: Option<String>,
    /// Encoding and transport.
    pub protocol: Option<Protocol>,
    /// Headers of all requests.
    pub headers: Vec<(String, String)>,
    /// Compression of bodies.
    pub compression: Option<Compression>,
    /// Longest time of one attempt; zero for no limit.
    pub timeout: Option<Duration>,
    /// PEM file of certificates to trust in place of the system's.
    pub certificate: Option<PathBuf>,
    /// PEM file of our certificate.
    pub client_certificate: Option<PathBuf>,
    /// PEM file of our key.
    pub client_key: Option<PathBuf>,
    /// How long a receiver may fail before everything for it is given up.
    pub retry_for: Duration,
    /// Requests on their way at one time.
    pub concurrency: usize,
    /// Choices for spans alone.
    pub traces: SignalOptions,
    /// Choices for log records alone.
    pub logs: SignalOptions,
    /// Choices for metric points alone.
    pub metrics: SignalOptions,
}

impl Default for SendOptions {
    fn default() -> Self {
        Self {
            endpoint: None,
            protocol: None,
            headers: Vec::new(),
            compression: None,
            timeout: None,
            certificate: None,
            client_certificate: None,
            client_key: None,
            retry_for: Duration::from_secs(60),
            concurrency: 2,
            traces: SignalOptions::default(),
            logs: SignalOptions::default(),
            metrics: SignalOptions::default(),
        }
    }
}

/// Choices for one signal.
#[derive(Clone, Debug, Default)]
pub struct SignalOptions {
    /// The full URL, used as it is.
    pub url: Option<String>,
    /// More headers.
    pub headers: Vec<(String, String)>,
    /// Whether the signal is left out.
    pub off: bool,
}

/// A choice that cannot be meant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConfigError {
    message: String,
    hint: String,
}

impl ConfigError {
    pub(super) fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { message: message.into(), hint: hint.into() }
    }

    /// What to do.
    #[must_use]
    pub fn hint(&self) -> &str {
        &self.hint
    }
}

impl SendOptions {
    /// Whether the environment names a receiver.
    #[must_use]
    pub fn environment_names_one(env: &dyn Fn(&str) -> Option<String>) -> bool {
        Signal::ALL.iter().any(|signal| exporter(env, *signal, "ENDPOINT").is_some())
    }

    /// Settles where each signal goes. Variables that cannot be read are
    /// passed over and told of.
    ///
    /// # Errors
    /// When a URL, a header or a file cannot be meant, or no signal goes
    /// anywhere.
    pub fn resolve(
        &self,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(Destination, Vec<Diagnostic>), ConfigError> {
        let mut said = Vec::new();
        let mut endpoint = |signal| self.endpoint(signal, env, &mut said);
        let (traces, logs, metrics) =
            (endpoint(Signal::Traces)?, endpoint(Signal::Logs)?, endpoint(Signal::Metrics)?);
        if traces.is_none() && logs.is_none() && metrics.is_none() {
            return Err(ConfigError::new(
                "there is nowhere to send to",
                "name a base URL, or set OTEL_EXPORTER_OTLP_ENDPOINT",
            ));
        }
        said.dedup();
        let destination = Destination {
            traces,
            logs,
            metrics,
            retry_for: self.retry_for,
            first_wait: Duration::from_secs(1),
            concurrency: self.concurrency.max(1),
        };
        Ok((destination, said))
    }

    fn of(&self, signal: Signal) -> &SignalOptions {
        match signal {
            Signal::Traces => &self.traces,
            Signal::Logs => &self.logs,
            Signal::Metrics => &self.metrics,
        }
    }

    fn endpoint(
        &self,
        signal: Signal,
        env: Lookup<'_>,
        said: &mut Vec<Diagnostic>,
    ) -> Result<Option<Endpoint>, ConfigError> {
        let own = self.of(signal);
        let switched = get(env, &format!("OTEL_{}_EXPORTER", signal.as_str().to_ascii_uppercase()));
        if own.off || switched.as_deref() == Some("none") {
            return Ok(None);
        }
        let protocol = self.protocol(signal, env, said);
        let Some(url) = self.url(signal, protocol, env)? else { return Ok(None) };
        let loopback = is_loopback(&url);
        let headers = self.headers(signal, env, said)?;
        let file = |flag: &Option<PathBuf>, option| {
            flag.clone().or_else(|| exporter(env, signal, option).map(|(_, path)| path.into()))
        };
        let tls = Tls {
            certificate: file(&self.certificate, "CERTIFICATE"),
            client_certificate: file(&self.client_certificate, "CLIENT_CERTIFICATE"),
            client_key: file(&self.client_key, "CLIENT_KEY"),
        };
        let compression = self.compression(signal, env, loopback, said);
        let timeout = self.timeout(signal, env, said);
        Ok(Some(Endpoint { url, protocol, headers, compression, timeout, tls }))
    }

    fn protocol(&self, signal: Signal, env: Lookup<'_>, said: &mut Vec<Diagnostic>) -> Protocol {
        if let Some(protocol) = self.protocol {
            return protocol;
        }
        let Some((name, word)) = exporter(env, signal, "PROTOCOL") else {
            return Protocol::default();
        };
        Protocol::from_word(&word).unwrap_or_else(|| {
            said.push(passed_over(&name, "grpc, http/protobuf or http/json"));
            Protocol::default()
        })
    }

    /// The flag of the signal, the flag of all, the variable of the signal, the
    /// variable of all. The signal's own are full URLs, the others a base.
    fn url(
        &self,
        signal: Signal,
        protocol: Protocol,
        env: Lookup<'_>,
    ) -> Result<Option<Url>, ConfigError> {
        let grpc = protocol == Protocol::Grpc;
        let full = |text: &str| parse_url(text, protocol);
        let base = |text: &str| {
            let url = parse_url(text, protocol)?;
            Ok(if grpc { url } else { below(&url, signal) })
        };
        if let Some(url) = &self.of(signal).url {
            return full(url).map(Some);
        }
        if let Some(endpoint) = &self.endpoint {
            return base(endpoint).map(Some);
        }
        let signals_own =
            format!("OTEL_EXPORTER_OTLP_{}_ENDPOINT", signal.as_str().to_ascii_uppercase());
        if let Some(url) = get(env, &signals_own) {
            return full(&url).map(Some);
        }
        get(env, "OTEL_EXPORTER_OTLP_ENDPOINT").map(|url| base(&url)).transpose()
    }

    fn headers(
        &self,
        signal: Signal,
        env: Lookup<'_>,
        said: &mut Vec<Diagnostic>,
    ) -> Result<HeaderMap, ConfigError> {
        let mut headers = HeaderMap::new();
        if let Some((name, text)) = exporter(env, signal, "HEADERS") {
            let read = pairs(&text).and_then(|pairs| {
                pairs.iter().map(|(key, value)| header(key, value)).collect::<Option<Vec<_>>>()
            });
            match read {
                Some(read) => headers.extend(read.into_iter().map(|(k, v)| (Some(k), v))),
                None => said.push(passed_over(&name, "name=value pairs with commas between")),
            }
        }
        for (key, value) in self.headers.iter().chain(&self.of(signal).headers) {
            let Some((key, value)) = header(key, value) else {
                return Err(ConfigError::new(
                    format!("not a header that HTTP allows: {key}"),
                    "names have letters, digits and dashes; values no control characters",
                ));
            };
            headers.insert(key, value);
        }
        Ok(headers)
    }

    fn compression(
        &self,
        signal: Signal,
        env: Lookup<'_>,
        loopback: bool,
        said: &mut Vec<Diagnostic>,
    ) -> Compression {
        // Within one machine compression only costs time.
        let default = if loopback { Compression::None } else { Compression::Gzip };
        if let Some(compression) = self.compression {
            return compression;
        }
        match exporter(env, signal, "COMPRESSION") {
            None => default,
            Some((_, word)) if word == "gzip" => Compression::Gzip,
            Some((_, word)) if word == "none" => Compression::None,
            Some((name, _)) => {
                said.push(passed_over(&name, "gzip or none"));
                default
            }
        }
    }

    fn timeout(
        &self,
        signal: Signal,
        env: Lookup<'_>,
        said: &mut Vec<Diagnostic>,
    ) -> Option<Duration> {
        let chosen = self.timeout.or_else(|| {
            let (name, text) = exporter(env, signal, "TIMEOUT")?;
            let read = text.parse().ok().map(Duration::from_millis);
            if read.is_none() {
                said.push(passed_over(&name, "a whole number of milliseconds"));
            }
            read
        });
        Some(chosen.unwrap_or(TIMEOUT)).filter(|timeout| !timeout.is_zero())
    }
}

/// A header whose value is never shown.
fn header(key: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let key = HeaderName::from_bytes(key.trim().as_bytes()).ok()?;
    let mut value = HeaderValue::from_str(value.trim()).ok()?;
    value.set_sensitive(true);
    Some((key, value))
}

/// The value is not repeated: it may be a secret.
fn passed_over(variable: &str, wanted: &str) -> Diagnostic {
    let message = format!("{variable} is passed over: its value is not {wanted}");
    Diagnostic::new(Severity::Warning, "bad-environment", message)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{Compression, Protocol, SendOptions, SignalOptions};
    use crate::wire::Signal;
    use std::time::Duration;

    fn env(pairs: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        move |name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
    }

    fn url(options: &SendOptions, signal: Signal, env: &dyn Fn(&str) -> Option<String>) -> String {
        let (destination, _) = options.resolve(env).unwrap();
        destination.endpoint(signal).map_or("none".to_owned(), |e| e.url.to_string())
    }

    #[test]
    fn which_url_wins() {
        let general = env(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "http://general:1/base")]);
        let both = env(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://general:1"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://own:2/as/is"),
        ]);
        let none = SendOptions::default();
        assert_eq!(url(&none, Signal::Traces, &general), "http://general:1/base/v1/traces");
        assert_eq!(url(&none, Signal::Traces, &both), "http://own:2/as/is");
        assert_eq!(url(&none, Signal::Logs, &both), "http://general:1/v1/logs");
        let flag = SendOptions { endpoint: Some("http://flag:3".to_owned()), ..none.clone() };
        assert_eq!(url(&flag, Signal::Traces, &both), "http://flag:3/v1/traces");
        let own = SignalOptions { url: Some("http://mine:4/x".to_owned()), ..Default::default() };
        let own = SendOptions { traces: own, ..flag };
        assert_eq!(url(&own, Signal::Traces, &both), "http://mine:4/x");
        assert_eq!(url(&own, Signal::Metrics, &both), "http://flag:3/v1/metrics");
        assert!(none.resolve(&env(&[])).is_err());
    }

    #[test]
    fn wrong_variables_are_passed_over_and_told_without_their_value() {
        let env = env(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://h:1"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization: Bearer s3cret"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "-5"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier pigeon"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
            ("OTEL_METRICS_EXPORTER", "none"),
        ]);
        let (destination, said) = SendOptions::default().resolve(&env).unwrap();
        let endpoint = destination.endpoint(Signal::Traces).unwrap();
        assert_eq!(endpoint.timeout, Some(Duration::from_secs(10)));
        assert_eq!(endpoint.protocol, Protocol::HttpProtobuf);
        assert_eq!(endpoint.compression, Compression::Gzip);
        assert!(endpoint.headers.is_empty());
        assert!(!destination.takes(Signal::Metrics));
        assert!(said.len() >= 4);
        assert!(said.iter().all(|d| !d.message.contains("s3cret")), "{said:?}");
    }

    #[test]
    fn flags_win_over_variables() {
        let env = env(&[
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=env,b=env"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ]);
        let options = SendOptions {
            endpoint: Some("http://127.0.0.1:1".to_owned()),
            headers: vec![("A".to_owned(), "flag".to_owned())],
            ..SendOptions::default()
        };
        let (destination, _) = options.resolve(&env).unwrap();
        let endpoint = destination.endpoint(Signal::Logs).unwrap();
        assert_eq!((endpoint.headers["a"].to_str().unwrap(), endpoint.timeout), ("flag", None));
        assert_eq!(endpoint.headers["b"], "env");
        assert_eq!(endpoint.compression, Compression::None);
        assert!(!format!("{destination:?}").contains("flag"), "headers stay secret");
        let timed = SendOptions { timeout: Some(Duration::from_secs(3)), ..options };
        let (destination, _) = timed.resolve(&env).unwrap();
        let endpoint = destination.endpoint(Signal::Logs).unwrap();
        assert_eq!(endpoint.timeout, Some(Duration::from_secs(3)));
    }
}

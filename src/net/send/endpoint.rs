//! Where requests go and how.

use super::config::ConfigError;
use crate::wire::Signal;
use reqwest::Url;
use reqwest::header::HeaderMap;
use std::path::PathBuf;
use std::time::Duration;

/// How requests are encoded and carried (`OTEL_EXPORTER_OTLP_PROTOCOL`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Protocol {
    /// Protobuf over HTTP.
    #[default]
    HttpProtobuf,
    /// JSON over HTTP.
    HttpJson,
    /// gRPC.
    Grpc,
}

impl Protocol {
    /// The specification's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HttpProtobuf => "http/protobuf",
            Self::HttpJson => "http/json",
            Self::Grpc => "grpc",
        }
    }

    /// Reads the specification's word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::HttpProtobuf, Self::HttpJson, Self::Grpc].into_iter().find(|p| p.as_str() == word)
    }
}

/// Whether bodies are compressed (`OTEL_EXPORTER_OTLP_COMPRESSION`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// They are not.
    None,
    /// With gzip.
    Gzip,
}

/// Where requests of one signal go.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub url: Url,
    pub protocol: Protocol,
    /// Values are marked as sensitive: their `Debug` does not show them.
    pub headers: HeaderMap,
    pub compression: Compression,
    /// Longest time of one attempt; `None` for no limit.
    pub timeout: Option<Duration>,
    pub tls: Tls,
}

/// Files for TLS, in PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Tls {
    pub certificate: Option<PathBuf>,
    pub client_certificate: Option<PathBuf>,
    pub client_key: Option<PathBuf>,
}

/// Where the records of each signal go; made by
/// [`SendOptions::resolve`](super::SendOptions::resolve).
#[derive(Clone, Debug)]
pub struct Destination {
    pub(super) traces: Option<Endpoint>,
    pub(super) logs: Option<Endpoint>,
    pub(super) metrics: Option<Endpoint>,
    pub(super) retry_for: Duration,
    pub(super) first_wait: Duration,
    pub(super) concurrency: usize,
}

impl Destination {
    pub(super) fn endpoint(&self, signal: Signal) -> Option<&Endpoint> {
        match signal {
            Signal::Traces => self.traces.as_ref(),
            Signal::Logs => self.logs.as_ref(),
            Signal::Metrics => self.metrics.as_ref(),
        }
    }

    /// Whether records of a signal go anywhere.
    #[must_use]
    pub fn takes(&self, signal: Signal) -> bool {
        self.endpoint(signal).is_some()
    }

    /// The hosts, to show: scheme, host and port of each signal's URL, without
    /// paths, users and queries, which may hold secrets.
    #[must_use]
    pub fn hosts(&self) -> String {
        let mut hosts: Vec<String> = Vec::new();
        for endpoint in Signal::ALL.iter().filter_map(|signal| self.endpoint(*signal)) {
            let host = shown(&endpoint.url);
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        hosts.join(", ")
    }

    /// Changes the first wait between attempts, for tests that cannot wait.
    #[must_use]
    pub fn with_first_wait(mut self, wait: Duration) -> Self {
        self.first_wait = wait;
        self
    }
}

/// Scheme, host and port of a URL.
pub(super) fn shown(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Reads a URL for HTTP, or also `host:port` for gRPC.
pub(super) fn parse_url(text: &str, protocol: Protocol) -> Result<Url, ConfigError> {
    let text = text.trim();
    let whole = match (text.contains("://"), protocol) {
        (false, Protocol::Grpc) => format!("http://{text}"),
        _ => text.to_owned(),
    };
    let url = Url::parse(&whole).map_err(|error| {
        ConfigError::new(
            format!("not a URL: {}", redacted(text)),
            format!("{error}; a URL looks like http://localhost:4318"),
        )
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none_or(str::is_empty) {
        return Err(ConfigError::new(
            format!("not a URL that OTLP can be sent to: {}", redacted(text)),
            "it begins with http:// or https://",
        ));
    }
    Ok(url)
}

/// A URL as the user wrote it, without what may be secret.
fn redacted(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    match text.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => text.to_owned(),
    }
}

/// The URL of a signal below a base endpoint: `v1/traces` after exactly one `/`
/// (OTLP exporter specification, "Endpoint URLs for OTLP/HTTP").
pub(super) fn below(base: &Url, signal: Signal) -> Url {
    let mut url = base.clone();
    let path = format!("{}/v1/{}", base.path().trim_end_matches('/'), signal.as_str());
    url.set_path(&path);
    url
}

#[cfg(test)]
mod tests {
    use super::{Protocol, below, parse_url};
    use crate::wire::Signal;

    #[test]
    fn base_urls_get_one_slash() {
        for (base, wanted) in [
            ("http://h:4318", "http://h:4318/v1/traces"),
            ("http://h:4318/", "http://h:4318/v1/traces"),
            ("http://h:4318/my/", "http://h:4318/my/v1/traces"),
            ("https://h/otlp?key=1", "https://h/otlp/v1/traces?key=1"),
        ] {
            let base = parse_url(base, Protocol::HttpProtobuf).unwrap();
            assert_eq!(below(&base, Signal::Traces).as_str(), wanted);
        }
    }

    #[test]
    fn wrong_urls_are_told_without_their_secrets() {
        let error = parse_url("ftp://me:secret@h/x?key=secret", Protocol::HttpJson).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(parse_url("localhost:4318", Protocol::HttpProtobuf).is_err());
        let url = parse_url("localhost:4317", Protocol::Grpc).unwrap();
        assert_eq!(url.as_str(), "http://localhost:4317/");
    }
}

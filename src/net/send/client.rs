//! HTTP clients with their TLS.

use super::config::ConfigError;
use super::endpoint::{Endpoint, Protocol, Tls};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Certificate, Client, Identity};
use std::path::Path;
use std::time::Duration;

/// How exporters name themselves (OTLP exporter specification, "User Agent").
pub(super) const USER_AGENT: &str =
    concat!("agentobs/", env!("CARGO_PKG_VERSION"), " OTel-OTLP-Exporter-Rust/0.33.1");
/// Longest time for a connection to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// Redirections that are followed.
const MAX_REDIRECTS: usize = 5;

/// The client of an endpoint.
pub(super) fn client(endpoint: &Endpoint) -> Result<Client, ConfigError> {
    // Only the first call can install one; later ones find it there.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT)
        .redirect(Policy::custom(follow));
    // Without TLS nothing negotiates HTTP/2, which gRPC needs.
    if endpoint.protocol == Protocol::Grpc {
        builder = builder.http2_prior_knowledge();
    }
    let Tls { certificate, client_certificate, client_key } = &endpoint.tls;
    if let Some(path) = certificate {
        let pem = read(path)?;
        let certificates = Certificate::from_pem_bundle(&pem).ok().filter(|list| !list.is_empty());
        let certificates = certificates.ok_or_else(|| not_pem(path, "certificate"))?;
        builder = builder.tls_certs_only(certificates);
    }
    match (client_certificate, client_key) {
        (Some(certificate), Some(key)) => {
            let mut pem = read(key)?;
            pem.push(b'\n');
            pem.extend(read(certificate)?);
            let identity =
                Identity::from_pem(&pem).map_err(|_| not_pem(certificate, "key pair"))?;
            builder = builder.identity(identity);
        }
        (None, None) => {}
        _ => {
            return Err(ConfigError::new(
                "a client certificate and its key go together, and one is missing",
                "name both --client-cert and --client-key",
            ));
        }
    }
    builder.build().map_err(|error| {
        let why = std::error::Error::source(&error).map(ToString::to_string);
        let why = why.unwrap_or_else(|| error.to_string());
        ConfigError::new(format!("cannot set up TLS: {why}"), "are the certificates whole?")
    })
}

/// Only redirections that keep method and body, and only within one host:
/// credentials are never sent to another.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let keeps_body = matches!(attempt.status().as_u16(), 307 | 308);
    let same = attempt.previous().last().is_some_and(|url| url.origin() == attempt.url().origin());
    if keeps_body && same && attempt.previous().len() <= MAX_REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    std::fs::read(path).map_err(|error| {
        ConfigError::new(format!("cannot read {}: {error}", path.display()), "name a PEM file")
    })
}

fn not_pem(path: &Path, what: &str) -> ConfigError {
    ConfigError::new(
        format!("{} holds no {what} in PEM", path.display()),
        "a PEM file begins with -----BEGIN",
    )
}

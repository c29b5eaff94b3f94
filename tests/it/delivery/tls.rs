//! TLS: a CA of our own, and a client certificate.

use super::messages::{deliver, reasons, spans, to};
use super::server::Server;
use crate::support::fixture;
use agentobs::net::{Exporter, Interrupt, SendOptions};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::sync::Arc;

fn config(wants_client: bool) -> Arc<ServerConfig> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let certificates = |name: &str| -> Vec<CertificateDer<'static>> {
        let path = fixture(&format!("tls/{name}.pem"));
        CertificateDer::pem_file_iter(path).unwrap().map(Result::unwrap).collect()
    };
    let key = PrivateKeyDer::from_pem_file(fixture("tls/server.key")).unwrap();
    let builder = ServerConfig::builder();
    let builder = if wants_client {
        let mut roots = RootCertStore::empty();
        roots.add(certificates("ca")[0].clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).build().unwrap();
        builder.with_client_cert_verifier(verifier)
    } else {
        builder.with_no_client_auth()
    };
    Arc::new(builder.with_single_cert(certificates("server"), key).unwrap())
}

#[test]
fn our_own_ca_is_trusted_when_named() {
    let server = Server::with_tls([], Some(config(false)));
    let account = deliver(&to(&server.url()), spans(1, 1));
    let said = reasons(&account);
    assert_eq!(account.retries, 0, "no wait mends a certificate");
    assert!(
        said[0].starts_with("traces rejected: ") && said[0].contains("certificate"),
        "{said:?}"
    );
    let trusting = SendOptions { certificate: Some(fixture("tls/ca.pem")), ..to(&server.url()) };
    assert!(deliver(&trusting, spans(3, 1)).is_complete());
}

#[test]
fn a_receiver_may_want_our_certificate() {
    let server = Server::with_tls([], Some(config(true)));
    let without = SendOptions { certificate: Some(fixture("tls/ca.pem")), ..to(&server.url()) };
    let with = SendOptions {
        client_certificate: Some(fixture("tls/client.pem")),
        client_key: Some(fixture("tls/client.key")),
        ..without.clone()
    };
    assert!(deliver(&with, spans(1, 1)).is_complete());
    assert_eq!(deliver(&without, spans(1, 1)).total().accepted, 0);
}

#[test]
fn files_that_are_none_are_told() {
    let start = |options: &SendOptions| {
        let (destination, _) = options.resolve(&|_| None).unwrap();
        Exporter::start(destination, Interrupt::new()).err().map(|error| error.to_string())
    };
    let base = to("https://127.0.0.1:1");
    let options = SendOptions { certificate: Some("no/such.pem".into()), ..base.clone() };
    assert!(start(&options).unwrap().starts_with("cannot read no/such.pem"));
    let options = SendOptions { certificate: Some(fixture("README.md")), ..base.clone() };
    assert!(start(&options).unwrap().ends_with("holds no certificate in PEM"));
    let options = SendOptions { client_key: Some(fixture("tls/client.key")), ..base };
    assert!(start(&options).unwrap().contains("one is missing"));
}

//! Delivering requests: attempts, waits, and giving up.

use super::account::{Account, Fate};
use super::answer::Answer;
use super::backoff::Backoff;
use super::endpoint::{Compression, Destination, Endpoint, Protocol, shown};
use super::{grpc, http};
use crate::net::Interrupt;
use crate::wire::{Message, Receipt, Signal};
use bytes::Bytes;
use flate2::write::GzEncoder;
use reqwest::Client;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::Instant;

/// Largest request that receivers must take, before compression (OTLP
/// specification, "Maximum request size").
const MAX_REQUEST: usize = 64 << 20;
/// How long an interrupted exporter goes on.
const GRACE: Duration = Duration::from_secs(5);
/// Waits that a receiver asks for are not longer than this.
const MAX_ASKED: Duration = Duration::from_secs(24 * 3600);

/// What all workers of an exporter share.
pub(super) struct Shared {
    pub destination: Destination,
    pub clients: HashMap<Signal, Client>,
    pub interrupt: Interrupt,
    pub account: Mutex<Account>,
    pub health: Mutex<Health>,
}

/// How the receivers have fared.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// Since when every attempt at a host failed; signals that go to one host
    /// share it, so that a host that is gone is waited for once.
    failing_since: HashMap<String, Instant>,
    /// The same of a signal alone: one path of a host may fail by itself.
    signal_since: HashMap<Signal, Instant>,
    /// Why a signal was given up.
    given_up: HashMap<Signal, String>,
}

impl Shared {
    /// Delivers a request, or gives it up; either way it is in the account.
    pub(super) async fn deliver(&self, message: Message) {
        let (signal, records) = (message.signal(), message.records() as u64);
        let Some((endpoint, client)) =
            self.destination.endpoint(signal).zip(self.clients.get(&signal))
        else {
            return self.fails(signal, records, Fate::Dropped, "no receiver was named");
        };
        let size = message.protobuf_len();
        if size > MAX_REQUEST {
            let why = format!("{size} bytes are more than the 64 MiB that a receiver takes");
            return self.fails(signal, records, Fate::Dropped, &why);
        }
        let (body, gzip) = encode(&message, endpoint);
        drop(message);
        tokio::select! {
            () = self.attempts(endpoint, client, signal, records, body, gzip) => {}
            () = self.at_once() => {
                self.fails(signal, records, Fate::Dropped, "interrupted");
            }
        }
    }

    /// Ends when nothing may be waited for any more.
    async fn at_once(&self) {
        self.interrupt.wait(1).await;
        tokio::select! {
            () = tokio::time::sleep(GRACE) => {}
            () = self.interrupt.wait(2) => {}
        }
    }

    async fn attempts(
        &self,
        endpoint: &Endpoint,
        client: &Client,
        signal: Signal,
        records: u64,
        body: Bytes,
        gzip: bool,
    ) {
        let mut backoff = Backoff::new(self.destination.first_wait);
        let mut first = true;
        loop {
            if let Some(why) = self.given_up(signal) {
                return self.fails(signal, records, Fate::Dropped, &why);
            }
            if !std::mem::take(&mut first)
                && let Ok(mut account) = self.account.lock()
            {
                account.retries += 1;
            }
            let (why, after) = match attempt(endpoint, client, signal, &body, gzip).await {
                Answer::Accepted(receipt) => {
                    self.recovered(signal, endpoint);
                    return self.accepted(signal, records, &receipt);
                }
                Answer::Refused { why } => {
                    self.recovered(signal, endpoint);
                    return self.fails(signal, records, Fate::Rejected, &why);
                }
                Answer::Later { why, after } => (why, after),
            };
            if self.interrupt.is_asked() {
                let why = format!("interrupted ({why})");
                return self.fails(signal, records, Fate::Dropped, &why);
            }
            let wait = backoff.wait(after.map(|after| after.min(MAX_ASKED)));
            let wait = match self.next_wait(signal, endpoint, wait, after, &why) {
                Ok(wait) => wait,
                Err(why) => return self.fails(signal, records, Fate::Dropped, &why),
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                // One last attempt, at once.
                () = self.interrupt.wait(1) => {}
            }
        }
    }

    fn given_up(&self, signal: Signal) -> Option<String> {
        self.health.lock().ok()?.given_up.get(&signal).cloned()
    }

    fn recovered(&self, signal: Signal, endpoint: &Endpoint) {
        if let Ok(mut health) = self.health.lock() {
            health.failing_since.remove(&shown(&endpoint.url));
            health.signal_since.remove(&signal);
        }
    }

    /// How long to wait before the next attempt. The last one is made when the
    /// time is up; after it, or when the receiver asks to wait beyond it, the
    /// signal is given up, for this request and all that follow: `Err` says why.
    fn next_wait(
        &self,
        signal: Signal,
        endpoint: &Endpoint,
        wait: Duration,
        asked: Option<Duration>,
        why: &str,
    ) -> Result<Duration, String> {
        let Ok(mut health) = self.health.lock() else { return Ok(wait) };
        let now = Instant::now();
        let host = *health.failing_since.entry(shown(&endpoint.url)).or_insert(now);
        let since = *health.signal_since.entry(signal).or_insert(host);
        let limit = self.destination.retry_for;
        let failed = now.duration_since(since);
        let left = limit.saturating_sub(failed);
        if !left.is_zero() && asked.is_none_or(|asked| asked <= left) {
            return Ok(wait.min(left));
        }
        let reason = if let Some(asked) = asked.filter(|asked| *asked > left) {
            format!("{why} (the receiver asks to wait {} s)", asked.as_secs())
        } else if failed.as_secs_f64() < 0.5 {
            why.to_owned()
        } else {
            format!("{why} (given up after {:.0} s)", failed.as_secs_f64())
        };
        health.given_up.insert(signal, reason.clone());
        Err(reason)
    }

    fn accepted(&self, signal: Signal, records: u64, receipt: &Receipt) {
        let Ok(mut account) = self.account.lock() else { return };
        let rejected = receipt.rejected.min(records);
        account.requests += 1;
        let tally = account.tally_mut(signal);
        tally.accepted += records - rejected;
        tally.rejected += rejected;
        let said = match receipt.message.trim() {
            "" if rejected > 0 => "the receiver gives no reason",
            said => said,
        };
        if rejected > 0 {
            account.because(signal, Fate::Rejected, said, rejected);
        } else if !said.is_empty() {
            account.because(signal, Fate::Warned, said, records);
        }
    }

    /// Counts records that will not be accepted.
    pub(super) fn fails(&self, signal: Signal, records: u64, fate: Fate, why: &str) {
        let Ok(mut account) = self.account.lock() else { return };
        let tally = account.tally_mut(signal);
        match fate {
            Fate::Rejected => tally.rejected += records,
            Fate::Dropped | Fate::Warned => tally.dropped += records,
        }
        account.because(signal, fate, why, records);
    }
}

async fn attempt(
    endpoint: &Endpoint,
    client: &Client,
    signal: Signal,
    body: &Bytes,
    gzip: bool,
) -> Answer {
    let body = body.clone();
    let sending = async {
        match endpoint.protocol {
            Protocol::Grpc => grpc::attempt(client, endpoint, signal, body, gzip).await,
            Protocol::HttpProtobuf => {
                http::attempt(client, endpoint, signal, body, gzip, false).await
            }
            Protocol::HttpJson => http::attempt(client, endpoint, signal, body, gzip, true).await,
        }
    };
    match endpoint.timeout {
        None => sending.await,
        Some(timeout) => tokio::time::timeout(timeout, sending).await.unwrap_or_else(|_| {
            Answer::later(format!("no answer within {} s", timeout.as_secs_f64()))
        }),
    }
}

/// The body of a request, and whether it is compressed.
fn encode(message: &Message, endpoint: &Endpoint) -> (Bytes, bool) {
    let plain = match endpoint.protocol {
        Protocol::HttpJson => message.to_json(),
        Protocol::HttpProtobuf | Protocol::Grpc => message.to_protobuf(),
    };
    let packed = match endpoint.compression {
        Compression::Gzip => gzip(&plain),
        Compression::None => None,
    };
    let gzip = packed.is_some();
    let body = packed.unwrap_or(plain);
    match endpoint.protocol {
        Protocol::Grpc => (grpc::framed(&body, gzip).into(), gzip),
        Protocol::HttpProtobuf | Protocol::HttpJson => (body.into(), gzip),
    }
}

fn gzip(plain: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(plain).ok()?;
    encoder.finish().ok()
}

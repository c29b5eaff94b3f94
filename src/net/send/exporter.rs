//! The exporter: takes requests from one thread, delivers them on another.

use super::account::{Account, Fate};
use super::client::client;
use super::config::ConfigError;
use super::endpoint::Destination;
use super::worker::Shared;
use crate::net::Interrupt;
use crate::wire::{Message, Signal};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Requests that may wait; with those on their way, all that is held in memory.
const WAITING: usize = 4;

/// Delivers requests in the background. When the receiver is slower than the
/// sender, [`Exporter::send`] waits, so memory stays bounded.
pub struct Exporter {
    queue: Sender<Message>,
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

impl Exporter {
    /// Starts one.
    ///
    /// # Errors
    /// When certificates cannot be read, or no thread can be had.
    pub fn start(destination: Destination, interrupt: Interrupt) -> Result<Self, ConfigError> {
        let mut clients = HashMap::new();
        for signal in Signal::ALL {
            if let Some(endpoint) = destination.endpoint(signal) {
                clients.insert(signal, client(endpoint)?);
            }
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| no_thread(&error))?;
        let workers = destination.concurrency;
        let shared = Arc::new(Shared {
            destination,
            clients,
            interrupt,
            account: Mutex::default(),
            health: Mutex::default(),
        });
        let (queue, waiting) = channel(WAITING);
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("export".to_owned())
            .spawn(move || runtime.block_on(run(for_thread, waiting, workers)))
            .map_err(|error| no_thread(&error))?;
        Ok(Self { queue, shared, thread })
    }

    /// Whether records of a signal go anywhere.
    #[must_use]
    pub fn takes(&self, signal: Signal) -> bool {
        self.shared.destination.takes(signal)
    }

    /// Hands a request over, and waits while too many are waiting. Requests of
    /// a signal that goes nowhere are passed over.
    pub fn send(&self, message: Message) {
        let (signal, records) = (message.signal(), message.records() as u64);
        if !self.takes(signal) {
            return;
        }
        if let Ok(mut account) = self.shared.account.lock() {
            account.tally_mut(signal).sent += records;
        }
        if self.queue.blocking_send(message).is_err() {
            self.shared.fails(signal, records, Fate::Dropped, "the exporter has stopped");
        }
    }

    /// The account so far, for showing progress.
    #[must_use]
    pub fn account(&self) -> Account {
        self.shared.account.lock().map(|account| account.clone()).unwrap_or_default()
    }

    /// Waits until everything that was handed over is delivered or given up.
    #[must_use]
    pub fn finish(self) -> Account {
        drop(self.queue);
        // A panic in the thread would leave its requests in no column.
        let panicked = self.thread.join().is_err();
        let mut account = self.shared.account.lock().map(|a| a.clone()).unwrap_or_default();
        if panicked {
            for signal in Signal::ALL {
                let tally = account.tally_mut(signal);
                let known = tally.accepted + tally.rejected + tally.dropped;
                tally.dropped += tally.sent.saturating_sub(known);
            }
        }
        account
    }
}

fn no_thread(error: &std::io::Error) -> ConfigError {
    ConfigError::new(format!("cannot start the exporter: {error}"), "are there too many threads?")
}

async fn run(shared: Arc<Shared>, waiting: Receiver<Message>, workers: usize) {
    let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
    let mut tasks = Vec::new();
    for _ in 0..workers {
        let (shared, waiting) = (Arc::clone(&shared), Arc::clone(&waiting));
        tasks.push(tokio::spawn(async move {
            loop {
                let next = waiting.lock().await.recv().await;
                let Some(message) = next else { return };
                shared.deliver(message).await;
            }
        }));
    }
    for task in tasks {
        // A worker that panicked leaves the others at work.
        let _ = task.await;
    }
}

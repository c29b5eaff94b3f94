//! The user's wish to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// Counts how often the user asked to stop. The first time work ends in good
/// order, the second time at once.
#[derive(Clone, Debug, Default)]
pub struct Interrupt(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    asked: AtomicUsize,
    notify: Notify,
}

impl Interrupt {
    /// Nobody has asked yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks to stop.
    pub fn ask(&self) {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        self.0.notify.notify_waiters();
    }

    /// How often it was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }

    /// Whether it was asked.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.asked() > 0
    }

    /// Waits until it was asked `times` times.
    pub(super) async fn wait(&self, times: usize) {
        loop {
            let notified = self.0.notify.notified();
            tokio::pin!(notified);
            // Registered before the look, so that nothing falls between.
            notified.as_mut().enable();
            if self.asked() >= times {
                return;
            }
            notified.await;
        }
    }
}

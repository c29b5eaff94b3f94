//! How long to wait before the next attempt.

use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

/// Longest wait that is our own choice.
const CAP: Duration = Duration::from_secs(30);

/// Waits that double, each a quarter shorter or longer by chance, so that many
/// senders do not come back at the same moment.
#[derive(Clone, Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(super) fn new(first: Duration) -> Self {
        Self { next: first }
    }

    /// The next wait: at least what the receiver asks for, which is then the
    /// base of later ones.
    pub(super) fn wait(&mut self, asked: Option<Duration>) -> Duration {
        let base = asked.map_or(self.next, |asked| asked.max(self.next.min(asked)));
        self.next = base.saturating_mul(2).min(CAP.max(base));
        match asked {
            // Never earlier than asked.
            Some(asked) => asked.saturating_add(spread(asked.min(CAP)) / 8),
            None => base.mul_f64(0.75).saturating_add(spread(base) / 2),
        }
    }
}

/// A length between nothing and `most`, by chance.
fn spread(most: Duration) -> Duration {
    let chance = RandomState::new().hash_one(0u8);
    most.mul_f64((chance >> 11) as f64 / (1u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    use super::{Backoff, CAP};
    use std::time::Duration;

    #[test]
    fn waits_double_up_to_the_cap() {
        let mut backoff = Backoff::new(Duration::from_secs(1));
        let mut base = 1.0f64;
        for _ in 0..10 {
            let wait = backoff.wait(None).as_secs_f64();
            assert!((base * 0.75..=base * 1.25).contains(&wait), "{wait} for {base}");
            base = (base * 2.0).min(CAP.as_secs_f64());
        }
    }

    #[test]
    fn what_the_receiver_asks_for_is_the_least() {
        let mut backoff = Backoff::new(Duration::from_millis(100));
        let asked = Duration::from_secs(4);
        let wait = backoff.wait(Some(asked));
        assert!(wait >= asked && wait <= asked.mul_f64(1.13));
        assert!(backoff.wait(None) >= asked.mul_f64(1.5));
    }
}

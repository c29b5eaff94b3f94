//! Two threads that decode pieces of a part side by side.
//!
//! Reading and merging stay on the calling thread, so that the store gets
//! batches in the part's order whatever a piece took.

use std::collections::VecDeque;
use std::sync::mpsc;

const WORKERS: usize = 2;

/// Bytes of input under way at once, unless a single piece is larger: a piece
/// of many times its usual size is decoded alone, so that memory stays bounded
/// by the largest record.
const UNDER_WAY_BYTES: usize = 32 << 20;

/// Decodes what `next` gives and hands the results to `take` in the same order,
/// until there is no more or `take` says to stop. `weigh` gives the bytes of a
/// piece. A single piece is decoded on the calling thread.
pub(super) fn run<W: Send, R: Send>(
    mut next: impl FnMut() -> Option<W>,
    weigh: impl Fn(&W) -> usize,
    decode: impl Fn(W) -> R + Sync,
    mut take: impl FnMut(R) -> bool,
) {
    let Some(first) = next() else { return };
    let Some(second) = next() else {
        take(decode(first));
        return;
    };
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..WORKERS)
            .map(|_| {
                let (to_worker, work) = mpsc::sync_channel::<W>(WORKERS);
                let (done, from_worker) = mpsc::sync_channel::<R>(1);
                let decode = &decode;
                scope.spawn(move || {
                    for piece in work {
                        if done.send(decode(piece)).is_err() {
                            return;
                        }
                    }
                });
                (to_worker, from_worker)
            })
            .collect();
        let mut waiting = VecDeque::from([first, second]);
        let mut under_way: VecDeque<usize> = VecDeque::new();
        let (mut sent, mut taken, mut go_on) = (0usize, 0usize, true);
        loop {
            while go_on && under_way.len() < 2 * WORKERS {
                let Some(piece) = waiting.pop_front().or_else(&mut next) else { break };
                let bytes = weigh(&piece);
                let busy = under_way.iter().sum::<usize>();
                if busy > 0 && busy + bytes > UNDER_WAY_BYTES {
                    waiting.push_front(piece);
                    break;
                }
                if lanes.get(sent % WORKERS).is_none_or(|lane| lane.0.send(piece).is_err()) {
                    break;
                }
                under_way.push_back(bytes);
                sent += 1;
            }
            if under_way.pop_front().is_none() {
                break;
            }
            match lanes.get(taken % WORKERS).map(|lane| lane.1.recv()) {
                Some(Ok(result)) => go_on &= take(result),
                _ => break,
            }
            taken += 1;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::run;

    #[test]
    fn results_come_in_the_order_of_the_pieces() {
        let mut pieces = 0..100u32;
        let mut results = Vec::new();
        let decode = |n: u32| {
            std::thread::sleep(std::time::Duration::from_micros(u64::from(n % 7) * 50));
            n
        };
        // Some pieces are heavier than all that may be under way.
        let weigh = |n: &u32| if n.is_multiple_of(10) { 64 << 20 } else { 4 << 20 };
        run(
            || pieces.next(),
            weigh,
            decode,
            |n| {
                results.push(n);
                n < 80
            },
        );
        assert!(results.len() >= 81 && results.len() <= 85, "{}", results.len());
        assert!(results.iter().copied().eq(0..results.len() as u32));
    }
}

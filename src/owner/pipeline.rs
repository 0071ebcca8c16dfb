//! Many records, all cores, one order, bounded memory: one thread reads, the pool works on a batch at a time, the caller takes the results
//! in the order of what was read.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use rayon::prelude::*;

use crate::say::Failure;

/// Hands what `produce` feeds through `work`, in parallel, to `consume`, in order. Ends at the first failure of `consume`.
pub(crate) fn ordered<T: Send, R: Send, P: Send>(
    produce: impl FnOnce(&mut Feed<T>) -> Result<P, Failure> + Send,
    work: impl Fn(T) -> R + Sync,
    mut consume: impl FnMut(R) -> Result<(), Failure>,
) -> Result<P, Failure> {
    let (to_pool, batches) = sync_channel::<Vec<T>>(1);
    let (to_caller, results) = sync_channel::<Vec<R>>(1);
    thread::scope(|scope| {
        let producer = scope.spawn(move || {
            let mut feed = Feed { batch: Vec::new(), bytes: 0, to_pool };
            let outcome = produce(&mut feed);
            feed.flush();
            outcome
        });
        scope.spawn(|| {
            let to_caller = to_caller;
            for batch in batches {
                let done: Vec<R> = batch.into_par_iter().map(&work).collect();
                if to_caller.send(done).is_err() {
                    break;
                }
            }
        });
        for batch in results {
            for result in batch {
                consume(result)?;
            }
        }
        producer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

/// Where a producer puts what it reads.
pub(crate) struct Feed<T> {
    batch: Vec<T>,
    bytes: usize,
    to_pool: SyncSender<Vec<T>>,
}

impl<T> Feed<T> {
    /// Takes an item of about `bytes` bytes; `false` if nobody wants more.
    pub(crate) fn push(&mut self, item: T, bytes: usize) -> bool {
        self.batch.push(item);
        self.bytes += bytes;
        let full = self.batch.len() >= BATCH || self.bytes >= BATCH_BYTES;
        !full || self.flush()
    }

    fn flush(&mut self) -> bool {
        self.bytes = 0;
        self.to_pool.send(std::mem::take(&mut self.batch)).is_ok()
    }
}

/// Enough to keep every core busy between two hand-overs, little enough that three batches are small.
const BATCH: usize = 512;
const BATCH_BYTES: usize = 16 * 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::say::words;

    #[test]
    fn results_come_in_the_order_of_what_was_read() {
        let mut seen = Vec::new();
        let count = ordered(
            |feed| {
                (0..5000_u32).for_each(|number| assert!(feed.push(number, 10_000)));
                Ok(5000)
            },
            |number| number * 2,
            |double| {
                seen.push(double);
                Ok(())
            },
        );
        assert_eq!(count.ok(), Some(5000));
        assert!(seen.iter().copied().eq((0..5000).map(|number| number * 2)));
    }

    #[test]
    fn a_consumer_that_fails_ends_the_reading() {
        let mut taken = 0;
        let outcome = ordered(
            |feed| {
                while feed.push((), 1) {}
                Ok(())
            },
            |()| (),
            |()| {
                taken += 1;
                if taken == 1000 { Err(Failure::new(words!("cukup", "enough"))) } else { Ok(()) }
            },
        );
        assert!(outcome.is_err());
        assert_eq!(taken, 1000);
    }

    #[test]
    fn what_was_read_before_a_failure_is_still_handed_on() {
        let mut taken = 0;
        let outcome: Result<(), Failure> = ordered(
            |feed| {
                (0..700).for_each(|number| assert!(feed.push(number, 1)));
                Err(Failure::new(words!("rusak", "broken")))
            },
            |number| number,
            |_| {
                taken += 1;
                Ok(())
            },
        );
        assert!(outcome.is_err());
        assert_eq!(taken, 700);
    }
}

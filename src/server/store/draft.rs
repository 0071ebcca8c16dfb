//! A submission on its way into the store, piece by piece.
//!
//! Pieces are committed like anything else but mean nothing until a submission names them. One that does not come to its end
//! takes its pieces with it when it is dropped.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::Store;
use super::backend::{Act, Done, StoreError, Upload};
use super::writer::Job;

/// Pieces of one submission.
#[derive(Debug)]
pub(crate) struct Draft {
    /// Weak: a request that outlives the store must not keep its writer at work.
    jobs: Option<mpsc::WeakSender<Job>>,
    upload: Option<Upload>,
    pieces: u64,
    wait: Duration,
}

impl Draft {
    pub(super) const fn new(jobs: Option<mpsc::WeakSender<Job>>, wait: Duration) -> Self {
        Self { jobs, upload: None, pieces: 0, wait }
    }

    /// Keeps the next piece; answers when it is on the disk.
    ///
    /// # Errors
    /// [`StoreError`].
    pub(crate) async fn put(&mut self, store: &Store, bytes: Vec<u8>) -> Result<(), StoreError> {
        let act = match self.upload {
            Some(upload) => Act::Piece(upload, self.pieces, bytes),
            None => Act::Begin(bytes),
        };
        // A queue that is full for a moment must not cost what was sent so far.
        let done = tokio::time::timeout(self.wait, store.act_when_free(act)).await;
        if let Done::Begun(upload) = done.unwrap_or(Err(StoreError::Busy))? {
            self.upload = Some(upload);
        }
        self.pieces += 1;
        Ok(())
    }

    /// Where the pieces are; nothing if there are none.
    pub(crate) const fn upload(&self) -> Option<Upload> {
        self.upload
    }

    /// A submission names the pieces now.
    pub(crate) fn settle(&mut self) {
        self.upload = None;
    }
}

impl Drop for Draft {
    /// If this is not heard, the clean-up of abandoned pieces finds them later.
    fn drop(&mut self) {
        let jobs = self.jobs.as_ref().and_then(mpsc::WeakSender::upgrade);
        if let (Some(upload), Some(jobs)) = (self.upload, jobs) {
            let (answer, _) = oneshot::channel();
            let _ = jobs.try_send(Job::Do(Act::Discard(upload), answer));
        }
    }
}

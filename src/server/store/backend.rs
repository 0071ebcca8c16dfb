//! What a database must be able to do to be a store, and nothing about how.
//!
//! One value is one connection, used by one thread at a time. `sqlite.rs` and `postgres.rs` fulfil it, and one suite of tests holds
//! both to the same behaviour. Sequence and chain are FORMAT §12; whoever implements this keeps them whole.

use std::fmt::Debug;

use segel_core::export::Position;
use segel_core::id::{Digest, FormDigest, FormName, SubmissionId, VerifyingKey};
use segel_core::stamp::{ServerKey, Stamp, Taken};
use segel_core::statement::{Statement, Wish};
use segel_core::time::{Span, Time};

/// One connection to a store.
pub(crate) trait Backend: Debug + Send {
    /// The clock that stamps what arrives: one for all who write to this store.
    ///
    /// # Errors
    /// [`Fault`].
    fn now(&mut self) -> Result<Time, Fault>;

    /// Does all of a batch in one commit that is durable when this returns; after an error nothing of it is there, unless the error
    /// is [`StoreError::Away`]: then it may be, and doing it again is harmless.
    ///
    /// # Errors
    /// [`Fault`] of the whole batch; what concerns one act alone is in its outcome.
    fn write(&mut self, batch: &[&Act]) -> Result<Vec<Result<Done, StoreError>>, Fault>;

    /// Finds out whether something could be written; if the disk was `full`, by writing a little.
    ///
    /// # Errors
    /// [`Fault`] that a submission would meet.
    fn touch(&mut self, full: bool) -> Result<(), Fault>;

    /// Where a form's chain stands; nothing if no submission ever came.
    ///
    /// # Errors
    /// [`Fault`].
    fn position(&mut self, form: &FormName) -> Result<Option<Position>, Fault>;

    /// Where the chain stood after one submission, deleted or not; nothing if there was none of that sequence.
    ///
    /// # Errors
    /// [`Fault`].
    fn position_at(&mut self, form: &FormName, sequence: u64) -> Result<Option<Position>, Fault>;

    /// What stands in a form's chain within `range`, in order: as much as the range allows, at least one if there is one.
    ///
    /// # Errors
    /// [`Fault`].
    fn page(&mut self, form: &FormName, range: &Range) -> Result<Vec<Entry>, Fault>;

    /// What stands at one number as [`Body::Damaged`], read without the bytes it had; nothing if no row says it.
    ///
    /// # Errors
    /// [`Fault`].
    fn outline(&mut self, form: &FormName, sequence: u64) -> Result<Option<Entry>, Fault>;

    /// How a submission stands; nothing if there never was one of that id for that form.
    ///
    /// # Errors
    /// [`Fault`].
    fn standing(&mut self, form: &FormName, id: &SubmissionId) -> Result<Option<Standing>, Fault>;

    /// Submissions whose customers asked for deletion and that are still there.
    ///
    /// # Errors
    /// [`Fault`].
    fn wished(&mut self, most: usize) -> Result<Vec<SubmissionId>, Fault>;

    /// One piece of a submission that arrived in pieces.
    ///
    /// # Errors
    /// [`Fault`]; [`StoreError::Damaged`] if it is not there.
    fn piece(&mut self, upload: Upload, number: u64) -> Result<Vec<u8>, Fault>;

    /// How much is due, how much there is if that is more than `few`, and the highest time at which anybody looked.
    ///
    /// # Errors
    /// [`Fault`].
    fn census(&mut self, now: Time, few: u64) -> Result<Census, Fault>;

    /// Notes that somebody looked at that time.
    ///
    /// # Errors
    /// [`Fault`].
    fn raise(&mut self, now: Time) -> Result<(), Fault>;

    /// The submissions that have been due longest.
    ///
    /// # Errors
    /// [`Fault`].
    fn due(&mut self, now: Time, most: usize) -> Result<Vec<SubmissionId>, Fault>;

    /// Submissions in order of their ids, which means nothing but is an order.
    ///
    /// # Errors
    /// [`Fault`].
    fn ids(&mut self, after: Option<SubmissionId>, most: usize) -> Result<Vec<SubmissionId>, Fault>;

    /// Deletes submissions and leaves their tombstones, in one durable commit; says how many were still there.
    ///
    /// # Errors
    /// [`Fault`].
    fn bury(&mut self, ids: &[SubmissionId]) -> Result<u64, Fault>;

    /// Whether a submission of that id was stored once and deleted.
    ///
    /// # Errors
    /// [`Fault`].
    fn is_buried(&mut self, id: &SubmissionId) -> Result<bool, Fault>;

    /// How each form stands, in order of names.
    ///
    /// # Errors
    /// [`Fault`].
    fn status(&mut self) -> Result<Vec<FormStatus>, Fault>;

    /// What waits for its owners, all forms together; found by index, so that it can be asked often.
    ///
    /// # Errors
    /// [`Fault`].
    fn waiting(&mut self) -> Result<Waiting, Fault>;

    /// Bytes that may still be written where the store is; nothing if that is elsewhere or the system does not say.
    fn disk_free(&self) -> Option<u64>;

    /// How many tombstones there are.
    ///
    /// # Errors
    /// [`Fault`].
    fn tombstones(&mut self) -> Result<u64, Fault>;

    /// Deletes some pieces that no submission names and that were begun before then; says whether there may be more.
    ///
    /// # Errors
    /// [`Fault`].
    fn sweep(&mut self, before: Time) -> Result<bool, Fault>;

    /// Makes deletion reach the file, as far as a program can; says whether it did.
    ///
    /// # Errors
    /// [`Fault`].
    fn let_go(&mut self) -> Result<bool, Fault>;
}

/// What a writer is asked to do.
#[derive(Debug)]
pub(crate) enum Act {
    /// Keep a submission.
    Keep(Arrival),
    /// Begin a submission that comes in pieces; this is its first.
    Begin(Vec<u8>),
    /// Keep a further piece, counted from 1.
    Piece(Upload, u64, Vec<u8>),
    /// Forget the pieces of a submission that did not come to its end.
    Discard(Upload),
    /// Keep what a customer said.
    Say(Saying),
    /// Note how far an owner has fetched a form.
    Fetched(FormName, u64),
}

/// What became of an [`Act`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Done {
    /// The submission is on the disk.
    Kept(Kept),
    /// Its first piece is.
    Begun(Upload),
    /// The statement is on the disk.
    Said(Kept),
    /// The rest needs no words.
    Well,
}

/// A submission that was checked and is to be kept.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) form: FormName,
    pub(crate) id: SubmissionId,
    pub(crate) version: FormDigest,
    pub(crate) digest: Digest,
    pub(crate) retention: Retention,
    pub(crate) body: Body,
}

/// A statement that was verified and is to be kept. FORMAT §4.2.
#[derive(Debug)]
pub(crate) struct Saying {
    pub(crate) form: FormName,
    pub(crate) id: SubmissionId,
    pub(crate) version: FormDigest,
    pub(crate) wish: Wish,
    pub(crate) key: VerifyingKey,
    pub(crate) digest: Digest,
    pub(crate) bytes: Vec<u8>,
}

impl Saying {
    /// Whether it can be one too many where `before` withdrawals of its submission are kept. A deletion never is.
    pub(crate) const fn is_beyond(&self, before: u64) -> bool {
        matches!(self.wish, Wish::Withdraw { .. }) && before >= segel_core::limits::PURPOSES as u64
    }
}

/// How a submission stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Digest of the published form it was sealed for; nothing once it is deleted.
    pub(crate) version: Option<Digest>,
    pub(crate) received_at: Time,
    /// The receipt's verifying key, or where it stands: the first bytes of the envelope. Nothing once it is deleted and nobody said anything.
    pub(crate) key: Option<Key>,
    /// What was answered to it; nothing once it is deleted, for then the form is forgotten.
    pub(crate) kept: Option<Acknowledgement>,
    /// What was said, in order, and what was answered.
    pub(crate) said: Vec<(Acknowledgement, String)>,
}

impl Standing {
    /// What was said, by its row.
    pub(crate) fn said(
        id: SubmissionId,
        (received_at, sequence, bytes, wish): (Time, u64, &[u8], String),
    ) -> Option<(Acknowledgement, String)> {
        let version = Statement::parse(bytes).ok()?.form();
        let digest = Digest::of(bytes);
        Some((Acknowledgement { version, digest, id, received_at, sequence }, wish))
    }
}

/// Where a receipt's verifying key is known from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// The head of the envelope begins these bytes.
    Front(Vec<u8>),
    /// A statement that was verified with it.
    Known(VerifyingKey),
}

/// How a form stands: nothing of what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FormStatus {
    pub(crate) name: String,
    /// The last number given out.
    pub(crate) last: u64,
    pub(crate) submissions: u64,
    pub(crate) bytes: u64,
    pub(crate) deleted: u64,
    pub(crate) statements: u64,
    /// The last number that the owner said to have, and when.
    pub(crate) pulled: u64,
    pub(crate) pulled_at: Option<Time>,
    /// Submissions that the owner did not say to have.
    pub(crate) unpulled: u64,
    pub(crate) oldest_unpulled: Option<Time>,
    /// Statements that the owner did not say to have.
    pub(crate) requests: u64,
    pub(crate) oldest_request: Option<Time>,
}

/// What owners did not say to have yet, all forms together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) oldest_unpulled: Option<Time>,
    pub(crate) requests: u64,
    pub(crate) oldest_request: Option<Time>,
}

/// How things stand before a purge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) due: u64,
    pub(crate) all: u64,
    pub(crate) highest: Option<Time>,
}

/// The bytes of a submission, or where they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// All of them.
    Whole(Vec<u8>),
    /// So many, already in the store.
    Pieces(Upload, u64),
    /// Deleted; the digest they had keeps the chain whole.
    Gone,
    /// A statement.
    Said(Vec<u8>),
    /// Not to be had any more, though nobody deleted it.
    Damaged(Taken),
}

/// Pieces that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Upload(pub(crate) i64);

/// How long each purpose of a form keeps its data. The longest decides: until then somebody may still need the row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Retention(pub(crate) Vec<Span>);

impl Retention {
    /// When a submission that was received then is to be deleted; nothing if its form names no time.
    pub(crate) fn due(&self, received_at: Time) -> Option<Time> {
        self.0.iter().map(|span| received_at.plus(*span)).max()
    }
}

/// What the server states about a submission or a statement that it keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Acknowledgement {
    pub(crate) version: FormDigest,
    pub(crate) digest: Digest,
    pub(crate) id: SubmissionId,
    pub(crate) received_at: Time,
    pub(crate) sequence: u64,
}

/// Whether a submission is new to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It was written.
    Now(Acknowledgement),
    /// The same bytes were there already.
    Before(Acknowledgement),
}

/// One link of a form's chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) position: Position,
    pub(crate) received_at: Time,
    /// SHA-256 of the bytes that were taken.
    pub(crate) digest: Digest,
    pub(crate) body: Body,
}

/// Which part of a chain to read, and how much of it at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    /// The last sequence that is known.
    pub(crate) after: u64,
    /// The last that is wanted.
    pub(crate) last: u64,
    /// Most entries.
    pub(crate) most: usize,
    /// Bytes after which it ends early.
    pub(crate) most_bytes: usize,
}

/// Why nothing was kept, or nothing can be handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum StoreError {
    /// This submission id is stored with other bytes, or for another form.
    #[error("stored with other bytes")]
    Conflict,
    /// This submission was stored and has been deleted since.
    #[error("stored once, and deleted")]
    Deleted,
    /// There is no such submission.
    #[error("no such submission")]
    Unknown,
    /// As many of its consents were withdrawn as any form has.
    #[error("as many of its consents were withdrawn as any form has")]
    Statements,
    /// Locked by another program, or too much is waiting.
    #[error("locked by another program, or too much is waiting")]
    Busy,
    /// The database cannot be reached. Passes by itself.
    #[error("the database cannot be reached")]
    Away,
    /// No room on the disk.
    #[error("no room on the disk")]
    Full,
    /// A write could not be made durable. Nothing is acknowledged any more.
    #[error("reading or writing failed")]
    Failed,
    /// What is stored is not what was stored, however often it is read.
    #[error("the store is damaged")]
    Damaged,
}

impl StoreError {
    /// A word for the log.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Conflict => "conflict",
            Self::Deleted => "deleted",
            Self::Unknown => "unknown",
            Self::Statements => "statements",
            Self::Busy => "busy",
            Self::Away => "away",
            Self::Full => "full",
            Self::Failed => "failed",
            Self::Damaged => "damaged",
        }
    }
}

/// An error of the database: what it means for a client, and what the log says of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub(crate) struct Fault {
    pub(crate) error: StoreError,
    /// The database's own words, without any value that was stored.
    pub(crate) cause: String,
}

impl Act {
    /// Bytes that it brings.
    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::Keep(Arrival { body: Body::Whole(bytes), .. }) | Self::Begin(bytes) | Self::Piece(_, _, bytes) => {
                bytes.len()
            }
            Self::Say(saying) => saying.bytes.len(),
            Self::Keep(_) | Self::Discard(_) | Self::Fetched(..) => 0,
        }
    }

    /// Whether a submission is to be deleted because its customer says so.
    pub(crate) const fn asks_deletion(&self) -> bool {
        matches!(self, Self::Say(Saying { wish: Wish::Delete, .. }))
    }
}

impl Acknowledgement {
    /// The same, signed. FORMAT §4.3.
    pub(crate) fn stamp(&self, what: Taken, key: &ServerKey) -> String {
        let Self { version, digest, id, received_at, sequence } = *self;
        Stamp::new(what, version, id, digest, sequence, received_at).sign(key).json()
    }
}

impl Entry {
    /// Bytes that a disk has changed are named, never handed out. What stands in pieces is the reader's to verify.
    pub(crate) fn is_sound(&self) -> Result<(), Fault> {
        match &self.body {
            Body::Whole(bytes) | Body::Said(bytes) if Digest::of(bytes) != self.digest => {
                Err(Fault::changed(&format!("the bytes of number {}", self.position.sequence())))
            }
            _ => Ok(()),
        }
    }
}

impl Fault {
    /// Something that should be there and is not, or is not what it should be.
    pub(crate) fn damaged(what: &str) -> Self {
        Self { error: StoreError::Failed, cause: format!("damaged: {what}") }
    }

    /// The same where reading it again gives nothing better: an export names it and goes on.
    pub(crate) fn changed(what: &str) -> Self {
        Self { error: StoreError::Damaged, ..Self::damaged(what) }
    }
}

/// Pieces that are deleted in one commit: what is zeroed is written, and whoever sends meanwhile waits for it.
pub(crate) const SWEEP: u32 = 32;
/// First bytes of an envelope, which hold its head.
pub(crate) const FRONT: u32 = segel_core::limits::HEAD_BYTES as u32;
/// Bytes of one piece. What is not longer is stored whole.
pub(crate) const PIECE: usize = 256 * 1024;

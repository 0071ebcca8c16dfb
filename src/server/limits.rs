//! Every clock and cap of the server, each with its reason. No other file may invent one.
//!
//! What one *submission* may hold is the format's (`segel_core::limits`) and the form's business; here stands what one
//! *connection* may cost, because a stranger opens it.

use std::time::Duration;

/// Clocks and caps. [`Limits::default`] is what the program uses; tests make them small.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// From opening a connection, or the end of an answer, to the end of the next request's header. A slow header and an
    /// idle connection are the same thing to a server: nothing to do and a place taken.
    pub header: Duration,
    /// For a body to arrive, however short.
    pub body: Duration,
    /// Bytes of a body that buy one more second: a phone on a poor link may take minutes for a photo, a dribble may not.
    pub body_rate: u64,
    /// From the last byte of a request to its answer.
    pub request: Duration,
    /// A client that takes nothing of an answer for so long is gone.
    pub stall: Duration,
    /// After the last byte of an answer we go on reading this long: closing at once would destroy an answer still under
    /// way, for example a 413 to a browser that is busy sending.
    pub linger: Duration,
    /// Connections at once: less than the 1 024 open files that a process usually may have.
    pub connections: usize,
    /// Further connections that may wait for a place; the rest is closed unheard.
    pub queue: usize,
    /// When places are short, a connection that has said nothing for so long makes room.
    pub silence: Duration,
    /// Who waits for a place gets a 503 after that: within a second, with what it takes to send it.
    pub queue_wait: Duration,
    /// Bytes of the largest submission: a form that allows more is not served.
    pub submission_bytes: u64,
    /// Bytes of bodies in memory, all connections together.
    pub body_bytes: usize,
    /// Submissions a minute that one form takes; 0 is no limit. A hundred a second is more than any shop's best day.
    pub rate_form: u32,
    /// Submissions a minute from one network; 0 is no limit. Behind one address of a mobile provider are many people.
    pub rate_network: u32,
    /// Bits of the work that a submission must bring; 0 if it is never asked.
    pub work_bits: u8,
    /// Submissions a minute that one form takes without it; 0 if it is always asked.
    pub work_above: u32,
    /// Header lines of a request. A browser sends about twenty.
    pub headers: usize,
    /// Bytes of a request's header.
    pub header_bytes: usize,
    /// Bytes of a request's address.
    pub uri_bytes: usize,
    /// Submissions waiting for the writer.
    pub write_queue: usize,
    /// Submissions of one commit.
    pub group: usize,
    /// Bytes of submissions in one commit; one larger submission still gets a commit of its own.
    pub group_bytes: usize,
    /// Bytes of the disk that submissions leave free under SQLite, and withdrawals half of it: deleting writes before it frees.
    pub reserve_bytes: u64,
    /// Between two looks at what is due.
    pub purge_every: Duration,
    /// Submissions that are deleted in one commit: whoever sends meanwhile waits for no more than these.
    pub purge_batch: usize,
    /// Percent of all submissions that may go in one run, if they are many.
    pub purge_share: u64,
    /// How long the writer waits for somebody else's lock on the store. Twice this stays under the 6 s after which a
    /// client must have heard something.
    pub store_wait: Duration,
    /// How long the metrics wait for those of their numbers that are asked of the store; without an answer they are left out.
    pub metrics: Duration,
    /// Submissions that an export reads at a time.
    pub page: usize,
    /// Bytes after which such a page ends early.
    pub page_bytes: usize,
    /// Between two looks whether the certificate was replaced.
    pub tls_every: Duration,
    /// Between two runs of the operator's program that is told of arrivals.
    pub hook_every: Duration,
    /// How long such a run may take.
    pub hook_time: Duration,
    /// What a busy server asks a client to wait, in seconds.
    pub retry_after: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            header: Duration::from_secs(10),
            body: Duration::from_secs(30),
            body_rate: 8 * 1024,
            request: Duration::from_secs(20),
            stall: Duration::from_secs(15),
            linger: Duration::from_secs(2),
            connections: 960,
            queue: 32,
            silence: Duration::from_secs(1),
            queue_wait: Duration::from_millis(800),
            submission_bytes: 2 << 30,
            body_bytes: 256 * MIB,
            rate_form: 6000,
            rate_network: 600,
            work_bits: 0,
            work_above: 0,
            headers: 64,
            header_bytes: 16 * 1024,
            uri_bytes: 2 * 1024,
            write_queue: 256,
            group: 64,
            group_bytes: 16 * MIB,
            reserve_bytes: 64 * MIB as u64,
            purge_every: Duration::from_secs(60),
            purge_batch: 64,
            purge_share: 50,
            store_wait: Duration::from_secs(2),
            metrics: Duration::from_secs(1),
            page: 256,
            page_bytes: 4 * MIB,
            tls_every: Duration::from_secs(60),
            hook_every: Duration::from_secs(60),
            hook_time: Duration::from_secs(30),
            retry_after: 5,
        }
    }
}

/// What hyper itself takes of a header before it gives up with a bare 431: well over [`Limits`], so that our own refusal,
/// which has a code and a sentence, is the usual one.
pub(crate) const HYPER_HEADER_BYTES: usize = 80 * 1024;
/// The same for header lines.
pub(crate) const HYPER_HEADERS: usize = 256;
/// Bytes of one file of the element: the largest is a module of some hundred KiB.
pub(crate) const ASSET_BYTES: u64 = 8 * 1024 * 1024;
/// Bytes of the token file.
pub(crate) const TOKEN_FILE_BYTES: u64 = 4 * 1024;
/// Characters of a token: sixteen random ones are out of reach of guessing over a network.
pub(crate) const TOKEN_CHARS: usize = 16;

const MIB: usize = 1024 * 1024;

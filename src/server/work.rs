//! Proof of work: what a submission must bring where too much comes. FORMAT §11.1.
//!
//! Threat: a flood from so many places that no limit by sender holds it. It would use up a form's minute, and no customer came through. With
//! work asked, a place in that minute costs whoever wants it some of their own machine's time; checking it costs us two blocks of SHA-256.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::http::HeaderMap;
use segel_core::Form;
use segel_core::id::SubmissionId;
use segel_core::stamp::ServerKey;
use segel_core::time::Time;
use segel_core::work::{Challenge, Proof, WorkError};

use crate::limits::Limits;
use crate::rate::Rate;
use crate::reject::Reject;

/// What is asked of whom, and how often it was.
#[derive(Debug)]
pub(crate) struct Works {
    /// 0 if it is never asked.
    bits: u8,
    /// What each form takes a minute without it; nothing if it is always asked.
    free: Option<Rate>,
    /// How often one proof is looked at, which a customer on a poor link sends again.
    again: Rate,
    counted: Mutex<Counted>,
    asked: AtomicU64,
    passed: AtomicU64,
}

impl Works {
    pub(crate) fn new(limits: &Limits) -> Self {
        let free = (limits.work_above > 0).then(|| Rate::new(limits.work_above));
        let (asked, passed) = Default::default();
        Self { bits: limits.work_bits, free, again: Rate::new(AGAIN), counted: Mutex::default(), asked, passed }
    }

    /// Lets a submission of which the head is there go on, or asks for work; `place` takes one of its form's places in a minute. Whoever
    /// brings work takes nobody's free place, and one work takes one place, however often it is sent.
    ///
    /// # Errors
    /// [`Reject::Work`] with what is asked; [`Reject::Rate`], of `place` too.
    pub(crate) fn admit(
        &self,
        form: &Form,
        id: &SubmissionId,
        headers: &HeaderMap,
        (key, now): (&ServerKey, Time),
        place: impl FnOnce() -> Result<(), Reject>,
    ) -> Result<(), Reject> {
        let hour = now.unix().unsigned_abs() / 3600;
        let ticket = key.ticket(hour);
        let Some(asked) = Challenge::new(self.bits, ticket) else { return place() };
        let before = key.ticket(hour.saturating_sub(1));
        let brought = proof(headers).map(|proof| proof?.check(&asked, before, &form.digest(), id));
        if brought == Some(Ok(())) {
            self.again.admit(id, Instant::now())?;
            return self.count(ticket, id, place);
        }
        if self.free.as_ref().is_some_and(|free| free.admit(form.name(), Instant::now()).is_ok()) {
            return place();
        }
        self.asked.fetch_add(1, Ordering::Relaxed);
        Err(Reject::work(brought.and_then(Result::err), &asked))
    }

    /// Takes a place for work that comes the first time.
    fn count(&self, ticket: u64, id: &SubmissionId, place: impl FnOnce() -> Result<(), Reject>) -> Result<(), Reject> {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let id = counted.key.hash_one(id);
        if counted.ticket != ticket || counted.now.len() >= MOST {
            counted.before = std::mem::take(&mut counted.now);
            counted.ticket = ticket;
        }
        if !counted.now.contains(&id) && !counted.before.contains(&id) {
            place()?;
            self.passed.fetch_add(1, Ordering::Relaxed);
        }
        // Who comes again, also with work for the next ticket, needs no second place.
        counted.now.insert(id);
        Ok(())
    }

    /// Submissions that were refused until they bring it.
    pub(crate) fn all_asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Submissions that brought it.
    pub(crate) fn all_passed(&self) -> u64 {
        self.passed.load(Ordering::Relaxed)
    }
}

/// Submissions whose work took its place, for as long as their tickets are good. In memory alone: after a restart each may take one more.
#[derive(Debug, Default)]
struct Counted {
    key: RandomState,
    ticket: u64,
    now: HashSet<u64>,
    before: HashSet<u64>,
}

/// The one proof that was sent; nothing if none was.
fn proof(headers: &HeaderMap) -> Option<Result<Proof, WorkError>> {
    let mut lines = headers.get_all(HEADER).iter();
    let (first, second) = (lines.next()?, lines.next());
    let text = first.to_str().ok().filter(|_| second.is_none());
    Some(text.ok_or(WorkError::NotAProof).and_then(Proof::parse))
}

/// Times a minute.
const AGAIN: u32 = 6;
/// Of one ticket; 32 MiB at most.
const MOST: usize = 1 << 20;
/// Where it stands in a request.
const HEADER: &str = "segel-work";

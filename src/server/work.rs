//! Proof of work: what a submission must bring where too much comes. FORMAT §11.1.
//!
//! Threat: a flood from so many places that no limit by sender holds it. It would use up a form's minute, and no customer came through. With
//! work asked, a place in that minute costs whoever wants it some of their own machine's time; checking it costs us two blocks of SHA-256.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::http::HeaderMap;
use segel_core::Form;
use segel_core::id::SubmissionId;
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
    asked: AtomicU64,
    passed: AtomicU64,
}

impl Works {
    pub(crate) fn new(limits: &Limits) -> Self {
        let free = (limits.work_above > 0).then(|| Rate::new(limits.work_above));
        Self { bits: limits.work_bits, free, asked: AtomicU64::default(), passed: AtomicU64::default() }
    }

    /// Whether it is ever asked.
    pub(crate) const fn are_asked(&self) -> bool {
        self.bits > 0
    }

    /// Lets a submission of which the head is there go on, or asks for work. Whoever brings it takes nobody's free place.
    ///
    /// # Errors
    /// [`Reject::Work`] with what is asked.
    pub(crate) fn admit(&self, form: &Form, id: &SubmissionId, headers: &HeaderMap, now: Time) -> Result<(), Reject> {
        let Some(asked) = Challenge::at(self.bits, now) else { return Ok(()) };
        let brought = proof(headers).map(|proof| proof?.check(&asked, &form.digest(), id));
        if brought == Some(Ok(())) {
            self.passed.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        if self.free.as_ref().is_some_and(|free| free.admit(form.name(), Instant::now()).is_ok()) {
            return Ok(());
        }
        self.asked.fetch_add(1, Ordering::Relaxed);
        Err(Reject::work(brought.and_then(Result::err), &asked))
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

/// The one proof that was sent; nothing if none was.
fn proof(headers: &HeaderMap) -> Option<Result<Proof, WorkError>> {
    let mut lines = headers.get_all(HEADER).iter();
    let (first, second) = (lines.next()?, lines.next());
    let text = first.to_str().ok().filter(|_| second.is_none());
    Some(text.ok_or(WorkError::NotAProof).and_then(Proof::parse))
}

/// Where it stands in a request.
const HEADER: &str = "segel-work";

//! Reading the body of a submission: by the clock, within the form's limit, and no longer than it could still be good.
//!
//! Threat: whoever sends decides how much and how fast. So a length that was announced buys no memory, a dribble runs out of
//! time, all bodies together have one budget, and a head that is wrong ends the transfer before the attachments behind it.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use segel_core::Form;
use segel_core::envelope::{DecodeError, Head};
use segel_core::limits::HEAD_BYTES;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::limits::Limits;
use crate::reject::Reject;

/// A body that arrived, and its share of the budget for as long as it is in memory.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) bytes: Vec<u8>,
    /// Of the budget.
    pub(crate) share: Option<OwnedSemaphorePermit>,
}

/// Reads the body of a submission for `form`.
///
/// # Errors
/// [`Reject`], as soon as it is certain.
pub(crate) async fn receive(
    headers: &HeaderMap,
    mut body: Body,
    form: &Form,
    limits: &Limits,
    budget: &Arc<Semaphore>,
) -> Result<Intake, Reject> {
    let most = form.max_envelope();
    screen(headers, most)?;
    let started = Instant::now();
    let mut intake = Intake { bytes: Vec::new(), share: None };
    let mut head_seen = false;
    loop {
        let bought = Duration::from_secs(intake.bytes.len() as u64 / limits.body_rate);
        let frame = tokio::time::timeout_at(started + limits.body + bought, body.frame()).await;
        let Some(frame) = frame.map_err(|_| Reject::Timeout)? else { break };
        let Ok(data) = frame.map_err(|_| Reject::BadRequest)?.into_data() else { continue };
        if (intake.bytes.len() + data.len()) as u64 > most {
            return Err(Reject::TooLarge);
        }
        intake.reserve(data.len(), budget)?;
        intake.bytes.extend_from_slice(&data);
        if !head_seen && intake.bytes.len() >= HEAD_BYTES {
            check_head(&intake.bytes, form)?;
            head_seen = true;
        }
    }
    Ok(intake)
}

impl Intake {
    fn reserve(&mut self, bytes: usize, budget: &Arc<Semaphore>) -> Result<(), Reject> {
        let bytes = u32::try_from(bytes).map_err(|_| Reject::TooLarge)?;
        let share = Arc::clone(budget).try_acquire_many_owned(bytes).map_err(|_| Reject::Busy)?;
        match &mut self.share {
            Some(all) => all.merge(share),
            None => self.share = Some(share),
        }
        Ok(())
    }
}

/// What the header alone already rules out.
fn screen(headers: &HeaderMap, most: u64) -> Result<(), Reject> {
    let encodings = headers.get_all(header::CONTENT_ENCODING);
    if encodings.iter().any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(Reject::Encoding);
    }
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if announced.is_some_and(|announced: u64| announced > most) {
        return Err(Reject::TooLarge);
    }
    Ok(())
}

/// Everything that can be known before the parts arrive.
fn check_head(bytes: &[u8], form: &Form) -> Result<(), Reject> {
    match Head::parse(bytes) {
        Ok((head, _)) if head.form() == form.digest() => Ok(()),
        Ok(_) => Err(Reject::FormReplaced),
        Err(DecodeError::Truncated { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

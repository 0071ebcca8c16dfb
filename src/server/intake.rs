//! Reading the body of a submission: by the clock, within the form's limit, and no longer than it could still be good.
//!
//! Threat: whoever sends decides how much and how fast. So a length that was announced buys no memory, a dribble runs out of
//! time, and what is wrong ends the transfer where it is wrong. What is larger than one piece goes to the store while it
//! arrives: a submission costs memory for two pieces, however large it is, and all together have one budget.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt as _;
use segel_core::Form;
use segel_core::id::SubmissionId;
use segel_core::purpose::Purpose;
use segel_core::time::Time;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::app::App;
use crate::reject::Reject;
use crate::sieve::Sieve;
use crate::store::{Arrival, Body as Stored, Draft, PIECE, Retention};
use std::sync::Arc;

/// A submission that arrived whole and is one of its form.
#[derive(Debug)]
pub(crate) struct Intake {
    pub(crate) arrival: Arrival,
    /// What is in the store already, if it was large.
    pub(crate) draft: Draft,
    /// Of the budget, for as long as it is in memory.
    pub(crate) share: Share,
}

/// Reads the body of a submission for `form` that began to come at `now`.
///
/// # Errors
/// [`Reject`], as soon as it is certain.
pub(crate) async fn receive(
    headers: &HeaderMap,
    mut body: Body,
    form: &Form,
    now: Time,
    app: &App,
) -> Result<Intake, Reject> {
    let most = form.max_envelope();
    screen(headers, most)?;
    let (started, limits) = (Instant::now(), &app.limits);
    let mut sieve = Sieve::new(form, |id| admit(headers, form, id, now, app));
    let (mut buffer, mut length) = (Vec::new(), 0);
    let (mut share, mut draft) = (Share::of(&app.budget), app.store.draft());
    loop {
        let bought = Duration::from_secs(length / limits.body_rate);
        let frame = tokio::time::timeout_at(started + limits.body + bought, body.frame()).await;
        let Some(frame) = frame.map_err(|_| Reject::Timeout)? else { break };
        let Ok(data) = frame.map_err(|_| Reject::BadRequest)?.into_data() else { continue };
        length += data.len() as u64;
        if length > most {
            return Err(Reject::TooLarge);
        }
        share.take(data.len())?;
        sieve.feed(&data)?;
        buffer.extend_from_slice(&data);
        while buffer.len() > PIECE {
            let rest = buffer.split_off(PIECE);
            draft.put(&app.store, std::mem::replace(&mut buffer, rest)).await?;
            share.give_back(PIECE);
        }
    }
    let (id, digest) = sieve.finish()?;
    let body = match draft.upload() {
        None => Stored::Whole(buffer),
        Some(upload) => {
            draft.put(&app.store, buffer).await?;
            Stored::Pieces(upload, length)
        }
    };
    let retention = Retention(form.purposes().iter().map(Purpose::retention).collect());
    let (name, version) = (form.name().clone(), form.digest());
    Ok(Intake { arrival: Arrival { form: name, id, version, digest, retention, body }, draft, share })
}

/// Before a byte goes to the store: refusing must cost less than sending. A form's places in a minute are for those whose head is one of its
/// submissions, and where work is asked for those who did it: what is refused before takes nobody's place.
fn admit(headers: &HeaderMap, form: &Form, id: &SubmissionId, now: Time, app: &App) -> Result<(), Reject> {
    app.works.admit(form, id, headers, (&app.key, now), || app.rates.admit_form(form.name()))
}

/// What one submission holds of the budget for all bodies in memory.
#[derive(Debug)]
pub(crate) struct Share {
    budget: Arc<Semaphore>,
    held: Option<OwnedSemaphorePermit>,
}

impl Share {
    fn of(budget: &Arc<Semaphore>) -> Self {
        Self { budget: Arc::clone(budget), held: None }
    }

    fn take(&mut self, bytes: usize) -> Result<(), Reject> {
        let bytes = u32::try_from(bytes).map_err(|_| Reject::TooLarge)?;
        let more = Arc::clone(&self.budget).try_acquire_many_owned(bytes).map_err(|_| Reject::Busy)?;
        match &mut self.held {
            Some(held) => held.merge(more),
            None => self.held = Some(more),
        }
        Ok(())
    }

    fn give_back(&mut self, bytes: usize) {
        drop(self.held.as_mut().and_then(|held| held.split(bytes)));
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

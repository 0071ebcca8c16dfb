//! What a customer does with a receipt: look how a submission stands, and say what is to become of it. FORMAT §4.2.
//!
//! Threat: whoever knows an id is not its customer. So a statement counts only if the key of the submission's own head signed it, and what
//! is told of a submission is what its customer's receipt page needs and no more.

use axum::body::Body;
use axum::http::HeaderMap;
use http_body_util::{BodyExt as _, Limited};
use segel_core::envelope::Head;
use segel_core::id::{Digest, FormName, SubmissionId, VerifyingKey};
use segel_core::stamp::Taken;
use segel_core::statement::{BYTES, Statement, Wish};
use tokio::time::timeout;

use crate::app::App;
use crate::reject::Reject;
use crate::store::{Kept, Key, Saying, Standing, StoreError};

/// Takes a statement.
///
/// # Errors
/// [`Reject`]; nothing changed then.
pub(crate) async fn say(app: &App, form: &FormName, headers: &HeaderMap, body: Body) -> Result<Kept, Reject> {
    if headers.contains_key(axum::http::header::CONTENT_ENCODING) {
        return Err(Reject::Encoding);
    }
    let body = timeout(app.limits.body, Limited::new(body, BYTES + 1).collect()).await.map_err(|_| Reject::Timeout)?;
    let bytes = body.map_err(|_| Reject::Statement("larger than 512 bytes, or cut off"))?.to_bytes().to_vec();
    let statement = Statement::parse(&bytes)?;
    let id = statement.id();
    let standing = app.store.standing(form, id).await?.ok_or(Reject::UnknownSubmission)?;
    let key = standing.key().ok_or(Reject::Deleted)?;
    if !statement.is_signed_by(&key) {
        return Err(Reject::Signature);
    }
    if standing.version.is_some_and(|version| version != *statement.form().digest()) {
        return Err(Reject::Statement("made for another form than the submission"));
    }
    if let (Wish::Withdraw { purpose }, Some(published)) =
        (statement.wish(), app.forms.find(form, app.clock.now(), &app.log))
        && published.digest() == statement.form()
        && published.definition().purpose(purpose).is_none()
    {
        return Err(Reject::Statement("the form has no such purpose"));
    }
    let (version, wish, digest) = (statement.form(), statement.wish().clone(), Digest::of(&bytes));
    let saying = Saying { form: form.clone(), id, version, wish, key, digest, bytes };
    let kept = timeout(app.limits.request, app.store.say(saying)).await;
    Ok(kept.unwrap_or(Err(StoreError::Busy))?)
}

/// How a submission stands, as HTTP.md spells it.
///
/// # Errors
/// [`Reject`].
pub(crate) async fn standing(app: &App, form: &FormName, id: SubmissionId) -> Result<String, Reject> {
    let standing = app.store.standing(form, id).await?.ok_or(Reject::UnknownSubmission)?;
    let Standing { version, received_at, kept, said, .. } = standing;
    let said = said.iter().map(|(answered, wish)| {
        let (at, stamp) = (answered.received_at, answered.stamp(Taken::Statement, &app.key));
        format!(r#"{{"received_at":"{at}","stamp":{stamp},"what":"{wish}"}}"#)
    });
    let said = said.collect::<Vec<_>>().join(",");
    let null = || String::from("null");
    let (deleted, form) = (version.is_none(), version.map_or_else(null, |digest| format!("\"{digest}\"")));
    let stamp = kept.map_or_else(null, |kept| kept.stamp(Taken::Envelope, &app.key));
    Ok(format!(
        r#"{{"deleted":{deleted},"form":{form},"received_at":"{received_at}","stamp":{stamp},"statements":[{said}]}}"#
    ))
}

impl Standing {
    /// The receipt's verifying key, while anything tells it.
    fn key(&self) -> Option<VerifyingKey> {
        match self.key.as_ref()? {
            Key::Known(key) => Some(*key),
            Key::Front(front) => Head::parse(front).ok().map(|(head, _)| head.receipt()),
        }
    }
}

//! The only network of the customer's side: fetch the published form, post the sealed submission. No cookie, no referrer, no redirect, and
//! no answer of a server is taken for more than it is.

use segel_core::id::{Digest, SubmissionId};
use segel_core::json::{self, Spelling, Value};
use segel_core::limits;
use segel_core::time::Time;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, ReferrerPolicy, RequestCredentials, RequestInit, RequestRedirect, Response};

use crate::state::Trouble;

/// The server's word that it stored these bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) received_at: Time,
}

/// Fetches the published form.
pub(crate) async fn get(url: &str) -> Option<Vec<u8>> {
    let response = fetch(url, &request("GET")).await?;
    if !response.ok() {
        return None;
    }
    body(&response, limits::FORM_BYTES).await
}

/// Posts the sealed bytes; the answer must name them.
pub(crate) async fn post(url: &str, bytes: &Blob, id: SubmissionId, digest: &Digest) -> Result<Stored, Trouble> {
    let init = request("POST");
    init.set_body(bytes);
    let response = fetch(url, &init).await.ok_or(Trouble::NoConnection)?;
    let status = response.status();
    let reply = body(&response, REPLY_BYTES).await.ok_or(Trouble::NotConfirmed)?;
    judge(status, &reply, id, digest)
}

/// What an answer means for the customer.
fn judge(status: u16, reply: &[u8], id: SubmissionId, digest: &Digest) -> Result<Stored, Trouble> {
    let reply = json::parse(reply, Spelling::Any).unwrap_or(Value::Null);
    let text = |key| reply.get(key).and_then(Value::as_text);
    match (status, text("code")) {
        (200 | 201, _) => {
            let same = text("id").is_some_and(|found| SubmissionId::parse(found) == Ok(id))
                && text("digest").is_some_and(|found| Digest::parse(found) == Ok(*digest));
            let received_at = text("received_at").and_then(Time::parse);
            received_at.filter(|_| same).map(|received_at| Stored { received_at }).ok_or(Trouble::NotConfirmed)
        }
        (_, Some("form_replaced" | "form_expired" | "unknown_form")) => Err(Trouble::Outdated),
        (408 | 425 | 429 | 500.., _) => Err(Trouble::Busy),
        _ => Err(Trouble::Refused),
    }
}

fn request(method: &str) -> RequestInit {
    let init = RequestInit::new();
    init.set_method(method);
    init.set_credentials(RequestCredentials::Omit);
    init.set_redirect(RequestRedirect::Error);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init
}

async fn fetch(url: &str, init: &RequestInit) -> Option<Response> {
    let promise = web_sys::window()?.fetch_with_str_and_init(url, init);
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

async fn body(response: &Response, max: usize) -> Option<Vec<u8>> {
    let buffer: JsValue = JsFuture::from(response.array_buffer().ok()?).await.ok()?;
    let bytes = js_sys::Uint8Array::new(&buffer);
    (bytes.length() as usize <= max).then(|| bytes.to_vec())
}

const REPLY_BYTES: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(status: u16, reply: &str) -> Result<Stored, Trouble> {
        judge(status, reply.as_bytes(), SubmissionId::from_bytes([1; 16]), &Digest::of(b"x"))
    }

    #[test]
    fn only_an_answer_that_names_these_bytes_confirms_them() {
        let (id, digest) = (SubmissionId::from_bytes([1; 16]), Digest::of(b"x"));
        let good = format!(r#"{{"digest":"{digest}","id":"{id}","received_at":"2026-11-23T03:12:46Z","sequence":1}}"#);
        assert_eq!(stored(201, &good).unwrap().received_at.text(), "2026-11-23T03:12:46Z");
        assert_eq!(stored(200, &good).unwrap().received_at.text(), "2026-11-23T03:12:46Z");
        let other = good.replace(&id.to_string(), &"00".repeat(16));
        for reply in [other.as_str(), &good.replace("23T", "99T"), "<html>ok</html>", "", "{}"] {
            assert_eq!(stored(201, reply), Err(Trouble::NotConfirmed), "{reply}");
        }
    }

    #[test]
    fn a_refusal_says_whether_waiting_helps() {
        for code in ["form_replaced", "form_expired", "unknown_form"] {
            assert_eq!(stored(409, &format!(r#"{{"code":"{code}"}}"#)), Err(Trouble::Outdated));
        }
        for status in [408, 429, 500, 503, 507] {
            assert_eq!(stored(status, r#"{"code":"busy"}"#), Err(Trouble::Busy), "{status}");
        }
        for status in [400, 409, 413, 415, 422] {
            assert_eq!(stored(status, r#"{"code":"conflict"}"#), Err(Trouble::Refused), "{status}");
        }
    }
}

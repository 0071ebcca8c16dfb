//! Every refusal: status, code and one fixed sentence. HTTP.md lists them.
//!
//! The one place that chooses words for a client. No byte of a request ever comes back: a refusal that repeats its input
//! is how a server leaks what it was told, and how it ends up in somebody's page.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use segel_core::envelope::{CheckError, DecodeError, PartFault};
use segel_core::statement::StatementError;
use segel_core::work::{Challenge, WorkError};

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reject {
    /// Not HTTP as it should be.
    BadRequest,
    /// The bytes are no well-formed envelope of this form; the sentence names the cause.
    Envelope(&'static str),
    /// The bytes are no statement that counts here; the sentence names the cause.
    Statement(&'static str),
    /// Not signed with the key of the submission.
    Signature,
    /// Export without the right token.
    Token,
    /// No such path.
    NotFound,
    /// No form of that name is published here.
    UnknownForm,
    /// No submission of that id was ever stored for this form.
    UnknownSubmission,
    /// The path exists, the method does not.
    Method,
    /// The body came too slowly.
    Timeout,
    /// This submission id is stored with other bytes.
    Conflict,
    /// This submission was stored, and deleted when its time was over.
    Deleted,
    /// Sealed for another version of the form.
    FormReplaced,
    /// As many consents of this submission were withdrawn as any form has.
    Statements,
    /// The reader of an export claims to be further than this store ever was.
    Position,
    /// The form's time is over, or has not begun.
    FormExpired,
    /// Larger than the form allows.
    TooLarge,
    /// The address is too long.
    UriTooLong,
    /// The body is compressed.
    Encoding,
    /// Number or type of readers is not the form's.
    Readers,
    /// The header is too large.
    HeaderTooLarge,
    /// Too many submissions in a minute.
    Rate {
        /// When there is room again.
        seconds: u64,
    },
    /// A submission without the work that is asked of it; the sentence names the cause.
    Work {
        why: &'static str,
        /// How much is asked.
        bits: u8,
        /// For which ticket.
        ticket: u64,
    },
    /// The server is about to stop.
    Stopping,
    /// The store is locked, or too much is going on.
    Busy,
    /// The store failed; an operator has to look.
    Unavailable,
    /// The disk is full.
    Full,
}

impl Reject {
    /// The HTTP status.
    #[must_use]
    pub(crate) const fn status(self) -> StatusCode {
        self.entry().0
    }

    /// The stable code.
    #[must_use]
    pub(crate) const fn code(self) -> &'static str {
        self.entry().1
    }

    /// The sentence.
    #[must_use]
    pub(crate) const fn message(self) -> &'static str {
        self.entry().2
    }

    /// The answer itself; `retry_after` in seconds goes with what passes by itself.
    #[must_use]
    pub(crate) fn response(self, retry_after: u64) -> Response<Body> {
        let mut response = Response::new(Body::from(self.json()));
        *response.status_mut() = self.status();
        let mut set = |name: HeaderName, value: HeaderValue| response.headers_mut().insert(name, value);
        set(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        match self {
            Self::Rate { seconds } => set(header::RETRY_AFTER, HeaderValue::from(seconds)),
            Self::Busy | Self::Full | Self::Stopping => set(header::RETRY_AFTER, HeaderValue::from(retry_after)),
            Self::Token => set(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
            _ => None,
        };
        response.extensions_mut().insert(self);
        response
    }

    /// The body of the answer. Codes and sentences need no escapes.
    #[must_use]
    pub(crate) fn json(self) -> String {
        let work = match self {
            Self::Work { bits, ticket, .. } => format!(",\"work\":{{\"bits\":{bits},\"ticket\":{ticket}}}"),
            _ => String::new(),
        };
        ["{\"code\":\"", self.code(), "\",\"message\":\"", self.message(), "\"", &work, "}"].concat()
    }

    /// Asks for work; `why` what was brought does not count, if anything was.
    pub(crate) const fn work(why: Option<WorkError>, asked: &Challenge) -> Self {
        let why = match why {
            None => "much comes to this form at present; it takes a submission with proof of work",
            Some(WorkError::Easy) => "the work that was done is less than is asked",
            Some(WorkError::Stale) => "the work was done for another ticket",
            Some(WorkError::Unproven) => "the work was not done for this submission",
            Some(_) => "not a proof of work",
        };
        Self::Work { why, bits: asked.bits(), ticket: asked.ticket() }
    }

    const fn entry(self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::BadRequest => (StatusCode::BAD_REQUEST, "bad_request", "not a request as it should be"),
            Self::Envelope(message) => (StatusCode::BAD_REQUEST, "envelope", message),
            Self::Statement(message) => (StatusCode::BAD_REQUEST, "statement", message),
            Self::Signature => (StatusCode::FORBIDDEN, "signature", "not signed with the key of this submission"),
            Self::Token => (StatusCode::UNAUTHORIZED, "token", "this needs the right token"),
            Self::NotFound => (StatusCode::NOT_FOUND, "not_found", "no such path"),
            Self::UnknownForm => (StatusCode::NOT_FOUND, "unknown_form", "no form of that name is published here"),
            Self::UnknownSubmission => {
                (StatusCode::NOT_FOUND, "unknown_submission", "no submission of that id was stored for this form")
            }
            Self::Method => (StatusCode::METHOD_NOT_ALLOWED, "method", "this path does not answer that method"),
            Self::Timeout => (StatusCode::REQUEST_TIMEOUT, "timeout", "the request came too slowly"),
            Self::Conflict => (StatusCode::CONFLICT, "conflict", "this submission is stored with other bytes"),
            Self::Deleted => (StatusCode::GONE, "deleted", "this submission was stored and has been deleted since"),
            Self::FormReplaced => {
                (StatusCode::CONFLICT, "form_replaced", "sealed for another version of the form; load the page again")
            }
            Self::Statements => (
                StatusCode::CONFLICT,
                "statements",
                "more withdrawals than a form has purposes; a deletion is still taken",
            ),
            Self::Position => (
                StatusCode::CONFLICT,
                "position",
                "this store has no submission of that sequence; it may be an older copy",
            ),
            Self::FormExpired => (StatusCode::GONE, "form_expired", "the form is not open at this time"),
            Self::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "larger than the form allows"),
            Self::UriTooLong => (StatusCode::URI_TOO_LONG, "uri_too_long", "the address is too long"),
            Self::Encoding => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "encoding", "compressed bodies are not taken"),
            Self::Readers => {
                (StatusCode::UNPROCESSABLE_ENTITY, "readers", "number or type of readers is not that of the form")
            }
            Self::HeaderTooLarge => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "header_too_large",
                "the request has too many or too large headers",
            ),
            Self::Rate { .. } => {
                (StatusCode::TOO_MANY_REQUESTS, "rate", "too many submissions at once; try again later")
            }
            Self::Work { why, .. } => (StatusCode::PRECONDITION_REQUIRED, "work", why),
            Self::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping", "this server is about to stop"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy", "too much is going on; try again"),
            Self::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", "nothing can be stored at present"),
            Self::Full => (StatusCode::INSUFFICIENT_STORAGE, "full", "there is no room to store anything"),
        }
    }
}

impl From<DecodeError> for Reject {
    fn from(error: DecodeError) -> Self {
        Self::Envelope(match error {
            DecodeError::NotAnEnvelope => "not an envelope",
            DecodeError::NewerKit => "made by a newer kit",
            DecodeError::Head { .. } => "the head is not as it must be",
            DecodeError::HeadTooLarge => "the head is larger than 4 KiB",
            DecodeError::TooManyParts => "more than 16 parts",
            DecodeError::PartTwice { .. } => "a part stands twice",
            DecodeError::Truncated { .. } => "the end is missing",
            DecodeError::TrailingBytes => "bytes after the end",
            _ => "not well-formed",
        })
    }
}

impl From<StatementError> for Reject {
    fn from(error: StatementError) -> Self {
        Self::Statement(match error {
            StatementError::NotAStatement => "not a statement",
            StatementError::NewerKit => "made by a newer kit",
            StatementError::TooLarge => "larger than 512 bytes, or cut off",
            _ => "a line is not as it must be",
        })
    }
}

impl From<CheckError> for Reject {
    fn from(error: CheckError) -> Self {
        match error {
            CheckError::OtherForm => Self::FormReplaced,
            CheckError::Parts => Self::Envelope("the parts are not those of the form"),
            CheckError::Part { fault: PartFault::Readers { .. }, .. } => Self::Readers,
            CheckError::Part { fault: PartFault::Length, .. } => {
                Self::Envelope("a part is not of a length that the form announces")
            }
            CheckError::Part { fault: PartFault::Header(_), .. } => Self::Envelope("the header of a part is damaged"),
            CheckError::Part { fault: PartFault::Label, .. } => {
                Self::Envelope("the label of a part does not match the head")
            }
            _ => Self::Envelope("not a submission of this form"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use segel_core::id::PartName;

    /// All of them, in the order of HTTP.md.
    const ALL: [Reject; 28] = [
        Reject::BadRequest,
        Reject::Envelope("not an envelope"),
        Reject::Statement("not a statement"),
        Reject::Signature,
        Reject::UnknownSubmission,
        Reject::Token,
        Reject::NotFound,
        Reject::UnknownForm,
        Reject::Method,
        Reject::Timeout,
        Reject::Conflict,
        Reject::FormReplaced,
        Reject::Statements,
        Reject::Position,
        Reject::FormExpired,
        Reject::Deleted,
        Reject::TooLarge,
        Reject::Encoding,
        Reject::Readers,
        Reject::HeaderTooLarge,
        Reject::UriTooLong,
        Reject::Work { why: "not a proof of work", bits: 8, ticket: 498_771 },
        Reject::Rate { seconds: 1 },
        Reject::Busy,
        Reject::Stopping,
        Reject::Unavailable,
        Reject::Full,
        Reject::Envelope("bytes after the end"),
    ];

    #[test]
    fn every_refusal_is_in_the_published_table_with_its_status() {
        let table = include_str!("HTTP.md");
        for reject in ALL {
            let status = reject.status().as_u16().to_string();
            let listed = table.lines().any(|line| {
                let mut cells = line.split('|').skip(1).map(str::trim);
                let (first, second) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
                let statuses: Vec<_> = first.split(", ").collect();
                let place = second.split(", ").position(|code| code.trim_matches('`') == reject.code());
                place.is_some_and(|place| statuses.get(place) == Some(&status.as_str()))
            });
            assert!(listed, "{reject:?} is not in HTTP.md as {status}");
        }
    }

    #[test]
    fn refusals_are_json_without_need_of_escapes() {
        for reject in ALL {
            let json: serde_json::Value = serde_json::from_str(&reject.json()).unwrap();
            assert_eq!(json["code"], reject.code());
            assert_eq!(json["message"], reject.message());
        }
    }

    #[test]
    fn names_from_an_envelope_do_not_reach_the_sentence() {
        let part = PartName::parse("file-rahasia-1").unwrap();
        let twice = Reject::from(DecodeError::PartTwice { part: part.clone() });
        let label = Reject::from(CheckError::Part { part, fault: PartFault::Label });
        assert_eq!(twice, Reject::Envelope("a part stands twice"));
        assert_eq!(label, Reject::Envelope("the label of a part does not match the head"));
    }
}

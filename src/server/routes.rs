//! One function a route, and what is true of all of them. HTTP.md is the authority.
//!
//! Paths are taken as they come: nothing is unescaped or normalised, because two spellings of one path are two chances for a
//! proxy and a server to disagree. No `GET` changes anything.

use std::sync::atomic::Ordering;
use std::sync::{Arc, LazyLock};
use std::time::Instant;

use axum::body::Body;
use axum::extract::{MatchedPath, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Uri, Version, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::{get, post};
use axum::{Extension, Router};
use segel_core::Form;
use segel_core::export::Position;
use segel_core::id::{Digest, FormName, SubmissionId};
use segel_core::stamp::Taken;

use crate::accept::Peer;
use crate::app::App;
use crate::assets::Assets;
use crate::export;
use crate::forms::SUFFIX;
use crate::intake::{self, Intake};
use crate::limits::Limits;
use crate::log::RequestLine;
use crate::notice;
use crate::page::{self, Page};
use crate::reject::Reject;
use crate::rights;
use crate::store::{Kept, StoreError};
use crate::token::Token;

type Answer = Result<Response<Body>, Reject>;

/// All routes over one state.
pub(crate) fn router(app: Arc<App>) -> Router {
    Router::new()
        .route(FORM, get(form_route).post(submit_route).options(preflight))
        .route(EXPORT, get(export_route))
        .route(STATEMENTS, post(statement_route))
        .route(SUBMISSION, get(submission_route))
        .route(RECEIPT, get(receipt_route))
        .route(PAGE, get(page_route))
        .route(NOTICE, get(notice_route))
        .route(ASSET, get(asset_route))
        .route(KEY, get(key_route))
        .route(DESCRIPTION, get(description_route))
        .route(HEALTH, get(health_route))
        .route(READY, get(ready_route))
        .route(METRICS, get(metrics_route))
        .fallback(async |State(app): State<Arc<App>>| refuse(&app, Reject::NotFound))
        .method_not_allowed_fallback(async |State(app): State<Arc<App>>| refuse(&app, Reject::Method))
        .layer(from_fn_with_state(Arc::clone(&app), around))
        .with_state(app)
}

/// `GET /forms/NAME.segel`
async fn form_route(State(app): State<Arc<App>>, Path(file): Path<String>, headers: HeaderMap) -> Response<Body> {
    let answer = || -> Answer {
        let name = file.strip_suffix(SUFFIX).ok_or(Reject::NotFound)?;
        let form = published(&app, name)?;
        let etag = format!("\"{}\"", form.digest());
        let mut response = tagged(&headers, &etag, "application/octet-stream", || Body::from(form.bytes().to_vec()));
        response.extensions_mut().insert(About(form));
        Ok(response)
    };
    settle(&app, answer())
}

/// `POST /forms/NAME`
async fn submit_route(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let form = match published(&app, &name) {
        Ok(form) => form,
        Err(reject) => return refuse(&app, reject),
    };
    let started = Instant::now();
    let answer = async {
        app.rates.admit_sender(peer, &headers)?;
        submit(&app, &form, &headers, body).await
    };
    let answer = answer.await;
    let code = answer.as_ref().map_or_else(|reject| reject.code(), |_| "ok");
    app.metrics.submission(form.name(), code, started.elapsed());
    let mut response = settle(&app, answer);
    response.extensions_mut().insert(About(form));
    response
}

async fn submit(app: &App, form: &Form, headers: &HeaderMap, body: Body) -> Answer {
    let now = app.clock.now().filter(|now| form.is_open_at(*now)).ok_or(Reject::FormExpired)?;
    let Intake { arrival, mut draft, share } = intake::receive(headers, body, form, now, app).await?;
    // The writer goes on with what it took even if we stop waiting; offered again, the submission is found there.
    let kept = tokio::time::timeout(app.limits.request, app.store.keep(arrival)).await;
    drop(share);
    let (status, acknowledgement) = match kept.unwrap_or(Err(StoreError::Busy))? {
        Kept::Now(acknowledgement) => {
            draft.settle();
            app.bell.ring(form.name(), Taken::Envelope);
            (StatusCode::CREATED, acknowledgement)
        }
        Kept::Before(acknowledgement) => (StatusCode::OK, acknowledgement),
    };
    let stamp = acknowledgement.stamp(Taken::Envelope, &app.key);
    let mut response = content("application/json", Body::from(stamp));
    *response.status_mut() = status;
    Ok(response)
}

/// `POST /forms/NAME/statements`
async fn statement_route(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Response<Body> {
    let answer = async {
        let form = FormName::parse(&name).map_err(|_| Reject::NotFound)?;
        app.rates.admit_rights(peer, &headers)?;
        let (status, acknowledgement) = match rights::say(&app, &form, &headers, body).await? {
            Kept::Now(acknowledgement) => {
                app.bell.ring(&form, Taken::Statement);
                (StatusCode::CREATED, acknowledgement)
            }
            Kept::Before(acknowledgement) => (StatusCode::OK, acknowledgement),
        };
        let stamp = acknowledgement.stamp(Taken::Statement, &app.key);
        let mut response = content("application/json", Body::from(stamp));
        *response.status_mut() = status;
        Ok(response)
    };
    let answer = answer.await;
    settle(&app, answer)
}

/// `GET /forms/NAME/submissions/ID`
async fn submission_route(
    State(app): State<Arc<App>>,
    Path((name, id)): Path<(String, String)>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
) -> Response<Body> {
    let answer = async {
        let form = FormName::parse(&name).map_err(|_| Reject::NotFound)?;
        let id = SubmissionId::parse(&id).map_err(|_| Reject::NotFound)?;
        app.rates.admit_rights(peer, &headers)?;
        Ok(content("application/json", Body::from(rights::standing(&app, &form, id).await?)))
    };
    let answer = answer.await;
    settle(&app, answer)
}

/// `GET /r/NAME`
async fn receipt_route(State(app): State<Arc<App>>, Path(name): Path<String>, headers: HeaderMap) -> Response<Body> {
    settle_page(&app, &headers, hosted(&app, &name, Page::receipt))
}

/// `GET /forms/NAME/export?after=SEQUENCE`
async fn export_route(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let answer = export_from(&app, &name, uri.query(), &headers).await;
    settle(&app, answer)
}

async fn export_from(app: &Arc<App>, name: &str, query: Option<&str>, headers: &HeaderMap) -> Answer {
    // The token first: without it nobody learns which forms have submissions.
    if !admitted(&app.token, headers) {
        return Err(Reject::Token);
    }
    let after = match query {
        None => 0,
        Some(query) => query.strip_prefix("after=").and_then(sequence).ok_or(Reject::BadRequest)?,
    };
    let form = FormName::parse(name).map_err(|_| Reject::NotFound)?;
    let last = match app.store.position(&form).await? {
        Some(last) => last,
        None if app.forms.find(&form, app.clock.now(), &app.log).is_some() => Position::START,
        None => return Err(Reject::UnknownForm),
    };
    let after = match after {
        0 => Position::START,
        after => app.store.position_at(&form, after).await?.ok_or(Reject::Position)?,
    };
    // Not something that a link could do: the token is in no address. It only tells the operator what still waits.
    if after != Position::START {
        app.store.fetched(&form, after.sequence());
    }
    Ok(content("application/vnd.segel.export", export::body(Arc::clone(app), form, after, last)))
}

/// `GET /f/NAME`, or `/f/NAME?shared`
async fn page_route(
    State(app): State<Arc<App>>,
    Path(name): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Response<Body> {
    let shared = uri.query().unwrap_or_default().split('&').any(|word| word.split('=').next() == Some("shared"));
    settle_page(&app, &headers, hosted(&app, &name, |form, assets| Page::new(form, assets, shared)))
}

/// A page of a form, with the policy that it needs.
fn hosted(app: &App, name: &str, page: impl FnOnce(&Form, &Assets) -> Page) -> Answer {
    if app.assets.is_empty() {
        return Err(Reject::NotFound);
    }
    let form = published(app, name)?;
    let Page { html, policy } = page(&form, &app.assets);
    let mut response = content("text/html; charset=utf-8", Body::from(html));
    let policy = HeaderValue::from_str(&policy).map_err(|_| Reject::NotFound)?;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response.extensions_mut().insert(About(form));
    Ok(response)
}

/// `GET /f/NAME/notice` and `GET /f/NAME/notice.json`
async fn notice_route(
    State(app): State<Arc<App>>,
    Path((name, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response<Body> {
    let answer = || -> Answer {
        let form = published(&app, &name)?;
        let etag = format!("\"{}-{file}\"", form.digest());
        let mut response = match file.as_str() {
            "notice" => tagged(&headers, &etag, "text/html; charset=utf-8", || Body::from(notice::html(&form))),
            "notice.json" => tagged(&headers, &etag, "application/json", || Body::from(notice::json(&form))),
            _ => return Err(Reject::NotFound),
        };
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(page::PLAIN));
        response.extensions_mut().insert(About(form));
        Ok(response)
    };
    match file.as_str() {
        "notice" => settle_page(&app, &headers, answer()),
        _ => settle(&app, answer()),
    }
}

/// `GET /segel/FILE`
async fn asset_route(State(app): State<Arc<App>>, Path(file): Path<String>, headers: HeaderMap) -> Response<Body> {
    let Some(asset) = app.assets.get(&file) else { return refuse(&app, Reject::NotFound) };
    let brotli = asset.brotli.as_ref().filter(|_| accepts_brotli(&headers));
    let mut response =
        tagged(&headers, &asset.etag, asset.media_type, || Body::from(brotli.unwrap_or(&asset.plain).clone()));
    if asset.brotli.is_some() {
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
    if brotli.is_some() && response.status() == StatusCode::OK {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    response
}

/// `GET /key`
async fn key_route(State(app): State<Arc<App>>) -> Response<Body> {
    content("application/json", Body::from(format!(r#"{{"key":"{}"}}"#, app.key.verifying_key())))
}

/// `GET /openapi.yaml`
async fn description_route(headers: HeaderMap) -> Response<Body> {
    static ETAG: LazyLock<String> = LazyLock::new(|| format!("\"{}\"", Digest::of(OPENAPI.as_bytes())));
    tagged(&headers, &ETAG, "application/yaml", || Body::from(OPENAPI))
}

/// `GET /healthz`
async fn health_route(State(app): State<Arc<App>>) -> Response<Body> {
    let answer = match app.store.check().await {
        Ok(()) => Ok(content("text/plain; charset=utf-8", Body::from("ok"))),
        Err(error) => Err(error.into()),
    };
    settle(&app, answer)
}

/// `GET /readyz`
async fn ready_route(State(app): State<Arc<App>>) -> Response<Body> {
    let answer = match app.store.check().await {
        _ if app.stopping.load(Ordering::Relaxed) => Err(Reject::Stopping),
        Ok(()) => Ok(content("text/plain; charset=utf-8", Body::from("ready"))),
        Err(error) => Err(error.into()),
    };
    settle(&app, answer)
}

/// `GET /metrics`
async fn metrics_route(State(app): State<Arc<App>>, headers: HeaderMap) -> Response<Body> {
    let Some(token) = &app.metrics_token else { return refuse(&app, Reject::NotFound) };
    if !admitted(token, &headers) {
        return refuse(&app, Reject::Token);
    }
    let text = app.metrics.text(&app.gauges().await);
    content("text/plain; version=0.0.4; charset=utf-8", Body::from(text))
}

/// `OPTIONS /forms/NAME`: a page elsewhere asks whether it may post here. [`Origins`](crate::Origins) answers; the origin is no lock.
async fn preflight() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "content-type, segel-work"),
        (header::ACCESS_CONTROL_MAX_AGE, "86400"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What is true of every request and every answer.
async fn around(State(app): State<Arc<App>>, request: Request, next: Next) -> Response<Body> {
    let started = Instant::now();
    let matched = request.extensions().get::<MatchedPath>().map(|path| String::from(path.as_str()));
    let route = ROUTES.iter().find(|(path, _)| matched.as_deref() == Some(*path));
    let method = METHODS.iter().find(|known| request.method().as_str() == **known).unwrap_or(&"other");
    let (posted, chunked) =
        (request.method() == Method::POST, request.headers().contains_key(header::TRANSFER_ENCODING));
    let asked = request.headers().get(header::ORIGIN).cloned();
    let form_asked = form_in(request.uri().path());
    let mut response = match screen(&app.limits, &request) {
        Ok(()) => next.run(request).await,
        Err(reject) => refuse(&app, reject),
    };
    let status = response.status();
    // What follows a body whose length was in doubt, or that was refused half way, is never taken for a request.
    if chunked || (posted && !status.is_success()) {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    finish(response.headers_mut());
    match route {
        Some((FORM, _)) => app.origins.grant(form_asked.as_ref(), asked.as_ref(), response.headers_mut()),
        Some((ASSET, _)) => app.origins.grant(None, None, response.headers_mut()),
        _ => {}
    }
    let form = response.extensions().get::<About>().map(|about| about.0.name());
    let code = response.extensions().get::<Reject>().map_or("ok", |reject| reject.code());
    let (route, took) = (route.map_or("none", |(_, name)| *name), started.elapsed());
    app.metrics.request(route, code);
    app.log.request(&RequestLine { method, route, status: status.as_u16(), took, form, code });
    response
}

/// The form that a path speaks of, `/forms/NAME` or `/forms/NAME.segel`.
fn form_in(path: &str) -> Option<FormName> {
    let file = path.strip_prefix("/forms/")?;
    FormName::parse(file.strip_suffix(SUFFIX).unwrap_or(file)).ok()
}

/// Refuses what no route should see.
fn screen(limits: &Limits, request: &Request) -> Result<(), Reject> {
    let headers = request.headers();
    let line = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
    if request.uri().path_and_query().map_or(0, |path| path.as_str().len()) > limits.uri_bytes {
        return Err(Reject::UriTooLong);
    }
    if headers.len() > limits.headers || headers.iter().map(line).sum::<usize>() > limits.header_bytes {
        return Err(Reject::HeaderTooLarge);
    }
    let hosts = headers.get_all(header::HOST).iter().count();
    let twice = headers.contains_key(header::TRANSFER_ENCODING) && headers.contains_key(header::CONTENT_LENGTH);
    if (request.version() == Version::HTTP_11 && hosts != 1) || twice {
        return Err(Reject::BadRequest);
    }
    // Names here are letters, digits, dots and dashes; an escape can only be another spelling of one.
    if !request.uri().path().bytes().all(|byte| byte.is_ascii_graphic() && byte != b'%') {
        return Err(Reject::NotFound);
    }
    Ok(())
}

/// Headers of every answer.
fn finish(headers: &mut HeaderMap) {
    let mut set = |name, value| headers.insert(name, HeaderValue::from_static(value));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "no-referrer");
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// Whether exactly one token was sent, and it is this one.
fn admitted(token: &Token, headers: &HeaderMap) -> bool {
    let mut tokens = headers.get_all(header::AUTHORIZATION).iter();
    matches!((tokens.next(), tokens.next()), (Some(offered), None) if token.admits(offered.as_bytes()))
}

fn published(app: &App, name: &str) -> Result<Arc<Form>, Reject> {
    let name = FormName::parse(name).map_err(|_| Reject::NotFound)?;
    app.forms.find(&name, app.clock.now(), &app.log).ok_or(Reject::UnknownForm)
}

fn settle(app: &App, answer: Answer) -> Response<Body> {
    answer.unwrap_or_else(|reject| refuse(app, reject))
}

/// The same where a person may have come by a link: a form that is not here is told to them on a page.
fn settle_page(app: &App, headers: &HeaderMap, answer: Answer) -> Response<Body> {
    let mut response = settle(app, answer);
    let missing = matches!(response.extensions().get(), Some(Reject::UnknownForm | Reject::NotFound));
    if missing && accepts_pages(headers) {
        *response.body_mut() = Body::from(page::MISSING);
        let mut set = |name, value| response.headers_mut().insert(name, HeaderValue::from_static(value));
        set(header::CONTENT_TYPE, "text/html; charset=utf-8");
        set(header::CONTENT_SECURITY_POLICY, page::PLAIN);
    }
    response
}

fn refuse(app: &App, reject: Reject) -> Response<Body> {
    reject.response(app.limits.retry_after)
}

fn content(media_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// Content that a browser may keep but must ask about each time; 304 if it has it.
fn tagged(headers: &HeaderMap, etag: &str, media_type: &'static str, body: impl FnOnce() -> Body) -> Response<Body> {
    let offered = headers.get(header::IF_NONE_MATCH).and_then(|tags| tags.to_str().ok()).unwrap_or_default();
    let known = offered.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag);
    let mut response = if known { Response::new(Body::empty()) } else { content(media_type, body()) };
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
    }
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(etag) = HeaderValue::from_str(etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    response
}

fn accepts_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|coding| coding.trim() == "br")
}

/// Browsers name it where a person goes to an address; programs take what comes.
fn accepts_pages(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let mut kinds = lines.flat_map(|line| line.split(',')).filter_map(|kind| kind.split(';').next());
    kinds.any(|kind| kind.trim() == "text/html")
}

/// Digits without sign or leading zero.
fn sequence(text: &str) -> Option<u64> {
    let canonical = text == "0" || !text.starts_with('0');
    (canonical && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

impl From<StoreError> for Reject {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            StoreError::Deleted => Self::Deleted,
            StoreError::Unknown => Self::UnknownSubmission,
            StoreError::Statements => Self::Statements,
            StoreError::Busy | StoreError::Away => Self::Busy,
            StoreError::Full => Self::Full,
            StoreError::Failed | StoreError::Damaged => Self::Unavailable,
        }
    }
}

/// The published form that an answer speaks of, for the log.
#[derive(Debug, Clone)]
struct About(Arc<Form>);

/// What this file does, for programs.
const OPENAPI: &str = include_str!("openapi.yaml");
const FORM: &str = "/forms/{form}";
const EXPORT: &str = "/forms/{form}/export";
const STATEMENTS: &str = "/forms/{form}/statements";
const SUBMISSION: &str = "/forms/{form}/submissions/{id}";
const PAGE: &str = "/f/{form}";
const RECEIPT: &str = "/r/{form}";
const NOTICE: &str = "/f/{form}/{file}";
const ASSET: &str = "/segel/{file}";
const KEY: &str = "/key";
const DESCRIPTION: &str = "/openapi.yaml";
const HEALTH: &str = "/healthz";
const READY: &str = "/readyz";
const METRICS: &str = "/metrics";
/// What the log calls them.
const ROUTES: &[(&str, &str)] = &[
    (FORM, "form"),
    (EXPORT, "export"),
    (STATEMENTS, "statement"),
    (SUBMISSION, "standing"),
    (RECEIPT, "receipt"),
    (PAGE, "page"),
    (NOTICE, "notice"),
    (ASSET, "element"),
    (KEY, "key"),
    (DESCRIPTION, "description"),
    (HEALTH, "health"),
    (READY, "ready"),
    (METRICS, "metrics"),
];
/// Methods that the log names.
const METHODS: &[&str] = &["GET", "HEAD", "POST", "OPTIONS"];

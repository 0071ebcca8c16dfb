//! The customer's side, in WebAssembly: shows the notice, takes consent and answers, seals them, sends them.
//!
//! The surface is one class. Inside, one state, one pure function of what happens (`state`), one view that draws. It links core's sealing
//! half and cannot open anything.

mod fields;
mod post;
mod receipt;
mod sealing;
mod state;
mod view;
mod words;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use getrandom::SysRng;
use segel_core::id::OwnerId;
use segel_core::receipt::Receipt;
use segel_core::time::Time;
use segel_core::{Answers, Choice, Choices, Form, Prepared, RawAnswers};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement, ShadowRoot};

use sealing::Submission;
use state::{Effect, Event, State, Trouble, step};
use view::{Scene, View};

/// One form on a page.
#[wasm_bindgen]
pub struct SegelForm {
    app: Rc<App>,
}

#[wasm_bindgen]
impl SegelForm {
    /// Draws into `root`, tells events at `host`. `src` is the absolute address of the published form, `owner` the pinned
    /// fingerprint, `language` the one to show first.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(root: &ShadowRoot, host: HtmlElement, src: String, owner: &str, language: &str) -> Self {
        let inner = Inner {
            state: State::new(language),
            form: None,
            view: View::new(view::node(root)),
            prepared: None,
            checked: None,
            submission: None,
            receipt: None,
        };
        let app = Rc::new(App { host, src, queue: RefCell::default(), inner: RefCell::new(inner) });
        let handle = Handle(Rc::downgrade(&app));
        spawn_local(load(handle, OwnerId::parse(owner).ok(), String::from(language)));
        Self { app }
    }

    /// Takes the form out of the page and forgets everything.
    pub fn disconnect(&self) {
        let mut inner = self.app.inner.borrow_mut();
        inner.view.close();
        inner.form = None;
        inner.prepared = None;
        inner.checked = None;
        inner.submission = None;
        inner.receipt = None;
    }
}

struct App {
    host: HtmlElement,
    src: String,
    queue: RefCell<VecDeque<Event>>,
    inner: RefCell<Inner>,
}

struct Inner {
    state: State,
    form: Option<Rc<Form>>,
    view: View,
    prepared: Option<Prepared>,
    checked: Option<Answers>,
    submission: Option<Rc<Submission>>,
    receipt: Option<receipt::Shown>,
}

/// How listeners and pending work reach the form without keeping it alive.
#[derive(Clone)]
pub(crate) struct Handle(Weak<App>);

impl Handle {
    /// Tells what happened. Events that happen while one is handled wait for it.
    pub(crate) fn send(&self, event: Event) {
        let Some(app) = self.0.upgrade() else { return };
        app.queue.borrow_mut().push_back(event);
        let Ok(mut inner) = app.inner.try_borrow_mut() else { return };
        loop {
            let Some(event) = app.queue.borrow_mut().pop_front() else { return };
            let (state, effects) = step(inner.state.clone(), event);
            inner.state = state;
            for effect in effects {
                inner.act(effect, &app, self);
            }
        }
    }
}

impl Inner {
    fn act(&mut self, effect: Effect, app: &Rc<App>, handle: &Handle) {
        match effect {
            Effect::Draw(with_focus) => {
                let scene = Scene {
                    form: self.form.as_deref(),
                    answers: self.checked.as_ref(),
                    receipt: self.receipt.as_ref(),
                };
                self.view.draw(&self.state, &scene, handle, with_focus);
            }
            Effect::Reveal => {
                if let (Some(form), Some(choices)) = (&self.form, &self.state.choices) {
                    self.view.reveal(form, choices);
                }
            }
            Effect::Prepare => self.prepare(),
            Effect::Check => app.queue.borrow_mut().push_back(self.check()),
            Effect::Seal => self.seal(app, handle),
            Effect::Send => self.send(app, handle),
            Effect::Forget => {
                self.view.forget();
                self.checked = None;
                self.submission = None;
                self.announce(app);
            }
        }
    }

    fn prepare(&mut self) {
        let Some(form) = &self.form else { return };
        self.prepared =
            Receipt::generate(&mut SysRng).ok().and_then(|receipt| Prepared::new(form, receipt, &mut SysRng).ok());
    }

    fn check(&mut self) -> Event {
        let (Some(form), Some(choices)) = (&self.form, self.agreed()) else { return Event::Checked(Vec::new()) };
        let mut raw = RawAnswers::new();
        self.view.fields.iter().for_each(|field| field.read(&mut raw));
        match Answers::check(form, &choices, raw) {
            Ok(answers) => {
                self.checked = Some(answers);
                Event::Checked(Vec::new())
            }
            Err(problems) => Event::Checked(problems),
        }
    }

    /// The choices with the required purposes given: what pressing "agree" means.
    fn agreed(&self) -> Option<Choices> {
        let (form, mut choices) = (self.form.as_ref()?, self.state.choices.clone()?);
        for purpose in form.purposes().iter().filter(|purpose| purpose.required()) {
            choices.set(purpose.id(), Choice::Given).ok()?;
        }
        Some(choices)
    }

    fn seal(&mut self, app: &Rc<App>, handle: &Handle) {
        if self.prepared.is_none() {
            self.prepare();
        }
        let parts = (self.form.clone(), self.prepared.take(), self.checked.take(), now());
        let (Some(form), Some(prepared), Some(answers), Some(at)) = parts else {
            return app.queue.borrow_mut().push_back(Event::Failed(Trouble::NotSealed));
        };
        let notice = form.notice(&self.state.language);
        let Some(Ok(consent)) = notice.map(|notice| notice.consent(answers.choices(), at)) else {
            return app.queue.borrow_mut().push_back(Event::Failed(Trouble::NotSealed));
        };
        let choices = answers.choices().clone();
        let files: Vec<_> = self
            .view
            .fields
            .iter()
            .flat_map(|field| {
                let named = field.files().into_iter().enumerate();
                named
                    .map(|(index, file)| (["file-", field.id(), "-", &words::decimal(index as u64 + 1)].concat(), file))
                    .collect::<Vec<_>>()
            })
            .collect();
        let handle = handle.clone();
        spawn_local(async move {
            let find = |part: &str| files.iter().find(|(name, _)| name == part).map(|(_, file)| file.clone());
            match sealing::seal(&form, prepared, consent, answers, at, find).await {
                Some(submission) => {
                    let Some(app) = handle.0.upgrade() else { return };
                    let mut inner = app.inner.borrow_mut();
                    inner.submission = Some(Rc::new(submission));
                    inner.state.choices = Some(choices);
                    inner.send(&app, &handle);
                }
                None => handle.send(Event::Failed(Trouble::NotSealed)),
            }
        });
    }

    /// Sends the sealed bytes; the same ones each time.
    fn send(&self, app: &Rc<App>, handle: &Handle) {
        let (Some(form), Some(submission)) = (self.form.clone(), self.submission.clone()) else { return };
        let address = endpoint(&app.src, form.definition().endpoint());
        let handle = handle.clone();
        spawn_local(async move {
            let outcome = post::post(&address, &submission.bytes, submission.receipt.id(), &submission.digest).await;
            let event = match outcome {
                Ok(stored) => {
                    handle.keep_receipt(&submission, stored.received_at);
                    Event::Stored
                }
                Err(trouble) => Event::Failed(trouble),
            };
            handle.send(event);
        });
    }

    fn announce(&self, app: &App) {
        let (Some(form), Some(receipt)) = (&self.form, &self.receipt) else { return };
        let choices = form.purposes().iter().map(|purpose| ChoiceDetail {
            purpose: purpose.id(),
            given: receipt.choices.get(purpose.id()) == Choice::Given,
        });
        let detail =
            SentDetail { number: &receipt.number, received_at: receipt.received_at.text(), choices: choices.collect() };
        tell(&app.host, "segel-sent", serde_wasm_bindgen::to_value(&detail).unwrap_or(JsValue::NULL));
    }
}

impl Handle {
    fn keep_receipt(&self, submission: &Submission, received_at: Time) {
        let Some(app) = self.0.upgrade() else { return };
        let mut inner = app.inner.borrow_mut();
        let Some(choices) = inner.state.choices.clone() else { return };
        let (number, secret) = (submission.receipt.id().number(), submission.receipt.to_text().to_string());
        inner.receipt = Some(receipt::Shown { number, secret, received_at, choices });
    }
}

/// What a page is told after sending: no answer, and not the receipt's secret.
#[derive(Serialize)]
struct SentDetail<'d> {
    number: &'d str,
    received_at: String,
    choices: Vec<ChoiceDetail<'d>>,
}

#[derive(Serialize)]
struct ChoiceDetail<'d> {
    purpose: &'d str,
    given: bool,
}

async fn load(handle: Handle, owner: Option<OwnerId>, language: String) {
    let Some(src) = handle.0.upgrade().map(|app| app.src.clone()) else { return };
    let outcome = match owner {
        None => Err("owner"),
        Some(owner) => fetch_form(&src, &owner).await,
    };
    let Some(app) = handle.0.upgrade() else { return };
    let event = match outcome {
        Ok(form) => {
            let mut inner = app.inner.borrow_mut();
            if !form.languages().contains(&language) {
                inner.state.language = form.languages().first().cloned().unwrap_or_default();
            }
            let choices = Choices::new(&form);
            inner.view.prepare(&form, &handle);
            inner.form = Some(Rc::new(form));
            Event::Loaded(choices)
        }
        Err(code) => Event::NotLoaded(code),
    };
    let ready = matches!(event, Event::Loaded(_));
    handle.send(event);
    if ready {
        tell(&app.host, "segel-ready", JsValue::NULL);
    }
}

async fn fetch_form(src: &str, owner: &OwnerId) -> Result<Form, &'static str> {
    let bytes = post::get(src).await.ok_or("not_loaded")?;
    let form = Form::parse_pinned(&bytes, owner).map_err(|error| error.code())?;
    match now() {
        Some(now) if form.is_open_at(now) => Ok(form),
        _ => Err("expired"),
    }
}

/// Where submissions are posted: the form's own address without its ending, or what the form says, which stays at the form's host
/// if it is a path.
fn endpoint(src: &str, stated: Option<&str>) -> String {
    let own = src.split(['?', '#']).next().unwrap_or(src);
    match stated {
        None => String::from(own.strip_suffix(".segel").unwrap_or(own)),
        // Scheme, nothing, host: what stands before the third slash.
        Some(path) if path.starts_with('/') => {
            let host: Vec<&str> = own.splitn(4, '/').take(3).collect();
            [&host.join("/"), path].concat()
        }
        Some(address) => String::from(address),
    }
}

fn tell(host: &HtmlElement, kind: &str, detail: JsValue) {
    let init = CustomEventInit::new();
    init.set_bubbles(true);
    init.set_composed(true);
    init.set_detail(&detail);
    if let Ok(event) = CustomEvent::new_with_event_init_dict(kind, &init) {
        let _ = host.dispatch_event(&event);
    }
}

/// The device's clock.
fn now() -> Option<Time> {
    Time::from_unix((js_sys::Date::now() / 1000.0) as i64)
}

#[cfg(test)]
mod tests {
    use super::endpoint;

    #[test]
    fn a_submission_goes_where_the_signed_form_says() {
        let src = "https://toko.example/forms/daftar.segel?x#y";
        assert_eq!(endpoint(src, None), "https://toko.example/forms/daftar");
        assert_eq!(endpoint(src, Some("/kirim")), "https://toko.example/kirim");
        assert_eq!(endpoint(src, Some("https://lain.example/k")), "https://lain.example/k");
    }
}

//! Draws a state. It decides nothing: every listener turns into an event, and what is drawn follows from the state, the form and the
//! inputs, which live on between drawings.

use segel_core::answers::{Answers, is_asked};
use segel_core::field::Field;
use segel_core::purpose::Purpose;
use segel_core::{Choice, Choices, Form};
use segel_dom::{Listener, append, clear, focus, listen, make, make_input, make_text, set, show};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlInputElement, Node};

use crate::Handle;
use crate::fields::{FieldView, answer_text, group};
use crate::receipt;
use crate::state::{Event, Phase, State, Trouble};
use crate::words::{Words, refusal, trouble, words};

/// The page's side of the form.
pub(crate) struct View {
    root: Node,
    pub(crate) fields: Vec<FieldView>,
    purposes: Vec<PurposeView>,
    listeners: Vec<Listener>,
}

/// The yes and the no of an optional purpose.
struct PurposeView {
    yes: HtmlInputElement,
    no: HtmlInputElement,
    answered: Vec<Listener>,
}

/// What a drawing needs besides the state.
pub(crate) struct Scene<'s> {
    pub(crate) form: Option<&'s Form>,
    pub(crate) answers: Option<&'s Answers>,
    pub(crate) receipt: Option<&'s receipt::Shown>,
}

impl View {
    pub(crate) const fn new(root: Node) -> Self {
        Self { root, fields: Vec::new(), purposes: Vec::new(), listeners: Vec::new() }
    }

    /// Makes the inputs of a form, once.
    pub(crate) fn prepare(&mut self, form: &Form, handle: &Handle) {
        self.fields = form.fields().iter().map(FieldView::new).collect();
        self.purposes = form.purposes().iter().map(|purpose| PurposeView::new(purpose, handle)).collect();
    }

    pub(crate) fn draw(&mut self, state: &State, scene: &Scene<'_>, handle: &Handle, with_focus: bool) {
        clear(&self.root);
        self.listeners.clear();
        let body = make("div");
        set(&body, "class", "segel");
        set(&body, "part", "form");
        set(&body, "lang", &state.language);
        // Session recorders and replay tools look for these before they copy what is typed.
        set(&body, "data-private", "");
        set(&body, "data-hj-suppress", "");
        if let Some(form) = scene.form.filter(|_| !matches!(state.phase, Phase::Refused(_))) {
            self.header(&body, form, state, handle);
        }
        let start = self.phase(&body, state, scene, handle);
        append(&self.root, &[&body]);
        if let Some(start) = start.filter(|_| with_focus) {
            focus(&start);
        }
    }

    /// Forgets everything that was typed.
    pub(crate) fn forget(&self) {
        self.fields.iter().for_each(FieldView::forget);
    }

    /// Forgets everything, and takes it out of the page.
    pub(crate) fn close(&mut self) {
        self.forget();
        clear(&self.root);
        self.listeners.clear();
        self.fields.clear();
        self.purposes.clear();
    }

    /// Shows the fields that are asked under these choices, and hides the others.
    pub(crate) fn reveal(&self, form: &Form, choices: &Choices) {
        for (view, field) in self.fields.iter().zip(form.fields()) {
            show(&view.wrapper, is_asked(form, field, choices));
        }
    }

    fn header(&mut self, body: &Element, form: &Form, state: &State, handle: &Handle) {
        let words = words(&state.language);
        let (language, name) = words.other_language;
        if form.languages().iter().any(|known| known == language) {
            let other = self.button(name, "link", handle, move || Event::Language(String::from(language)));
            set(&other, "lang", language);
            append(body, &[&other]);
        }
        let title = make_text("h2", form.definition().title().get(&state.language));
        append(body, &[&title]);
    }

    /// Draws what belongs to the phase; returns where the focus goes.
    fn phase(&mut self, body: &Element, state: &State, scene: &Scene<'_>, handle: &Handle) -> Option<Element> {
        let words = words(&state.language);
        match (&state.phase, scene.form) {
            (Phase::Refused(why), _) => {
                for (text, language) in refusal(why).into_iter().zip(["id", "en"]) {
                    let line = make_text("p", text);
                    set(&line, "lang", language);
                    set(&line, "class", "refusal");
                    set(&line, "role", "alert");
                    append(body, &[&line]);
                }
                None
            }
            (Phase::Age, Some(form)) => Some(self.age(body, form, words, handle)),
            (Phase::TooYoung, Some(_)) => {
                let text = make_text("p", words.too_young);
                let back = self.button(words.back, "quiet", handle, || Event::Back);
                append(body, &[&text, &back]);
                Some(text)
            }
            (Phase::Filling, Some(form)) => self.filling(body, form, state, handle),
            (Phase::Review, Some(form)) => Some(self.review(body, form, state, scene, handle)),
            (Phase::Sending, _) => {
                let status = make_text("p", words.sending);
                set(&status, "role", "status");
                set(&status, "class", "sending");
                append(body, &[&status]);
                Some(status)
            }
            (Phase::Unsent(why), _) => Some(self.unsent(body, *why, &state.language, handle)),
            (Phase::Done, Some(form)) => {
                scene.receipt.map(|shown| receipt::draw(body, form, shown, &state.language, &mut self.listeners))
            }
            _ => None,
        }
    }

    fn age(&mut self, body: &Element, form: &Form, words: &Words, handle: &Handle) -> Element {
        let lock = make_text("p", &[words.lock, form.definition().controller().name(), "."].concat());
        set(&lock, "class", "lock");
        let set_of = make("fieldset");
        let legend = make_text("legend", words.age);
        let hint = make_text("p", words.age_hint);
        set(&hint, "class", "hint");
        let row = make("div");
        set(&row, "class", "row");
        let yes = self.button(words.yes_adult, "choice", handle, || Event::Adult(true));
        let no = self.button(words.no, "choice", handle, || Event::Adult(false));
        append(&row, &[&yes, &no]);
        append(&set_of, &[&legend, &hint, &row]);
        append(body, &[&lock, &set_of]);
        legend
    }

    fn filling(&mut self, body: &Element, form: &Form, state: &State, handle: &Handle) -> Option<Element> {
        let (words, language) = (words(&state.language), state.language.as_str());
        let summary = self.problems(body, form, state, words);
        self.notice(body, form, language, words);
        let choices = state.choices.as_ref();
        for view in &self.fields {
            let field = form.definition().field(view.id())?;
            let problem = state.problems.iter().find(|problem| problem.field() == field.id());
            view.draw(field, language, problem.map(segel_core::answers::Problem::cause));
            show(&view.wrapper, choices.is_some_and(|choices| is_asked(form, field, choices)));
        }
        let heading = make_text("h3", words.fields);
        append(body, &[&heading]);
        append(body, &self.own_fields(form, None));
        if form.purposes().iter().any(|purpose| !purpose.required()) {
            append(body, &[&make_text("h3", words.purposes)]);
        }
        for (purpose, view) in form.purposes().iter().zip(&self.purposes) {
            if !purpose.required() {
                let block = view.draw(form, purpose, language, words);
                append(&block, &self.own_fields(form, Some(purpose)));
                append(body, &[&block]);
            }
        }
        let next = self.button(words.review, "main", handle, || Event::Submit);
        append(body, &[&next]);
        let typed = handle.clone();
        self.listeners.push(listen(body, "input", move |_| typed.send(Event::Typed)));
        summary.or(Some(heading))
    }

    /// Wrappers of the fields that stand with the required purposes (`None`), or under the first optional one they serve.
    fn own_fields(&self, form: &Form, purpose: Option<&Purpose>) -> Vec<&Element> {
        let home = |field: &Field| {
            let served: Vec<&Purpose> =
                form.purposes().iter().filter(|one| field.purposes().iter().any(|id| id == one.id())).collect();
            let needed = served.iter().any(|purpose| purpose.required());
            if needed { None } else { served.first().map(|purpose| purpose.id()) }
        };
        let fields = self.fields.iter().zip(form.fields());
        fields.filter(|(_, field)| home(field) == purpose.map(Purpose::id)).map(|(view, _)| &view.wrapper).collect()
    }

    fn notice(&mut self, body: &Element, form: &Form, language: &str, words: &Words) {
        let Some(notice) = form.notice(language) else { return };
        let lock = make_text("p", &[words.lock, form.definition().controller().name(), "."].concat());
        set(&lock, "class", "lock");
        let summary = make_text("p", notice.summary());
        let details = make("details");
        append(&details, &[&make_text("summary", words.details)]);
        for (heading, text) in notice.sections() {
            append(&details, &[&make_text("h4", heading)]);
            for line in text.split('\n') {
                append(&details, &[&make_text("p", line)]);
            }
        }
        append(body, &[&lock, &summary, &details]);
    }

    fn problems(&mut self, body: &Element, form: &Form, state: &State, words: &Words) -> Option<Element> {
        if state.problems.is_empty() {
            return None;
        }
        let summary = make("div");
        set(&summary, "class", "problems");
        set(&summary, "role", "alert");
        append(&summary, &[&make_text("h3", words.problems)]);
        let list = make("ul");
        for problem in &state.problems {
            let Some(field) = form.definition().field(problem.field()) else { continue };
            let text =
                [field.label().get(&state.language), ": ", &crate::words::problem(&state.language, problem.cause())]
                    .concat();
            let link = make_text("button", &text);
            set(&link, "type", "button");
            set(&link, "class", "link");
            let wrapper = self.fields.iter().find(|view| view.id() == field.id()).map(|view| view.wrapper.clone());
            self.listeners.push(listen(&link, "click", move |_| {
                let input =
                    wrapper.as_ref().and_then(|wrapper| wrapper.query_selector("input,textarea").ok().flatten());
                if let Some(input) = input {
                    focus(&input);
                }
            }));
            let item = make("li");
            append(&item, &[&link]);
            append(&list, &[&item]);
        }
        append(&summary, &[&list]);
        append(body, &[&summary]);
        Some(summary)
    }

    fn review(&mut self, body: &Element, form: &Form, state: &State, scene: &Scene<'_>, handle: &Handle) -> Element {
        let (words, language) = (words(&state.language), state.language.as_str());
        let heading = make_text("h3", words.review_title);
        let list = make("dl");
        let choices = state.choices.as_ref();
        for field in form.fields().iter().filter(|field| choices.is_some_and(|choices| is_asked(form, field, choices)))
        {
            let answer = scene.answers.and_then(|answers| answers.get(field.id()));
            let text =
                answer.map_or_else(|| String::from(words.not_filled), |answer| answer_text(field, answer, language));
            let value = make_text("dd", &text);
            if answer.is_none() {
                set(&value, "class", "hint");
            }
            append(&list, &[&make_text("dt", field.label().get(language)), &value]);
        }
        for purpose in form.purposes().iter().filter(|purpose| !purpose.required()) {
            let given = choices.is_some_and(|choices| choices.get(purpose.id()) == Choice::Given);
            append(
                &list,
                &[
                    &make_text("dt", purpose.question().get(language)),
                    &make_text("dd", if given { words.yes } else { words.no }),
                ],
            );
        }
        append(body, &[&heading, &list]);
        let back = self.button(words.change, "quiet", handle, || Event::Back);
        let consent = make("div");
        set(&consent, "class", "consent");
        for purpose in form.purposes().iter().filter(|purpose| purpose.required()) {
            ask(&consent, form, purpose, language);
        }
        let agree = self.button(words.agree, "main", handle, || Event::Agree);
        append(body, &[&back, &consent, &agree]);
        heading
    }

    fn unsent(&mut self, body: &Element, why: Trouble, language: &str, handle: &Handle) -> Element {
        let text = make_text("p", trouble(language, why));
        set(&text, "role", "alert");
        set(&text, "class", "refusal");
        append(body, &[&text]);
        if !matches!(why, Trouble::Outdated | Trouble::Refused) {
            let retry = self.button(words(language).retry, "main", handle, || Event::Retry);
            append(body, &[&retry]);
        }
        text
    }

    fn button(&mut self, text: &str, class: &str, handle: &Handle, event: impl Fn() -> Event + 'static) -> Element {
        let button = make_text("button", text);
        set(&button, "type", "button");
        set(&button, "class", class);
        set(&button, "part", class);
        let handle = handle.clone();
        self.listeners.push(listen(&button, "click", move |_| handle.send(event())));
        button
    }
}

impl PurposeView {
    fn new(purpose: &Purpose, handle: &Handle) -> Self {
        let [yes, no] = [true, false].map(|_| {
            let input = make_input("radio");
            group(&input, purpose.id());
            input
        });
        let chosen = |input: &HtmlInputElement, given: bool| {
            let (handle, id) = (handle.clone(), String::from(purpose.id()));
            listen(input, "change", move |_| handle.send(Event::Chosen(id.clone(), given)))
        };
        let answered = vec![chosen(&yes, true), chosen(&no, false)];
        Self { yes, no, answered }
    }

    /// The question and its two answers, of equal weight, none chosen beforehand.
    fn draw(&self, form: &Form, purpose: &Purpose, language: &str, words: &Words) -> Element {
        debug_assert_eq!(self.answered.len(), 2);
        let block = make("fieldset");
        set(&block, "class", "purpose");
        let legend = make("legend");
        ask(&legend, form, purpose, language);
        let hint = make_text("p", words.refusal);
        set(&hint, "class", "hint");
        append(&block, &[&legend, &hint]);
        for (input, text) in [(&self.yes, words.yes), (&self.no, words.no)] {
            let label = make("label");
            set(&label, "class", "option");
            append(&label, &[input.as_ref(), &make_text("span", text)]);
            append(&block, &[&label]);
        }
        block
    }
}

/// Puts the sentence in the language shown, and in the authoritative one if that is another: what counts is always in view.
fn ask(parent: &Element, form: &Form, purpose: &Purpose, language: &str) {
    append(parent, &[&make_text("span", purpose.question().get(language))]);
    let authoritative = form.languages().first().map_or(language, String::as_str);
    if authoritative != language {
        let line = make_text("span", purpose.question().get(authoritative));
        set(&line, "lang", authoritative);
        set(&line, "class", "hint");
        append(parent, &[&line]);
    }
}

/// The node of a shadow root or an element.
pub(crate) fn node(root: &web_sys::ShadowRoot) -> Node {
    root.clone().unchecked_into()
}

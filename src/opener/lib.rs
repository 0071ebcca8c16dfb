//! The owner's offline page: key, form and exports in, a table for one purpose out. No network, no storage.
//!
//! The surface is one class. `shelf` and `ledger` are plain values, told by bytes and tested natively; `reading` brings the files to
//! them, `view` draws them. It links core's opening half and cannot seal anything.

mod collecting;
mod crew;
mod helper;
mod key_words;
mod ledger;
mod locker;
mod look_words;
mod looking;
mod maker;
mod making;
mod person;
mod reading;
mod record;
#[cfg(test)]
mod sample;
mod save;
mod saving;
mod shelf;
mod table;
mod tell;
mod view;
mod visible;
mod words;
mod workshop;

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::Function;
use segel_core::export::{ExportError, Mark};
use segel_core::time::Time;
use segel_dom::{Listener, listen};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DragEvent, Element, File, FileList};
use zeroize::Zeroizing;

use ledger::{Aim, Ledger};
use locker::Locker;
use looking::Chosen;
use maker::{Maker, Step};
use save::Saved;
use shelf::Shelf;
use view::View;
use words::Language;

/// The page.
#[wasm_bindgen]
pub struct Opener {
    _app: Rc<App>,
    _listeners: Vec<Listener>,
}

#[wasm_bindgen]
impl Opener {
    /// Draws into `root`, which it empties first; `hire` returns workers for one reading.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new(root: Element, hire: Function) -> Self {
        let desk = Desk { hire: Some(hire), ..Desk::default() };
        let app = Rc::new(App { desk: RefCell::new(desk), view: RefCell::new(View::new(root)) });
        let handle = Handle(Rc::downgrade(&app));
        handle.view(|view| view.receive(&handle));
        handle.draw();
        let page = web_sys::window().unwrap_throw();
        let (forget, touched) = (handle.clone(), handle.clone());
        handle.touch();
        handle.watch();
        let mut listeners = vec![
            // What is dropped beside the box would make the browser leave the page.
            listen(&page, "dragover", |event| event.prevent_default()),
            listen(&page, "drop", move |event| {
                event.prevent_default();
                let files =
                    event.dyn_ref::<DragEvent>().and_then(DragEvent::data_transfer).and_then(|data| data.files());
                handle.give(files);
            }),
            // A page that comes back from the browser's memory must not show anything.
            listen(&page, "pagehide", move |_| forget.lock()),
        ];
        for kind in ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"] {
            let hand = touched.clone();
            listeners.push(listen(&page, kind, move |_| hand.touch()));
        }
        Self { _app: app, _listeners: listeners }
    }
}

struct App {
    desk: RefCell<Desk>,
    view: RefCell<View>,
}

/// Everything the page knows; locking it puts a new one in its place.
#[derive(Default)]
struct Desk {
    language: Language,
    /// How the page's script makes workers.
    hire: Option<Function>,
    shelf: Shelf,
    sources: Vec<Source>,
    ledger: Ledger,
    reading: Reading,
    /// Counts how often everything was forgotten, and how often reading began; whoever waited compares.
    locks: u32,
    turn: u32,
    /// The owner wants no more to be read.
    halted: bool,
    /// Purposes, and how many submissions each may use.
    counts: Vec<(Aim, usize)>,
    /// Counts what was wanted: whoever works for an earlier wish stops.
    wishes: u32,
    chosen: Option<Chosen>,
    saved: Vec<Saved>,
    notice: Notice,
    maker: Maker,
    /// Who does the slow work of the keys being made.
    locker: Option<Locker>,
    /// Counts how often such work began or was ended.
    runs: u32,
    /// When a hand was last on mouse or keyboard, in milliseconds.
    touched: f64,
}

/// One go at making keys, by the counts that end it.
type Run = (u32, u32);

impl Desk {
    const fn run(&self) -> Run {
        (self.locks, self.runs)
    }

    /// Up to when it is known what customers said, where that is more than a day ago.
    fn stale(&self) -> Option<Time> {
        let now = now()?;
        let spans = || self.sources.iter().filter_map(|source| Some((source.span.as_ref()?, source.last)));
        let known = spans().map(|((form, ..), _)| {
            let own = || spans().filter(move |((other, ..), _)| other == form);
            let end = own().map(|((_, _, end), _)| end.sequence()).max().unwrap_or_default();
            let pulled = self.shelf.pulled(form, end).filter(|at| at.unix() - now.unix() <= Mark::SKEW);
            own().filter_map(|(_, last)| last).max().max(pulled)
        });
        known.flatten().filter(|known| now.unix() - known.unix() > Mark::FRESH).min()
    }

    /// Says whether the browser took what was saved.
    fn has_saved(&mut self, saved: Option<Saved>) {
        self.notice = if saved.is_some() { Notice::Saved } else { Notice::NotSaved(self.language.words().no_room) };
        self.saved = saved.into_iter().collect();
    }

    /// Whoever works on keys stops, and the worker is sent away.
    fn end_run(&mut self) {
        self.runs += 1;
        self.locker = None;
    }
}

/// An export that was given.
struct Source {
    file: File,
    stopped: Option<Stop>,
    /// Where it stands among others of its form, once it was read.
    span: Option<reading::Span>,
    /// When its last entry came.
    last: Option<Time>,
    /// It does not continue those before it.
    gap: Option<ExportError>,
}

/// Why an export was not read to its end.
enum Stop {
    Unreadable,
    Export(ExportError),
    /// The owner had enough.
    Halted,
}

/// How far the exports are.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Reading {
    #[default]
    Waiting,
    Running {
        read: u64,
        size: u64,
    },
    Done,
}

/// What the page says aloud.
#[derive(Default)]
enum Notice {
    #[default]
    None,
    Forgotten,
    Idle,
    Unlocking,
    Saving,
    Saved,
    Noted,
    Collecting,
    Collected {
        saved: usize,
        failed: usize,
    },
    NotSaved(&'static str),
}

/// How listeners and pending work reach the page without keeping it alive.
#[derive(Clone)]
pub(crate) struct Handle(Weak<App>);

impl Handle {
    /// Takes files, whatever they are, and opens what can be opened.
    fn give(&self, files: Option<FileList>) {
        let Some(files) = files else { return };
        let files: Vec<File> = (0..files.length()).filter_map(|index| files.get(index)).collect();
        if files.is_empty() {
            return;
        }
        self.touch();
        let handle = self.clone();
        spawn_local(async move {
            if reading::sort(&handle, files).await {
                handle.read();
            }
        });
    }

    fn unlock(&self, item: usize, passphrase: Zeroizing<String>) {
        self.with(|desk| desk.notice = Notice::Unlocking);
        self.draw_notice();
        let (handle, locks) = (self.clone(), self.with(|desk| desk.locks));
        spawn_local(async move {
            // The browser draws the sentence first; the work after it stops the page for a moment.
            reading::pause(PAINT).await;
            if handle.with(|desk| desk.locks) != locks {
                return;
            }
            handle.change(|desk| {
                desk.notice = Notice::None;
                desk.shelf.unlock(item, &passphrase);
            });
            handle.view(|view| view.focus_item(item));
            handle.read();
        });
    }

    /// Opens every export from its beginning, if key, form and export are there.
    fn read(&self) {
        let Some(turn) = self.with(|desk| {
            desk.turn += 1;
            desk.ledger = Ledger::default();
            desk.halted = false;
            desk.counts.clear();
            if let Some(chosen) = &mut desk.chosen {
                *chosen = Chosen { aim: core::mem::take(&mut chosen.aim), ..Chosen::default() };
            }
            desk.sources
                .iter_mut()
                .for_each(|source| (source.stopped, source.span, source.last, source.gap) = (None, None, None, None));
            let ready = !desk.shelf.lacks_requests()
                && !desk.shelf.keys().is_empty()
                && !desk.shelf.forms().is_empty()
                && !desk.sources.is_empty();
            let size = desk.sources.iter().map(|source| source.file.size() as u64).sum();
            desk.reading = if ready { Reading::Running { read: 0, size } } else { Reading::Waiting };
            ready.then_some(desk.turn)
        }) else {
            return;
        };
        self.draw();
        let (Some(turn), handle) = (turn, self.clone()) else { return };
        spawn_local(async move {
            if reading::open(&handle, turn).await {
                handle.finish().await;
            }
        });
    }

    async fn finish(&self) {
        if !self.count().await {
            return;
        }
        let aim = self.with(|desk| {
            desk.reading = Reading::Done;
            let aim = desk.chosen.take().map(|chosen| chosen.aim);
            aim.filter(|aim| desk.counts.iter().any(|(known, _)| known == aim))
        });
        self.draw();
        if let Some(aim) = aim.flatten() {
            self.choose(aim);
        }
        self.with(|desk| tell::read(&desk.ledger));
    }

    /// Reads no further; what was read stays.
    fn halt(&self) {
        self.with(|desk| desk.halted = true);
    }

    fn switch_language(&self) {
        self.change(|desk| desk.language = desk.language.other());
        self.view(View::focus_language);
    }

    /// Forgets everything: keys are wiped, answers leave the page, what was saved stays where the owner saved it.
    fn lock(&self) {
        self.lock_saying(Notice::Forgotten);
    }

    fn lock_saying(&self, notice: Notice) {
        self.change(|desk| {
            let (language, locks, turn) = (desk.language, desk.locks + 1, desk.turn + 1);
            let (touched, hire) = (js_sys::Date::now(), desk.hire.clone());
            *desk = Desk { language, hire, locks, turn, notice, touched, ..Desk::default() };
        });
        self.view(View::focus_status);
    }

    /// Every attachment of the purpose, in one archive.
    fn save_files(&self) {
        let handle = self.clone();
        self.with(|desk| desk.notice = Notice::Collecting);
        self.draw_notice();
        spawn_local(async move {
            let locks = handle.with(|desk| desk.locks);
            let collected = collecting::collect(&handle).await;
            handle.with(|desk| {
                if locks != Some(desk.locks) {
                    return;
                }
                let name = desk.chosen.as_ref().map(|chosen| format!("{}-{}.zip", chosen.aim.form, chosen.aim.purpose));
                desk.notice = match collected.zip(name) {
                    Some((collected, name)) => {
                        desk.saved = collected.pieces.save(&name).into_iter().collect();
                        Notice::Collected { saved: collected.saved, failed: collected.failed }
                    }
                    None => Notice::NotSaved(desk.language.looking().no_archive),
                };
            });
            handle.draw_notice();
        });
    }

    fn save_file(&self, entry: usize, field: String, nth: usize) {
        let (handle, locks) = (self.clone(), self.with(|desk| desk.locks));
        spawn_local(async move {
            let outcome = reading::attachment(&handle, entry, &field, nth).await;
            handle.with(|desk| match outcome {
                _ if desk.locks != locks.unwrap_or_default() => {}
                Ok((name, content)) => desk.has_saved(save::save(&name, &content)),
                Err(cause) => desk.notice = Notice::NotSaved(cause),
            });
            handle.draw_notice();
        });
    }

    /// Locks after ten minutes without a hand on the page. The clock is asked, not the timer: a lid may have been closed meanwhile.
    fn watch(&self) {
        let handle = self.clone();
        spawn_local(async move {
            loop {
                reading::pause(LOOK_EVERY).await;
                let Some(idle) = handle.with(|desk| {
                    let anything = !desk.shelf.items().is_empty() || !matches!(desk.maker.step, Step::Away);
                    anything && js_sys::Date::now() - desk.touched >= IDLE
                }) else {
                    return;
                };
                if idle {
                    handle.lock_saying(Notice::Idle);
                }
            }
        });
    }

    fn touch(&self) {
        self.with(|desk| desk.touched = js_sys::Date::now());
    }

    fn change(&self, act: impl FnOnce(&mut Desk)) {
        self.with(act);
        self.draw();
    }

    fn with<T>(&self, act: impl FnOnce(&mut Desk) -> T) -> Option<T> {
        let app = self.0.upgrade()?;
        let mut desk = app.desk.try_borrow_mut().ok()?;
        Some(act(&mut desk))
    }

    fn view(&self, act: impl FnOnce(&mut View)) {
        if let Some(app) = self.0.upgrade()
            && let Ok(mut view) = app.view.try_borrow_mut()
        {
            act(&mut view);
        }
    }

    fn draw(&self) {
        self.with(|desk| self.view(|view| view.draw(desk, self)));
    }

    fn draw_result(&self) {
        self.with(|desk| self.view(|view| view.draw_result(desk, self)));
    }

    fn draw_notice(&self) {
        self.with(|desk| self.view(|view| view.draw_notice(desk)));
    }
}

/// The computer's clock.
fn now() -> Option<Time> {
    Time::from_unix((js_sys::Date::now() / 1000.0) as i64)
}

/// Long enough for the browser to draw, in milliseconds.
const PAINT: i32 = 50;
/// How long nothing may happen before everything is forgotten, in milliseconds.
const IDLE: f64 = 600_000.0;
/// How often that is looked at.
const LOOK_EVERY: i32 = 10_000;

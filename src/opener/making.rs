//! What happens when the owner makes keys or comes back from paper: the slow work, what is saved, what is given back.

use getrandom::SysRng;
use segel_core::key::OwnerKey;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use zeroize::Zeroizing;

use crate::locker::{Answer, Locker};
use crate::maker::{Maker, Step, locked};
use crate::reading::{self, pause};
use crate::view::View;
use crate::{Desk, Handle, PAINT, Run, now, save};

impl Handle {
    /// Begins, or goes back to the files; keys that were not finished are wiped, and work on them ends.
    pub(crate) fn step(&self, step: Step) {
        self.change(|desk| {
            desk.notice = crate::Notice::None;
            desk.end_run();
            desk.maker = Maker { step, ..Maker::default() };
        });
        self.view(View::focus_workshop);
    }

    /// Goes on with the keys at hand.
    pub(crate) fn go_on(&self, step: Step) {
        self.change(|desk| desk.maker.step = step);
        self.view(View::focus_workshop);
    }

    /// Locks the keys under a passphrase, new ones if none came back from paper. Slow on purpose, and a worker's task: the page answers meanwhile.
    pub(crate) fn make_keys(&self, first: Zeroizing<String>, again: &str) {
        if let Err(refused) = Maker::check(&first, again) {
            return self.go_on(Step::Passphrase(Some(refused)));
        }
        let run = self.with(|desk| {
            desk.end_run();
            desk.locker = desk.hire.as_ref().and_then(Locker::hire);
            let begun = now().is_some_and(|now| desk.maker.begin(now, &mut SysRng).is_ok());
            (begun, desk.run())
        });
        let Some((true, run)) = run else { return self.go_on(Step::Failed) };
        self.go_on(Step::Working(1));
        let handle = self.clone();
        spawn_local(async move {
            let step = handle.lock_all(run, &first).await;
            if handle.with(|desk| desk.run()) == Some(run) {
                handle.with(Desk::end_run);
                handle.go_on(step);
            }
        });
    }

    /// Locks file after file; where it ends if nobody ended it.
    async fn lock_all(&self, run: Run, passphrase: &str) -> Step {
        while let Some(text) = self.with(|desk| (desk.run() == run).then(|| desk.maker.text()).flatten()).flatten() {
            self.change(|desk| desk.maker.step = Step::Working(desk.maker.files.len() as u8 + 1));
            // The browser draws the sentence first.
            pause(PAINT).await;
            let asked = self.with(|desk| desk.locker.as_ref().map(|locker| locker.lock(&text, passphrase, WORK)));
            let answer = match asked.flatten() {
                Some(answer) => answer.await,
                None => Answer::None,
            };
            if self.with(|desk| desk.run()) != Some(run) {
                break;
            }
            let file = match answer {
                Answer::Locked(file) => Some(file),
                Answer::Unproven => None,
                // Nobody else does it: the page is silent meanwhile.
                Answer::None => locked(&text, passphrase, WORK, &mut SysRng),
            };
            let Some(file) = file else { return Step::Failed };
            self.with(|desk| desk.maker.keep(file));
        }
        Step::Saving
    }

    /// Hands one of the files to the browser's downloads.
    pub(crate) fn save_made(&self, index: usize) {
        self.change(|desk| {
            let Some(file) = desk.maker.files.get_mut(index) else { return };
            file.saved = true;
            desk.saved.extend(save::save(file.name, &file.bytes));
        });
    }

    /// Looks at the files that the owner chose from where they saved them.
    pub(crate) fn give_back(&self, files: Vec<File>) {
        let handle = self.clone();
        spawn_local(async move {
            for file in files {
                let bytes = reading::small(&file).await.unwrap_or_default();
                handle.with(|desk| desk.maker.give_back(&bytes));
            }
            handle.draw();
        });
    }

    /// Draws the paper's test, or asks for other words.
    pub(crate) fn ask(&self, wrong: bool) {
        self.change(|desk| {
            let drawn = desk.maker.ask(&mut SysRng).is_ok();
            desk.maker.step = if drawn { Step::Proving(wrong) } else { Step::Failed };
        });
        self.view(View::focus_workshop);
    }

    pub(crate) fn prove(&self, typed: &[String]) {
        if self.with(|desk| desk.maker.prove(typed)) != Some(true) {
            self.ask(true);
            return;
        }
        self.change(|desk| desk.maker.step = Step::Ready);
        self.view(View::focus_workshop);
    }

    /// The finished key opens what is given next.
    pub(crate) fn use_made(&self) {
        self.change(|desk| {
            if let Some(owner) = desk.maker.keys.first() {
                desk.shelf.keep(String::from("owner.key"), owner, crate::shelf::Lock::Good);
            }
            desk.maker = Maker::default();
        });
        self.read();
        self.view(|view| view.focus_item(usize::MAX));
    }

    /// The key that came back from paper has a file again.
    pub(crate) fn use_restored(&self) {
        self.change(|desk| {
            if let Some(key) = desk.maker.keys.first() {
                desk.shelf.has_file(key.owner_id());
            }
            desk.maker = Maker::default();
        });
        self.view(|view| view.focus_item(usize::MAX));
    }

    /// Takes a key that was typed from paper.
    pub(crate) fn restore(&self, typed: &str) {
        match segel_paper::read(typed) {
            Ok(identity) => {
                self.change(|desk| {
                    let (name, key) = (desk.language.making().paper, OwnerKey::new(identity));
                    desk.shelf.keep(String::from(name), &key, crate::shelf::Lock::Paper);
                    desk.maker = Maker { step: Step::Restored, keys: vec![key], ..Maker::default() };
                });
                self.read();
                self.view(|view| view.focus_item(usize::MAX));
            }
            Err(error) => self.step(Step::Restoring(Some(error))),
        }
    }
}

/// The work of a passphrase, as a power of two: what `segel keygen` takes.
const WORK: u8 = 18;

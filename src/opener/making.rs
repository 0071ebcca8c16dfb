//! What happens when the owner makes keys or comes back from paper: the slow work, what is saved, what is given back.

use getrandom::SysRng;
use segel_core::key::OwnerKey;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use zeroize::Zeroizing;

use crate::maker::{Maker, Step};
use crate::reading::{self, pause};
use crate::view::View;
use crate::{Handle, PAINT, now, save};

impl Handle {
    /// Begins, or goes back to the files; keys that were not finished are wiped.
    pub(crate) fn step(&self, step: Step) {
        self.change(|desk| {
            desk.notice = crate::Notice::None;
            desk.maker = Maker { step, ..Maker::default() };
        });
        self.view(View::focus_workshop);
    }

    /// Makes both keys under a passphrase. Slow on purpose; the page draws between the steps.
    pub(crate) fn make_keys(&self, first: Zeroizing<String>, again: &str) {
        if let Err(refused) = Maker::check(&first, again) {
            self.step(Step::Passphrase(Some(refused)));
            return;
        }
        let (handle, locks) = (self.clone(), self.with(|desk| desk.locks));
        spawn_local(async move {
            let mut step = Step::Failed;
            for nth in 0..2 {
                handle.change(|desk| desk.maker.step = Step::Working(nth + 1));
                pause(PAINT).await;
                let made = handle.with(|desk| {
                    if locks != Some(desk.locks) || !matches!(desk.maker.step, Step::Working(_)) {
                        return None;
                    }
                    if nth == 0 {
                        desk.maker.draw(now()?, &mut SysRng).ok()?;
                    }
                    Some(desk.maker.lock(&first, WORK, &mut SysRng) == Ok(true))
                });
                match made.flatten() {
                    Some(true) => step = Step::Saving,
                    Some(false) => {
                        step = Step::Failed;
                        break;
                    }
                    None => return,
                }
            }
            handle.change(|desk| desk.maker.step = step);
            handle.view(View::focus_workshop);
        });
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
            if let Some([owner, _]) = desk.maker.keys.take() {
                desk.shelf.keep(String::from("owner.key"), &owner, crate::shelf::Lock::Good);
            }
            desk.maker = Maker::default();
        });
        self.read();
        self.view(|view| view.focus_item(usize::MAX));
    }

    /// Takes a key that was typed from paper.
    pub(crate) fn restore(&self, typed: &str) {
        match segel_paper::read(typed) {
            Ok(identity) => {
                self.change(|desk| {
                    let name = desk.language.making().paper;
                    desk.shelf.keep(String::from(name), &OwnerKey::new(identity), crate::shelf::Lock::Paper);
                    desk.maker = Maker::default();
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

//! Brings files to the shelf and the ledger, piece by piece: one submission is in memory at a time, and the page answers meanwhile.
//!
//! After every wait the desk may have been locked or begun again; the turn tells.

use js_sys::{Promise, Uint8Array};
use segel_core::Envelope;
use segel_core::export::{Entry, Joints, Position, Reader, Record};
use segel_core::id::FormName;
use segel_core::open::{Told, open_file};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File};
use zeroize::Zeroizing;

use crate::crew::Crew;
use crate::shelf::{LOOK, Verdict};
use crate::{Desk, Handle, Notice, Reading, Source, Stop};

/// Puts files on the shelf; `false` if the page was locked meanwhile.
pub(crate) async fn sort(handle: &Handle, files: Vec<File>) -> bool {
    let Some(locks) = handle.with(|desk| {
        desk.notice = Notice::None;
        desk.locks
    }) else {
        return false;
    };
    for file in files {
        let (name, size) = (file.name(), file.size() as u64);
        let start = bytes(&file, 0, LOOK.min(size)).await;
        let current = handle.with(|desk| {
            if desk.locks != locks {
                return false;
            }
            let Some(start) = start else {
                desk.shelf.take_unreadable(name);
                return true;
            };
            if let Verdict::Export { .. } = desk.shelf.take(name, &Zeroizing::new(start), size) {
                desk.sources.push(Source { file, stopped: None, span: None, gap: None });
            }
            true
        });
        if current != Some(true) {
            return false;
        }
    }
    true
}

/// Opens everything in every export; `false` if the page was locked or begun again meanwhile.
pub(crate) async fn open(handle: &Handle, turn: u32) -> bool {
    let found = handle.with(|desk| {
        let files = desk.sources.iter().map(|source| source.file.clone()).collect::<Vec<_>>();
        let size: u64 = files.iter().map(|file| file.size() as u64).sum();
        let hire = desk.hire.as_ref().filter(|_| size >= MUCH);
        let crew = hire.map_or_else(Crew::none, |hire| Crew::hire(hire, &desk.shelf));
        (files, crew)
    });
    let Some((files, mut crew)) = found else { return false };
    let mut before = 0;
    for (index, file) in files.into_iter().enumerate() {
        let mut walk = Walk { handle, turn, index, before, rested: js_sys::Date::now() };
        let mut cursor = Cursor::new(file);
        let mut halted = false;
        let stop = loop {
            // Who had enough is still told what customers said: it stands behind what it is about. Only opening takes long.
            halted |= handle.with(|desk| desk.halted) == Some(true);
            let next = cursor.next().await;
            if let Ok(Some(entry)) = &next {
                handle.with(|desk| desk.ledger.pass(entry));
            }
            match next {
                Ok(Some(Entry::Record(_))) if halted => {}
                Ok(Some(Entry::Record(record))) => crew.give(record),
                Ok(Some(Entry::Said(said))) => {
                    handle.with(|desk| desk.ledger.hear(said.statement()));
                }
                Ok(Some(_)) => {}
                Ok(None) => break halted.then_some(Stop::Halted),
                Err(stop) => break Some(stop),
            }
            while crew.is_busy() {
                if !walk.keep(crew.answer().await, cursor.at).await {
                    return false;
                }
            }
        };
        // What was given is answered, also where reading ended early.
        loop {
            let answered = crew.answer().await;
            if answered.is_empty() {
                break;
            }
            if !walk.keep(answered, cursor.at).await {
                return false;
            }
        }
        before += cursor.size;
        let current = handle.with(|desk| {
            (desk.turn == turn).then(|| {
                desk.sources[index].stopped = stop;
                desk.sources[index].span = cursor.span;
            })
        });
        if current.flatten().is_none() {
            return false;
        }
    }
    handle.with(join);
    true
}

/// Notes which exports do not continue those before them, in whatever order they were given.
fn join(desk: &mut Desk) {
    let mut order: Vec<usize> = (0..desk.sources.len()).collect();
    order.sort_by_key(|index| desk.sources[*index].span.as_ref().map(|(_, start, _)| start.sequence()));
    let mut joints = Joints::default();
    for index in order {
        let source = &mut desk.sources[index];
        source.gap = source.span.as_ref().and_then(|(form, start, end)| joints.follow(form, *start, *end));
    }
}

/// One export on its way into the ledger.
struct Walk<'h> {
    handle: &'h Handle,
    turn: u32,
    index: usize,
    before: u64,
    rested: f64,
}

impl Walk<'_> {
    /// Puts answers into the ledger; `false` if the page was locked or begun again. The browser gets its turn in between.
    async fn keep(&mut self, answered: Vec<(Record, Option<Told>)>, at: u64) -> bool {
        for (record, told) in answered {
            let current = self.handle.with(|desk| {
                let Desk { ledger, shelf, .. } = desk;
                let current = desk.turn == self.turn;
                if current {
                    ledger.take(shelf, self.index, &record, told.as_ref());
                }
                current
            });
            if current != Some(true) {
                return false;
            }
            if js_sys::Date::now() - self.rested > BUSY {
                let read = self.before + at;
                self.handle.with(|desk| {
                    if let Reading::Running { read: shown, .. } = &mut desk.reading {
                        *shown = read;
                    }
                });
                self.handle.draw_notice();
                pause(0).await;
                self.rested = js_sys::Date::now();
            }
        }
        true
    }
}

/// The content of one attachment and the name to save it under, or why not. The export is read again: nothing of it was kept.
pub(crate) async fn attachment(
    handle: &Handle,
    place: usize,
    field: &str,
    nth: usize,
) -> Result<(String, Zeroizing<Vec<u8>>), &'static str> {
    let gone = "";
    let (file, sequence, turn) = handle
        .with(|desk| {
            let entry = desk.ledger.entries().get(place)?;
            Some((desk.sources.get(entry.source)?.file.clone(), entry.sequence, desk.turn))
        })
        .flatten()
        .ok_or(gone)?;
    let mut cursor = Cursor::new(file);
    let record = loop {
        match cursor.next().await {
            Ok(Some(Entry::Record(record))) if record.sequence() == sequence => break record,
            Ok(Some(_)) => {}
            Ok(None) | Err(_) => return Err(handle.with(|desk| desk.language.words().file_gone).unwrap_or(gone)),
        }
    };
    handle
        .with(|desk| {
            let entry = desk.ledger.entries().get(place).filter(|_| desk.turn == turn).ok_or(gone)?;
            let fields = desk.shelf.forms()[entry.form].definition().field(field);
            let wanted = fields.and_then(|field| entry.files(field).get(nth)).ok_or(gone)?;
            let name = entry.file_name(field, nth).ok_or(gone)?;
            let form = &desk.shelf.forms()[entry.form];
            let envelope = Envelope::parse(record.envelope()).map_err(|_| gone)?;
            let content = open_file(form, &envelope, &entry.opened, wanted.part(), desk.shelf.keys());
            content.map(|content| (name, content)).map_err(|error| desk.language.open_error(&error))
        })
        .unwrap_or(Err(gone))
}

/// The bytes of a file that should be small; `None` if it is not, or cannot be read.
pub(crate) async fn small(file: &File) -> Option<Vec<u8>> {
    let size = file.size() as u64;
    if size > LOOK { None } else { bytes(file, 0, size).await }
}

/// Lets the browser do what waits, for at least `milliseconds`.
pub(crate) async fn pause(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        if let Some(window) = web_sys::window() {
            let _ = window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds);
        }
    });
    let _ = JsFuture::from(promise).await;
}

/// Walks through an export on disk.
pub(crate) struct Cursor {
    file: File,
    reader: Reader,
    at: u64,
    size: u64,
    /// Form, where it goes on from, and the last place read.
    span: Option<Span>,
}

/// Where an export stands among others of its form.
pub(crate) type Span = (FormName, Position, Position);

impl Cursor {
    pub(crate) fn new(file: File) -> Self {
        let size = file.size() as u64;
        Self { file, reader: Reader::default(), at: 0, size, span: None }
    }

    /// The next submission, its place or a statement; `None` at a proper end.
    pub(crate) async fn next(&mut self) -> Result<Option<Entry>, Stop> {
        let next = self.step().await;
        if !matches!(next, Ok(Some(_))) && self.span.is_none() {
            self.note();
        }
        next
    }

    async fn step(&mut self) -> Result<Option<Entry>, Stop> {
        loop {
            if let Some(entry) = self.reader.next_entry().map_err(Stop::Export)? {
                return Ok(Some(entry));
            }
            if self.at == self.size {
                self.note();
                let reader = core::mem::take(&mut self.reader);
                return reader.finish().map(|_| None).map_err(Stop::Export);
            }
            let end = self.size.min(self.at + PIECE);
            let piece = bytes(&self.file, self.at, end).await.ok_or(Stop::Unreadable)?;
            self.reader.feed(&piece);
            self.at = end;
        }
    }

    fn note(&mut self) {
        let places = self.reader.start().copied().zip(self.reader.position().copied());
        self.span = self.reader.form().cloned().zip(places).map(|(form, (start, end))| (form, start, end));
    }
}

/// Bytes of a file; `None` if the browser cannot read it (moved, changed, a folder).
async fn bytes(file: &Blob, from: u64, to: u64) -> Option<Vec<u8>> {
    let piece = file.slice_with_f64_and_f64(from as f64, to as f64).ok()?;
    let buffer = JsFuture::from(piece.array_buffer()).await.ok()?;
    Some(Uint8Array::new(buffer.dyn_ref()?).to_vec())
}

/// How much of an export is read at once, in bytes.
const PIECE: u64 = 1024 * 1024;
/// How long the page may be busy at a time, in milliseconds.
const BUSY: f64 = 40.0;
/// From how many bytes on helpers are worth their start.
const MUCH: u64 = 512 * 1024;

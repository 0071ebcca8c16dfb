//! `segel requests`: what customers asked for, with their receipts or otherwise, and how much of the 72 hours is left (UU PDP Art. 6, 7, 40, 43:
//! three times 24 hours, nights and holidays too). The clock is the server's, which stamped each as it came, or what the owner wrote down; no key is needed.

mod record;

use std::collections::HashMap;

use indicatif::ProgressBar;
use segel_core::Envelope;
use segel_core::envelope::Head;
use segel_core::export::{Entry, Said};
use segel_core::id::SubmissionId;
use segel_core::register::{Asked, What};
use segel_core::statement::Wish;
use segel_core::time::Time;
use serde_json::{Value, json};

use crate::Exit;
use crate::args::{Plain, Requests};
use crate::cause::Cause as _;
use crate::inbox::{self, Fault, Stream};
use crate::keygen::now;
use crate::register;
use crate::said::{Input, tell_unsigned};
use crate::say::{Failure, Say, Words, shown, words};

pub(crate) fn run(say: &mut Say, args: &Requests) -> Result<Exit, Failure> {
    if args.record.is_some() || args.done.is_some() {
        return record::run(say, args);
    }
    let input = Input::of(&args.input)?;
    let (said, register) = (statements(&input)?, input.register()?);
    // Every head of an id: whoever names a customer's number in front of theirs does not take their word away.
    let mut heads: HashMap<SubmissionId, Vec<Head>> =
        said.iter().map(|said| (said.statement().id(), Vec::new())).collect();
    heads.extend(register.wishes().map(|(asked, _)| (asked.id, Vec::new())));
    let stopped = inbox::each(input.path(), &ProgressBar::hidden(), |_, record| {
        if let Ok(envelope) = Envelope::parse(record.envelope())
            && let Some(heads) = heads.get_mut(&envelope.head().id())
        {
            heads.push(envelope.head().clone());
        }
        Ok(())
    })?;
    let now = now()?;
    let heads_of = |id: &SubmissionId| heads.get(id).map_or(&[][..], Vec::as_slice);
    let signed = said.iter().map(|said| Request::new(said, heads_of(&said.statement().id()), now));
    let told = register.wishes().map(|(asked, done)| Request::told(asked, done, !heads_of(&asked.id).is_empty(), now));
    let requests: Vec<Request> = signed.chain(told).collect();
    let overdue = requests.iter().filter(|request| request.state == State::Overdue).count();
    let unsigned = requests.iter().filter(|request| request.state == State::Unsigned).count();
    match args.format {
        Plain::Json => {
            let list: Vec<Value> = requests.iter().map(Request::json).collect();
            say.result(&format!("{}\n", json!({"requests": list, "overdue": overdue, "unsigned": unsigned})))?;
        }
        Plain::Text => {
            for request in requests.iter().filter(|request| args.all || request.is_pressing()) {
                let line = request.line(now);
                let line = say.pick(line);
                say.result(&line)?;
            }
        }
    }
    for stop in &stopped {
        say.note(stop.error.at(&stop.file));
    }
    tell(say, args, &requests, overdue);
    Ok(if stopped.is_empty() { Exit::Done } else { Exit::Partial })
}

fn tell(say: &mut Say, args: &Requests, requests: &[Request], overdue: usize) {
    let pending = |request: &&Request| matches!(request.state, State::Open | State::Overdue);
    let open = requests.iter().filter(pending).filter(|request| request.what == What::Delete).count();
    let answer = requests.iter().filter(pending).count() - open;
    let fresh = requests.iter().filter(|request| request.state == State::Fresh).count();
    let unsigned = requests.iter().filter(|request| request.state == State::Unsigned).count();
    let all = requests.len() - unsigned;
    say.note(words!(
        "{all} permintaan: {open} belum dihapus, {fresh} penarikan dalam 72 jam terakhir",
        "{all} request(s): {open} to delete, {fresh} withdrawal(s) within the last 72 hours"
    ));
    tell_unsigned(say, &shown(&args.input), unsigned as u64);
    if answer > 0 {
        say.note(words!(
            "{answer} minta salinan atau koreksi, belum dijawab",
            "{answer} for a copy or a correction, not answered yet"
        ));
    }
    if overdue > 0 {
        say.warn(words!(
            "lewat 72 jam: {overdue} [UU PDP Pasal 40(2), 43]",
            "past 72 hours: {overdue} [UU PDP Art. 40(2), 43]"
        ));
    }
    let input = shown(&args.input);
    if open > 0 {
        say.hint(words!(
            "hapus dari sini: segel purge {input} --form FILE; hapus juga dari tabel yang pernah disimpan",
            "delete here: segel purge {input} --form FILE; delete from tables that were saved, too"
        ));
    } else if fresh > 0 {
        say.hint(words!(
            "segel open sudah menaatinya; buang tabel yang disimpan sebelum penarikan",
            "segel open obeys them already; throw away tables saved before them"
        ));
    } else if answer > 0 {
        say.hint(words!(
            "salinan: segel subject {input} --number …; sesudah dijawab: segel requests {input} --done copy --number … --by whatsapp",
            "a copy: segel subject {input} --number …; when it is answered: segel requests {input} --done copy --number … --by whatsapp"
        ));
    }
}

/// One wish, and where it stands.
struct Request {
    /// Its place in the chain, if a receipt signed it.
    sequence: Option<u64>,
    id: SubmissionId,
    what: What,
    /// How it came.
    by: &'static str,
    received_at: Time,
    due: Time,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// To be deleted, in time.
    Open,
    /// To be deleted, and late.
    Overdue,
    /// A withdrawal whose 72 hours run.
    Fresh,
    /// Withdrawn, and obeyed whenever the inbox is opened.
    Obeyed,
    /// A copy was given, a correction made.
    Done,
    /// The submission is not in this inbox, or no more.
    NotHere,
    /// Not signed with the receipt of the submission that it names.
    Unsigned,
}

impl State {
    const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Overdue => "overdue",
            Self::Fresh => "withdrawn_now",
            Self::Obeyed => "withdrawn",
            Self::Done => "done",
            Self::NotHere => "not_here",
            Self::Unsigned => "unsigned",
        }
    }
}

impl Request {
    fn new(said: &Said, heads: &[Head], now: Time) -> Self {
        let (statement, received_at) = (said.statement(), said.received_at());
        let due = due(received_at);
        let withdraws = matches!(statement.wish(), Wish::Withdraw { .. });
        let signed = |head: &Head| statement.is_signed_by(&head.receipt());
        let state = match heads {
            [] => State::NotHere,
            heads if !heads.iter().any(signed) => State::Unsigned,
            _ => match (withdraws, now > due) {
                (false, false) => State::Open,
                (false, true) => State::Overdue,
                (true, false) => State::Fresh,
                (true, true) => State::Obeyed,
            },
        };
        let (id, what) = (statement.id(), What::of(statement.wish()));
        Self { sequence: Some(said.sequence()), id, what, by: "receipt", received_at, due, state }
    }

    /// What was written down.
    fn told(asked: &Asked, done: bool, is_here: bool, now: Time) -> Self {
        let (received_at, due) = (asked.at, due(asked.at));
        let state = match (&asked.what, now > due) {
            _ if done => State::Done,
            _ if !is_here => State::NotHere,
            (What::Withdraw(_), false) => State::Fresh,
            (What::Withdraw(_), true) => State::Obeyed,
            (_, false) => State::Open,
            (_, true) => State::Overdue,
        };
        Self { sequence: None, id: asked.id, what: asked.what.clone(), by: asked.by.code(), received_at, due, state }
    }

    /// Whether somebody has to do something.
    fn is_pressing(&self) -> bool {
        matches!(self.state, State::Open | State::Overdue | State::Fresh)
    }

    fn line(&self, now: Time) -> Words {
        let (number, wish, day) = (self.id.number(), register::wish(&self.what), &self.received_at.text()[..16]);
        let left = (self.due.unix() - now.unix()) / 3600;
        let late = -left;
        let state = match self.state {
            State::Open | State::Fresh => words!("sisa {left} jam", "{left} h left"),
            State::Overdue => words!("LEWAT {late} jam", "{late} h LATE"),
            State::Obeyed => words!("ditaati", "obeyed"),
            State::Done => words!("sudah dijawab", "done"),
            State::NotHere => words!("tidak ada di sini", "not here"),
            State::Unsigned => words!("bukan dari pelanggan itu", "not that customer's"),
        };
        let sequence = self.sequence.map_or_else(|| String::from(self.by), |sequence| sequence.to_string());
        words!(
            "{sequence:>8}  {number}  {day}  {}\n",
            "{sequence:>8}  {number}  {day}  {}\n",
            format!("{:<24}  {}", state.id, wish.id),
            format!("{:<20}  {}", state.en, wish.en)
        )
    }

    fn json(&self) -> Value {
        let (wish, purpose) = self.what.code();
        json!({
            "sequence": self.sequence, "number": self.id.number(), "id": self.id.to_string(), "wish": wish, "purpose": purpose, "by": self.by,
            "received_at": self.received_at.text(), "due": self.due.text(), "state": self.state.code(),
        })
    }
}

/// Every statement behind a path, in order. What is behind damage is missed, and the reading of the submissions names the damage.
fn statements(input: &Input) -> Result<Vec<Said>, Failure> {
    let mut all = Vec::new();
    for file in inbox::exports(input.path())? {
        let mut stream = Stream::open(&file)?;
        loop {
            match stream.next() {
                Ok(Some(Entry::Said(said))) => all.push(said),
                Ok(Some(_)) => {}
                Ok(None) | Err(Fault::Export(_)) => break,
                Err(Fault::File(failure)) => return Err(failure),
            }
        }
    }
    Ok(all)
}

fn due(from: Time) -> Time {
    Time::from_unix(from.unix() + HOURS * 3600).unwrap_or(from)
}

/// Three times 24.
const HOURS: i64 = 72;

//! `segel pull`: fetches what is new, still sealed. Only submissions whose chain holds from the first one on are kept; a transfer that
//! breaks off, or a run that is killed, keeps the whole ones that had arrived, and the next run goes on behind them. Once all has arrived, a
//! mark says when.

use std::io::Read as _;
use std::time::Duration;

use indicatif::ProgressBar;
use segel_core::export::{Entry, ExportError, Position, Reader, write_end};
use segel_core::id::FormName;
use serde_json::json;

use crate::args::{Plain, Pull};
use crate::cause::Cause as _;
use crate::escape::escape;
use crate::inbox::Numbers;
use crate::keygen::now;
use crate::partial::Partial;
use crate::say::{Failure, Say, Words, shown, words};
use crate::{Exit, inbox, keys, place, pulled};

pub(crate) fn run(say: &mut Say, args: &Pull) -> Result<Exit, Failure> {
    let form = FormName::parse(&args.form)
        .map_err(|_| Failure::Usage(words!("--form: bukan nama formulir", "--form: not a form name"), None))?;
    refuse_clear_text(&args.url)?;
    let token = keys::first_line(&args.token_file)?;
    place::make_folder(&args.output)?;
    let mut start = inbox::position(&args.output, &form, Numbers::Server)?;
    let open = || Partial::open(args.output.join(format!(".{form}.pull")));
    let (mut draft, mut lost) = (open()?, false);
    if let Some(arrived) = recover(&draft, &form, start)? {
        let end = arrived.end;
        lost = !arrived.damaged.is_empty();
        keep(say, args, &form, draft, &arrived)?;
        (start, draft) = (end, open()?);
    }
    // What is withdrawn while the answer comes may not be in it.
    let asked_at = now()?;
    let url = format!("{}/forms/{form}/export?after={}", args.url.trim_end_matches('/'), start.sequence());
    let response = agent().get(&url).header("Authorization", &format!("Bearer {}", *token)).call();
    let response = match response {
        Ok(response) if response.status().as_u16() == 200 => response,
        outcome => {
            draft.discard();
            let response = outcome.map_err(|error| unreachable_server(&args.url, &error.to_string()))?;
            return Err(refused(args, response.status().as_u16(), response));
        }
    };
    let length = response.body().content_length();
    let progress = say.progress(length);
    let outcome = fetch(args, &form, start, response, &draft, &progress);
    progress.finish_and_clear();
    match outcome {
        Err(failure) => {
            draft.discard();
            Err(failure)
        }
        Ok(arrived) if arrived.end == start && arrived.broken.is_none() => {
            draft.discard();
            pulled::mark(&args.output, &form, asked_at, start.sequence())?;
            say.note(words!("tidak ada kiriman baru", "nothing new"));
            Ok(done(lost))
        }
        Ok(arrived) => {
            let some = arrived.end != start;
            if some {
                keep(say, args, &form, draft, &arrived)?;
            } else {
                draft.discard();
            }
            lost |= !arrived.damaged.is_empty();
            let Some(Words { id, en }) = arrived.broken else {
                pulled::mark(&args.output, &form, asked_at, arrived.end.sequence())?;
                return Ok(done(lost));
            };
            say.warn(words!("pengambilan terputus: {id}", "the transfer broke off: {en}"));
            say.hint(words!(
                "jalankan lagi perintah yang sama; pengambilan dilanjutkan dari situ",
                "run the same command again; it goes on from there"
            ));
            Ok(if some { Exit::Partial } else { Exit::Nothing })
        }
    }
}

/// Whole submissions that are in the draft.
struct Arrived {
    start: Position,
    end: Position,
    submissions: u64,
    gone: u64,
    /// What the server says is damaged there.
    damaged: Vec<ExportError>,
    /// Bytes of the draft up to the last of them.
    length: u64,
    /// Whether an `end` line follows.
    ended: bool,
    /// Why no more came.
    broken: Option<Words>,
}

impl Arrived {
    fn at(start: Position) -> Self {
        let (submissions, gone, damaged, length) = (0, 0, Vec::new(), 0);
        Self { start, end: start, submissions, gone, damaged, length, ended: false, broken: None }
    }

    /// One more, whose end is at that byte of the draft.
    fn count(&mut self, entry: &Entry, length: u64) {
        match entry {
            Entry::Record(_) => self.submissions += 1,
            Entry::Gone(_) => self.gone += 1,
            Entry::Damaged(damaged) => self.damaged.push(damaged.fault()),
            _ => {}
        }
        self.length = length;
    }
}

/// Some of what was asked for was `lost` at the server.
const fn done(lost: bool) -> Exit {
    if lost { Exit::Partial } else { Exit::Done }
}

/// What an interrupted run left that continues this inbox; anything else is thrown away.
fn recover(draft: &Partial, form: &FormName, start: Position) -> Result<Option<Arrived>, Failure> {
    let mut stream = draft.stream()?.of_server();
    let mut arrived = Arrived::at(start);
    while let Ok(Some(entry)) = stream.next() {
        arrived.count(&entry, stream.consumed());
    }
    let positions = stream.positions().filter(|_| stream.form() == Some(form));
    match positions {
        Some((from, end)) if from == start && end != start => Ok(Some(Arrived { end, ..arrived })),
        _ => draft.cut(0).map(|()| None),
    }
}

/// Writes what arrives into the draft, and follows the chain.
fn fetch(
    args: &Pull,
    form: &FormName,
    start: Position,
    response: ureq::http::Response<ureq::Body>,
    draft: &Partial,
    progress: &ProgressBar,
) -> Result<Arrived, Failure> {
    let mut source = response.into_body().into_reader();
    let mut reader = Reader::of_server();
    let mut piece = vec![0; 256 * 1024];
    let mut arrived = Arrived::at(start);
    loop {
        let count = match source.read(&mut piece) {
            Ok(count) => count,
            Err(error) => {
                let error = escape(&error.to_string());
                arrived.broken = Some(words!("{error}", "{error}"));
                return Ok(arrived);
            }
        };
        if count == 0 {
            break;
        }
        draft.write(&piece[..count])?;
        progress.inc(count as u64);
        reader.feed(&piece[..count]);
        while let Some(entry) = reader.next_entry().map_err(|error| not_kept(&error))? {
            arrived.count(&entry, reader.consumed());
        }
        // The head must continue where this inbox stands: what follows is chained to it.
        if reader.start().is_some_and(|from| *from != start) || reader.form().is_some_and(|name| name != form) {
            return Err(other_history(&args.url));
        }
        arrived.end = reader.position().copied().unwrap_or(start);
    }
    match reader.finish() {
        Ok(_) => arrived.ended = true,
        Err(error @ ExportError::Cut { .. }) => arrived.broken = Some(error.words()),
        Err(error) => return Err(not_kept(&error)),
    }
    Ok(arrived)
}

/// Ends the draft behind its last whole submission, which makes it an export like any other, and gives it its name.
fn keep(say: &mut Say, args: &Pull, form: &FormName, draft: Partial, arrived: &Arrived) -> Result<(), Failure> {
    if !arrived.ended {
        draft.cut(arrived.length)?;
        draft.write(&write_end(&arrived.end))?;
    }
    let (first, last) = (arrived.start.sequence() + 1, arrived.end.sequence());
    let path = args.output.join(Numbers::Server.name(form, first, last));
    draft.keep_as(&path)?;
    if args.format == Plain::Json {
        let complete = arrived.broken.is_none();
        let Arrived { submissions, gone, .. } = arrived;
        let mut kept = json!({"file": path, "from": first, "to": last, "submissions": submissions, "deleted": gone, "complete": complete});
        if !arrived.damaged.is_empty() {
            kept["damaged"] = arrived.damaged.iter().map(ToString::to_string).collect();
        }
        say.result(&format!("{kept}\n"))?;
    }
    let (new, path) = (arrived.submissions, shown(&path));
    say.note(words!("{new} kiriman baru: {path}", "{new} new submission(s): {path}"));
    let gone = arrived.gone;
    if gone > 0 {
        say.note(words!("{gone} sudah dihapus di server", "{gone} deleted at the server"));
    }
    for error in &arrived.damaged {
        say.warn(error.words());
    }
    if !arrived.damaged.is_empty() {
        say.hint(words!(
            "minta pengelola server memulihkan cadangan; lalu ambil ke folder baru dan salin ekspornya ke sini",
            "ask whoever runs the server to bring a backup back; then pull into a new folder and copy its exports here"
        ));
    }
    Ok(())
}

fn not_kept(error: &ExportError) -> Failure {
    let Words { id, en } = error.words();
    Failure::hinted(
        words!(
            "yang dikirim server tidak utuh: {id}; tidak ada yang disimpan",
            "what the server sent is not whole: {en}; nothing was kept"
        ),
        words!(
            "jalankan lagi perintah yang sama; bila terulang, tanyakan pada pengelola server",
            "run the same command again; if it happens again, ask whoever runs the server"
        ),
    )
}

fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(15)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .http_status_as_error(false)
        .max_redirects(0)
        .build();
    ureq::Agent::new_with_config(config)
}

/// The token would travel readable.
fn refuse_clear_text(url: &str) -> Result<(), Failure> {
    let host = url.strip_prefix("http://").map(|rest| rest.split(['/', ':']).next().unwrap_or_default());
    match host {
        None if url.starts_with("https://") => Ok(()),
        Some("127.0.0.1" | "localhost") => Ok(()),
        _ => Err(Failure::Usage(
            words!("alamat server harus https://", "the server's address must begin with https://"),
            Some(words!("http:// hanya untuk komputer ini sendiri", "http:// is for this machine only")),
        )),
    }
}

fn unreachable_server(url: &str, error: &str) -> Failure {
    let (url, error) = (escape(url), escape(error));
    Failure::hinted(
        words!("{url} tidak terjangkau: {error}", "{url} cannot be reached: {error}"),
        words!("periksa alamat dan sambungan, lalu jalankan lagi", "check address and connection, then run it again"),
    )
}

fn refused(args: &Pull, status: u16, response: ureq::http::Response<ureq::Body>) -> Failure {
    let mut text = String::new();
    let _ = response.into_body().into_reader().take(2000).read_to_string(&mut text);
    let message = serde_json::from_str::<serde_json::Value>(&text).ok();
    let message = message.as_ref().and_then(|value| value["message"].as_str()).map(escape).unwrap_or_default();
    match status {
        401 => Failure::hinted(
            words!("server menolak token", "the server refuses the token"),
            words!(
                "token ada di berkas --token-file milik segel-server",
                "the token is in segel-server's --token-file"
            ),
        ),
        404 => Failure::hinted(
            words!("server tidak punya formulir itu", "the server has no such form"),
            words!("periksa nama pada --form", "check the name given with --form"),
        ),
        409 => other_history(&args.url),
        _ => Failure::new(words!("server menjawab {status}: {message}", "the server answered {status}: {message}")),
    }
}

fn other_history(url: &str) -> Failure {
    let url = escape(url);
    Failure::hinted(
        words!(
            "{url} menceritakan riwayat lain daripada kotak masuk ini",
            "{url} tells another history than this inbox"
        ),
        words!(
            "server diganti atau dipulihkan dari cadangan; simpan kotak masuk ini dan ambil ke folder baru",
            "the server was replaced or restored; keep this inbox and pull into a new folder"
        ),
    )
}

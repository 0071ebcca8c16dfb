//! `segel pull`: fetches what is new, still sealed, and keeps it only if the chain holds from the first submission to the last.

use std::io::Read as _;
use std::time::Duration;

use segel_core::export::Reader;
use segel_core::id::FormName;

use crate::args::Pull;
use crate::escape::escape;
use crate::place::Draft;
use crate::say::{Failure, Say, shown, words};
use crate::{Exit, inbox, keys, place};

pub(crate) fn run(say: &mut Say, args: &Pull) -> Result<Exit, Failure> {
    let form = FormName::parse(&args.form)
        .map_err(|error| Failure::Usage(words!("--form: {error}", "--form: {error}"), None))?;
    refuse_clear_text(&args.url)?;
    let token = keys::first_line(&args.token_file)?;
    place::make_folder(&args.output)?;
    let start = inbox::position(&args.output, &form)?;
    let url = format!("{}/forms/{form}/export?after={}", args.url.trim_end_matches('/'), start.sequence());
    let response = agent().get(&url).header("Authorization", &format!("Bearer {}", *token)).call();
    let response = response.map_err(|error| unreachable_server(&args.url, &error.to_string()))?;
    let status = response.status().as_u16();
    if status != 200 {
        return Err(refused(status, response));
    }
    let mut source = response.into_body().into_reader();

    let mut draft = Draft::new(&args.output.join("pull"))?;
    let mut reader = Reader::default();
    let mut piece = vec![0; 256 * 1024];
    let broken = |error: String| {
        Failure::hinted(
            words!(
                "pengambilan terputus: {error}; tidak ada yang disimpan",
                "the transfer broke off: {error}; nothing was kept"
            ),
            words!("jalankan lagi perintah yang sama", "run the same command again"),
        )
    };
    let mut first = true;
    loop {
        let count = source.read(&mut piece).map_err(|error| broken(error.to_string()))?;
        if count == 0 {
            break;
        }
        draft.write(&piece[..count])?;
        reader.feed(&piece[..count]);
        loop {
            let record = reader.next_record().map_err(|error| broken(error.to_string()))?;
            if first && reader.form().is_some() {
                first = false;
                // The head must continue where this inbox stands: the records after it are chained to it.
                let continues = record.as_ref().map_or(reader.position() == Some(&start), |record| {
                    let digest = segel_core::id::Digest::of(record.envelope());
                    start.next(record.received_at(), &digest).chain() == record.chain()
                });
                if reader.form() != Some(&form) || !continues {
                    return Err(other_history(&args.url));
                }
            }
            if record.is_none() {
                break;
            }
        }
    }
    let (_, end) = reader.finish().map_err(|error| broken(error.to_string()))?;
    let new = end.sequence().saturating_sub(start.sequence());
    if new == 0 {
        say.note(words!("tidak ada kiriman baru", "nothing new"));
        return Ok(Exit::Done);
    }
    let name = format!("{form}-{:08}-{:08}.{}", start.sequence() + 1, end.sequence(), inbox::ENDING);
    let path = args.output.join(name);
    draft.keep_as(&path)?;
    let path = shown(&path);
    say.note(words!("{new} kiriman baru: {path}", "{new} new submission(s): {path}"));
    Ok(Exit::Done)
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

fn refused(status: u16, response: ureq::http::Response<ureq::Body>) -> Failure {
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
        404 => Failure::new(words!("server tidak punya formulir itu", "the server has no such form")),
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

//! `segel-server`: keeps sealed submissions and hands them to their owner. It links neither sealing nor opening.
//!
//! `HTTP.md` is its interface. A request passes these files in this order: `accept` (a place and clocks), `routes` (which
//! one), `intake` and `sieve` (the body, by the clock; `work` where too much comes), `store` (kept, then acknowledged), `export` (handed out again). `reject` holds
//! every refusal, `log` the one line a request leaves behind, `limits` every number.
//!
//! What it does not do: it never opens, inflates, re-encodes or logs what it was given, and it keeps no addresses.

mod accept;
mod app;
mod assets;
mod check;
mod clock;
mod config;
mod export;
mod forms;
mod hook;
mod intake;
mod limits;
mod log;
mod metrics;
mod notice;
mod origins;
mod page;
mod purge;
mod rate;
mod reject;
mod rights;
mod routes;
mod sieve;
mod signing;
mod socket;
mod status;
mod store;
mod tls;
mod token;
mod work;

use std::ffi::OsString;
use std::io::{ErrorKind, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;

use clap::Parser as _;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Semaphore, watch};

pub use assets::AssetError;
pub use config::Config;
pub use forms::FormFault;
pub use limits::Limits;
pub use origins::Origins;
pub use rate::Network;
pub use signing::KeyError;
pub use store::{CopyError, NamedError, OpenError, Place, PostgresUrl};
pub use tls::TlsError;
pub use token::TokenError;

use app::App;
use assets::Assets;
use config::{Args, Task};
use forms::Forms;
use hook::Bell;
use log::Log;
use metrics::Metrics;
use rate::Rates;
use store::{Copied, Gone, Named, Store};
use tls::{Hangup, Tls};
use token::Token;
use work::Works;

/// The program: reads `args`, serves until it is told to stop. 0 all well, 1 it could not start, 2 wrong usage.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    leave_no_core();
    let args = match Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let task = args.task();
    let config = match args.config() {
        Ok(config) => config,
        Err(error) => {
            complain(&error, error.hint());
            return ExitCode::from(2);
        }
    };
    let outcome = match task {
        Task::Serve => serve(config),
        Task::Check => return check::run(&config),
        Task::Status => status(&config),
        Task::Backup(to) => copy(store::back_up(&config.store, &to), &to),
        Task::Restore(from) => copy(store::restore(&config.store, &from), &from),
        Task::Delete(named, by) => delete(&config, &named, &by),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error, error.hint());
            ExitCode::FAILURE
        }
    }
}

/// A server at work on threads of its own. Dropping it stops it and waits for the requests under way.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    secure: bool,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The folder of forms cannot be read.
    #[error("forms {}: {error}", path.display())]
    Forms {
        /// Which folder.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A form cannot be served. Only a check stops at it; a server reports it and serves the others.
    #[error("form {file}: {fault}")]
    Form {
        /// Its file.
        file: String,
        /// Why.
        fault: FormFault,
    },
    /// The token cannot be used.
    #[error("token file {}: {error}", path.display())]
    Token {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: TokenError,
    },
    /// The signing key cannot be used.
    #[error("key file {}: {error}", path.display())]
    Key {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: KeyError,
    },
    /// No signing key was named, and PostgreSQL has no place beside it.
    #[error("no key file was named")]
    NoKey,
    /// Certificate or key of TLS cannot be used.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// The operator's program cannot be run.
    #[error("hook {}: {error}", path.display())]
    Hook {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The element's files cannot be used.
    #[error("assets {}: {error}", path.display())]
    Assets {
        /// Which folder.
        path: PathBuf,
        /// Why.
        error: AssetError,
    },
    /// The store cannot be opened.
    #[error("store {place}: {error}")]
    Store {
        /// Which one.
        place: Place,
        /// Why.
        error: OpenError,
    },
    /// Nothing was copied or brought back.
    #[error("{0}")]
    Copy(#[from] CopyError),
    /// Nothing was deleted.
    #[error("delete: {0}")]
    Named(#[from] NamedError),
    /// A deletion is done, and the line for its owner could not be written.
    #[error(
        "the deletion is done, but standard output does not take its line ({error}); keep it for the owner: {line}"
    )]
    Unsaid {
        /// The line of the register.
        line: String,
        /// Why.
        error: std::io::Error,
    },
    /// The address cannot be listened on.
    #[error("listen {address}: {error}")]
    Listen {
        /// Which address.
        address: SocketAddr,
        /// Why.
        error: std::io::Error,
    },
    /// The system gives no threads.
    #[error("no threads: {0}")]
    Threads(std::io::Error),
}

impl StartError {
    /// What to do next, where that is known.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Token { error: TokenError::Missing | TokenError::TooShort | TokenError::NotOneLine, .. } => {
                Some("write one with: (umask 077; openssl rand -hex 32 > FILE)")
            }
            Self::Key { error: KeyError::Open, .. } => Some("chmod 600 FILE"),
            Self::Assets { .. } => Some("the build leaves these files in dist/segel"),
            Self::Hook { error, .. } if matches!(error.kind(), ErrorKind::PermissionDenied) => Some("chmod +x FILE"),
            Self::Store { error, .. } | Self::Named(NamedError::Open(error)) => hint_of_store(error),
            Self::Copy(CopyError::Io { error, .. }) if error.kind() == ErrorKind::NotFound => {
                Some("a name is looked for in the folder that this is run in, unless it begins with /")
            }
            Self::Copy(CopyError::Open(OpenError::InUse { .. })) => Some("stop the server first"),
            Self::Copy(CopyError::Postgres) => Some("OPERATING.md says how"),
            Self::Copy(CopyError::There(_)) => Some("move it away, or choose another name"),
            Self::Form { .. } => Some("publish it anew with: segel publish"),
            _ => None,
        }
    }
}

/// The same of a store that does not open.
fn hint_of_store(error: &OpenError) -> Option<&'static str> {
    match error {
        OpenError::InUse { .. } => Some("stop the other server, or give this one its own store"),
        OpenError::TombstonesMissing { .. } => Some(
            "bring it back from where you keep it; if it is lost, make an empty file there and know what that means",
        ),
        OpenError::Io { error, .. } if error.kind() == ErrorKind::NotFound => {
            Some("its folder must be there; the file is made when a server first starts")
        }
        OpenError::NoRoots => Some("install ca-certificates, or name the database's own with store_roots"),
        OpenError::Postgres(text) if text.contains("CaUsedAsEndEntity") => Some(
            "the database's certificate stands for itself and says that it is an authority, as openssl makes them unless told otherwise: make one with -addext subjectAltName=DNS:HOST -addext basicConstraints=critical,CA:FALSE; OPERATING.md has the whole line",
        ),
        OpenError::Postgres(text) if text.contains("TLS") => Some(
            "a database that is not on this machine must have a certificate for the name in its address, from somebody that store_roots or the system trusts; on a network of your own ?sslmode=disable behind the address goes without",
        ),
        _ => None,
    }
}

impl Server {
    /// Opens everything, listens, and serves.
    ///
    /// # Errors
    /// [`StartError`]; then nothing was started.
    pub fn start(config: Config) -> Result<Self, StartError> {
        let key_place = config.key_place().ok_or(StartError::NoKey)?;
        let Config { forms: folder, store: place, listen, token_file, assets, limits, log, clock, .. } = config;
        let metrics_token = config.metrics_token_file.map(read_token).transpose()?;
        let log = Arc::new(Log::new(log.0));
        let tls = config.tls.map(Tls::open).transpose()?;
        let secure = tls.is_some();
        let (token, assets) = (read_token(token_file)?, read_assets(assets)?);
        let hook = config.hook.map(hook::find).transpose()?;
        let (forms, faults) = open_forms(folder, &limits)?;
        for (file, fault) in faults {
            log.event("form_broken", &file, &fault);
        }
        for (file, idle) in forms.idle() {
            log.event("form_idle", &file, &idle);
        }
        let store = Store::open(&place, config.deleting, &limits, &clock, &log)
            .map_err(|error| StartError::Store { place, error })?;
        // After the store: whoever may not open that has no business making keys.
        let key = signing::open(&key_place).map_err(|error| StartError::Key { path: key_place, error })?;
        let unheard = |error| StartError::Listen { address: listen, error };
        let listener = TcpListener::bind(listen).map_err(unheard)?;
        listener.set_nonblocking(true).map_err(unheard)?;
        let address = listener.local_addr().map_err(unheard)?;
        let budget = Arc::new(Semaphore::new(limits.body_bytes));
        let places = Arc::new(Semaphore::new(limits.connections));
        let rates = Rates::new(&limits, config.trusted_proxies);
        let works = Works::new(&limits);
        let bell = Bell::default();
        let (origins, metrics, stopping) = (config.origins, Metrics::default(), AtomicBool::new(false));
        let app = App {
            forms,
            store,
            assets,
            token,
            key,
            limits,
            clock,
            log,
            budget,
            places,
            rates,
            works,
            origins,
            metrics,
            metrics_token,
            tls,
            bell,
            stopping,
        };
        let app = Arc::new(app);
        let (stop, stopped) = watch::channel(false);
        let runtime = Builder::new_multi_thread().enable_all().build().map_err(StartError::Threads)?;
        let work = move || work(&runtime, listener, app, hook, stopped);
        let thread =
            std::thread::Builder::new().name(String::from("server")).spawn(work).map_err(StartError::Threads)?;
        Ok(Self { address, secure, stop, thread: Some(thread) })
    }

    /// Where it listens, with the port it got.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// To standard output: it is what was asked for.
fn status(config: &Config) -> Result<(), StartError> {
    let status = store::status(&config.store, &config.limits, &config.clock)
        .map_err(|error| StartError::Store { place: config.store.clone(), error })?;
    let text = config.clock.now().map(|now| status::text(&status, now)).unwrap_or_default();
    let _ = std::io::stdout().write_all(text.as_bytes());
    Ok(())
}

/// What the owner must know goes to standard output, as the register that their programs read (FORMAT §4.4); what happened is said beside it.
fn delete(config: &Config, named: &Named, by: &str) -> Result<(), StartError> {
    let Gone { id, at, before, settled } =
        store::delete(&config.store, &config.deleting, named, &config.limits, &config.clock)?;
    let (number, at, day) = (id.number(), at.text(), at.text());
    let day = day.get(..10).unwrap_or_default();
    let line = format!("{at} {id} delete {by}");
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "segel-requests/1\n{line}").and_then(|()| out.flush());
    say(&format!("{}: {number} ({id})", if before { "deleted before" } else { "deleted" }));
    if !settled {
        say(
            "odd: an export or a backup is reading, or the store is busy, so its bytes stand in the store's files until the next deletion",
        );
    }
    say("hint: this server cannot reach the owner's copies; the owner deletes them after");
    say(&format!("  segel requests INBOX --record delete --number {number} --by {by} --on {day}"));
    written.map_err(|error| StartError::Unsaid { line, error })
}

/// Says what was copied.
fn copy(outcome: Result<Copied, CopyError>, path: &std::path::Path) -> Result<(), StartError> {
    let Copied { submissions, bytes } = outcome?;
    say(&format!("{}: whole, {submissions} submissions, {bytes} bytes", path.display()));
    Ok(())
}

fn work(
    runtime: &Runtime,
    listener: TcpListener,
    app: Arc<App>,
    hook: Option<PathBuf>,
    stopped: watch::Receiver<bool>,
) {
    runtime.block_on(async {
        match tokio::net::TcpListener::from_std(listener) {
            Ok(listener) => {
                tokio::spawn(purge::run(Arc::clone(&app), stopped.clone()));
                tokio::spawn(tls::run(Arc::clone(&app), Hangup::listen(), stopped.clone()));
                if let Some(program) = hook {
                    tokio::spawn(hook::run(Arc::clone(&app), program, stopped.clone()));
                }
                accept::serve(listener, app, stopped).await;
            }
            Err(error) => app.log.event("listen", "listener", &error),
        }
    });
}

fn serve(config: Config) -> Result<(), StartError> {
    let waiting = Builder::new_current_thread().enable_all().build().map_err(StartError::Threads)?;
    let server = Server::start(config)?;
    let scheme = if server.secure { "https" } else { "http" };
    say(&format!("listening on {scheme}://{}", server.address()));
    waiting.block_on(told_to_stop());
    drop(server);
    Ok(())
}

/// Ctrl-C, or what a service manager sends.
async fn told_to_stop() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// A core dump would hold the signing key and the token. One byte, not none: at none Linux still hands it to a program that collects dumps.
fn leave_no_core() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // Refused where the limit is none already and may not be raised.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(1), maximum: Some(1) });
    }
}

fn read_token(path: PathBuf) -> Result<Token, StartError> {
    Token::read(&path).map_err(|error| StartError::Token { path, error })
}

fn read_assets(path: Option<PathBuf>) -> Result<Assets, StartError> {
    let read = |path: PathBuf| Assets::read(&path).map_err(|error| StartError::Assets { path, error });
    path.map_or_else(|| Ok(Assets::default()), read)
}

fn open_forms(path: PathBuf, limits: &Limits) -> Result<(Forms, Vec<(String, FormFault)>), StartError> {
    Forms::open(&path, limits.submission_bytes).map_err(|error| StartError::Forms { path, error })
}

fn complain(error: &dyn std::fmt::Display, hint: Option<&str>) {
    say(&format!("error: {error}"));
    if let Some(hint) = hint {
        say(&format!("hint: {hint}"));
    }
}

/// The program's own voice: standard error, whether or not anybody listens.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

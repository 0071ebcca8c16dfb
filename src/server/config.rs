//! What an operator may set: the command line and the environment, checked before anything is opened.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use clap::Parser;

use crate::clock::Clock;
use crate::limits::Limits;
use crate::store::Place;

/// Keeps sealed submissions and hands them to their owner; can neither seal nor open them.
#[derive(Debug, Parser)]
#[command(name = "segel-server", version, after_help = EXAMPLE)]
pub(crate) struct Args {
    /// Folder of published forms (NAME.segel); new versions are noticed without a restart
    #[arg(long, value_name = "DIR", env = "SEGEL_FORMS")]
    forms: PathBuf,
    /// Where submissions are kept: sqlite:PATH or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "STORE", env = "SEGEL_STORE", hide_env_values = true, value_parser = Place::parse)]
    store: Place,
    /// Address and port to listen on; port 0 takes a free one and prints it
    #[arg(long, value_name = "ADDR:PORT", env = "SEGEL_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// File with one line: the token that fetches exports
    #[arg(long, value_name = "FILE", env = "SEGEL_TOKEN_FILE")]
    token_file: PathBuf,
    /// Folder with the element's built files, served under /segel/; without it there is no hosted page
    #[arg(long, value_name = "DIR", env = "SEGEL_ASSETS")]
    assets: Option<PathBuf>,
    /// Check everything that can be checked without listening, say so and exit
    #[arg(long)]
    pub(crate) check_config: bool,
}

/// A server's settings.
#[derive(Debug)]
pub struct Config {
    pub(crate) forms: PathBuf,
    pub(crate) store: Place,
    pub(crate) listen: SocketAddr,
    pub(crate) token_file: PathBuf,
    pub(crate) assets: Option<PathBuf>,
    pub(crate) limits: Limits,
    pub(crate) log: LogSink,
    pub(crate) clock: Clock,
}

impl Config {
    /// Settings with default limits, without the element's files, logging to standard error.
    #[must_use]
    pub fn new(forms: PathBuf, store: Place, token_file: PathBuf, listen: SocketAddr) -> Self {
        let log = LogSink(Box::new(std::io::stderr()));
        Self { forms, store, listen, token_file, assets: None, limits: Limits::default(), log, clock: Clock::default() }
    }

    /// With the element's files from that folder.
    #[must_use]
    pub fn with_assets(mut self, assets: PathBuf) -> Self {
        self.assets = Some(assets);
        self
    }

    /// With other limits, as tests need them.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// With a clock that shows what `hands` says, in seconds since 1970, as tests need it.
    #[must_use]
    pub fn with_clock(mut self, hands: Arc<AtomicI64>) -> Self {
        self.clock = Clock::turned_by(hands);
        self
    }

    /// With another place for the log.
    #[must_use]
    pub fn with_log(mut self, log: Box<dyn Write + Send>) -> Self {
        self.log = LogSink(log);
        self
    }
}

impl From<Args> for Config {
    fn from(args: Args) -> Self {
        let config = Self::new(args.forms, args.store, args.token_file, args.listen);
        Self { assets: args.assets, ..config }
    }
}

/// Where the log goes; nothing to show.
pub(crate) struct LogSink(pub(crate) Box<dyn Write + Send>);

impl std::fmt::Debug for LogSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogSink")
    }
}

const EXAMPLE: &str = "\
Every option is also read from the environment: SEGEL_FORMS, SEGEL_STORE, SEGEL_LISTEN, SEGEL_TOKEN_FILE, SEGEL_ASSETS.
It speaks plain HTTP/1.1; put a proxy with TLS in front of it.

Example:
  segel-server --forms forms --store sqlite:segel.db --listen 127.0.0.1:8080 --token-file token --assets dist/segel";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(store: &str) -> Result<Config, String> {
        let args = ["segel-server", "--forms", "f", "--store", store, "--token-file", "t"];
        Args::try_parse_from(args).map(Config::from).map_err(|error| error.to_string())
    }

    #[test]
    fn a_store_is_named_with_its_kind() {
        assert_eq!(parse("sqlite:a/b.db").unwrap().store, Place::Sqlite(PathBuf::from("a/b.db")));
        let postgres = parse("postgres://segel:rahasia@db/segel").unwrap();
        assert!(matches!(postgres.store, Place::Postgres(_)));
        assert!(!format!("{postgres:?} {}", postgres.store).contains("rahasia"));
        for wrong in ["sqlite:", "b.db", "", "postgres:db"] {
            assert!(parse(wrong).unwrap_err().contains("not a store; use sqlite:PATH or postgres://"), "{wrong}");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }
}

//! What an operator may set: flags, the environment and a file, in this order of weight; checked before anything is opened.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use clap::Parser;
use segel_core::id::FormName;
use segel_core::limits::WORK_BITS;
use serde::Deserialize;

use crate::clock::Clock;
use crate::limits::Limits;
use crate::origins::Origins;
use crate::rate::Network;
use crate::store::{Deleting, Named, Place};
use crate::tls::TlsFiles;

/// Keeps sealed submissions and hands them to their owner; can neither seal nor open them.
#[derive(Debug, Parser)]
#[command(name = "segel-server", version, after_help = EXAMPLE)]
pub(crate) struct Args {
    /// File with settings in TOML; what is also given here or in the environment counts instead
    #[arg(long, value_name = "FILE", env = "SEGEL_CONFIG")]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    /// Go past the brakes once: the clock is right, and what is due may be deleted
    #[arg(long)]
    accept_purge: bool,
    /// Check everything that can be checked without listening, say so and exit
    #[arg(long, group = "task")]
    check_config: bool,
    /// Say how the forms stand: counts, sizes, what waits for its owner and for how long; then exit
    #[arg(long, group = "task")]
    status: bool,
    /// Copy the SQLite store to FILE, also while a server is at work on it, and exit
    #[arg(long, value_name = "FILE", group = "task")]
    backup: Option<PathBuf>,
    /// Put such a copy where the store is and exit; what was deleted since is deleted again at the next start
    #[arg(long, value_name = "FILE", group = "task")]
    restore: Option<PathBuf>,
    /// Delete one submission at once, also while a server is at work, and exit: by its receipt's number or its id; for a wish that reached you and no receipt signed
    #[arg(long, value_name = "NUMBER|ID", group = "task", value_parser = Named::parse)]
    delete: Option<Named>,
    /// How that wish came, for the owner's register
    #[arg(long, value_name = "CHANNEL", requires = "delete", default_value = "phone", value_parser = CHANNELS)]
    by: String,
}

/// What the program is to do.
#[derive(Debug)]
pub(crate) enum Task {
    Serve,
    Check,
    Status,
    Backup(PathBuf),
    Restore(PathBuf),
    /// A submission, and how the wish came.
    Delete(Named, String),
}

/// All settings that flags, environment and file have in common; each may be left out of each.
#[derive(Debug, Default, clap::Args, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    /// Folder of published forms (NAME.segel); new versions are noticed without a restart
    #[arg(long, value_name = "DIR", env = "SEGEL_FORMS")]
    forms: Option<PathBuf>,
    /// Where submissions are kept: sqlite:PATH or postgres://USER@HOST/DATABASE
    #[arg(long, value_name = "STORE", env = "SEGEL_STORE", hide_env_values = true)]
    store: Option<String>,
    /// File with the certificates that a database's own is held against, PEM [default: those that this machine trusts]
    #[arg(long, value_name = "FILE", env = "SEGEL_STORE_ROOTS")]
    store_roots: Option<PathBuf>,
    /// Address and port to listen on; port 0 takes a free one and prints it [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR:PORT", env = "SEGEL_LISTEN")]
    listen: Option<SocketAddr>,
    /// File with one line: the token that fetches exports
    #[arg(long, value_name = "FILE", env = "SEGEL_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// Folder with the element's built files, served under /segel/; without it there is no hosted page
    #[arg(long, value_name = "DIR", env = "SEGEL_ASSETS")]
    assets: Option<PathBuf>,
    /// File with one line: the token that reads /metrics; without it there are none
    #[arg(long, value_name = "FILE", env = "SEGEL_METRICS_TOKEN_FILE")]
    metrics_token_file: Option<PathBuf>,
    /// Proxies in front of this server, whose X-Forwarded-For is believed: addresses or networks
    #[arg(long, value_name = "ADDR[/BITS]", env = "SEGEL_TRUSTED_PROXIES", value_delimiter = ',')]
    trusted_proxies: Option<Vec<String>>,
    /// Submissions a minute that one form takes; 0 = no limit [default: 6000]
    #[arg(long, value_name = "COUNT", env = "SEGEL_RATE_FORM")]
    rate_form: Option<u32>,
    /// Submissions a minute from one network (IPv4 /24, IPv6 /56); 0 = no limit [default: 600]
    #[arg(long, value_name = "COUNT", env = "SEGEL_RATE_NETWORK")]
    rate_network: Option<u32>,
    /// Bits of work, up to 20, that a submission must bring: a number to be found by trying; 0 = none is asked [default: 0]
    #[arg(long, value_name = "BITS", env = "SEGEL_WORK_BITS")]
    work_bits: Option<u8>,
    /// Submissions a minute that one form takes before work is asked; 0 = it is always asked [default: 0]
    #[arg(long, value_name = "COUNT", env = "SEGEL_WORK_ABOVE")]
    work_above: Option<u32>,
    /// Connections at once [default: 960]
    #[arg(long, value_name = "COUNT", env = "SEGEL_CONNECTIONS")]
    connections: Option<usize>,
    /// Bytes of bodies in memory, all connections together [default: 268435456]
    #[arg(long, value_name = "BYTES", env = "SEGEL_BODY_BYTES")]
    body_bytes: Option<usize>,
    /// Bytes of the largest submission; a form that allows more is not served [default: 2147483648]
    #[arg(long, value_name = "BYTES", env = "SEGEL_SUBMISSION_BYTES")]
    submission_bytes: Option<u64>,
    /// Bytes of the disk that submissions leave free, and withdrawals half of it, so that deleting has room (SQLite) [default: 67108864]
    #[arg(long, value_name = "BYTES", env = "SEGEL_RESERVE_BYTES")]
    reserve_bytes: Option<u64>,
    /// File with the list of deletions, which a backup brought back is held against [default: STORE.tombstones for SQLite]
    #[arg(long, value_name = "FILE", env = "SEGEL_TOMBSTONES")]
    tombstones: Option<PathBuf>,
    /// File with the key that signs times of arrival, made at the first start [default: STORE.key for SQLite]
    #[arg(long, value_name = "FILE", env = "SEGEL_KEY_FILE")]
    key_file: Option<PathBuf>,
    /// File with the TLS certificate and its chain, PEM; read again when it changes, and on SIGHUP
    #[arg(long, value_name = "FILE", env = "SEGEL_TLS_CERT")]
    tls_cert: Option<PathBuf>,
    /// File with the certificate's key, PEM
    #[arg(long, value_name = "FILE", env = "SEGEL_TLS_KEY")]
    tls_key: Option<PathBuf>,
    /// Program that is run when something arrived, at most once a minute; it learns the form's name and nothing else
    #[arg(long, value_name = "PROGRAM", env = "SEGEL_HOOK")]
    hook: Option<PathBuf>,
    /// For each form: the origins whose pages may post it; only in the file
    #[arg(skip)]
    origins: Option<BTreeMap<String, Vec<String>>>,
}

/// A server's settings.
#[derive(Debug)]
pub struct Config {
    pub(crate) forms: PathBuf,
    pub(crate) store: Place,
    pub(crate) listen: SocketAddr,
    pub(crate) token_file: PathBuf,
    /// Of the key that signs; beside a SQLite file if nothing is said.
    pub(crate) key_file: Option<PathBuf>,
    pub(crate) assets: Option<PathBuf>,
    pub(crate) metrics_token_file: Option<PathBuf>,
    pub(crate) hook: Option<PathBuf>,
    pub(crate) tls: Option<TlsFiles>,
    pub(crate) trusted_proxies: Vec<Network>,
    pub(crate) origins: Origins,
    pub(crate) deleting: Deleting,
    pub(crate) limits: Limits,
    pub(crate) log: LogSink,
    pub(crate) clock: Clock,
}

/// Why settings cannot be used. None of them repeats a value that may be secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum ConfigError {
    #[error("{}: {error}", path.display())]
    Io { path: PathBuf, error: std::io::Error },
    #[error("{}, line {line}: {message}", path.display())]
    File { path: PathBuf, line: usize, message: String },
    #[error("{name} is not set")]
    Missing { name: &'static str },
    #[error("store: {0}")]
    Store(&'static str),
    #[error("trusted_proxies: {0:?} is neither an address nor a network like 10.0.0.0/8")]
    Proxy(String),
    #[error("origins: {0:?} is not a form's name")]
    FormName(String),
    #[error("origins.{form}: {origin:?} is not an origin like https://toko.example")]
    Origin { form: FormName, origin: String },
    #[error("{name} must be at least {least}")]
    TooSmall { name: &'static str, least: usize },
    #[error("{name} must be at most {most}")]
    TooLarge { name: &'static str, most: u8 },
}

impl Config {
    /// Settings with default limits, without the element's files, logging to standard error.
    #[must_use]
    pub fn new(forms: PathBuf, store: Place, token_file: PathBuf, listen: SocketAddr) -> Self {
        Self {
            forms,
            store,
            listen,
            token_file,
            key_file: None,
            assets: None,
            metrics_token_file: None,
            hook: None,
            tls: None,
            trusted_proxies: Vec::new(),
            origins: Origins::default(),
            deleting: Deleting::default(),
            limits: Limits::default(),
            log: LogSink(Box::new(std::io::stderr())),
            clock: Clock::default(),
        }
    }

    /// With the element's files from that folder.
    #[must_use]
    pub fn with_assets(mut self, assets: PathBuf) -> Self {
        self.assets = Some(assets);
        self
    }

    /// With its signing key in that file, which PostgreSQL needs.
    #[must_use]
    pub fn with_key(mut self, key_file: PathBuf) -> Self {
        self.key_file = Some(key_file);
        self
    }

    /// Speaking TLS with that certificate and key.
    #[must_use]
    pub fn with_tls(mut self, certificate: PathBuf, key: PathBuf) -> Self {
        self.tls = Some(TlsFiles { certificate, key });
        self
    }

    /// Running that program when something arrived.
    #[must_use]
    pub fn with_hook(mut self, program: PathBuf) -> Self {
        self.hook = Some(program);
        self
    }

    /// With its list of deletions in that file.
    #[must_use]
    pub fn with_tombstones(mut self, list: PathBuf) -> Self {
        self.deleting.list = Some(list);
        self
    }

    /// With counts for whoever has the token in that file.
    #[must_use]
    pub fn with_metrics(mut self, token_file: PathBuf) -> Self {
        self.metrics_token_file = Some(token_file);
        self
    }

    /// Believing what these proxies say about senders.
    #[must_use]
    pub fn with_proxies(mut self, proxies: Vec<Network>) -> Self {
        self.trusted_proxies = proxies;
        self
    }

    /// With lists of pages that may post.
    #[must_use]
    pub fn with_origins(mut self, origins: Origins) -> Self {
        self.origins = origins;
        self
    }

    /// Going past the brakes once: the clock is right, and what is due may go.
    #[must_use]
    pub const fn with_accepted_purge(mut self) -> Self {
        self.deleting.accepted = true;
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

impl Config {
    /// Where the signing key is. Instances that share a database share it, so it must be named there.
    pub(crate) fn key_place(&self) -> Option<PathBuf> {
        self.key_file.clone().or_else(|| self.store.beside(".key"))
    }
}

impl Args {
    /// What to do; at most one thing is asked for.
    pub(crate) fn task(&self) -> Task {
        match (&self.backup, &self.restore, &self.delete) {
            (Some(to), _, _) => Task::Backup(to.clone()),
            (_, Some(from), _) => Task::Restore(from.clone()),
            (_, _, Some(named)) => Task::Delete(named.clone(), self.by.clone()),
            _ if self.check_config => Task::Check,
            _ if self.status => Task::Status,
            _ => Task::Serve,
        }
    }

    /// All settings together, read and checked.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub(crate) fn config(self) -> Result<Config, ConfigError> {
        let file = self.config.as_deref().map(Settings::read).transpose()?.unwrap_or_default();
        let mut config = self.settings.over(file).config()?;
        config.deleting.accepted = self.accept_purge;
        Ok(config)
    }
}

impl Settings {
    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Io { path: path.to_owned(), error })?;
        toml::from_str(&text).map_err(|error| {
            // Not the error's own display, which shows the line: a password may stand there.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            let message =
                PLAIN.iter().fold(error.message().to_owned(), |text, (kind, plain)| text.replace(kind, plain));
            ConfigError::File { path: path.to_owned(), line, message }
        })
    }

    /// These, and what they leave open from `file`.
    fn over(self, file: Self) -> Self {
        Self {
            forms: self.forms.or(file.forms),
            store: self.store.or(file.store),
            store_roots: self.store_roots.or(file.store_roots),
            listen: self.listen.or(file.listen),
            token_file: self.token_file.or(file.token_file),
            assets: self.assets.or(file.assets),
            metrics_token_file: self.metrics_token_file.or(file.metrics_token_file),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            rate_form: self.rate_form.or(file.rate_form),
            rate_network: self.rate_network.or(file.rate_network),
            work_bits: self.work_bits.or(file.work_bits),
            work_above: self.work_above.or(file.work_above),
            connections: self.connections.or(file.connections),
            body_bytes: self.body_bytes.or(file.body_bytes),
            submission_bytes: self.submission_bytes.or(file.submission_bytes),
            reserve_bytes: self.reserve_bytes.or(file.reserve_bytes),
            tombstones: self.tombstones.or(file.tombstones),
            key_file: self.key_file.or(file.key_file),
            hook: self.hook.or(file.hook),
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            origins: self.origins.or(file.origins),
        }
    }

    fn config(self) -> Result<Config, ConfigError> {
        let missing = |name| ConfigError::Missing { name };
        let store = Place::parse(&self.store.ok_or(missing("store"))?).map_err(ConfigError::Store)?;
        let store = match self.store_roots {
            Some(roots) => store.with_roots(roots).map_err(ConfigError::Store)?,
            None => store,
        };
        let (forms, token_file) = (self.forms.ok_or(missing("forms"))?, self.token_file.ok_or(missing("token_file"))?);
        let listen = self.listen.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 8080)));
        let mut config = Config::new(forms, store, token_file, listen);
        config.key_file = self.key_file;
        config.key_place().ok_or(missing("key_file"))?;
        config.deleting.list = self.tombstones.or_else(|| config.store.default_tombstones());
        config.deleting.list.as_ref().ok_or(missing("tombstones"))?;
        config.assets = self.assets;
        config.hook = self.hook;
        config.tls = match (self.tls_cert, self.tls_key) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            (Some(_), None) => return Err(missing("tls_key")),
            (None, Some(_)) => return Err(missing("tls_cert")),
        };
        config.metrics_token_file = self.metrics_token_file;
        for text in self.trusted_proxies.unwrap_or_default() {
            config.trusted_proxies.push(Network::parse(&text).ok_or(ConfigError::Proxy(text))?);
        }
        for (name, origins) in self.origins.unwrap_or_default() {
            let form = FormName::parse(&name).map_err(|_| ConfigError::FormName(name))?;
            let listed = config.origins.list(form.clone(), origins);
            listed.map_err(|origin| ConfigError::Origin { form, origin })?;
        }
        let limits = &mut config.limits;
        set(&mut limits.rate_form, self.rate_form);
        set(&mut limits.rate_network, self.rate_network);
        set(&mut limits.work_bits, self.work_bits);
        set(&mut limits.work_above, self.work_above);
        set(&mut limits.connections, self.connections);
        set(&mut limits.body_bytes, self.body_bytes);
        set(&mut limits.reserve_bytes, self.reserve_bytes);
        set(&mut limits.submission_bytes, self.submission_bytes);
        for (name, value, least) in
            [("connections", limits.connections, 1), ("body_bytes", limits.body_bytes, LEAST_BODY_BYTES)]
        {
            if value < least {
                return Err(ConfigError::TooSmall { name, least });
            }
        }
        if limits.work_bits > WORK_BITS {
            return Err(ConfigError::TooLarge { name: "work_bits", most: WORK_BITS });
        }
        Ok(config)
    }
}

impl ConfigError {
    /// What to do next, where that is known.
    pub(crate) const fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Missing { name } => Some(match name.as_bytes() {
                b"forms" => "use --forms, SEGEL_FORMS or forms = \"…\" in the file",
                b"key_file" => {
                    "instances on one database sign with one key: use --key-file, SEGEL_KEY_FILE or key_file = \"…\"; the first start makes it"
                }
                b"tombstones" => {
                    "without a list of deletions a dump that is brought back brings back what customers had deleted: use --tombstones, SEGEL_TOMBSTONES or tombstones = \"…\"; the first start makes it"
                }
                b"tls_cert" | b"tls_key" => "TLS needs both a certificate and its key",
                b"store" => "use --store, SEGEL_STORE or store = \"…\" in the file",
                _ => "use --token-file, SEGEL_TOKEN_FILE or token_file = \"…\" in the file",
            }),
            _ => None,
        }
    }
}

/// What the parser calls a setting's kind, and what a person does.
const PLAIN: [(&str, &str); 5] = [
    ("expected u8", "expected a whole number from 0 to 255"),
    ("expected u32", "expected a whole number"),
    ("expected u64", "expected a whole number"),
    ("expected usize", "expected a whole number"),
    ("invalid type: string", "wrong kind of value: text"),
];

fn set<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

/// Where the log goes; nothing to show.
pub(crate) struct LogSink(pub(crate) Box<dyn Write + Send>);

impl std::fmt::Debug for LogSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LogSink")
    }
}

/// The ways of a wish, as the owner's register names them. FORMAT §4.4.
const CHANNELS: [&str; 5] = ["whatsapp", "phone", "email", "letter", "counter"];
/// Two pieces and what is on its way: less could not take a large submission at all.
const LEAST_BODY_BYTES: usize = 1024 * 1024;
const EXAMPLE: &str = "\
Every option is also read from the environment (SEGEL_ and its name in capitals) and from the file of --config (its
name with _ for -). A flag weighs more than the environment, and that more than the file.
It speaks HTTP/1.1, plain unless it has a certificate: without one put a proxy with TLS in front of it.

Example:
  segel-server --forms forms --store sqlite:segel.db --listen 127.0.0.1:8080 --token-file token --assets dist/segel";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(store: &str) -> Result<Config, String> {
        let args = ["segel-server", "--forms", "f", "--store", store, "--token-file", "t"];
        let args = args.into_iter().chain(
            store.starts_with("postgres://").then_some(["--key-file=k", "--tombstones=d"]).into_iter().flatten(),
        );
        Args::try_parse_from(args).unwrap().config().map_err(|error| error.to_string())
    }

    fn from_file(text: &str) -> Result<Config, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("segel.toml");
        std::fs::write(&path, text).unwrap();
        let args = ["segel-server", "--rate-form", "7", "--config", path.to_str().unwrap()];
        let config = Args::try_parse_from(args).unwrap().config();
        config.map_err(|error| error.to_string().replace(path.to_str().unwrap(), "FILE"))
    }

    #[test]
    fn a_store_is_named_with_its_kind() {
        assert_eq!(parse("sqlite:a/b.db").unwrap().store, Place::Sqlite(PathBuf::from("a/b.db")));
        let postgres = parse("postgres://segel:rahasia@db/segel").unwrap();
        assert!(matches!(postgres.store, Place::Postgres(_)));
        assert!(!format!("{postgres:?} {}", postgres.store).contains("rahasia"));
        let roots = "forms = 'f'\ntoken_file = 't'\nkey_file = 'k'\ntombstones = 'd'\nstore_roots = 'r'\n";
        let Place::Postgres(url) = from_file(&format!("{roots}store = 'postgres://segel@db/segel'\n")).unwrap().store
        else {
            panic!("not PostgreSQL")
        };
        assert_eq!(url.roots, Some(PathBuf::from("r")));
        let error = from_file(&format!("{roots}store = 'sqlite:s'\n")).unwrap_err();
        assert!(error.starts_with("store: store_roots goes with a database"), "{error}");
        let error = parse("postgres://segel:rahasia@db/segel?sslmode=prefer").unwrap_err();
        assert_eq!(error, "store: sslmode is one of verify-full, require (here the same) and disable");
        for wrong in ["sqlite:", "b.db", "", "postgres:db"] {
            let error = parse(wrong).unwrap_err();
            assert_eq!(error, "store: not a store; use sqlite:PATH or postgres://USER@HOST/DATABASE", "{wrong}");
        }
    }

    #[test]
    fn a_file_says_the_rest_and_a_flag_weighs_more() {
        let config = from_file(
            "forms = 'f'\nstore = 'sqlite:s'\ntoken_file = 't'\nlisten = '[::1]:80'\nrate_form = 1\nrate_network = 2\n\
             work_bits = 18\nwork_above = 60\n\
             trusted_proxies = ['127.0.0.1', '10.0.0.0/8']\n[origins]\nkecil = ['https://toko.example']\n",
        )
        .unwrap();
        assert_eq!((config.limits.rate_form, config.limits.rate_network), (7, 2));
        assert_eq!((config.limits.work_bits, config.limits.work_above), (18, 60));
        assert_eq!(config.listen, "[::1]:80".parse().unwrap());
        assert_eq!(config.trusted_proxies.len(), 2);
    }

    #[test]
    fn what_is_wrong_in_a_file_is_named_without_what_may_be_secret() {
        let good = "forms = 'f'\nstore = 'sqlite:s'\ntoken_file = 't'\n";
        let wrong = |more: &str| from_file(&format!("{good}{more}")).map(drop).unwrap_err();
        assert_eq!(from_file("store = 'sqlite:s'").unwrap_err(), "forms is not set");
        let shared = good.replace("sqlite:s", "postgres://segel@db/segel");
        assert_eq!(from_file(&shared).unwrap_err(), "key_file is not set", "instances must share it");
        let signed = format!("{shared}key_file = 'k'\n");
        assert_eq!(
            from_file(&signed).unwrap_err(),
            "tombstones is not set",
            "a dump would bring back what was deleted"
        );
        assert!(from_file(&format!("{signed}tombstones = 'd'\n")).is_ok());
        assert_eq!(wrong("stroe = 'postgres://segel:rahasia@db/x'").split("unknown field").count(), 2);
        assert!(!wrong("stroe = 'postgres://segel:rahasia@db/x'").contains("rahasia"));
        assert!(wrong("stroe = 1").starts_with("FILE, line 4: unknown field `stroe`"), "{}", wrong("stroe = 1"));
        assert!(!wrong("listen = rahasia").contains("rahasia"));
        assert_eq!(
            wrong("trusted_proxies = ['x']"),
            "trusted_proxies: \"x\" is neither an address nor a network like 10.0.0.0/8"
        );
        assert_eq!(wrong("[origins]\nKecil = []"), "origins: \"Kecil\" is not a form's name");
        assert_eq!(
            wrong("[origins]\nkecil = ['*']"),
            "origins.kecil: \"*\" is not an origin like https://toko.example"
        );
        assert_eq!(wrong("connections = 0"), "connections must be at least 1");
        assert_eq!(wrong("work_bits = 21"), "work_bits must be at most 20");
        assert!(wrong("work_bits = -1").starts_with("FILE, line 4: "), "{}", wrong("work_bits = -1"));
        assert_eq!(wrong("body_bytes = 5"), "body_bytes must be at least 1048576");
    }

    #[test]
    fn every_setting_is_in_the_published_table_with_its_flag_and_variable() {
        use clap::Args as _;
        let table = include_str!("OPERATING.md");
        for argument in Settings::augment_args(clap::Command::new("settings")).get_arguments() {
            let (name, flag) = (argument.get_id().as_str(), argument.get_long().unwrap());
            let variable = argument.get_env().unwrap().to_str().unwrap();
            assert_eq!(
                (flag.replace('-', "_").as_str(), variable),
                (name, format!("SEGEL_{}", name.to_uppercase()).as_str())
            );
            let row = format!("\n| `{name}` | `--{flag}` | `{variable}` | ");
            assert!(table.contains(&row), "{row}");
        }
        let limits = Limits::default();
        let Limits { rate_form, rate_network, work_bits, work_above, .. } = limits;
        let Limits { connections, body_bytes, submission_bytes, reserve_bytes, .. } = limits;
        for (name, value) in [
            ("rate_form", rate_form.into()),
            ("rate_network", rate_network.into()),
            ("work_bits", work_bits.into()),
            ("work_above", work_above.into()),
            ("connections", connections as u64),
            ("body_bytes", body_bytes as u64),
            ("submission_bytes", submission_bytes),
            ("reserve_bytes", reserve_bytes),
        ] {
            let row = table.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap();
            assert!(row.ends_with(&format!("| {value} |")), "{row}");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }
}

//! The line to PostgreSQL: encrypted and to the database that is meant, or plain where nobody stands between.
//!
//! Threat: whoever listens between server and database reads the password and who registered when; whoever can speak there can be the database. So
//! TLS here always verifies the certificate and the name in it, a refusal is never answered by speaking plainly, and plain is only what stays on
//! this machine or what an operator says.

use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::pin::Pin;
use std::str::FromStr as _;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, InvalidDnsNameError, ServerName};
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};
use tokio_rustls::{TlsConnector, client};

use super::{OpenError, PostgresUrl};

/// How a database is reached.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(super) config: Config,
    /// Nothing if it is plain.
    pub(super) tls: Option<Encrypted>,
}

impl Line {
    /// Reads the address, and what its certificate is held against.
    ///
    /// # Errors
    /// [`OpenError`], which never repeats the address: it may hold a password.
    pub(crate) fn open(url: &PostgresUrl) -> Result<Self, OpenError> {
        let (mut config, wanted) = parse(&url.text).map_err(|wrong| OpenError::Postgres(wrong.to_owned()))?;
        let tls = match wanted {
            Wanted::Plain => None,
            Wanted::Encrypted => Some(Encrypted::trusting(url.roots.as_deref())?),
        };
        config.ssl_mode(if tls.is_some() { SslMode::Require } else { SslMode::Disable });
        Ok(Self { config, tls })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Plain,
    Encrypted,
}

/// Whether an address is one, and says clearly how it wants to be spoken to.
///
/// # Errors
/// A sentence that says what would be right.
pub(super) fn check(url: &str) -> Result<(), &'static str> {
    parse(url).map(drop)
}

/// `sslmode` is read here and not by the driver, whose `prefer` speaks plainly to whoever refuses.
fn parse(url: &str) -> Result<(Config, Wanted), &'static str> {
    let start = url.find('@').unwrap_or(0);
    let query = url[start..].find('?').map_or(url.len(), |at| start + at);
    let (address, words) = (&url[..query], url[query..].trim_start_matches('?'));
    let (modes, others): (Vec<&str>, Vec<&str>) =
        words.split('&').filter(|word| !word.is_empty()).partition(|word| word.starts_with("sslmode="));
    if others.iter().any(|word| word.starts_with("sslrootcert=")) {
        return Err("certificates of the database are named by store_roots, not by sslrootcert");
    }
    let config =
        Config::from_str(&format!("{address}?{}", others.join("&"))).map_err(|_| "not an address of PostgreSQL")?;
    let said = match modes[..] {
        [] => None,
        ["sslmode=disable"] => Some(Wanted::Plain),
        ["sslmode=require" | "sslmode=verify-full"] => Some(Wanted::Encrypted),
        _ => return Err("sslmode is one of verify-full, require (here the same) and disable"),
    };
    let wanted = said.unwrap_or(if is_near(&config) { Wanted::Plain } else { Wanted::Encrypted });
    if wanted == Wanted::Encrypted && config.get_hosts().iter().any(|host| matches!(host, Host::Unix(_))) {
        return Err(
            "a socket is on this machine and is never encrypted; leave sslmode out, and do not name it beside another host",
        );
    }
    Ok((config, wanted))
}

/// Whether what is said to this database stays on this machine.
fn is_near(config: &Config) -> bool {
    let loopback =
        |name: &str| name == "localhost" || IpAddr::from_str(name).is_ok_and(|address| address.is_loopback());
    let hosts = config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => loopback(name),
        Host::Unix(_) => true,
    });
    // An address beside the name is where it goes.
    match config.get_hostaddrs() {
        [] => hosts,
        addresses => addresses.iter().all(IpAddr::is_loopback),
    }
}

/// TLS to a database whose certificate verifies.
#[derive(Clone)]
pub(crate) struct Encrypted(Arc<ClientConfig>);

impl Encrypted {
    /// Believing in the certificates of that file; without one in those that this machine trusts.
    fn trusting(roots: Option<&Path>) -> Result<Self, OpenError> {
        let roots = match roots {
            Some(path) => read_roots(path)?,
            None => own_roots()?,
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.map_err(|error| OpenError::Postgres(error.to_string()))?;
        let mut config = config.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self(Arc::new(config)))
    }
}

fn read_roots(path: &Path) -> Result<RootCertStore, OpenError> {
    let wrong = |found: String| OpenError::Roots { path: path.to_owned(), found };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))? {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() { Err(wrong(String::from("there is no certificate in it"))) } else { Ok(roots) }
}

/// What cannot be read of the machine's is left out: one odd file among a hundred is no reason not to start.
fn own_roots() -> Result<RootCertStore, OpenError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(OpenError::NoRoots) } else { Ok(roots) }
}

impl std::fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Encrypted")
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> MakeTlsConnect<S> for Encrypted {
    type Stream = Stream<S>;
    type TlsConnect = Handshake;
    type Error = InvalidDnsNameError;

    fn make_tls_connect(&mut self, host: &str) -> Result<Handshake, InvalidDnsNameError> {
        let name = ServerName::try_from(host)?.to_owned();
        Ok(Handshake { connector: TlsConnector::from(Arc::clone(&self.0)), name })
    }
}

/// One that is about to begin.
pub(crate) struct Handshake {
    connector: TlsConnector,
    name: ServerName<'static>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> TlsConnect<S> for Handshake {
    type Stream = Stream<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move { self.connector.connect(self.name, stream).await.map(Stream) })
    }
}

/// What is said through it is encrypted.
pub(crate) struct Stream<S>(client::TlsStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Stream<S> {
    /// The certificate was verified; binding a password to it adds nothing.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Stream<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Stream<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(url: &str) -> Result<Wanted, &'static str> {
        parse(url).map(|(_, wanted)| wanted)
    }

    #[test]
    fn plain_is_what_stays_on_this_machine_or_what_somebody_says() {
        for near in [
            "postgres://segel@localhost/segel",
            "postgres://segel:a%3Fb@127.0.0.1:5433/segel?application_name=x",
            "postgres://segel@[::1]/segel",
            "postgres://segel@%2Frun%2Fpostgresql/segel",
            "postgres:///segel?host=/run/postgresql",
            "postgres://segel@db.example/segel?hostaddr=127.0.0.1",
            "postgresql://segel@localhost,127.0.0.2/segel",
        ] {
            assert_eq!(wanted(near), Ok(Wanted::Plain), "{near}");
        }
        for far in [
            "postgres://segel@db/segel",
            "postgres://segel:localhost@10.0.0.7/segel",
            "postgres://segel@localhost.example/segel",
            "postgres://segel@localhost,db/segel",
            "postgres://segel@localhost/segel?hostaddr=10.0.0.7",
            "postgres://segel@localhost/segel?sslmode=require",
            "postgres://segel@127.0.0.1/segel?connect_timeout=3&sslmode=verify-full",
        ] {
            assert_eq!(wanted(far), Ok(Wanted::Encrypted), "{far}");
        }
        assert_eq!(wanted("postgres://segel@db/segel?sslmode=disable"), Ok(Wanted::Plain));
    }

    #[test]
    fn what_would_be_plain_by_mistake_is_refused() {
        let modes = "sslmode is one of verify-full, require (here the same) and disable";
        for mode in ["prefer", "allow", "verify-ca", "", "Require", "disable&sslmode=require"] {
            assert_eq!(wanted(&format!("postgres://segel@db/segel?sslmode={mode}")), Err(modes), "{mode}");
        }
        let socket = wanted("postgres://segel@%2Frun/segel?sslmode=require").unwrap_err();
        assert!(socket.starts_with("a socket is on this machine"), "{socket}");
        assert!(wanted("postgres://segel@%2Frun,db/segel").unwrap_err().starts_with("a socket"));
        assert!(wanted("postgres://segel@db/segel?sslrootcert=x").unwrap_err().contains("store_roots"));
        for wrong in ["postgres://segel@db:x/segel", "postgres://segel@db/segel?colour=red"] {
            assert_eq!(wanted(wrong), Err("not an address of PostgreSQL"), "{wrong}");
        }
        // However it is spelled, the driver's own choice does not count.
        let url = PostgresUrl { text: String::from("postgres://segel@localhost/segel?ssl%6Dode=prefer"), roots: None };
        assert_eq!(Line::open(&url).unwrap().config.get_ssl_mode(), SslMode::Disable);
    }

    #[test]
    fn a_file_without_a_certificate_is_no_roots() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("roots.pem");
        let open = || {
            let url =
                PostgresUrl { text: String::from("postgres://segel:rahasia@db/segel"), roots: Some(path.clone()) };
            Line::open(&url).unwrap_err().to_string()
        };
        assert!(open().starts_with(path.to_str().unwrap()), "{}", open());
        for text in ["", "rahasia", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&path, text).unwrap();
            let error = open();
            assert!(error.starts_with(path.to_str().unwrap()) && !error.contains("rahasia"), "{error}");
        }
    }
}

//! TLS without a proxy: a certificate and its key, read again when they change.
//!
//! A handshake has the clock of a header, and its connection a place like any other. Only HTTP/1.1 is offered. Who has a proxy in front
//! needs none of this.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;

use tokio::sync::watch;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::app::App;

/// Where certificate and key are.
#[derive(Debug, Clone)]
pub(crate) struct TlsFiles {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

/// Why they cannot be used. None of them repeats a byte of the key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// Not PEM, or not there.
    #[error("{}: {error}", path.display())]
    Pem {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: pem::Error,
    },
    /// They do not go together, or are of a kind that is not known.
    #[error("{0}")]
    Rustls(#[from] rustls::Error),
}

/// What a connection begins with.
pub(crate) struct Tls {
    files: TlsFiles,
    /// How the files stood before they were read: what is replaced meanwhile is seen as a change.
    first: Stand,
    now: RwLock<TlsAcceptor>,
}

/// Time of change and length of both files.
type Stand = [Option<(SystemTime, u64)>; 2];

impl Tls {
    /// Reads both files.
    ///
    /// # Errors
    /// [`TlsError`].
    pub(crate) fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let first = files.stand();
        let now = RwLock::new(files.read()?);
        Ok(Self { files, first, now })
    }

    /// What is in force.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        self.now.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn renew(&self) -> Result<(), TlsError> {
        let new = self.files.read()?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }
}

impl TlsFiles {
    fn read(&self) -> Result<TlsAcceptor, TlsError> {
        let fault = |path: &Path| {
            let path = path.to_owned();
            move |error| TlsError::Pem { path, error }
        };
        let chain = CertificateDer::pem_file_iter(&self.certificate).map_err(fault(&self.certificate))?;
        let chain = chain.collect::<Result<Vec<_>, _>>().map_err(fault(&self.certificate))?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(fault(&self.key))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Whatever replaces a certificate changes this. The length tells a file that is half written from the whole, within one tick of its time.
    fn stand(&self) -> Stand {
        let of = |path: &Path| std::fs::metadata(path).and_then(|file| Ok((file.modified()?, file.len()))).ok();
        [of(&self.certificate), of(&self.key)]
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls(secret)")
    }
}

/// SIGHUP, heard from when this is made: before that it would end the program.
pub(crate) struct Hangup {
    #[cfg(unix)]
    told: Option<tokio::signal::unix::Signal>,
}

impl Hangup {
    /// Listens for it, whether or not there is a certificate to read again: an operator who says it ends nothing. To be made within the
    /// runtime.
    pub(crate) fn listen() -> Self {
        Self {
            #[cfg(unix)]
            told: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok(),
        }
    }

    async fn comes(&mut self) {
        #[cfg(unix)]
        if let Some(told) = &mut self.told {
            told.recv().await;
            return;
        }
        std::future::pending().await
    }
}

/// Reads the files again when they changed or somebody says SIGHUP. New ones that cannot be used are reported; the old stay in force.
pub(crate) async fn run(app: Arc<App>, mut hangup: Hangup, mut stop: watch::Receiver<bool>) {
    let Some(tls) = &app.tls else { return };
    let mut known = tls.first;
    loop {
        let asked = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = hangup.comes() => true,
            () = sleep(app.limits.tls_every) => false,
        };
        let found = tls.files.stand();
        if asked || found != known {
            known = found;
            match tls.renew() {
                Ok(()) => app.log.event("tls", "certificate", &"read again"),
                Err(error) => app.log.event("tls", "certificate", &error),
            }
        }
    }
}

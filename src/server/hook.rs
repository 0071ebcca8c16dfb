//! Telling somebody that something arrived: a program of the operator's is run, and what arrived is not told to it.
//!
//! Nobody who sends waits for it: what rings only leaves a note. However much arrives, one form rings once in a while, and a
//! program that hangs is ended.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use segel_core::id::FormName;
use segel_core::stamp::Taken;
use tokio::process::Command;
use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use crate::StartError;
use crate::app::App;

/// Notes of what arrived since the program was last run.
#[derive(Debug, Default)]
pub(crate) struct Bell {
    notes: Mutex<BTreeSet<(FormName, &'static str)>>,
    rung: Notify,
}

impl Bell {
    /// Something arrived for a form.
    pub(crate) fn ring(&self, form: &FormName, what: Taken) {
        let what = if what == Taken::Statement { "statement" } else { "submission" };
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).insert((form.clone(), what));
        self.rung.notify_one();
    }

    fn take(&self) -> BTreeSet<(FormName, &'static str)> {
        std::mem::take(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The program, if it can be run. A name without a folder is looked for where the system keeps programs.
///
/// # Errors
/// [`StartError::Hook`].
pub(crate) fn find(path: PathBuf) -> Result<PathBuf, StartError> {
    let bare = path.components().count() == 1 && path.is_relative();
    let folders = bare.then(|| std::env::var_os("PATH")).flatten().unwrap_or_default();
    let places = std::env::split_paths(&folders).map(|folder| folder.join(&path));
    let mut tried = places.chain((!bare).then(|| path.clone())).map(|place| runnable(&place));
    let there = |tried: &std::io::Result<()>| !tried.as_ref().is_err_and(|error| error.kind() == ErrorKind::NotFound);
    let none = || Err(std::io::Error::new(ErrorKind::NotFound, "there is no such program"));
    match tried.find(there).unwrap_or_else(none) {
        Ok(()) => Ok(path),
        Err(error) => Err(StartError::Hook { path, error }),
    }
}

fn runnable(place: &Path) -> std::io::Result<()> {
    let metadata = std::fs::metadata(place)?;
    #[cfg(unix)]
    let allowed = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let allowed = true;
    if metadata.is_file() && allowed { Ok(()) } else { Err(ErrorKind::PermissionDenied.into()) }
}

/// Runs the program when the bell rang, until the server stops.
pub(crate) async fn run(app: Arc<App>, program: PathBuf, mut stop: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = app.bell.rung.notified() => {}
        }
        for (form, what) in app.bell.take() {
            if let Err(why) = tell(&program, &form, what, &app).await {
                app.log.event("hook", form.as_str(), &why);
            }
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = sleep(app.limits.hook_every) => {}
        }
    }
}

/// The environment holds settings of ours, and maybe a password: the program gets none of it.
async fn tell(program: &Path, form: &FormName, what: &str, app: &App) -> Result<(), String> {
    let mut command = Command::new(program);
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.env("SEGEL_FORM", form.as_str()).env("SEGEL_WHAT", what);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let status = timeout(app.limits.hook_time, command.status()).await;
    match status {
        Err(_) => Err(String::from("took too long and was ended")),
        Ok(Err(error)) => Err(error.kind().to_string()),
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(status.to_string()),
    }
}

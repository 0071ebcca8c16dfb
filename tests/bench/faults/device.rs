//! A small disk of our own: an image file with a file system, mounted by a loop device.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Outcome;

/// A mounted image; taken away when dropped.
pub(crate) struct Device {
    folder: tempfile::TempDir,
}

impl Device {
    /// A reason where this cannot be done.
    pub(crate) fn new(megabytes: u64) -> Result<Self, Outcome> {
        let device = Self { folder: tempfile::tempdir().unwrap() };
        File::create(device.image()).unwrap().set_len(megabytes << 20).unwrap();
        std::fs::create_dir(device.place()).unwrap();
        let image = device.image();
        let made = run("mkfs.ext4", &["-q", "-F", image.to_str().unwrap()]).and_then(|()| device.mount());
        let reason = |why| {
            Outcome::Untried(format!("no disk of our own can be mounted, which needs root and a loop device ({why})"))
        };
        made.map(|()| device).map_err(reason)
    }

    /// Whether the file may be written to, also by who has it open.
    pub(crate) fn set_writable(&self, file: &str, writable: bool) -> Result<(), Outcome> {
        let file = self.place().join(file);
        let flag = if writable { "-i" } else { "+i" };
        run("chattr", &[flag, file.to_str().unwrap()])
            .map_err(|why| Outcome::Untried(format!("no file can be made read-only under a program ({why})")))
    }

    /// Where it is mounted.
    pub(crate) fn place(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    /// What the file system has handed to the device so far.
    pub(crate) fn copy(&self) -> PathBuf {
        let copy = self.folder.path().join("copy");
        run("cp", &["--sparse=always", self.image().to_str().unwrap(), copy.to_str().unwrap()]).unwrap();
        copy
    }

    /// Goes on with that copy, as after a power cut: what was only in memory is gone.
    pub(crate) fn go_on_with(&self, copy: &Path) {
        run("umount", &[self.place().to_str().unwrap()]).unwrap();
        std::fs::rename(copy, self.image()).unwrap();
        self.mount().unwrap();
    }

    fn mount(&self) -> Result<(), String> {
        run("mount", &["-o", "loop", self.image().to_str().unwrap(), self.place().to_str().unwrap()])
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = run("umount", &[self.place().to_str().unwrap()]);
    }
}

fn run(program: &str, words: &[&str]) -> Result<(), String> {
    let path = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin:/sbin";
    let output = Command::new(program).args(words).env("PATH", path).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(format!("{program}: {said}")) }
}

//! A small disk of our own: an image file with a file system, mounted by a loop device.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A mounted image; taken away when dropped.
pub(crate) struct Device {
    folder: tempfile::TempDir,
}

impl Device {
    /// Nothing, and a line that says why, where this cannot be done.
    pub(crate) fn new(name: &str, megabytes: u64) -> Option<Self> {
        let device = Self { folder: tempfile::tempdir().unwrap() };
        File::create(device.image()).unwrap().set_len(megabytes << 20).unwrap();
        std::fs::create_dir(device.place()).unwrap();
        let image = device.image();
        let made = run("mkfs.ext4", &["-q", "-F", image.to_str().unwrap()]).and_then(|()| device.mount());
        match made {
            Ok(()) => Some(device),
            Err(why) => {
                println!(
                    "{name}: SKIPPED, no disk of our own can be mounted here ({why}); it needs root and a loop device"
                );
                None
            }
        }
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

//! Reading and writing files. What is written appears whole under its name or not at all, readable by its owner only; what is read
//! is a regular file or standard input, of bounded size.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use crate::say::{Failure, Say, shown, words};

/// Reads a file of at most `max` bytes; `-` is standard input.
pub(crate) fn read(path: &Path, max: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = max as u64 + 1;
    let outcome = match is_dash(path) {
        true => io::stdin().lock().take(limit).read_to_end(&mut bytes),
        false => open_regular(path)?.take(limit).read_to_end(&mut bytes),
    };
    outcome.map_err(|error| Failure::file(path, &error))?;
    if bytes.len() > max {
        let path = shown(path);
        let kib = max / 1024;
        return Err(Failure::new(words!("{path}: lebih besar dari {kib} KiB", "{path}: larger than {kib} KiB")));
    }
    Ok(bytes)
}

/// Opens a regular file. A pipe or device could block for ever or never end.
pub(crate) fn open_regular(path: &Path) -> Result<File, Failure> {
    let metadata = fs::metadata(path).map_err(|error| Failure::file(path, &error))?;
    if !metadata.is_file() {
        let path = shown(path);
        return Err(Failure::new(words!("{path}: bukan berkas biasa", "{path}: not a regular file")));
    }
    File::open(path).map_err(|error| Failure::file(path, &error))
}

/// Who may read a file that we write.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum For {
    /// Its owner only, from the first byte.
    Owner,
    /// Everybody: what is public by its nature.
    All,
}

/// Writes a file that must not exist yet.
pub(crate) fn create(path: &Path, bytes: &[u8], readers: For) -> Result<(), Failure> {
    Draft::new(path)?.fill(bytes, readers)?.keep_as(path)
}

/// Writes a file; a regular file of that name is replaced, anything else is left alone.
pub(crate) fn replace(path: &Path, bytes: &[u8], readers: For) -> Result<(), Failure> {
    refuse_irregular(path)?;
    Draft::new(path)?.fill(bytes, readers)?.replace(path)
}

/// Refuses to write over anything but a regular file.
pub(crate) fn refuse_irregular(path: &Path) -> Result<(), Failure> {
    if fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        let path = shown(path);
        return Err(Failure::new(words!(
            "{path}: bukan berkas biasa, tidak ditimpa",
            "{path}: not a regular file, left alone"
        )));
    }
    Ok(())
}

/// A file to be, in the final folder, mode 0600 from its first byte. It has no name at all where the system can do that, so that a
/// run that is killed leaves no plaintext; else a temporary one, gone when dropped.
pub(crate) struct Draft {
    target: PathBuf,
    file: BufWriter<File>,
    name: Option<PathBuf>,
}

impl Draft {
    pub(crate) fn new(target: &Path) -> Result<Self, Failure> {
        if target.as_os_str().as_encoded_bytes().ends_with(b"/") {
            let name = shown(target);
            return Err(Failure::Usage(
                words!(
                    "{name}: nama folder; yang diminta nama berkas",
                    "{name}: a folder's name; a file's is wanted here"
                ),
                Some(words!("misalnya {name}berkas", "for example {name}file")),
            ));
        }
        if let Some(file) = nameless(&folder_of(target)) {
            return Ok(Self { target: target.to_path_buf(), file: BufWriter::new(file), name: None });
        }
        Self::named(target)
    }

    fn named(target: &Path) -> Result<Self, Failure> {
        let path = temporary(target);
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file = file.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => no_folder(&folder_of(target)),
            _ => Failure::file(target, &error),
        })?;
        Ok(Self { target: target.to_path_buf(), file: BufWriter::new(file), name: Some(path) })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.file.write_all(bytes).map_err(|error| Failure::file(&self.target, &error))
    }

    /// Makes the bytes durable and gives the file its name, which must not be taken.
    pub(crate) fn keep_as(mut self, target: &Path) -> Result<(), Failure> {
        self.sync()?;
        let named = match &self.name {
            None => link(self.file.get_ref(), target),
            Some(name) => rename_new(name, target),
        };
        named.map_err(|error| Failure::file(target, &error))?;
        sync_folder(target);
        Ok(())
    }

    /// The same in the place of a file of that name.
    pub(crate) fn replace(mut self, target: &Path) -> Result<(), Failure> {
        self.sync()?;
        let failed = |error: io::Error| Failure::file(target, &error);
        if self.name.is_none() {
            let name = temporary(target);
            link(self.file.get_ref(), &name).map_err(failed)?;
            self.name = Some(name);
        }
        if let Some(name) = &self.name {
            fs::rename(name, target).map_err(failed)?;
        }
        self.name = None;
        sync_folder(target);
        Ok(())
    }

    fn fill(mut self, bytes: &[u8], readers: For) -> Result<Self, Failure> {
        self.write(bytes)?;
        if readers == For::All {
            let opened = self.file.get_ref().set_permissions(fs::Permissions::from_mode(0o644));
            opened.map_err(|error| Failure::file(&self.target, &error))?;
        }
        Ok(self)
    }

    fn sync(&mut self) -> Result<(), Failure> {
        let synced = self.file.flush().and_then(|()| self.file.get_ref().sync_all());
        synced.map_err(|error| Failure::file(&self.target, &error))
    }
}

impl io::Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            let _ = fs::remove_file(name);
        }
    }
}

fn temporary(target: &Path) -> PathBuf {
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    folder_of(target).join(format!(".{name}.{}.tmp", std::process::id()))
}

/// A file without a name, where folder and system can have one.
#[cfg(target_os = "linux")]
fn nameless(folder: &Path) -> Option<File> {
    use rustix::fs::{Mode, OFlags, open};
    let file = open(folder, OFlags::TMPFILE | OFlags::WRONLY | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR).ok()?;
    // Without /proc it could not be named afterwards.
    Path::new("/proc/self/fd").is_dir().then(|| File::from(file))
}

#[cfg(not(target_os = "linux"))]
fn nameless(_: &Path) -> Option<File> {
    None
}

#[cfg(target_os = "linux")]
fn link(file: &File, target: &Path) -> io::Result<()> {
    use rustix::fs::{AtFlags, CWD, linkat};
    use std::os::fd::AsRawFd as _;
    let source = format!("/proc/self/fd/{}", file.as_raw_fd());
    Ok(linkat(CWD, source, CWD, target, AtFlags::SYMLINK_FOLLOW)?)
}

#[cfg(not(target_os = "linux"))]
fn link(_: &File, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Renames to a name that must not be taken, whatever happened since anybody looked.
#[cfg(target_os = "linux")]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

#[cfg(not(target_os = "linux"))]
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)?;
    fs::remove_file(from)
}

/// Gives a finished file its name, which must not be taken.
pub(crate) fn keep(draft: &Path, target: &Path) -> Result<(), Failure> {
    rename_new(draft, target).map_err(|error| Failure::file(target, &error))?;
    sync_folder(target);
    Ok(())
}

/// The same in the place of a file of that name.
pub(crate) fn put(draft: &Path, target: &Path) -> Result<(), Failure> {
    fs::rename(draft, target).map_err(|error| Failure::file(target, &error))?;
    sync_folder(target);
    Ok(())
}

/// Makes a folder and those above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => no_folder(path),
        _ => Failure::file(path, &error),
    })
}

fn no_folder(path: &Path) -> Failure {
    let name = shown(path);
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Failure::hinted(
            words!("{name}: folder itu tidak ada", "{name}: there is no such folder"),
            words!("buat dulu: mkdir {name}", "make it first: mkdir {name}"),
        ),
        _ => Failure::hinted(
            words!("{name}: bukan folder", "{name}: not a folder"),
            words!("beri nama folder, yang ada atau yang baru", "give the name of a folder, old or new"),
        ),
    }
}

/// Keeps other runs from a folder's small files until it is dropped: who reads one, changes it and writes it back does that alone. Given
/// back by the system when a run is killed.
pub(crate) struct Alone(#[expect(dead_code, reason = "held, not read")] Option<File>);

impl Alone {
    /// Waits for whoever is at it. Where folders cannot be locked, as over some networks, it goes on without: what a customer asked for must
    /// be written down.
    pub(crate) fn with(say: &mut Say, file: &Path) -> Self {
        let folder = folder_of(file);
        match File::open(&folder).and_then(|handle| handle.lock().map(|()| handle)) {
            Ok(handle) => Self(Some(handle)),
            Err(error) => {
                let name = shown(&folder);
                say.warn(words!(
                    "{name}: tidak dapat dikunci ({error}); jangan jalankan dua segel sekaligus di sini",
                    "{name}: cannot be locked ({error}); do not run two segel at once here"
                ));
                Self(None)
            }
        }
    }
}

/// Refuses an output that is also an input.
pub(crate) fn refuse_same(output: &Path, inputs: &[&Path]) -> Result<(), Failure> {
    if inputs.iter().any(|input| is_same(output, input)) {
        let path = shown(output);
        return Err(Failure::Usage(
            words!("{path} adalah masukan dan keluaran sekaligus", "{path} is input and output at once"),
            Some(words!("pilih nama lain untuk hasilnya", "choose another name for what is written")),
        ));
    }
    Ok(())
}

/// Whether two names are of one file, be it there already or not.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let identity = |path: &Path| fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()));
    let place = |path: &Path| {
        let folder = folder_of(path);
        (fs::canonicalize(&folder).unwrap_or(folder), path.file_name().map(ToOwned::to_owned))
    };
    match (identity(one), identity(other)) {
        (Some(one), Some(other)) => one == other,
        (None, None) => !is_dash(one) && place(one) == place(other),
        _ => false,
    }
}

/// Warns if others on the machine can read a secret file, or put another one in its place.
pub(crate) fn warn_if_exposed(say: &mut Say, path: &Path) {
    let mode = |path: &Path| fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    let (file, folder) = (mode(path), mode(&folder_of(path)));
    let name = shown(path);
    if file & 0o077 != 0 {
        say.warn(words!(
            "{name} dapat dibaca orang lain di komputer ini",
            "{name} can be read by others on this machine"
        ));
        say.hint(words!("jalankan: chmod 600 {name}", "run: chmod 600 {name}"));
    }
    // The sticky bit (/tmp) keeps others from replacing the file.
    if folder & 0o002 != 0 && folder & 0o1000 == 0 {
        let folder = shown(&folder_of(path));
        say.warn(words!("siapa pun dapat mengganti berkas di {folder}", "anybody can replace files in {folder}"));
        say.hint(words!("jalankan: chmod o-w {folder}", "run: chmod o-w {folder}"));
    }
}

pub(crate) fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// A name is durable once its folder is; where a folder cannot be synced the file itself still was.
fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test that cannot go on has failed")]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    }

    fn draft(target: &Path, named: bool) -> Draft {
        let draft = if named { Draft::named(target) } else { Draft::new(target) };
        let mut draft = draft.ok().expect("a draft");
        assert!(draft.write(b"new").is_ok());
        draft
    }

    /// Folders on a stick or over a network cannot have files without a name.
    #[test]
    fn with_a_temporary_name_or_without_one_a_file_appears_whole_or_not_at_all() {
        for named in [true, false] {
            let folder = tempfile::tempdir().expect("a folder");
            let target = folder.path().join("all.csv");
            drop(draft(&target, named));
            assert!(names(folder.path()).is_empty(), "what is not kept is gone");
            assert!(draft(&target, named).keep_as(&target).is_ok());
            assert_eq!(fs::read(&target).ok().as_deref(), Some(&b"new"[..]));
            let mode = fs::metadata(&target).map(|metadata| metadata.permissions().mode() & 0o777);
            assert_eq!(mode.ok(), Some(0o600));
            assert!(fs::write(&target, "old").is_ok());
            assert!(draft(&target, named).keep_as(&target).is_err(), "a name that is taken stays taken");
            assert_eq!(fs::read(&target).ok().as_deref(), Some(&b"old"[..]));
            assert!(draft(&target, named).replace(&target).is_ok());
            assert_eq!(fs::read(&target).ok().as_deref(), Some(&b"new"[..]));
            assert_eq!(names(folder.path()), ["all.csv"]);
        }
    }

    #[test]
    fn a_partial_file_is_written_by_one_run_at_a_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(".daftar.pull");
        let first = crate::partial::Partial::open(path.clone());
        assert!(first.is_ok());
        assert!(crate::partial::Partial::open(path.clone()).is_err());
        drop(first);
        assert!(crate::partial::Partial::open(path).is_ok());
    }
}

//! The published forms of one folder, each verified before it is served.
//!
//! A new version is served from the next request on: each request compares the file's stamp with the one that was read. A
//! file that is broken is reported once and the version before it keeps serving, so that a slip at the owner's desk does not
//! close the shop.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use segel_core::Form;
use segel_core::form::FormError;
use segel_core::id::FormName;
use segel_core::limits;

use crate::log::Log;

/// A folder of published forms.
#[derive(Debug)]
pub(crate) struct Forms {
    folder: PathBuf,
    largest: u64,
    known: Mutex<BTreeMap<FormName, Entry>>,
}

/// Why a file of the folder is not served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FormFault {
    /// The file cannot be read.
    #[error("{0}")]
    Io(#[from] std::io::Error),
    /// The name is not `NAME.segel` with the grammar of FORMAT §1.2.
    #[error("not a form's file name; small letters, digits and - are allowed")]
    FileName,
    /// The content is not a published form whose signature verifies.
    #[error("{0}")]
    Form(#[from] FormError),
    /// The form inside has another name than the file.
    #[error("the form inside is called {inside}")]
    OtherName {
        /// What it is called.
        inside: FormName,
    },
    /// One submission may be larger than this server takes.
    #[error("allows submissions of {wanted} bytes; this server takes at most {most}")]
    TooLarge {
        /// What the form allows.
        wanted: u64,
        /// What the server takes.
        most: u64,
    },
}

impl Forms {
    /// Reads the folder once; files that cannot be served are returned with their names.
    ///
    /// # Errors
    /// If the folder itself cannot be read.
    pub(crate) fn open(folder: &Path, largest: u64) -> std::io::Result<(Self, Vec<(String, FormFault)>)> {
        let forms = Self { folder: folder.to_owned(), largest, known: Mutex::default() };
        let mut faults = Vec::new();
        for entry in fs::read_dir(folder)? {
            let file = entry?.file_name().to_string_lossy().into_owned();
            let Some(stem) = file.strip_suffix(SUFFIX) else { continue };
            let read = FormName::parse(stem).map_err(|_| FormFault::FileName).and_then(|name| forms.read(&name));
            if let Err(fault) = read {
                faults.push((file, fault));
            }
        }
        Ok((forms, faults))
    }

    /// How many forms are served.
    pub(crate) fn len(&self) -> usize {
        self.known().values().filter(|entry| entry.form.is_some()).count()
    }

    /// Whether there was such a form when last somebody looked.
    pub(crate) fn has(&self, name: &FormName) -> bool {
        self.known().get(name).is_some_and(|entry| entry.form.is_some())
    }

    /// The form published under that name at this moment.
    pub(crate) fn find(&self, name: &FormName, log: &Log) -> Option<Arc<Form>> {
        let stamp = match fs::metadata(self.path(name)) {
            Ok(metadata) => Stamp::of(&metadata),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.known().remove(name);
                return None;
            }
            Err(_) => return self.known().get(name).and_then(|entry| entry.form.clone()),
        };
        if let Some(entry) = self.known().get(name)
            && entry.stamp == stamp
        {
            return entry.form.clone();
        }
        match self.read(name) {
            Ok(form) => Some(form),
            Err(fault) => {
                log.event("form_broken", &[name.as_str(), SUFFIX].concat(), &fault);
                self.known().get(name).and_then(|entry| entry.form.clone())
            }
        }
    }

    /// Reads the file and remembers the outcome. The stamp is taken first: a change while reading shows as another stamp.
    fn read(&self, name: &FormName) -> Result<Arc<Form>, FormFault> {
        let path = self.path(name);
        let stamp = Stamp::of(&fs::metadata(&path)?);
        let form = self.load(name, &path);
        let mut known = self.known();
        let entry = known.entry(name.clone()).or_default();
        entry.stamp = stamp;
        if let Ok(form) = &form {
            entry.form = Some(Arc::clone(form));
        }
        form
    }

    fn load(&self, name: &FormName, path: &Path) -> Result<Arc<Form>, FormFault> {
        let mut bytes = Vec::new();
        File::open(path)?.take(limits::FORM_BYTES as u64 + 1).read_to_end(&mut bytes)?;
        let form = Form::parse(&bytes)?;
        if form.name() != name {
            return Err(FormFault::OtherName { inside: form.name().clone() });
        }
        let wanted = form.max_envelope();
        if wanted > self.largest {
            return Err(FormFault::TooLarge { wanted, most: self.largest });
        }
        Ok(Arc::new(form))
    }

    fn path(&self, name: &FormName) -> PathBuf {
        self.folder.join([name.as_str(), SUFFIX].concat())
    }

    fn known(&self) -> std::sync::MutexGuard<'_, BTreeMap<FormName, Entry>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was read of a file: without a form if it never was a good one.
#[derive(Debug, Default)]
struct Entry {
    stamp: Stamp,
    form: Option<Arc<Form>>,
}

/// What changes when a file does. The inode tells two files apart that were written within one tick of the clock.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

impl Stamp {
    fn of(metadata: &Metadata) -> Self {
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(metadata);
        #[cfg(not(unix))]
        let inode = 0;
        Self { modified: metadata.modified().ok(), length: metadata.len(), inode }
    }
}

/// File names end with it; the paths of forms do too.
pub(crate) const SUFFIX: &str = ".segel";

//! The published forms of one folder, each verified before it is served.
//!
//! A new version is served from the next request on: each request compares the file's stamp with the one that was read. A
//! file that is broken is reported once and the version before it keeps serving, so that a slip at the owner's desk does not
//! close the shop. A version that was announced (`NAME.segel.next`, FORMAT §5.5) is served from its own first moment on. The versions before,
//! which `segel publish` keeps beside it (`NAME-VERSION.segel`), may be there and are passed over.

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
use segel_core::time::Time;

use crate::log::Log;

/// A folder of published forms.
#[derive(Debug)]
pub(crate) struct Forms {
    folder: PathBuf,
    largest: u64,
    known: Mutex<BTreeMap<FormName, Entry>>,
    /// Versions that are announced, by the form they will replace.
    announced: Mutex<BTreeMap<FormName, Entry>>,
}

/// Which of a form's files.
#[derive(Clone, Copy)]
enum Which {
    Current,
    Announced,
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
    /// A version that its owner kept, `NAME-VERSION.segel`. Nobody needs to hear of it.
    #[error("version {version} of {inside}, as segel publish keeps it")]
    Kept {
        /// What the form is called.
        inside: FormName,
        /// Which version.
        version: u32,
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

/// Why an announced version will never be served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Idle {
    /// Only a form that is served can be replaced.
    #[error("an announced version of a form that is not served")]
    Alone,
    /// Somebody else's word does not count.
    #[error("announced by another owner than that of the form that is served")]
    OtherOwner,
    /// Mostly because a later one was published since.
    #[error("announced is version {announced}, and version {current} is served already")]
    NotLater {
        /// Which version was announced.
        announced: u32,
        /// Which is served.
        current: u32,
    },
}

impl Idle {
    fn find(current: Option<&Form>, announced: &Form) -> Option<Self> {
        let Some(current) = current else { return Some(Self::Alone) };
        if announced.owner() != current.owner() {
            return Some(Self::OtherOwner);
        }
        let (announced, current) = (announced.version(), current.version());
        (announced <= current).then_some(Self::NotLater { announced, current })
    }
}

impl Forms {
    /// Reads the folder once; files that cannot be served are returned with their names.
    ///
    /// # Errors
    /// If the folder itself cannot be read.
    pub(crate) fn open(folder: &Path, largest: u64) -> std::io::Result<(Self, Vec<(String, FormFault)>)> {
        let forms = Self { folder: folder.to_owned(), largest, known: Mutex::default(), announced: Mutex::default() };
        let mut faults = Vec::new();
        for entry in fs::read_dir(folder)? {
            let file = entry?.file_name().to_string_lossy().into_owned();
            let (stem, which) = match (file.strip_suffix(Which::Announced.suffix()), file.strip_suffix(SUFFIX)) {
                (Some(stem), _) => (stem, Which::Announced),
                (None, Some(stem)) => (stem, Which::Current),
                (None, None) => continue,
            };
            let name = FormName::parse(stem).map_err(|_| FormFault::FileName);
            match name.and_then(|name| forms.read(&name, which)) {
                Ok(_) | Err(FormFault::Kept { .. }) => {}
                Err(fault) => faults.push((file, fault)),
            }
        }
        Ok((forms, faults))
    }

    /// How many forms are served.
    pub(crate) fn len(&self) -> usize {
        self.kept(Which::Current).values().filter(|entry| entry.form.is_some()).count()
    }

    /// Whether there was such a form when last somebody looked.
    pub(crate) fn has(&self, name: &FormName) -> bool {
        self.kept(Which::Current).get(name).is_some_and(|entry| entry.form.is_some())
    }

    /// The form published under that name at `now`: the announced version, once its time has come, if the same owner signed it and it is later.
    pub(crate) fn find(&self, name: &FormName, now: Option<Time>, log: &Log) -> Option<Arc<Form>> {
        let current = self.look(name, Which::Current, log)?;
        let Some(announced) = self.look(name, Which::Announced, log) else { return Some(current) };
        if let Some(idle) = Idle::find(Some(&current), &announced) {
            if self.is_news(name) {
                log.event("form_idle", &[name.as_str(), Which::Announced.suffix()].concat(), &idle);
            }
            return Some(current);
        }
        let has_come = now.is_some_and(|now| announced.not_before() <= now);
        Some(if has_come { announced } else { current })
    }

    /// Announced versions that will never be served as things are, by their files, and why; whoever asks tells of them.
    pub(crate) fn idle(&self) -> Vec<(String, Idle)> {
        let (current, mut announced) = (self.kept(Which::Current), self.kept(Which::Announced));
        let of = |name: &FormName| current.get(name).and_then(|entry| entry.form.as_deref());
        let idle = announced.iter_mut().filter_map(|(name, entry)| {
            let idle = Idle::find(of(name), entry.form.as_deref()?)?;
            entry.told = true;
            Some(([name.as_str(), Which::Announced.suffix()].concat(), idle))
        });
        idle.collect()
    }

    /// Whether nobody was told of this announced version.
    fn is_news(&self, name: &FormName) -> bool {
        let mut announced = self.kept(Which::Announced);
        announced.get_mut(name).is_some_and(|entry| !std::mem::replace(&mut entry.told, true))
    }

    /// What one of a form's files says at this moment.
    fn look(&self, name: &FormName, which: Which, log: &Log) -> Option<Arc<Form>> {
        let stamp = match fs::metadata(self.path(name, which)) {
            Ok(metadata) => Stamp::of(&metadata),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                self.kept(which).remove(name);
                return None;
            }
            Err(_) => return self.kept(which).get(name).and_then(|entry| entry.form.clone()),
        };
        if let Some(entry) = self.kept(which).get(name)
            && entry.stamp == stamp
        {
            return entry.form.clone();
        }
        match self.read(name, which) {
            Ok(form) => Some(form),
            Err(FormFault::Kept { .. }) => None,
            Err(fault) => {
                log.event("form_broken", &[name.as_str(), which.suffix()].concat(), &fault);
                self.kept(which).get(name).and_then(|entry| entry.form.clone())
            }
        }
    }

    /// Reads the file and remembers the outcome. The stamp is taken first: a change while reading shows as another stamp.
    fn read(&self, name: &FormName, which: Which) -> Result<Arc<Form>, FormFault> {
        let path = self.path(name, which);
        let stamp = Stamp::of(&fs::metadata(&path)?);
        let form = self.load(name, &path);
        let mut kept = self.kept(which);
        let entry = kept.entry(name.clone()).or_default();
        entry.stamp = stamp;
        entry.told = false;
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
            let (inside, version) = (form.name().clone(), form.version());
            if name.as_str() == format!("{inside}-{version}") {
                return Err(FormFault::Kept { inside, version });
            }
            return Err(FormFault::OtherName { inside });
        }
        let wanted = form.max_envelope();
        if wanted > self.largest {
            return Err(FormFault::TooLarge { wanted, most: self.largest });
        }
        Ok(Arc::new(form))
    }

    fn path(&self, name: &FormName, which: Which) -> PathBuf {
        self.folder.join([name.as_str(), which.suffix()].concat())
    }

    fn kept(&self, which: Which) -> std::sync::MutexGuard<'_, BTreeMap<FormName, Entry>> {
        let kept = match which {
            Which::Current => &self.known,
            Which::Announced => &self.announced,
        };
        kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Which {
    const fn suffix(self) -> &'static str {
        match self {
            Self::Current => SUFFIX,
            Self::Announced => ".segel.next",
        }
    }
}

/// What was read of a file: without a form if it never was a good one.
#[derive(Debug, Default)]
struct Entry {
    stamp: Stamp,
    form: Option<Arc<Form>>,
    /// The log says that it will never be served.
    told: bool,
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

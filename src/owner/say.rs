//! How the program speaks. Results go to standard output and are for programs too; everything else goes to standard error:
//! lower case, no full stop, a cause, then a hint on its own line. No other file prints or chooses a stream.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;

use crate::args::Lang;
use crate::escape::escape;

/// A sentence in both languages.
pub(crate) struct Words {
    pub(crate) id: String,
    pub(crate) en: String,
}

/// Both sentences of a [`Words`], with what stands around in scope.
macro_rules! words {
    ($id:literal, $en:literal $(,)?) => {
        $crate::say::Words { id: format!($id), en: format!($en) }
    };
    ($id:literal, $en:literal, $of_id:expr, $of_en:expr $(,)?) => {
        $crate::say::Words { id: format!($id, $of_id), en: format!($en, $of_en) }
    };
}
pub(crate) use words;

/// Why a command did nothing.
pub(crate) enum Failure {
    /// A cause and a hint.
    Cause(Words, Option<Words>),
    /// The command line asks for what cannot be.
    Usage(Words, Option<Words>),
    /// The reader of our output went away.
    BrokenPipe,
}

impl Failure {
    pub(crate) fn new(cause: Words) -> Self {
        Self::Cause(cause, None)
    }

    pub(crate) fn hinted(cause: Words, hint: Words) -> Self {
        Self::Cause(cause, Some(hint))
    }

    /// A failed file operation, with the file's name.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::BrokenPipe;
        }
        let path = shown(path);
        let cause = match error.kind() {
            io::ErrorKind::NotFound => words!("{path}: tidak ada", "{path}: there is no such file"),
            io::ErrorKind::PermissionDenied => words!("{path}: tidak diizinkan", "{path}: not permitted"),
            io::ErrorKind::AlreadyExists => {
                words!("{path}: sudah ada, tidak ditimpa", "{path}: exists already and is not overwritten")
            }
            io::ErrorKind::IsADirectory => {
                words!("{path}: ini folder, bukan berkas", "{path}: is a folder, not a file")
            }
            io::ErrorKind::StorageFull => words!("{path}: penyimpanan penuh", "{path}: no space left"),
            _ => words!("{path}: {error}", "{path}: {error}"),
        };
        Self::new(cause)
    }
}

/// The two streams and the language.
pub(crate) struct Say {
    lang: Lang,
    out: io::BufWriter<io::Stdout>,
}

impl Say {
    pub(crate) fn new(lang: Option<Lang>) -> Self {
        Self { lang: lang.unwrap_or_else(locale), out: io::BufWriter::new(io::stdout()) }
    }

    /// The sentence in the language of this run.
    pub(crate) fn pick(&self, words: Words) -> String {
        match self.lang {
            Lang::Id => words.id,
            Lang::En => words.en,
        }
    }

    /// A result, as it stands: a line feed is the caller's.
    pub(crate) fn result(&mut self, text: &str) -> Result<(), Failure> {
        self.out
            .write_all(text.as_bytes())
            .and_then(|()| self.out.flush())
            .map_err(|error| Failure::file(Path::new("-"), &error))
    }

    /// A line about what was done.
    pub(crate) fn note(&mut self, words: Words) {
        let line = self.pick(words);
        // If standard error is gone there is nobody left to tell.
        let _ = writeln!(io::stderr(), "{line}");
    }

    pub(crate) fn warn(&mut self, words: Words) {
        let (mark, line) = (self.pick(words!("peringatan", "warning")), self.pick(words));
        let _ = writeln!(io::stderr(), "{mark}: {line}");
    }

    pub(crate) fn hint(&mut self, words: Words) {
        let (mark, line) = (self.pick(words!("petunjuk", "hint")), self.pick(words));
        let _ = writeln!(io::stderr(), "{mark}: {line}");
    }

    pub(crate) fn failure(&mut self, failure: &Failure) {
        let (Failure::Cause(cause, hint) | Failure::Usage(cause, hint)) = failure else { return };
        let both = |words: &Words| Words { id: words.id.clone(), en: words.en.clone() };
        let (mark, line) = (self.pick(words!("galat", "error")), self.pick(both(cause)));
        let _ = writeln!(io::stderr(), "{mark}: {line}");
        if let Some(hint) = hint {
            self.hint(both(hint));
        }
    }

    /// Asks for a passphrase without showing it; `None` where nobody can be asked.
    pub(crate) fn ask_secret(&self, words: Words) -> Option<io::Result<String>> {
        if !io::stdin().is_terminal() {
            return None;
        }
        Some(rpassword::prompt_password(format!("{}: ", self.pick(words))))
    }
}

/// A path as it may be printed.
pub(crate) fn shown(path: &Path) -> String {
    escape(&path.to_string_lossy())
}

fn locale() -> Lang {
    let set = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().filter_map(|name| std::env::var(name).ok());
    match set.into_iter().find(|value| !value.is_empty()) {
        Some(value) if value.starts_with("id") => Lang::Id,
        _ => Lang::En,
    }
}

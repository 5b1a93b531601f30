//! The data folder that a command works on, and what opens it.

use std::io::{BufRead, IsTerminal};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, Result, bail};
use baro_node::control::Client;
use baro_node::folder::{self, Folder};
use baro_node::store::Database;
use baro_node::vault::{DataKey, Given, Kind, Secret, VaultError};
use zeroize::Zeroizing;

use crate::args::Global;
use crate::bundle;
use crate::door::now;

/// The environment's word for a key file.
const KEY_FILE: &str = "BARO_KEY_FILE";

/// A data folder. What opens it is asked for once, when it is first needed.
#[derive(Clone, Debug)]
pub(crate) struct Data {
    path: PathBuf,
    key_file: Option<PathBuf>,
    stdin: bool,
    pin_stdin: bool,
    begin: Option<Kind>,
    key: Arc<OnceLock<DataKey>>,
}

impl Deref for Data {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl Data {
    /// The data folder that the options name, else the platform's.
    pub(crate) fn of(global: &Global) -> Result<Self> {
        let path = match &global.data {
            Some(path) if path.as_os_str().is_empty() => bail!("--data (or BARO_DATA) is empty"),
            Some(path) => path.clone(),
            None => directories::ProjectDirs::from("", "", "baro")
                .map(|dirs| dirs.data_dir().to_owned())
                .context("this system names no folder for data: give one with --data DIR")?,
        };
        let key_file = global.key_file.clone().or_else(Self::key_file_of_environment);
        let stdin = global.unlock_stdin;
        let pin_stdin = global.pin_stdin;
        Ok(Self { path, key_file, stdin, pin_stdin, begin: None, key: Arc::default() })
    }

    /// The key file that the environment names.
    pub(crate) fn key_file_of_environment() -> Option<PathBuf> {
        std::env::var_os(KEY_FILE).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// As it is, but opened by this key file, or by none.
    pub(crate) fn with_key_file(mut self, key_file: Option<PathBuf>) -> Self {
        self.key_file = key_file;
        self
    }

    /// As it is; if it is new, it will be locked by a PIN or passphrase that is asked for.
    pub(crate) fn begun_with(mut self, kind: Option<Kind>) -> Self {
        self.begin = kind;
        self
    }

    /// Opens the folder, which this process has locked, or says why it does not open.
    pub(crate) fn unlock(&self, folder: &Folder) -> Result<DataKey> {
        if let Some(key) = self.key.get() {
            return Ok(key.clone());
        }
        let is_new = !baro_node::vault::Vault::of(&self.path).has_slots();
        let begin = self.begin.filter(|_| is_new).map(|kind| self.choose(kind)).transpose()?;
        let bar = bundle::progress();
        let mut hear = |done, total| {
            bar.set_length(total);
            bar.set_position(done);
        };
        let key = self.with_given(begin, |given| folder.unlock(given, now(), &mut hear));
        bar.finish_and_clear();
        let key = key?;
        Ok(self.key.get_or_init(|| key).clone())
    }

    /// What is given to open it.
    pub(crate) fn with_given<T>(
        &self,
        begin: Option<Secret>,
        work: impl FnOnce(&mut Given<'_>) -> T,
    ) -> T {
        let mut ask = |kinds: &[Kind]| self.ask(kinds);
        work(&mut Given { key_file: self.key_file.clone(), ask: &mut ask, begin })
    }

    /// What opens its files: the running node says it, else the folder is unlocked.
    pub(crate) fn key(&self) -> Result<DataKey> {
        if let Some(key) = self.key.get() {
            return Ok(key.clone());
        }
        let mut running = Client::connect(self);
        if running.is_none() {
            let mut instead = || {
                running = Client::connect(self);
                running.is_some()
            };
            if let Some(folder) = Folder::lock(self, &mut instead)? {
                return self.unlock(&folder);
            }
        }
        let key = running.context("the running node went away; try again")?.key()?;
        Ok(self.key.get_or_init(|| key).clone())
    }

    /// Its database and blobs, to be read beside a running node.
    pub(crate) fn database(&self) -> Result<Database> {
        Ok(folder::database(self, &self.key()?))
    }

    /// As when the folder is opened: a PIN or passphrase, asked for or piped in.
    pub(crate) fn asked(&self, kinds: &[Kind]) -> Result<Option<Zeroizing<String>>> {
        Ok(self.ask(kinds)?)
    }

    /// Asks whoever sits there, or what is piped in where that was said.
    fn ask(&self, kinds: &[Kind]) -> Result<Option<Zeroizing<String>>, VaultError> {
        let what = match kinds {
            [Kind::Pin] => "PIN",
            [Kind::Passphrase] => "Passphrase",
            _ => "PIN or passphrase",
        };
        if self.stdin {
            return line().map(Some);
        }
        let somebody = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        if somebody { prompt(what).map(Some) } else { Ok(None) }
    }

    /// The PIN of a person: asked for, or the next line that is piped in where that was said.
    /// `None` where nobody can be asked.
    pub(crate) fn pin_of(&self, name: &str) -> Result<Option<Zeroizing<String>>> {
        if self.pin_stdin {
            return Ok(Some(line()?));
        }
        let somebody = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
        Ok(if somebody { Some(prompt(&format!("PIN of {name}"))?) } else { None })
    }

    /// Whether PINs of persons are piped in.
    pub(crate) const fn reads_pins(&self) -> bool {
        self.pin_stdin
    }

    /// A new PIN for a person: typed twice, or the next line that is piped in.
    pub(crate) fn new_pin_of(&self, name: &str) -> Result<Zeroizing<String>> {
        if self.pin_stdin {
            return Ok(line()?);
        }
        let pin = prompt(&format!("New PIN of {name}"))?;
        if prompt(&format!("New PIN of {name} once more"))? != pin {
            bail!("these were two different ones: nothing was changed");
        }
        Ok(pin)
    }

    /// A new PIN or passphrase: typed twice, or one line that is piped in.
    pub(crate) fn choose(&self, kind: Kind) -> Result<Secret, VaultError> {
        let what = if kind == Kind::Pin { "PIN" } else { "passphrase" };
        let words = match self.stdin {
            true => line()?,
            false => {
                let words = prompt(&format!("New {what}"))?;
                if prompt(&format!("New {what} once more"))? != words {
                    let words = "these were two different ones: nothing was changed";
                    return Err(VaultError::NotChosen(words.to_owned()));
                }
                words
            }
        };
        let secret = if kind == Kind::Pin { Secret::Pin(words) } else { Secret::Passphrase(words) };
        secret.check()?;
        Ok(secret)
    }
}

fn failed(error: std::io::Error) -> VaultError {
    VaultError::Io { path: "the PIN or passphrase".into(), error }
}

/// The next line of what is piped in, without its end.
fn line() -> Result<Zeroizing<String>, VaultError> {
    let mut line = Zeroizing::new(String::new());
    std::io::stdin().lock().read_line(&mut line).map_err(failed)?;
    let end = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(end);
    Ok(line)
}

/// Asks on the terminal, without showing what is typed.
fn prompt(what: &str) -> Result<Zeroizing<String>, VaultError> {
    rpassword::prompt_password(format!("{what}: ")).map(Zeroizing::new).map_err(failed)
}

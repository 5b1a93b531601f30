//! The folder `DATA/keys`: the slots, the key file that a folder begins with, the tries.

use std::path::{Path, PathBuf};

use baro_crdt::ids::WallSeconds;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::slot::{KEY_FILE_BYTES, Opened, Slot};
use super::tries::Tries;
use super::{DataKey, Kind, Secret, Stretch, VaultError, files};

/// The most bytes of the file of slots.
const SLOTS_BYTES_MAX: u64 = 64 * 1024;
/// The most slots.
const SLOTS_MAX: usize = 8;
/// The version of the file of slots.
const VERSION: u32 = 1;

/// Asks for one of these; `None` where nobody can be asked.
pub type Ask<'a> = dyn FnMut(&[Kind]) -> Result<Option<Zeroizing<String>>, VaultError> + 'a;

/// What whoever opens a folder gives for it.
pub struct Given<'a> {
    /// A key file.
    pub key_file: Option<PathBuf>,
    /// Asks for a PIN or passphrase, whichever of these there is.
    pub ask: &'a mut Ask<'a>,
    /// What shall lock a folder that is new. Without it a key file is laid into it.
    pub begin: Option<Secret>,
}

/// The file of slots.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Slots {
    version: u32,
    /// Whether what an earlier program left is still being sealed.
    #[serde(default)]
    pub(crate) sealing: bool,
    slots: Vec<Slot>,
}

/// A way to open the folder, for people to see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// By what.
    pub kind: Kind,
    /// What trying out one PIN or passphrase costs.
    pub argon2id: Option<Stretch>,
}

/// The keys of a data folder.
#[derive(Clone, Debug)]
pub struct Vault {
    folder: PathBuf,
}

impl Vault {
    /// That of the data folder `data`.
    pub fn of(data: &Path) -> Self {
        Self { folder: data.join("keys") }
    }

    /// Where the slots are.
    pub(crate) fn slots_path(&self) -> PathBuf {
        self.folder.join("slots")
    }

    /// The key file that a folder begins with.
    pub fn key_path(&self) -> PathBuf {
        self.folder.join("key")
    }

    /// A second copy of the slots, for the day on which the disk has lost the first.
    fn copy_path(&self) -> PathBuf {
        self.folder.join("slots.copy")
    }

    /// The slots; `None` where there are none yet. Where the file is damaged or gone its copy counts.
    pub(crate) fn read(&self) -> Result<Option<Slots>, VaultError> {
        let path = self.slots_path();
        let first = read_slots(&path);
        match first {
            Ok(Some(slots)) => Ok(Some(slots)),
            lost => match read_slots(&self.copy_path()) {
                Ok(Some(slots)) => Ok(Some(slots)),
                _ => lost,
            },
        }
    }

    /// After the folder has opened: both files say what opened it.
    fn mend(&self, slots: &Slots) -> Result<(), VaultError> {
        let bytes = slots.to_bytes()?;
        for path in [self.slots_path(), self.copy_path()] {
            let is_same =
                matches!(files::read(&path, SLOTS_BYTES_MAX), Ok(Some(held)) if *held == bytes);
            if !is_same {
                files::replace(&path, &bytes)?;
            }
        }
        Ok(())
    }

    fn write(&self, slots: &Slots) -> Result<(), VaultError> {
        files::make(&self.folder)?;
        let bytes = slots.to_bytes()?;
        files::replace(&self.slots_path(), &bytes)?;
        files::replace(&self.copy_path(), &bytes)
    }

    /// A new data key in a slot for `secret`, or for a key file that is laid into the folder.
    pub(crate) fn begin(
        &self,
        secret: Option<&Secret>,
        sealing: bool,
    ) -> Result<DataKey, VaultError> {
        let key = DataKey::random().map_err(VaultError::System)?;
        let slot = match secret {
            Some(secret) => {
                secret.check()?;
                Slot::new(secret, &key)?
            }
            None => {
                // One that is there already belongs to no slot: a start was cut off.
                files::make(&self.folder)?;
                crate::store::wipe(&self.key_path()).map_err(files::at(&self.key_path()))?;
                Slot::new(&key_file(&self.key_path())?, &key)?
            }
        };
        self.write(&Slots { version: VERSION, sealing, slots: vec![slot] })?;
        Ok(key)
    }

    /// All that an earlier program left is sealed.
    pub(crate) fn sealed(&self) -> Result<(), VaultError> {
        match self.read()? {
            Some(slots) if slots.sealing => self.write(&Slots { sealing: false, ..slots }),
            _ => Ok(()),
        }
    }

    /// Opens the folder.
    ///
    /// # Errors
    /// [`VaultError`]; [`VaultError::Panic`] where the words were there to destroy what is in it.
    pub(crate) fn unlock(
        &self,
        slots: &Slots,
        given: &mut Given<'_>,
        now: WallSeconds,
    ) -> Result<DataKey, VaultError> {
        let (key, _) = self.opened(slots, given, now)?;
        if let Err(error) = self.mend(slots) {
            // A full disk, or one that is read only: what opened it is there all the same.
            tracing::warn!(%error, "the slots could not be copied");
        }
        Ok(key)
    }

    /// As [`Vault::unlock`]; also what opened it.
    fn opened(
        &self,
        slots: &Slots,
        given: &mut Given<'_>,
        now: WallSeconds,
    ) -> Result<(DataKey, Secret), VaultError> {
        let by_file = |path: &Path| -> Result<Option<(DataKey, Secret)>, VaultError> {
            let Some(bytes) = files::read(path, *KEY_FILE_BYTES.end())? else { return Ok(None) };
            let secret = Secret::KeyFile(bytes);
            Ok(match slots.open(&secret, |kind| kind == Kind::KeyFile)? {
                Some(Opened::Key(key)) => Some((key, secret)),
                _ => None,
            })
        };
        if let Some(path) = &given.key_file {
            return by_file(path)?.ok_or_else(|| VaultError::WrongKeyFile(path.clone()));
        }
        if let Some(found) = by_file(&self.key_path())? {
            return Ok(found);
        }
        let kinds = slots.kinds();
        let asked: Vec<Kind> =
            kinds.iter().copied().filter(|kind| *kind != Kind::KeyFile).collect();
        let locked = || {
            let words: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
            VaultError::Locked(words.join(" or "))
        };
        if asked.is_empty() {
            return Err(locked());
        }
        self.by_words(slots, &asked, given, now)?.ok_or_else(locked)
    }

    fn by_words(
        &self,
        slots: &Slots,
        asked: &[Kind],
        given: &mut Given<'_>,
        now: WallSeconds,
    ) -> Result<Option<(DataKey, Secret)>, VaultError> {
        let path = self.folder.join("tries");
        let failed = files::at(&path);
        // Before anybody is asked: who has to wait should not type.
        let waits = Tries::hold(&path).and_then(|tries| tries.left(now)).map_err(&failed)?;
        if waits > 0 {
            return Err(VaultError::Wait(waits));
        }
        let Some(words) = (given.ask)(asked)? else { return Ok(None) };
        let tries = Tries::hold(&path).map_err(&failed)?;
        tries.begin(now).map_err(&failed)?.map_err(VaultError::Wait)?;
        let secret = match asked.first() {
            Some(Kind::Pin) => Secret::Pin(words),
            _ => Secret::Passphrase(words),
        };
        match slots.open(&secret, |kind| kind != Kind::KeyFile)? {
            Some(Opened::Key(key)) => {
                tries.right().map_err(&failed)?;
                Ok(Some((key, secret)))
            }
            Some(Opened::Panic) => {
                self.panic();
                Err(VaultError::Panic)
            }
            None => Err(VaultError::Wrong { wait: tries.wait() }),
        }
    }

    /// The panic PIN was entered: the keys first, then whoever has them in memory, then the rest.
    /// Nothing is said where that fails: somebody looks on, and what was said before stays true.
    fn panic(&self) {
        let data = self.folder.parent().unwrap_or(Path::new("."));
        let keys = super::destroy_keys(data).is_ok();
        let ended = crate::folder::Folder::end_others(data).is_ok();
        if let (true, true, Err(error)) = (keys, ended, super::destroy(data)) {
            tracing::debug!(%error, "not everything was removed");
        }
    }

    /// Whether these words are there to destroy everything.
    pub(crate) fn panics(&self, words: &str) -> bool {
        let secret = Secret::Pin(Zeroizing::new(words.to_owned()));
        let slots = self.read().ok().flatten();
        let opened = slots.map(|slots| slots.open(&secret, |kind| kind != Kind::KeyFile));
        matches!(opened, Some(Ok(Some(Opened::Panic))))
    }

    /// From now on what is chosen opens the folder, and nothing else unless `also` says that the
    /// others stay. The data key stays as it is. `given` has to open the folder once more, before
    /// anybody is asked to choose.
    ///
    /// # Errors
    /// [`VaultError`]; nothing was changed then.
    pub fn set(
        &self,
        given: &mut Given<'_>,
        also: bool,
        now: WallSeconds,
        choose: &mut dyn FnMut() -> Result<Secret, VaultError>,
    ) -> Result<(), VaultError> {
        let mut slots = self.read()?.ok_or_else(|| VaultError::Damaged(self.slots_path()))?;
        let key = self.unlock(&slots, given, now)?;
        let secret = choose()?;
        secret.check()?;
        if !also {
            slots.slots.clear();
        }
        if slots.slots.len() >= SLOTS_MAX {
            return Err(VaultError::Weak(
                "a folder has at most eight ways in: set one anew without --also",
            ));
        }
        slots.slots.push(Slot::new(&secret, &key)?);
        self.write(&slots)?;
        // The key file that lay beside would still be on the disk to be found.
        if !also {
            crate::store::wipe(&self.key_path()).map_err(files::at(&self.key_path()))
        } else {
            Ok(())
        }
    }

    /// From now on the PIN that is chosen destroys everything when it is entered; choosing none
    /// takes that away again. `given` has to open the folder by a PIN or passphrase.
    ///
    /// # Errors
    /// [`VaultError`]; nothing was changed then.
    pub fn set_panic(
        &self,
        given: &mut Given<'_>,
        now: WallSeconds,
        choose: &mut dyn FnMut() -> Result<Option<Secret>, VaultError>,
    ) -> Result<(), VaultError> {
        let mut slots = self.read()?.ok_or_else(|| VaultError::Damaged(self.slots_path()))?;
        let (_, secret) = self.opened(&slots, given, now)?;
        let by_words = secret.kind() != Kind::KeyFile;
        let panic = choose()?;
        let same = |panic: &Secret| slots.open(panic, |kind| kind != Kind::KeyFile);
        if let Some(panic) = &panic {
            panic.check()?;
            if let Some(Opened::Key(_)) = same(panic)? {
                return Err(VaultError::Weak(
                    "these words open the folder: the panic PIN has to be another one",
                ));
            }
        }
        let mut changed = false;
        for slot in slots.slots.iter_mut().filter(|slot| slot.kind != Kind::KeyFile) {
            if by_words && slot.open(&secret)?.is_some() {
                match &panic {
                    Some(panic) => slot.set_panic(&secret, panic)?,
                    None => slot.drop_panic(&secret)?,
                }
                changed = true;
            }
        }
        if !changed {
            return Err(VaultError::Weak(
                "a panic PIN stands beside a PIN or passphrase: set one with baro lock set, and enter it here",
            ));
        }
        self.write(&slots)
    }

    /// What opens the folder, and whether the key lies beside it.
    ///
    /// # Errors
    /// [`VaultError`] where it cannot be told.
    pub fn shown(&self) -> Result<(Vec<Shown>, bool), VaultError> {
        let slots = self.read()?.map(|slots| slots.slots).unwrap_or_default();
        let shown = |slot: &Slot| Shown { kind: slot.kind, argon2id: slot.argon2id };
        Ok((slots.iter().map(shown).collect(), self.is_beside()))
    }

    /// Whether anything locks the folder yet.
    pub fn has_slots(&self) -> bool {
        self.slots_path().exists() || self.copy_path().exists()
    }

    /// Whether a key file lies in the folder that it opens.
    pub fn is_beside(&self) -> bool {
        self.key_path().exists()
    }

    /// What has to be destroyed so that nothing opens the folder any more.
    pub(crate) fn secrets(&self) -> Vec<PathBuf> {
        let names = ["slots", "slots.copy", "key", "slots.old", "slots.new", "tries"];
        names.iter().map(|name| self.folder.join(name)).collect()
    }
}

/// The slots in a file; `None` where there is no file.
fn read_slots(path: &Path) -> Result<Option<Slots>, VaultError> {
    let Some(bytes) = files::read(path, SLOTS_BYTES_MAX)? else { return Ok(None) };
    let slots: Option<Slots> = serde_json::from_slice(&bytes).ok();
    slots
        .filter(|slots| slots.version == VERSION && slots.slots.len() <= SLOTS_MAX)
        .filter(|slots| slots.slots.iter().all(Slot::is_sound))
        .map(Some)
        .ok_or_else(|| VaultError::Damaged(path.to_owned()))
}

impl Slots {
    fn to_bytes(&self) -> Result<Vec<u8>, VaultError> {
        let mut bytes = serde_json::to_vec_pretty(self)
            .map_err(|error| VaultError::System(error.to_string()))?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// What opens the folder, each kind once.
    fn kinds(&self) -> Vec<Kind> {
        let mut kinds: Vec<Kind> = Vec::new();
        for slot in &self.slots {
            if !kinds.contains(&slot.kind) {
                kinds.push(slot.kind);
            }
        }
        kinds
    }

    fn open(&self, secret: &Secret, fits: fn(Kind) -> bool) -> Result<Option<Opened>, VaultError> {
        for slot in self.slots.iter().filter(|slot| fits(slot.kind)) {
            if let Some(opened) = slot.open(secret)? {
                return Ok(Some(opened));
            }
        }
        Ok(None)
    }
}

/// The key file at `path`, made where there is none.
///
/// # Errors
/// [`VaultError`] where it can be neither read nor written, or has too few bytes for a key.
pub fn key_file(path: &Path) -> Result<Secret, VaultError> {
    if let Some(bytes) = files::read(path, *KEY_FILE_BYTES.end())? {
        let secret = Secret::KeyFile(bytes);
        secret.check()?;
        return Ok(secret);
    }
    let key = DataKey::random().map_err(VaultError::System)?;
    let mut text = Zeroizing::new(HEXLOWER.encode(key.as_bytes()).into_bytes());
    text.push(b'\n');
    files::create(path, &text)?;
    Ok(Secret::KeyFile(text))
}

//! Data folders from inside: what somebody sees who has the key, and what somebody sees who has not.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use anyhow::{Context, Result};
use baro_node::WallSeconds;
use baro_node::control::Client;
use baro_node::folder::{Folder, database};
use baro_node::store::Database;
use baro_node::vault::{DataKey, Given};

use crate::Device;

/// The fewest bytes of what is looked for: shorter ones are anywhere by chance.
const NEEDLE_BYTES: usize = 8;

impl Device {
    /// Runs it with these lines piped in.
    ///
    /// # Errors
    /// Where it cannot be run.
    pub fn typed(&self, args: &[&str], lines: &str) -> Result<Output> {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        // It may have ended without reading.
        let _ = child.stdin.take().context("no pipe")?.write_all(lines.as_bytes());
        Ok(child.wait_with_output()?)
    }

    /// The key of its folder: the running node says it, else this PIN or what lies beside opens it.
    ///
    /// # Errors
    /// Where it does not open.
    pub fn data_key(&self, pin: Option<&str>) -> Result<DataKey> {
        if let Some(mut running) = Client::connect(&self.data()) {
            return Ok(running.key()?);
        }
        let folder = Folder::lock(&self.data(), &mut || false)?.context("somebody works on it")?;
        let mut ask = |_: &[_]| Ok(pin.map(|pin| pin.to_owned().into()));
        let mut given = Given { key_file: None, ask: &mut ask, begin: None };
        Ok(folder.unlock(&mut given, WallSeconds(i64::MAX / 2), &mut |_, _| {})?)
    }

    /// Its database.
    ///
    /// # Errors
    /// Where it does not open.
    pub fn database(&self, pin: Option<&str>) -> Result<Database> {
        Ok(database(&self.data(), &self.data_key(pin)?))
    }

    /// A folder with its database in the clear: what it holds for somebody who has the key.
    ///
    /// # Errors
    /// Where it does not open.
    pub fn laid_open(&self) -> Result<tempfile::TempDir> {
        let folder = tempfile::tempdir()?;
        self.database(None)?.lay_open(&folder.path().join("baro.db"))?;
        Ok(folder)
    }
}

/// Things that are looked for in files.
#[derive(Default)]
pub struct Needles {
    all: Vec<Vec<u8>>,
    begins: BTreeSet<[u8; NEEDLE_BYTES]>,
}

impl Needles {
    /// One thing more, of at least eight bytes.
    ///
    /// # Panics
    /// Where it is shorter: nothing can be told of that.
    pub fn add(&mut self, needle: &[u8]) {
        let begin = needle.first_chunk::<NEEDLE_BYTES>();
        assert!(begin.is_some(), "{needle:?} is too short to look for");
        self.begins.extend(begin);
        self.all.push(needle.to_vec());
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        bytes.windows(NEEDLE_BYTES).enumerate().any(|(at, begin)| {
            let rest = bytes.get(at..).unwrap_or_default();
            begin.first_chunk().is_some_and(|begin| self.begins.contains(begin))
                && self.all.iter().any(|needle| rest.starts_with(needle))
        })
    }

    /// Every file below a folder in which one of them is, or in the name of which; also how many
    /// bytes were looked at.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub fn in_files(&self, folder: &Path) -> Result<(Vec<PathBuf>, u64)> {
        let (mut found, mut looked) = (Vec::new(), 0);
        for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            let about = fs::symlink_metadata(&path)?;
            if about.is_dir() {
                let (inside, more) = self.in_files(&path)?;
                found.extend(inside);
                looked += more;
            } else if about.is_file() {
                let mut bytes = fs::read(&path)?;
                looked += bytes.len() as u64;
                bytes.extend_from_slice(path.file_name().unwrap_or_default().as_encoded_bytes());
                if self.is_in(&bytes) {
                    found.push(path);
                }
            }
        }
        Ok((found, looked))
    }
}

//! `--voice` and `--attach`: files are looked at and copied into the data folder here; the node
//! takes them in together with the words.
//!
//! This process opens the files, because the node may run without a view of them. It writes them
//! beside the blobs of the data folder, so whoever runs a command must be the user who runs the
//! node, as for everything else. What the node does not take in is removed again.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use baro_node::api::Attach;
use baro_node::blobs::Incoming;
use baro_node::media;
use clap::Args;

use crate::blob;
use crate::data::Data;

/// Files that belong to words.
#[derive(Debug, Default, Args)]
pub(crate) struct Files {
    /// A recording of the words: Opus in Ogg, WebM or M4A, at most 2 MiB; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) voice: Vec<PathBuf>,
    /// A picture, paper, recording or video, at most 100 MiB; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) attach: Vec<PathBuf>,
}

/// Files on their way into the node: dropped, they are gone unless the node took them.
#[derive(Default)]
pub(crate) struct Staged {
    incoming: Vec<Incoming>,
    /// What the node is asked to take.
    pub(crate) attached: Vec<Attach>,
}

/// Looks at all files first, then copies them.
pub(crate) fn stage(data: &Data, files: &Files, lang: Option<&str>) -> Result<Staged> {
    let mut looked = Vec::new();
    for (path, voice) in files
        .voice
        .iter()
        .map(|path| (path, true))
        .chain(files.attach.iter().map(|path| (path, false)))
    {
        let mut file = open(path)?;
        let (media, size) =
            media::attachable(&mut file, voice).with_context(|| path.display().to_string())?;
        looked.push((path, voice, media, size));
    }
    let mut staged = Staged::default();
    for (path, voice, media, size) in looked {
        let incoming = blob::copy(data, path, size)?;
        let id = incoming.hash().to_string();
        if staged.attached.iter().any(|one| one.id == id) {
            bail!("{} is attached twice", path.display());
        }
        staged.attached.push(Attach {
            id,
            size,
            media: media.mime().to_owned(),
            voice,
            name: if voice { None } else { name_of(path) },
            language: voice.then(|| lang.map(str::to_owned)).flatten(),
            file: Some(incoming.name().to_owned()),
        });
        staged.incoming.push(incoming);
    }
    Ok(staged)
}

/// Opens a file to read; a folder, or what cannot be opened, is said so.
pub(crate) fn open(path: &Path) -> Result<File> {
    let named = || format!("{} cannot be read", path.display());
    let file = File::open(path).with_context(named)?;
    if !file.metadata().with_context(named)?.is_file() {
        bail!("{} is no file", path.display());
    }
    Ok(file)
}

/// A file's name as others will see it: without folders, shortened, without strange signs.
pub(crate) fn name_of(path: &Path) -> Option<String> {
    let name: String = path
        .file_name()?
        .to_string_lossy()
        .chars()
        .filter(|sign| !sign.is_control() && *sign != '/' && *sign != '\\')
        .collect();
    let most = name.char_indices().map(|(at, sign)| at + sign.len_utf8());
    let end = most.take_while(|end| *end <= 128).last()?;
    name.get(..end).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        assert_eq!(name_of(Path::new("/a/b/Le plan.pdf")).as_deref(), Some("Le plan.pdf"));
        let long = "é".repeat(100);
        assert_eq!(name_of(Path::new(&long)), Some("é".repeat(64)));
        assert_eq!(name_of(Path::new("/")), None);
    }
}

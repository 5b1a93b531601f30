//! `import polis`: this process reads the files, the node makes a debate of them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use baro_node::api::{Context, Request};
use serde_json::Value;

use crate::door::Door;

/// The most bytes of all files together: what the node takes at once, quoted.
const FILES_BYTES_MAX: u64 = 24 * 1024 * 1024;
/// What is read; the first two must be there.
const FILES: [&str; 3] = ["comments.csv", "votes.csv", "summary.csv"];

/// Reads the files of a Polis export. They may be named as exported, with the name of the
/// conversation in front (`NAME.comments.csv`, `NAME-comments.csv`).
pub(crate) fn polis(
    door: &mut Door,
    context: &Context,
    dir: &Path,
    prefix: String,
) -> Result<Value> {
    let listed =
        std::fs::read_dir(dir).with_context(|| format!("{} cannot be read", dir.display()))?;
    let mut names: Vec<String> =
        listed.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
    names.sort_unstable();
    let mut files = BTreeMap::new();
    let mut room = FILES_BYTES_MAX;
    for wanted in FILES {
        let ends = |name: &&String| {
            name.strip_suffix(wanted)
                .is_some_and(|front| front.is_empty() || front.ends_with(['.', '-', '_']))
        };
        // `participants-votes.csv` ends alike and is another file.
        let ours = names.iter().filter(|name| !name.ends_with("participants-votes.csv"));
        let found: Vec<&String> = ours.filter(ends).collect();
        let name = match found.as_slice() {
            [only] => *only,
            [] if wanted == "summary.csv" => continue,
            [] => bail!("{} has no {wanted}: it is no folder of a Polis export", dir.display()),
            _ => match found.iter().find(|name| **name == wanted) {
                Some(exact) => *exact,
                None => bail!("{} has several exports: put one into a folder", dir.display()),
            },
        };
        let path = dir.join(name);
        let file =
            File::open(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let mut text = String::new();
        file.take(room + 1)
            .read_to_string(&mut text)
            .with_context(|| format!("{} is no text in UTF-8", path.display()))?;
        room = room.checked_sub(text.len() as u64).with_context(|| {
            format!("the files in {} are larger than can be imported (24 MiB)", dir.display())
        })?;
        files.insert(wanted.to_owned(), text);
    }
    door.ask(context, Request::ImportPolis { files, prefix: Some(prefix) })
}

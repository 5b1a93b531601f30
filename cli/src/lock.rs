//! `lock`: what opens the data folder.

use std::path::Path;

use anyhow::{Result, bail};
use baro_node::folder::Folder;
use baro_node::vault::{Kind, Stretch, Vault, key_file};
use serde_json::{Value, json};

use crate::args::{Global, Lock};
use crate::data::Data;
use crate::door::now;
use crate::output;

pub(crate) fn run(global: &Global, data: Data, command: Lock) -> Result<()> {
    let (name, answer) = match command {
        Lock::Show => ("lock show", shown(&data)?),
        Lock::Set { pin, passphrase, also } => {
            let new = global.key_file.as_deref();
            // What opens it now; --key-file names what shall open it.
            let data = data.with_key_file(Data::key_file_of_environment());
            began(&data)?;
            let secret = match (pin, passphrase, new) {
                (true, false, None) => Given::Words(Kind::Pin),
                (false, true, None) => Given::Words(Kind::Passphrase),
                (false, false, Some(path)) => Given::File(path),
                _ => bail!("say one of --pin, --passphrase or --key-file FILE"),
            };
            set(&data, &secret, also)?;
            ("lock set", shown(&data)?)
        }
        Lock::Panic { off } => {
            began(&data)?;
            panic(&data, off)?;
            ("lock panic", json!({ "panic": !off }))
        }
    };
    output::answer(global, name, &answer)
}

/// What shall open the folder.
enum Given<'a> {
    Words(Kind),
    File(&'a Path),
}

/// Unlocks the folder once where nobody runs on it, so that one of an earlier program is sealed.
fn began(data: &Data) -> Result<()> {
    if !Vault::of(data).has_slots()
        && let Some(folder) = Folder::lock(data, &mut || false)?
    {
        data.unlock(&folder)?;
    }
    Ok(())
}

fn set(data: &Data, given: &Given<'_>, also: bool) -> Result<()> {
    // Asked for in the order in which one thinks: what opens it, then what shall.
    let vault = Vault::of(data);
    let now = now();
    data.with_given(None, |opening| {
        vault.set(opening, also, now, &mut || {
            Ok(match given {
                Given::Words(kind) => data.choose(*kind)?,
                Given::File(path) => key_file(path)?,
            })
        })
    })?;
    if let Given::File(path) = given
        && let (Ok(path), Ok(data)) = (path.canonicalize(), data.canonicalize())
        && path.starts_with(&data)
    {
        eprintln!("{}", beside(&data));
    }
    Ok(())
}

fn panic(data: &Data, off: bool) -> Result<()> {
    let vault = Vault::of(data);
    data.with_given(None, |opening| {
        vault.set_panic(opening, now(), &mut || {
            if off {
                return Ok(None);
            }
            data.choose(Kind::Pin).map(Some)
        })
    })?;
    Ok(())
}

/// What is said where the key lies in the folder that it opens.
pub(crate) fn beside(data: &Path) -> String {
    format!(
        "everything in {0} is encrypted, but the key lies beside it, in {0}/keys: whoever takes \
         this device reads everything. Choose a PIN (baro lock set --pin), or move the key to a \
         stick (baro lock set --key-file /media/STICK/baro.key)",
        data.display()
    )
}

fn shown(data: &Data) -> Result<Value> {
    let (slots, beside) = Vault::of(data).shown()?;
    Ok(json!({ "opens_by": slots, "key_beside": beside }))
}

/// As people read it.
pub(crate) fn text(answer: &Value) -> String {
    let mut text = String::new();
    for slot in answer.get("opens_by").and_then(Value::as_array).into_iter().flatten() {
        let kind = slot.get("kind").and_then(|kind| serde_json::from_value(kind.clone()).ok());
        text.push_str(&format!("opens by {}", kind.map_or("something newer", Kind::word)));
        let stretch = slot.get("argon2id").and_then(|one| serde_json::from_value(one.clone()).ok());
        if let Some(Stretch { memory_kib, passes, lanes }) = stretch {
            text.push_str(&format!(
                " (Argon2id: {} MiB, {passes} passes, {lanes} lanes)",
                memory_kib / 1024
            ));
        }
        text.push('\n');
    }
    if text.is_empty() {
        text.push_str("nothing is here to be locked yet: baro init\n");
    }
    if answer.get("key_beside") == Some(&Value::Bool(true)) {
        text.push_str(
            "the key file lies beside what it opens, and protects nothing there: baro lock set --pin\n",
        );
    }
    text
}

//! `message` and `group`: this process reads and writes the recordings; the node seals and opens.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, Result, bail};
use baro_node::api::{Context, MessageRequest, Request, VoiceNote};
use baro_node::{bundle, media};
use data_encoding::BASE64;
use serde_json::Value;

use crate::args::{Global, Group, Message, Said};
use crate::attach;
use crate::data::Data;
use crate::door::Door;
use crate::output;

/// The most bytes of a recording in a message.
const VOICE_BYTES_MAX: u64 = 120_000;
/// The most bytes of words that are piped in, more than a message has.
const TEXT_BYTES_MAX: u64 = 64 * 1024;

fn said(said: Said) -> Result<(String, Option<VoiceNote>)> {
    let text = match said.text.as_deref() {
        Some("-") => {
            let mut text = String::new();
            std::io::stdin().take(TEXT_BYTES_MAX).read_to_string(&mut text)?;
            text.trim_end_matches('\n').to_owned()
        }
        text => text.unwrap_or_default().to_owned(),
    };
    let voice = said.voice.as_deref().map(recording).transpose()?;
    Ok((text, voice))
}

fn recording(path: &Path) -> Result<VoiceNote> {
    let mut file = attach::open(path)?;
    let named = || path.display().to_string();
    let (media, size) = media::attachable(&mut file, true).with_context(named)?;
    if size > VOICE_BYTES_MAX {
        bail!(
            "{}: a recording in a message has at most {VOICE_BYTES_MAX} bytes, and this has \
             {size}. Record it shorter, or with fewer bits",
            path.display()
        );
    }
    let mut bytes = Vec::new();
    attach::open(path)?.take(VOICE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(VoiceNote { media: media.mime().to_owned(), bytes: BASE64.encode(&bytes) })
}

/// Writes the recording of an answer into a file, and takes it out of the answer.
fn write_voice(answer: &mut Value, path: Option<&Path>) -> Result<()> {
    let bytes = answer.as_object_mut().and_then(|fields| fields.remove("voice_bytes"));
    let Some(path) = path else { return Ok(()) };
    let bytes = bytes.as_ref().and_then(Value::as_str).context("this message has no recording")?;
    let bytes = BASE64.decode(bytes.as_bytes()).context("the node's answer could not be read")?;
    bundle::replace(path, |out| out.write_all(&bytes))
        .with_context(|| format!("{} could not be written", path.display()))?;
    Ok(())
}

fn ask(
    global: &Global,
    data: &Data,
    context: &Context,
    name: &str,
    request: MessageRequest,
    voice: Option<&Path>,
) -> Result<ExitCode> {
    let mut answer = Door::open(data)?.ask(context, Request::Message(request))?;
    write_voice(&mut answer, voice)?;
    output::answer(global, name, &answer)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn message(
    global: &Global,
    data: &Data,
    context: &Context,
    command: Message,
) -> Result<ExitCode> {
    let mut file = None;
    let (name, request) = match command {
        Message::Send { person, said: words } => {
            let (text, voice) = said(words)?;
            ("message send", MessageRequest::Send { to: person, text, voice })
        }
        Message::List { with, limit, offset } => {
            let (offset, limit) = (Some(offset), Some(limit));
            ("message list", MessageRequest::List { with, offset, limit })
        }
        Message::Show { id, voice } => {
            file = voice;
            ("message show", MessageRequest::Show { id })
        }
        Message::Delete { id } => ("message delete", MessageRequest::Delete { id }),
        Message::NewKey => ("message new-key", MessageRequest::NewKey),
    };
    ask(global, data, context, name, request, file.as_deref())
}

pub(crate) fn group(
    global: &Global,
    data: &Data,
    context: &Context,
    command: Group,
) -> Result<ExitCode> {
    let (name, request) = match command {
        Group::Create { name } => ("group create", MessageRequest::GroupCreate { name }),
        Group::Add { group, persons } => ("group add", MessageRequest::GroupAdd { group, persons }),
        Group::Remove { group, person } => {
            ("group remove", MessageRequest::GroupRemove { group, person })
        }
        Group::Renew { group } => ("group renew", MessageRequest::GroupRenew { group }),
        Group::Send { group, said: words } => {
            let (text, voice) = said(words)?;
            ("group send", MessageRequest::GroupSend { group, text, voice })
        }
        Group::List => ("group list", MessageRequest::GroupList),
        Group::Show { group } => ("group show", MessageRequest::GroupShow { group }),
    };
    ask(global, data, context, name, request, None)
}

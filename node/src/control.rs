//! The control socket: how other commands reach the node that runs on a data folder.
//!
//! Lines of JSON. A request is `{"context": …, "request": …}`, its answer `{"ok": …}` or
//! `{"error": "…"}`, in order; why something was refused is said in the language of the context. The clients are this program's own commands, synchronous; the
//! server hands each request to the running node, as the pages do.
//!
//! A client that reads the folder's files itself (to write a bundle, to take a file in) asks for the
//! key that the running node was given. Whoever reaches the socket is the folder's user and may read
//! the node's memory anyway; nothing of this goes over the web.

use std::fs::Permissions;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixListener;
use tokio::sync::{Semaphore, mpsc, oneshot};
use zeroize::Zeroizing;

use crate::api::{ApiError, Context, Request};
use crate::vault::DataKey;

/// The most bytes of a request's line.
const REQUEST_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// The most bytes of an answer's line.
const ANSWER_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// The most commands served at once.
const CLIENTS_MAX: usize = 32;
/// The longest path that a socket's address holds on every system, in bytes.
const PATH_BYTES_MAX: usize = 100;

#[derive(Debug, Serialize, Deserialize)]
struct Question {
    context: Context,
    request: Request,
}

/// What a client says that wants to read the files of the folder itself.
const KEY_QUESTION: &str = "{\"key\":true}";

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Ok(Value),
    Error(String),
    /// It takes somebody's PIN.
    Locked(Locked),
}

/// Whose PIN something takes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Locked {
    /// Their id.
    pub person: String,
    /// What they are called here.
    pub name: String,
    /// What is said of it.
    pub words: String,
}

impl Locked {
    /// Whose it takes, if that is why; in the language with this tag.
    pub fn of(error: &ApiError, tag: Option<&str>) -> Option<Self> {
        match error {
            ApiError::Locked { person, name } => {
                let words = error.words(tag);
                Some(Self { person: person.to_string(), name: name.clone(), words })
            }
            _ => None,
        }
    }
}

/// Where the socket of a data folder is: inside it, or in the temporary folder where that path
/// would be too long for a socket.
pub fn socket_path(data: &Path) -> PathBuf {
    let inside = data.join("control.sock");
    if inside.as_os_str().len() <= PATH_BYTES_MAX {
        return inside;
    }
    let hash = blake3::hash(inside.as_os_str().as_encoded_bytes()).to_hex();
    std::env::temp_dir().join(format!("baro-{}.sock", hash.get(..16).unwrap_or_default()))
}

/// Why the running node did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    /// It says why.
    #[error("{0}")]
    Refused(String),
    /// It takes somebody's PIN.
    #[error("{}", .0.words)]
    Locked(Locked),
    /// It ended, or answers something else.
    #[error("the running node stopped answering: {0}. What it had answered before is safe")]
    Lost(String),
}

impl From<io::Error> for ControlError {
    fn from(error: io::Error) -> Self {
        Self::Lost(error.to_string())
    }
}

/// A connection to the node that runs on a data folder.
#[derive(Debug)]
pub struct Client(BufReader<UnixStream>);

impl Client {
    /// Connects, if a node runs there and answers.
    pub fn connect(data: &Path) -> Option<Self> {
        UnixStream::connect(socket_path(data)).ok().map(|stream| Self(BufReader::new(stream)))
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// [`ControlError`].
    pub fn ask(&mut self, context: &Context, request: Request) -> Result<Value, ControlError> {
        let question = Question { context: context.clone(), request };
        self.line(serde_json::to_vec(&question).map_err(io::Error::other)?)
    }

    /// The key by which the running node opened its folder.
    ///
    /// # Errors
    /// [`ControlError`].
    pub fn key(&mut self) -> Result<DataKey, ControlError> {
        let answer = self.line(KEY_QUESTION.as_bytes().to_vec())?;
        let hex = Zeroizing::new(answer.as_str().unwrap_or_default().to_owned());
        let bytes = HEXLOWER.decode(hex.as_bytes()).ok().and_then(|key| key.try_into().ok());
        let lost = || ControlError::Lost("it did not say how its folder opens".to_owned());
        bytes.map(DataKey::from_bytes).ok_or_else(lost)
    }

    fn line(&mut self, mut line: Vec<u8>) -> Result<Value, ControlError> {
        line.push(b'\n');
        self.0.get_mut().write_all(&line)?;
        let mut answer = Vec::new();
        self.0.by_ref().take(ANSWER_BYTES_MAX).read_until(b'\n', &mut answer)?;
        if answer.is_empty() {
            return Err(ControlError::Lost("it has ended".to_owned()));
        }
        match serde_json::from_slice(&answer).map_err(io::Error::other)? {
            Answer::Ok(value) => Ok(value),
            Answer::Error(words) => Err(ControlError::Refused(words)),
            Answer::Locked(locked) => Err(ControlError::Locked(locked)),
        }
    }
}

/// One request on its way to the thread that owns the store.
#[derive(Debug)]
pub struct Call {
    /// Who asks, and where.
    pub context: Context,
    /// What is asked.
    pub request: Request,
    /// Where the answer goes: the value, or why not.
    pub reply: oneshot::Sender<Result<Value, ApiError>>,
}

/// Listens on the socket of a data folder, whose lock the caller holds.
///
/// # Errors
/// What the system says.
pub fn listen(data: &Path) -> io::Result<UnixListener> {
    let path = socket_path(data);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        // Left behind by a node that was killed: nobody else can be listening.
        _ => {
            let listener = UnixListener::bind(&path)?;
            // Who reaches it speaks as the persons of this device.
            std::fs::set_permissions(&path, Permissions::from_mode(0o600))?;
            Ok(listener)
        }
    }
}

/// Serves commands until `calls` is closed.
///
/// # Errors
/// What the system says when no more can be accepted.
pub async fn serve(
    listener: UnixListener,
    calls: mpsc::Sender<Call>,
    key: Option<DataKey>,
) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(CLIENTS_MAX));
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return Ok(()) };
        let stream = tokio::select! {
            stream = listener.accept() => stream?.0,
            () = calls.closed() => return Ok(()),
        };
        let (calls, key) = (calls.clone(), key.clone());
        tokio::spawn(async move {
            let _permit = permit;
            if let Err(error) = converse(stream, calls, key).await {
                tracing::debug!(%error, "a command went away");
            }
        });
    }
}

async fn converse(
    mut stream: tokio::net::UnixStream,
    calls: mpsc::Sender<Call>,
    key: Option<DataKey>,
) -> io::Result<()> {
    let (read, mut write) = stream.split();
    let mut read = tokio::io::BufReader::new(read);
    loop {
        let mut line = Vec::new();
        if (&mut read).take(REQUEST_BYTES_MAX).read_until(b'\n', &mut line).await? == 0 {
            return Ok(());
        }
        let answer = match serde_json::from_slice(&line) {
            _ if line.trim_ascii_end() == KEY_QUESTION.as_bytes() => match &key {
                Some(key) => Answer::Ok(HEXLOWER.encode(key.as_bytes()).into()),
                None => Answer::Error("this folder has no key".to_owned()),
            },
            Ok(Question { context, request }) => {
                let (reply, answer) = oneshot::channel();
                let lang = context.lang.clone();
                let call = Call { context, request, reply };
                if calls.send(call).await.is_err() {
                    return Ok(());
                }
                match answer.await {
                    Ok(Ok(value)) => Answer::Ok(value),
                    Ok(Err(error)) => match Locked::of(&error, lang.as_deref()) {
                        Some(locked) => Answer::Locked(locked),
                        None => Answer::Error(error.words(lang.as_deref())),
                    },
                    Err(_) => return Ok(()),
                }
            }
            Err(error) => Answer::Error(format!("this is no request: {error}")),
        };
        let mut line = serde_json::to_vec(&answer).map_err(io::Error::other)?;
        line.push(b'\n');
        write.write_all(&line).await?;
    }
}

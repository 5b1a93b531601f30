//! The runtime: threads and tasks that carry out what the core decides.
//!
//! Two threads own all state. The **store thread** owns the [`Node`] and with it the store: it
//! runs commands and the sessions' batches one after the other, as many batches in one
//! transaction as have gathered while the last one ended. The **core thread** owns the
//! [`crate::core::Core`] and a reading connection: it takes the network's events, commits that
//! have ended and the time, and carries out the effects. Between them and the network's tasks
//! stand bounded queues, and the core never waits for the store. Beside them **readers** answer
//! what only reads, each over a connection of its own, so that nobody who looks at a page waits for
//! a commit.

mod core_thread;
mod ledger;
mod readers;
mod serve;
mod store_thread;
mod sync;

use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use baro_crdt::ids::{PersonId, WallSeconds};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use crate::api::{ApiError, Context, Node, OpenVaults, PersonKey, Pin, Request, TryError};
use crate::core::Core;
use crate::ingest::Strict;
use crate::net::{Address, NetConfig, NetError};
use crate::store::{Database, Read, StoreError};
use crate::words::why;
pub use ledger::Budget;
use readers::Readers;
pub use serve::{Moment, serve};
use store_thread::Job;
pub use sync::{SyncFailed, SyncReport};

/// Commands that wait for the core thread.
const COMMANDS_MAX: usize = 64;
/// Jobs that wait for the store thread.
const JOBS_MAX: usize = 256;

/// A blob that was used so little ago is not noted again, in seconds.
const USED_APART: i64 = 10;

/// Why a node could not be run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The network could not be opened.
    #[error("{0}")]
    Net(#[from] NetError),
    /// The store could not be read.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// The system refused a thread or randomness.
    #[error("the system did not give what a node needs: {0}")]
    System(String),
}

/// What the core thread is asked to do.
enum Command {
    Sync { address: Address, reply: oneshot::Sender<Result<SyncReport, SyncFailed>> },
    Live { reply: oneshot::Sender<crate::api::Live> },
    Changed(crate::replica::News),
    Stop,
}

/// A running node.
pub struct Running {
    jobs: SyncSender<Job>,
    commands: mpsc::Sender<Command>,
    readers: Arc<Readers>,
    vaults: OpenVaults,
    store: JoinHandle<()>,
    core: JoinHandle<()>,
}

/// A hold on a running node that can be given away.
#[derive(Clone)]
pub struct RunningHandle {
    jobs: SyncSender<Job>,
    commands: mpsc::Sender<Command>,
    readers: Arc<Readers>,
    vaults: OpenVaults,
}

/// This device's clock, in seconds since 1970.
pub fn wall_seconds() -> WallSeconds {
    let seconds = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    };
    WallSeconds(seconds)
}

/// Runs `node`, whose database is `database`, on the network. Call it within a tokio runtime.
///
/// # Errors
/// [`RunError`] where network, store or system refuse.
pub fn start(
    mut node: Node,
    database: &Database,
    net: NetConfig,
    budget: Budget,
) -> Result<Running, RunError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| RunError::System(error.to_string()))?;
    let (neighbours_max, looks) = (net.neighbours_max, net.discovery.is_some());
    let faster = net.faster;
    let (handle, events) = crate::net::start(net)?;
    let reader = database.reader()?;
    let readers = Arc::new(Readers::open(&mut node, database)?);
    let vaults = node.vaults();
    let day = ledger::today();
    let row = reader.snapshot()?.local(&ledger::Ledger::key(day))?;
    let ledger = ledger::Ledger::new(budget, day, row.as_deref());
    let (jobs, job_queue) = std::sync::mpsc::sync_channel(JOBS_MAX);
    let (results, result_queue) = mpsc::channel(JOBS_MAX);
    let (commands, command_queue) = mpsc::channel(COMMANDS_MAX);
    let news = commands.clone();
    let spawn = |name: &str, work: Box<dyn FnOnce() + Send>| {
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(work)
            .map_err(|error| RunError::System(error.to_string()))
    };
    let store =
        spawn("store", Box::new(move || store_thread::run(node, &job_queue, &results, &news)))?;
    let runtime = tokio::runtime::Handle::current();
    let core_jobs = jobs.clone();
    let mut core = Core::new(seed, Box::new(Strict));
    core.set_neighbours(neighbours_max, looks);
    core.shuffle_faster(faster.into());
    let core = spawn(
        "core",
        Box::new(move || {
            let state = core_thread::CoreThread::new(core, reader, handle, core_jobs, ledger);
            runtime.block_on(state.run(events, result_queue, command_queue));
        }),
    )?;
    Ok(Running { jobs, commands, readers, vaults, store, core })
}

impl Running {
    /// A hold on it for others.
    pub fn handle(&self) -> RunningHandle {
        RunningHandle {
            jobs: self.jobs.clone(),
            commands: self.commands.clone(),
            readers: Arc::clone(&self.readers),
            vaults: self.vaults.clone(),
        }
    }

    /// Ends links in good order, makes durable what is pending, and stops.
    pub async fn stop(self) {
        let _ = self.commands.send(Command::Stop).await;
        let Self { jobs, commands, readers, store, core, .. } = self;
        readers.close();
        drop(commands);
        let joined = tokio::task::spawn_blocking(move || {
            // A thread that panicked has printed why.
            let _ = core.join();
            // Handles may still be about, in connections of browsers: nobody waits for these.
            let _ = jobs.send(Job::Stop);
            let _ = store.join();
        });
        let _ = joined.await;
    }
}

impl RunningHandle {
    /// Does what a command asks. What only reads is answered beside the store thread, from what is
    /// durable by then: also what whoever asks has just written.
    ///
    /// # Errors
    /// The command's own.
    pub async fn request(&self, context: Context, request: Request) -> Result<Value, ApiError> {
        let context = self.with_pins(context).await?;
        let gone = || ApiError::Stopping;
        let live = if request.shows_live() {
            let (reply, answer) = oneshot::channel();
            self.commands.send(Command::Live { reply }).await.map_err(|_| gone())?;
            Some(Box::new(answer.await.map_err(|_| gone())?))
        } else {
            None
        };
        if request.reads() {
            let is_used = matches!(request, Request::BlobShow { .. });
            let answer = self.readers.answer(context, request, live).await?;
            if is_used {
                self.used(&answer);
            }
            return Ok(answer);
        }
        let request = Box::new(request);
        self.job(|reply| Job::Request { context, request, live, reply }).await
    }

    /// The context with what its PINs open, each tried beside the store thread.
    async fn with_pins(&self, mut context: Context) -> Result<Context, ApiError> {
        let pins = std::mem::take(&mut context.pins);
        for (wanted, pin) in pins {
            if let Some((person, key)) = self.open(&context, wanted, pin).await? {
                context.keys.add(person, key);
            }
        }
        Ok(context)
    }

    /// Opens the vault of a person of this device, by id or name; `None` where they have no PIN.
    ///
    /// # Errors
    /// [`TryError`] where the PIN is another one, or wrong ones make it wait.
    pub(crate) async fn open(
        &self,
        context: &Context,
        wanted: String,
        pin: Pin,
    ) -> Result<Option<(PersonId, PersonKey)>, TryError> {
        let context = context.clone();
        let trial = self.try_job(|reply| Job::BeginTry { context, wanted, reply }).await?;
        let Some(trial) = trial else { return Ok(None) };
        let opened = tokio::task::spawn_blocking(move || {
            let found = trial.open(pin.digits());
            found.map(|found| (trial, found))
        });
        let (trial, found) = opened.await.map_err(|_| ApiError::Stopping)??;
        let person = trial.person();
        let key = self.job(|reply| Job::EndTry { trial, found, reply }).await?;
        Ok(Some((person, key)))
    }

    /// Notes that a session has this vault open: what comes for its person is opened as it comes.
    pub(crate) fn note_open(&self, person: PersonId, key: &PersonKey) {
        self.vaults.note(person, key);
    }

    /// Whether a person of this device has a PIN.
    ///
    /// # Errors
    /// [`ApiError`] where it cannot be told.
    pub(crate) async fn has_pin(&self, person: PersonId) -> Result<bool, ApiError> {
        self.job(|reply| Job::HasPin { person, reply }).await
    }

    /// Has it noted that this blob was used, where it is here and was not noted just before. While
    /// there is too much to do it is not: it says no more than what goes last.
    fn used(&self, shown: &Value) {
        let text = |name| shown.get(name).and_then(Value::as_str).unwrap_or_default();
        let before = shown.get("used_at").and_then(Value::as_i64).unwrap_or(0);
        let is_new = wall_seconds().0.saturating_sub(before) >= USED_APART;
        if text("state") == "here"
            && is_new
            && let Ok(hash) = text("id").parse()
        {
            let _ = self.jobs.try_send(Job::Used(hash));
        }
    }

    async fn job<T>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, ApiError>>) -> Job,
    ) -> Result<T, ApiError> {
        self.try_job(job).await
    }

    /// Gives a job to the store thread and waits for its answer.
    async fn try_job<T, E: From<ApiError>>(
        &self,
        job: impl FnOnce(oneshot::Sender<Result<T, E>>) -> Job,
    ) -> Result<T, E> {
        let (reply, answer) = oneshot::channel();
        let job = job(reply);
        let jobs = self.jobs.clone();
        match tokio::task::spawn_blocking(move || jobs.send(job).is_ok()).await {
            Ok(true) => answer.await.map_err(|_| ApiError::Stopping)?,
            _ => Err(ApiError::Stopping.into()),
        }
    }

    /// A local value: what this device keeps for itself under a key.
    ///
    /// # Errors
    /// [`ApiError`] where it cannot be read.
    pub(crate) async fn local(&self, key: String) -> Result<Option<Vec<u8>>, ApiError> {
        self.job(|reply| Job::Local { key, reply }).await
    }

    /// As [`RunningHandle::sync`], from text to JSON.
    ///
    /// # Errors
    /// [`ApiError`] that says why not.
    pub async fn sync_json(&self, address: &str) -> Result<Value, ApiError> {
        let failed =
            |error: &dyn std::fmt::Display| ApiError::refused(why::sync_failed(error.to_string()));
        let address = address.parse::<Address>().map_err(|error| failed(&error))?;
        let report = self.sync(address).await.map_err(|error| failed(&error))?;
        serde_json::to_value(&report).map_err(|error| failed(&error))
    }

    /// Runs one session with the node at `address`.
    ///
    /// # Errors
    /// [`SyncFailed`] where there was no link, or it ended before the session did.
    pub async fn sync(&self, address: Address) -> Result<SyncReport, SyncFailed> {
        let (reply, answer) = oneshot::channel();
        let stopping = || SyncFailed::Stopping;
        self.commands.send(Command::Sync { address, reply }).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }
}

//! The store thread: commands and batches, one after the other.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use baro_crdt::ids::{BlobHash, CommunityId, PersonId};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::{Command, wall_seconds};
use crate::api::{ApiError, Context, Found, Live, Node, PersonKey, Request, Trial, TryError};
use crate::core::{Event, GroupId};
use crate::replica::{Batch, Item, LocalChange};

/// The most bytes of batches in one transaction.
pub(super) const GROUP_BYTES_MAX: usize = 1024 * 1024;
/// The same where parts of files came: each transaction waits for the file to be durable too, and
/// a commit of 16 MiB takes in seven times as many bytes a second as one of 1 MiB
/// (`blob_figures`).
const SLICES_BYTES_MAX: usize = 16 * 1024 * 1024;

/// How often it is looked at what blobs there is room for: others fill the disk too.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// Work for the store thread.
pub(super) enum Job {
    Commit {
        group: GroupId,
        batch: Batch,
    },
    Refused(BTreeMap<String, u64>),
    /// A session with a peer came to its end, about these communities.
    Heard {
        peer: String,
        communities: Vec<CommunityId>,
    },
    /// A local row.
    Put {
        key: String,
        value: Vec<u8>,
    },
    /// A local row for somebody who waits.
    Local {
        key: String,
        reply: oneshot::Sender<Result<Option<Vec<u8>>, ApiError>>,
    },
    /// Whether somebody has a PIN.
    HasPin {
        person: PersonId,
        reply: oneshot::Sender<Result<bool, ApiError>>,
    },
    /// A PIN is about to be tried.
    BeginTry {
        context: Context,
        wanted: String,
        reply: oneshot::Sender<Result<Option<Trial>, TryError>>,
    },
    /// It was right.
    EndTry {
        trial: Trial,
        found: Found,
        reply: oneshot::Sender<Result<PersonKey, ApiError>>,
    },
    Request {
        context: Context,
        request: Box<Request>,
        live: Option<Box<Live>>,
        reply: oneshot::Sender<Result<Value, ApiError>>,
    },
    /// Somebody read a blob.
    Used(BlobHash),
    /// Nothing comes after this.
    Stop,
}

/// Works until it is told to stop, or every sender of jobs is gone.
pub(super) fn run(
    mut node: Node,
    jobs: &Receiver<Job>,
    results: &mpsc::Sender<Event>,
    news: &mpsc::Sender<Command>,
) {
    let mut next: Option<Job> = None;
    let mut tidied = Instant::now();
    loop {
        if tidied.elapsed() >= TIDY_EVERY {
            tidied = Instant::now();
            if let Err(error) = node.tidy_blobs(wall_seconds()) {
                tracing::warn!(%error, "what has room could not be looked at");
            }
            tell(&mut node, news);
        }
        // Between other work what has come is opened, a little at a time.
        let wait = if node.has_unopened() { Duration::ZERO } else { TIDY_EVERY };
        let job = match next.take().map_or_else(|| jobs.recv_timeout(wait), Ok) {
            Ok(job) => job,
            Err(RecvTimeoutError::Timeout) => {
                node.open_some();
                tell(&mut node, news);
                continue;
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        match job {
            Job::Commit { group, batch } => {
                let slices = |batch: &Batch| matches!(batch.items.first(), Some(Item::Slice(_)));
                let (mut bytes, mut sliced) = match slices(&batch) {
                    true => (0, batch.bytes()),
                    false => (batch.bytes(), 0),
                };
                let mut groups = vec![group];
                let mut batches = vec![batch];
                while bytes < GROUP_BYTES_MAX && sliced < SLICES_BYTES_MAX {
                    match jobs.try_recv() {
                        Ok(Job::Commit { group, batch }) => {
                            let of = if slices(&batch) { &mut sliced } else { &mut bytes };
                            *of += batch.bytes();
                            groups.push(group);
                            batches.push(batch);
                        }
                        Ok(other) => {
                            next = Some(other);
                            break;
                        }
                        Err(_) => break,
                    }
                }
                commit(&mut node, &groups, batches, results);
                tell(&mut node, news);
            }
            Job::Stop => return,
            Job::Used(hash) => {
                if let Err(error) = node.blob_used(wall_seconds(), hash) {
                    tracing::warn!(%error, "when a file was used could not be kept");
                }
            }
            Job::Refused(counts) => {
                if let Err(error) = node.count_refused(&counts) {
                    tracing::warn!(%error, "what was refused could not be counted");
                }
            }
            Job::Heard { peer, communities } => {
                if let Err(error) = node.heard(wall_seconds(), &peer, &communities) {
                    tracing::warn!(%error, "when a peer was heard could not be kept");
                }
            }
            Job::Put { key, value } => {
                let items = vec![Item::Local(LocalChange::Put { key, value })];
                if let Err(error) = node.take_in(&[Batch { items, ..Batch::default() }]) {
                    tracing::warn!(%error, "what was spent could not be kept");
                }
            }
            Job::Local { key, reply } => {
                let _ = reply.send(node.store().local(&key).map_err(ApiError::from));
            }
            Job::HasPin { person, reply } => {
                let _ = reply.send(node.has_pin(&person));
            }
            Job::BeginTry { context, wanted, reply } => {
                let _ = reply.send(node.begin_try(wall_seconds(), &context, &wanted));
            }
            Job::EndTry { trial, found, reply } => {
                let answer = node.end_try(wall_seconds(), &trial, found);
                tell(&mut node, news);
                let _ = reply.send(answer);
            }
            Job::Request { context, request, live, reply } => {
                if let Some(live) = live {
                    *node.live() = *live;
                }
                let answer = node.handle(wall_seconds(), &context, *request);
                tell(&mut node, news);
                // Whoever asked may have gone away; what was written stays.
                let _ = reply.send(answer);
            }
        }
    }
}

/// Tells the core what commands brought.
fn tell(node: &mut Node, news: &mpsc::Sender<Command>) {
    let told = node.take_news();
    if !told.is_empty() && news.blocking_send(Command::Changed(told)).is_err() {
        tracing::debug!("the core has stopped");
    }
}

fn commit(
    node: &mut Node,
    groups: &[GroupId],
    mut batches: Vec<Batch>,
    results: &mpsc::Sender<Event>,
) {
    let now = wall_seconds();
    batches.iter_mut().for_each(|batch| batch.now = now);
    let events: Vec<Event> = match node.take_in(&batches) {
        Ok(outcomes) => groups
            .iter()
            .zip(outcomes)
            .map(|(group, outcome)| Event::Committed { group: *group, outcome })
            .collect(),
        Err(error) => {
            tracing::error!(%error, "nothing was taken in");
            groups
                .iter()
                .map(|group| Event::CommitFailed { group: *group, error: error.clone() })
                .collect()
        }
    };
    for event in events {
        if results.blocking_send(event).is_err() {
            return;
        }
    }
}

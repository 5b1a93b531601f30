//! W by subduction, over sedimentrees of Automerge documents.
//!
//! A debate is a document and its sedimentree, a post one Automerge change as in [`crdts`]. Common
//! posts are cut as the library wants it, by the leading zeros of their hashes: what Automerge
//! gives as fragments are fragments, each a bundle, the other changes are loose commits, one blob
//! each. Differences are loose commits. Where one of them ends a fragment, the library asks for the
//! fragment, which is left for later: cut before the contact, it would go over the pipe with all
//! that is in it, and its loose commits would come back from the other side. The library signs each
//! commit and each fragment with the key of the replica that stores it, not with the author's;
//! receivers verify them.
//!
//! Two nodes of the library over its store in memory are linked by a pipe, each message behind four
//! bytes of length, as its transport over QUIC has it; what is counted are all bytes on the pipe:
//! the signed greeting, fingerprints of what each document has, commits, and heads. One of the two
//! asks for one document after the other and sends back what the other one lacks. The library
//! keeps no state of a sync for the next one. The pipe is not encrypted.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use automerge::{Automerge, ChangeHash, ROOT, ReadDoc};
use future_form::Sendable;
use futures::future::{AbortHandle, Abortable, BoxFuture};
use sedimentree_core::blob::{Blob, BlobMeta};
use sedimentree_core::depth::CountLeadingZeroBytes;
use sedimentree_core::fragment::Fragment;
use sedimentree_core::id::SedimentreeId;
use sedimentree_core::loose_commit::{LooseCommit, id::CommitId};
use subduction_core::handler::sync::SyncHandler;
use subduction_core::handshake::{Handshake, audience::Audience, initiate, respond};
use subduction_core::nonce_cache::NonceCache;
use subduction_core::peer::id::PeerId;
use subduction_core::policy::open::OpenPolicy;
use subduction_core::spawn::Spawn;
use subduction_core::storage::memory::MemoryStorage;
use subduction_core::subduction::{Subduction, builder::SubductionBuilder};
use subduction_core::timeout::{TimedOut, Timeout, call::CallTimeout};
use subduction_core::timestamp::TimestampSeconds;
use subduction_core::transport::{Transport, message::MessageTransport};
use subduction_crypto::nonce::Nonce;
use subduction_crypto::signer::memory::MemorySigner;
use tokio::io::{AsyncReadExt, AsyncWriteExt, WriteHalf, split};
use tokio::sync::{Mutex, mpsc};

use super::Taken;
use super::pipe::{Count, End, pipe};
use crate::crdts;
use crate::work::{DEBATES, Work};

/// How many messages wait at one end of a pipe.
const QUEUE_MESSAGES: usize = 64;
/// When all nodes greet each other, by the clock that they are given.
const NOW: TimestampSeconds = TimestampSeconds::new(1_700_000_000);

/// Runs what the library wants run.
#[derive(Clone, Copy, Debug)]
struct Runs;

impl Spawn<Sendable> for Runs {
    fn spawn(&self, future: BoxFuture<'static, ()>) -> AbortHandle {
        let (handle, registration) = AbortHandle::new_pair();
        tokio::spawn(Abortable::new(future, registration));
        handle
    }
}

/// Ends what takes too long.
#[derive(Clone, Copy, Debug)]
struct Ends;

impl Timeout<Sendable> for Ends {
    fn timeout<'a, T: 'a>(
        &'a self,
        longest: Duration,
        future: BoxFuture<'a, T>,
    ) -> BoxFuture<'a, Result<T, TimedOut>> {
        Box::pin(async move { tokio::time::timeout(longest, future).await.map_err(|_| TimedOut) })
    }
}

/// One end of a pipe that carries messages behind their lengths.
#[derive(Clone, Debug)]
struct Wire(Arc<Inside>);

#[derive(Debug)]
struct Inside {
    write: Mutex<WriteHalf<End>>,
    came: Mutex<mpsc::Receiver<Vec<u8>>>,
    reads: AbortHandle,
}

impl Wire {
    fn new(end: End) -> Self {
        let (mut read, write) = split(end);
        let (to, came) = mpsc::channel(QUEUE_MESSAGES);
        let reads = Runs.spawn(Box::pin(async move {
            while let Ok(length) = read.read_u32().await {
                let mut message = vec![0; length as usize];
                if read.read_exact(&mut message).await.is_err() || to.send(message).await.is_err() {
                    return;
                }
            }
        }));
        Self(Arc::new(Inside { write: Mutex::new(write), came: Mutex::new(came), reads }))
    }

    async fn write(&self, message: &[u8]) -> io::Result<()> {
        let length = u32::try_from(message.len()).map_err(io::Error::other)?;
        let mut write = self.0.write.lock().await;
        write.write_u32(length).await?;
        write.write_all(message).await
    }

    async fn read(&self) -> io::Result<Vec<u8>> {
        let message = self.0.came.lock().await.recv().await;
        message.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

impl PartialEq for Wire {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Transport<Sendable> for Wire {
    type SendError = io::Error;
    type RecvError = io::Error;
    type DisconnectionError = io::Error;

    fn send_bytes(&self, bytes: &[u8]) -> BoxFuture<'_, io::Result<()>> {
        let bytes = bytes.to_vec();
        Box::pin(async move { self.write(&bytes).await })
    }

    fn recv_bytes(&self) -> BoxFuture<'_, io::Result<Vec<u8>>> {
        Box::pin(self.read())
    }

    fn disconnect(&self) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move {
            self.0.reads.abort();
            self.0.write.lock().await.shutdown().await
        })
    }
}

/// A wire on which nobody is known yet.
struct Stranger(Wire);

impl Handshake<Sendable> for Stranger {
    type Error = io::Error;

    fn send(&mut self, bytes: Vec<u8>) -> BoxFuture<'_, io::Result<()>> {
        Box::pin(async move { self.0.write(&bytes).await })
    }

    fn recv(&mut self) -> BoxFuture<'_, io::Result<Vec<u8>>> {
        Box::pin(self.0.read())
    }
}

type Connection = MessageTransport<Wire>;
type Handler =
    SyncHandler<Sendable, MemoryStorage, Connection, OpenPolicy, CountLeadingZeroBytes, Runs>;
type Node = Subduction<
    'static,
    Sendable,
    MemoryStorage,
    Connection,
    Handler,
    OpenPolicy,
    MemorySigner,
    Ends,
    Runs,
>;

/// A node and its name.
struct Replica {
    node: Arc<Node>,
    signer: MemorySigner,
    name: PeerId,
}

impl Replica {
    fn new(seed: u8) -> Self {
        let signer = MemorySigner::from_bytes(&[seed; 32]);
        let name = PeerId::from(signer.verifying_key());
        let (node, _, listener, manager) = SubductionBuilder::new()
            .signer(signer.clone())
            .storage(MemoryStorage::new(), Arc::new(OpenPolicy))
            .spawner(Runs)
            .timer(Ends)
            .build::<Sendable, Connection>();
        tokio::spawn(listener);
        tokio::spawn(manager);
        Self { node, signer, name }
    }

    /// Stores a whole document.
    async fn keep(&self, debate: usize, doc: &mut Automerge) -> Result<()> {
        let id = tree(debate);
        let cut = doc.fragments(1..);
        let covered: HashSet<ChangeHash> =
            cut.iter().flat_map(|fragment| fragment.members.iter().copied()).collect();
        let mut fragments = Vec::new();
        for fragment in cut {
            fragments.push(bundle(doc, id, fragment.head)?);
        }
        let mut commits = Vec::new();
        for change in doc.get_changes(&[]) {
            if !covered.contains(&change.hash()) {
                let blob = Blob::new(change.raw_bytes().to_vec());
                let meta = BlobMeta::new(&blob);
                let parents = commit_ids(change.deps());
                let commit = LooseCommit::new(id, CommitId::new(change.hash().0), parents, meta);
                commits.push((commit, blob));
            }
        }
        self.node.store_built_batch(id, commits, fragments).await?;
        Ok(())
    }

    /// Stores the latest change of a document.
    async fn keep_latest(&self, debate: usize, doc: &mut Automerge) -> Result<()> {
        let id = tree(debate);
        let change = doc.get_last_local_change().context("a change")?;
        let head = CommitId::new(change.hash().0);
        let blob = Blob::new(change.raw_bytes().to_vec());
        self.node.store_commit(id, head, commit_ids(change.deps()), blob).await?;
        Ok(())
    }

    /// The document as it is written in what is stored here.
    async fn read(&self, debate: usize) -> Result<Automerge> {
        let blobs = self.node.get_blobs(tree(debate)).await?.context("blobs")?;
        let all: Vec<u8> = blobs.iter().flat_map(|blob| blob.as_slice().iter().copied()).collect();
        Ok(Automerge::load(&all)?)
    }
}

/// The sedimentree of a debate.
fn tree(debate: usize) -> SedimentreeId {
    SedimentreeId::new(*blake3::hash(format!("debate {debate}").as_bytes()).as_bytes())
}

fn commit_ids(hashes: &[ChangeHash]) -> BTreeSet<CommitId> {
    hashes.iter().map(|hash| CommitId::new(hash.0)).collect()
}

/// The fragment of a document with this head.
fn bundle(doc: &Automerge, id: SedimentreeId, head: ChangeHash) -> Result<(Fragment, Blob)> {
    let fragment = doc.get_fragment(head).context("a fragment")?;
    let boundary = commit_ids(&fragment.boundary);
    let checkpoints: Vec<CommitId> = commit_ids(&fragment.checkpoints).into_iter().collect();
    let bytes = doc.bundle_fragments([fragment]).pop().context("a bundle")?;
    let blob = Blob::new(bytes);
    let meta = BlobMeta::new(&blob);
    Ok((Fragment::new(id, CommitId::new(head.0), boundary, &checkpoints, meta), blob))
}

/// A contact in which `one` asks for all documents; gives the bytes.
async fn meet(one: &Replica, other: &Replica) -> Result<usize> {
    let count = Count::default();
    let (here, there) = pipe(&count);
    let nonces = NonceCache::default();
    let connection = |stranger: Stranger, _| (MessageTransport::new(stranger.0), ());
    let (ours, theirs) = tokio::join!(
        initiate::<Sendable, _, _, _, _>(
            Stranger(Wire::new(here)),
            connection,
            &one.signer,
            Audience::known(other.name),
            NOW,
            Nonce::random(),
        ),
        respond::<Sendable, _, _, _, _>(
            Stranger(Wire::new(there)),
            connection,
            &other.signer,
            &nonces,
            other.name,
            None,
            NOW,
            Duration::from_secs(60),
        )
    );
    one.node.add_connection(ours?.0).await?;
    other.node.add_connection(theirs?.0).await?;
    for debate in 0..DEBATES {
        let asked = one
            .node
            .sync_with_peer(&other.name, tree(debate), false, CallTimeout::Uncapped)
            .await?;
        if !asked.0 {
            bail!("subduction's sync fails");
        }
    }
    let bytes = count.silent().await?;
    one.node.disconnect_all().await?;
    other.node.disconnect_all().await?;
    count.silent().await?;
    Ok(bytes)
}

/// Checks that both hold these documents, with so many posts.
async fn same(docs: &[Automerge], replicas: [&Replica; 2], posts: usize) -> Result<()> {
    for replica in replicas {
        let mut held = 0;
        for (debate, doc) in docs.iter().enumerate() {
            let read = replica.read(debate).await?;
            if read.get_heads() != doc.get_heads() {
                bail!("subduction's two hold different things");
            }
            held += read.length(ROOT);
        }
        if held != posts {
            bail!("subduction's two hold {held} posts of {posts}");
        }
    }
    Ok(())
}

async fn run(work: &Work) -> Result<Taken> {
    let (one, other) = (Replica::new(1), Replica::new(2));
    let mut docs = crdts::common(work)?;
    for (debate, doc) in docs.iter_mut().enumerate() {
        one.keep(debate, doc).await?;
    }
    let heard = work.posts.len() - work.apart;
    meet(&other, &one).await?;
    same(&docs, [&one, &other], heard).await?;
    let mut theirs: Vec<Automerge> = docs.iter().map(Automerge::fork).collect();
    for (at, post) in work.posts.iter().enumerate().skip(heard) {
        let (replica, docs) =
            if post.side() == 0 { (&one, &mut docs) } else { (&other, &mut theirs) };
        let doc = &mut docs[post.debate];
        crdts::say(doc, at, post)?;
        replica.keep_latest(post.debate, doc).await?;
    }
    for (doc, theirs) in docs.iter_mut().zip(&mut theirs) {
        doc.merge(theirs)?;
    }
    let differences = meet(&one, &other).await?;
    same(&docs, [&one, &other], work.posts.len()).await?;
    let nothing = meet(&one, &other).await?;
    let fresh = Replica::new(3);
    let empty = meet(&fresh, &one).await?;
    same(&docs, [&one, &fresh], work.posts.len()).await?;
    Ok(Taken { differences, nothing, empty })
}

/// W by subduction.
pub(super) fn measure(work: &Work) -> Result<Taken> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build()?;
    runtime.block_on(run(work))
}

//! W by iroh-docs: signed entries by range-based reconciliation, their contents by iroh-blobs.
//!
//! A debate is a namespace whose secret both replicas hold, a post an entry by the key of its
//! author. The key of the entry is the post's number; its content, which iroh-docs keeps as a
//! blob, is the post replied to and the words. Each entry is signed twice, by the namespace and by
//! the author.
//!
//! Both replicas keep entries and blobs in memory. The sync of a namespace is that of the library,
//! message by message, each written and read again as its own (private) codec for streams does it:
//! four bytes of length, then postcard; the peer who dials tells the namespace with its first
//! message. Then each replica fetches the blobs that it lacks, one request each as iroh-docs does,
//! by the library's own code at both ends, each over a pipe of its own as it is a QUIC stream of
//! its own there. What is counted are the bytes of these messages and pipes. Not counted are QUIC
//! with its handshakes and headers, for each namespace a connection, and gossip, which is not run.
//! iroh-docs keeps no state of a sync for the next one.

use std::io;

use anyhow::{Context, Result, bail};
use iroh::endpoint::VarInt;
use iroh_blobs::Hash;
use iroh_blobs::api::Store as BlobStore;
use iroh_blobs::provider::{StreamPair as ServedPair, events::EventSender, handle_stream};
use iroh_blobs::store::mem::MemStore;
use iroh_blobs::util::{
    AsyncReadRecvStream, AsyncReadRecvStreamExtra, AsyncWriteSendStream, AsyncWriteSendStreamExtra,
};
use iroh_docs::store::{Query, Store};
use iroh_docs::sync::{ProtocolMessage, SignedEntry, SyncOutcome};
use iroh_docs::{Author, Capability, NamespaceId, NamespaceSecret};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite};

use super::Taken;
use super::pipe::{Count, End, pipe};
use crate::work::{AUTHORS, DEBATES, Post, Work};

/// What goes over a stream of the protocol, as iroh-docs has it.
#[derive(Serialize, Deserialize)]
enum Message {
    Init { namespace: NamespaceId, message: ProtocolMessage },
    Sync(ProtocolMessage),
}

/// Writes a message as the library does, counts it, and reads it again.
fn carry(message: &Message, count: &Count) -> Result<ProtocolMessage> {
    let bytes = postcard::to_stdvec(message)?;
    count.add(4 + bytes.len());
    Ok(match postcard::from_bytes(&bytes)? {
        Message::Init { message, .. } | Message::Sync(message) => message,
    })
}

/// One end of a pipe as iroh-blobs wants a stream.
struct Half(End);

impl AsyncReadRecvStreamExtra for Half {
    fn inner(&mut self) -> &mut (impl AsyncRead + Unpin + Send) {
        &mut self.0
    }

    fn stop(&mut self, _code: VarInt) -> io::Result<()> {
        Ok(())
    }

    fn id(&self) -> u64 {
        0
    }
}

impl AsyncWriteSendStreamExtra for Half {
    fn inner(&mut self) -> &mut (impl AsyncWrite + Unpin + Send) {
        &mut self.0
    }

    fn reset(&mut self, _code: VarInt) -> io::Result<()> {
        Ok(())
    }

    async fn stopped(&mut self) -> io::Result<Option<VarInt>> {
        Ok(None)
    }

    fn id(&self) -> u64 {
        0
    }
}

/// The keys of all, known to every replica.
struct Keys {
    namespaces: Vec<NamespaceSecret>,
    authors: Vec<Author>,
}

impl Keys {
    fn new() -> Self {
        let seed =
            |what: &str, at: usize| *blake3::hash(format!("{what} {at}").as_bytes()).as_bytes();
        Self {
            namespaces: (0..DEBATES)
                .map(|d| NamespaceSecret::from_bytes(&seed("debate", d)))
                .collect(),
            authors: (0..AUTHORS).map(|a| Author::from_bytes(&seed("author", a))).collect(),
        }
    }
}

/// The place of this peer in what the other one notes about it; not sent.
const PEERS: [[u8; 32]; 2] = [[1; 32], [2; 32]];

/// A replica of all namespaces, with the contents of their entries.
struct Replica {
    docs: Store,
    blobs: MemStore,
}

impl Replica {
    fn new(keys: &Keys) -> Result<Self> {
        let mut docs = Store::memory();
        for secret in &keys.namespaces {
            docs.import_namespace(Capability::Write(secret.clone()))?;
        }
        Ok(Self { docs, blobs: MemStore::new() })
    }

    async fn say(&mut self, keys: &Keys, at: usize, post: &Post) -> Result<()> {
        let to = post.reply_to.map(|to| format!("p{to}")).unwrap_or_default();
        let content = format!("{to}\n{}", post.text);
        let length = content.len() as u64;
        let hash = self.blobs.blobs().add_slice(content).await?.hash;
        let mut replica = self.docs.open_replica(&keys.namespaces[post.debate].id())?;
        replica.insert(format!("p{at}"), &keys.authors[post.author], hash, length).await?;
        Ok(())
    }

    fn entries(&mut self, namespace: NamespaceId) -> Result<Vec<SignedEntry>> {
        self.docs.get_many(namespace, Query::all())?.collect()
    }

    /// Fetches the blobs of a namespace that are not here.
    async fn fetch(
        &mut self,
        namespace: NamespaceId,
        from: &BlobStore,
        count: &Count,
    ) -> Result<()> {
        for entry in self.entries(namespace)? {
            let hash = entry.content_hash();
            if !self.blobs.blobs().has(hash).await? {
                fetch_blob(&self.blobs, from, hash, count).await?;
            }
        }
        Ok(())
    }
}

/// Fetches a blob over a pipe of its own.
async fn fetch_blob(to: &BlobStore, from: &BlobStore, hash: Hash, count: &Count) -> Result<()> {
    let (asks, hears) = pipe(count);
    let (answers, gets) = pipe(count);
    let served = ServedPair::new(
        0,
        AsyncReadRecvStream::new(Half(hears)),
        AsyncWriteSendStream::new(Half(answers)),
        EventSender::DEFAULT,
    );
    let fetched = iroh_blobs::get::StreamPair::new(
        0,
        AsyncReadRecvStream::new(Half(gets)),
        AsyncWriteSendStream::new(Half(asks)),
    );
    let (served, fetched) = tokio::join!(
        handle_stream(served, from.clone()),
        to.remote().fetch(fetched, hash).complete()
    );
    served.map_err(|error| anyhow::anyhow!("iroh-blobs: {error}"))?;
    fetched.map_err(|error| anyhow::anyhow!("iroh-blobs: {error}"))?;
    Ok(())
}

/// A contact over all namespaces, which `one` begins; gives the bytes.
async fn meet(keys: &Keys, one: &mut Replica, other: &mut Replica) -> Result<usize> {
    let count = Count::default();
    for secret in &keys.namespaces {
        let namespace = secret.id();
        let (mut here, mut there) = (SyncOutcome::default(), SyncOutcome::default());
        let message = one.docs.open_replica(&namespace)?.sync_initial_message()?;
        let mut next = Some(carry(&Message::Init { namespace, message }, &count)?);
        while let Some(message) = next.take() {
            let mut replica = other.docs.open_replica(&namespace)?;
            let answer = replica.sync_process_message(message, PEERS[0], &mut there).await?;
            let Some(answer) = answer else { break };
            let answer = carry(&Message::Sync(answer), &count)?;
            let mut replica = one.docs.open_replica(&namespace)?;
            next = replica
                .sync_process_message(answer, PEERS[1], &mut here)
                .await?
                .map(|message| carry(&Message::Sync(message), &count))
                .transpose()?;
        }
        one.fetch(namespace, &other.blobs, &count).await?;
        other.fetch(namespace, &one.blobs, &count).await?;
    }
    Ok(count.bytes())
}

/// Checks that both hold the same posts with their contents, so many of them.
async fn same(keys: &Keys, one: &mut Replica, other: &mut Replica, posts: usize) -> Result<()> {
    let mut held = 0;
    for secret in &keys.namespaces {
        let entries = one.entries(secret.id())?;
        if entries != other.entries(secret.id())? {
            bail!("iroh-docs' two hold different things");
        }
        held += entries.len();
        for entry in entries {
            let hash = entry.content_hash();
            let content = one.blobs.blobs().get_bytes(hash).await.context("a content")?;
            if content != other.blobs.blobs().get_bytes(hash).await.context("a content")? {
                bail!("iroh-docs' two hold different contents");
            }
        }
    }
    if held != posts {
        bail!("iroh-docs' two hold {held} posts of {posts}");
    }
    Ok(())
}

async fn run(work: &Work) -> Result<Taken> {
    let keys = Keys::new();
    let mut sides = [Replica::new(&keys)?, Replica::new(&keys)?];
    let heard = work.posts.len() - work.apart;
    for (at, post) in work.posts.iter().enumerate().take(heard) {
        sides[post.side()].say(&keys, at, post).await?;
    }
    let [one, other] = &mut sides;
    meet(&keys, one, other).await?;
    same(&keys, one, other, heard).await?;
    for (at, post) in work.posts.iter().enumerate().skip(heard) {
        sides[post.side()].say(&keys, at, post).await?;
    }
    let [one, other] = &mut sides;
    let differences = meet(&keys, one, other).await?;
    same(&keys, one, other, work.posts.len()).await?;
    let nothing = meet(&keys, one, other).await?;
    let mut fresh = Replica::new(&keys)?;
    let empty = meet(&keys, &mut fresh, one).await?;
    same(&keys, &mut fresh, one, work.posts.len()).await?;
    Ok(Taken { differences, nothing, empty })
}

/// W by iroh-docs.
pub(super) fn measure(work: &Work) -> Result<Taken> {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build()?;
    runtime.block_on(run(work))
}

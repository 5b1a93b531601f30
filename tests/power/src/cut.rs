//! One power cut, and everything that must hold after it.

use std::path::Path;

use baro_crdt::record::Record;
use baro_node::WallSeconds;
use baro_node::api::{Node, Op, Request};
use baro_node::bundle::{self, Frame, Incoming};
use baro_node::folder::Folder;
use baro_node::ingest::Strict;
use baro_node::replica::{Batch, Item};
use baro_node::store::{MemoryStore, Read, SqliteStore};

use crate::dice::Dice;
use crate::life::{
    Device, INSTALLATION, Life, Step, community, database, key, live_on, show, words, write_image,
};
use crate::meet::meet;
use crate::state::{State, lengths, state};

/// After the cuts, beyond what any clock showed before.
const LATER: WallSeconds = WallSeconds(2_000_000_000);

/// What a cut came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survived {
    /// Whether the commit under way at the cut was there.
    pub under_way: bool,
    /// Whether the power was cut a second time, soon after the node had started again.
    pub twice: bool,
    /// Whether the folder was then opened as a copy, in fresh lanes.
    pub as_copy: bool,
}

/// Cuts the power somewhere in `life`, starts the node on what is left and judges.
///
/// # Errors
/// What does not hold, in words.
pub fn cut(life: &Life, seed: u64) -> Result<Survived, String> {
    let mut dice = Dice::new(seed, "cut");
    let done = life.trace.place(&mut dice);
    let mut image = life.trace.cut(done, true, &mut dice);
    let folder = tempfile::tempdir().map_err(words)?;
    write_image(folder.path(), &image)?;
    let (mut found, under_way) = judge_store(folder.path(), life, done)?;
    let mut survived = Survived { under_way, ..Survived::default() };
    let mut since = None;
    if dice.chance(25) {
        survived.twice = true;
        let next = live_on(image, found, life, seed)?;
        let done = next.trace.place(&mut dice);
        image = next.trace.cut(done, true, &mut dice);
        let folder = tempfile::tempdir().map_err(words)?;
        write_image(folder.path(), &image)?;
        (found, _) = judge_store(folder.path(), &next, done)?;
        since = Some((next, done));
    }
    // The judge has opened, and so mended, what the cut left: the node begins on what it left.
    let folder = tempfile::tempdir().map_err(words)?;
    write_image(folder.path(), &image)?;
    if dice.chance(50) {
        // The index of the WAL is memory of the system, and may have been written out in part.
        std::fs::write(folder.path().join("baro.db-shm"), dice.noise(32 * 1024)).map_err(words)?;
    }
    survived.as_copy = dice.chance(50);
    let counts = life.mirrored.iter().filter(|(at, _)| *at <= done).map(|(_, count)| *count);
    let counts: Vec<u64> = counts.collect();
    let mirrored = if dice.chance(20) { 0 } else { dice.pick(&counts).copied().unwrap_or(0) };
    let node = if survived.as_copy {
        // A new lock file has another inode: to the program this folder is a copy.
        std::fs::write(folder.path().join("lock"), format!("{mirrored:<20}\n")).map_err(words)?;
        let lock = Folder::lock(folder.path(), &mut || false).map_err(words)?;
        lock.ok_or("nobody else has the folder")?.open(&key(), LATER).map_err(words)?.node
    } else {
        let store = database(&folder.path().join("baro.db")).store().map_err(words)?;
        if state(&store).map_err(words)? != found {
            return Err("noise in the index of the WAL changes what is found".to_owned());
        }
        let mut node = Node::new(Box::new(store), dice.rng(), None);
        if node.claim(INSTALLATION, mirrored).map_err(words)? {
            return Err("the node takes itself for a copy".to_owned());
        }
        node.drop_withdrawn(LATER).map_err(words)?;
        node
    };
    let mut a = Device { node, now: LATER };
    shows_all(&mut a, acknowledged(life, done), life)?;
    if let Some((next, done)) = &since {
        shows_all(&mut a, acknowledged(next, *done), next)?;
    }
    goes_on(&mut a, life, done, &mut dice)?;
    drop(a);
    sound(&database(&folder.path().join("baro.db")).store().map_err(words)?)?;
    Ok(survived)
}

/// Cuts the power on a disk that reports as synchronised what it has not written: whether what was
/// acknowledged is there all the same.
///
/// # Errors
/// Where it is not, in words.
pub fn cut_on_a_lying_disk(life: &Life, seed: u64) -> Result<(), String> {
    let mut dice = Dice::new(seed, "lying disk");
    let done = life.trace.place(&mut dice);
    let folder = tempfile::tempdir().map_err(words)?;
    write_image(folder.path(), &life.trace.cut(done, false, &mut dice))?;
    judge_store(folder.path(), life, done).map(|_| ())
}

/// The last step acknowledged before a cut.
fn acknowledged(life: &Life, done: usize) -> Option<&Step> {
    life.steps.iter().take_while(|step| step.done <= done).last()
}

/// Opens the store and compares: it is sound, every acknowledged entry is there, and all of it is
/// the state of the last acknowledged commit or of the one under way. Gives the state, and whether
/// it is the latter.
fn judge_store(folder: &Path, life: &Life, done: usize) -> Result<(State, bool), String> {
    let store = database(&folder.join("baro.db")).store().map_err(words)?;
    sound(&store)?;
    let last = acknowledged(life, done);
    let next = life.steps.iter().find(|step| step.done > done);
    let held = lengths(&store).map_err(words)?;
    for (log, length) in last.iter().flat_map(|step| &step.lengths) {
        let here = held.get(log).copied().unwrap_or(0);
        if here < *length {
            return Err(format!(
                "of log {log}, {length} entries were acknowledged, {here} are here"
            ));
        }
    }
    let found = state(&store).map_err(words)?;
    let expected = last.map_or(life.before, |step| step.state);
    if found == expected {
        Ok((found, false))
    } else if next.is_some_and(|step| step.state == found) {
        Ok((found, true))
    } else {
        let steps: Vec<&Step> = life.steps.iter().filter(|step| step.done <= done).collect();
        let older = steps.iter().rposition(|step| step.state == found);
        Err(match older {
            Some(at) => format!("step {at} of {} acknowledged ones is found", steps.len()),
            None => format!("after {} steps, the state of no commit is found", steps.len()),
        })
    }
}

fn sound(store: &SqliteStore) -> Result<(), String> {
    let findings = store.integrity().map_err(words)?;
    if findings.is_empty() { Ok(()) } else { Err(format!("not sound: {findings:?}")) }
}

/// The commands show every post that was acknowledged.
fn shows_all(a: &mut Device, last: Option<&Step>, life: &Life) -> Result<(), String> {
    let posts = life.posts.get(..last.map_or(0, |step| step.posts)).unwrap_or_default();
    if posts.is_empty() {
        return Ok(());
    }
    let shown = show(a, &life.debate)?;
    match posts.iter().find(|post| !shown.contains(post)) {
        Some(post) => Err(format!("the post {post} was acknowledged and is not shown")),
        None => Ok(()),
    }
}

/// The node writes, syncs with its neighbour, and both hold the same with nothing forked.
fn goes_on(a: &mut Device, life: &Life, done: usize, dice: &mut Dice) -> Result<(), String> {
    if a.node.store().communities().map_err(words)?.is_empty() {
        // Cut before its beginnings: it begins now.
        let init = a.ask(None, Request::Init { name: "Awa".to_owned() });
        let begun = init.is_err_and(|error| !error.contains("Awa"));
        if begun {
            return Err("a node that has not begun cannot begin".to_owned());
        }
        a.ask(None, community())?;
    }
    let community = a.node.store().communities().map_err(words)?.pop().ok_or("no community")?.id;
    let founding = a.node.store().record(&community.founding()).map_err(words)?;
    let founding = Record::from_bytes(&founding.ok_or("no founding record")?.bytes);
    let mut b = Node::new(Box::new(MemoryStore::new()), dice.rng(), None);
    let join = Item::Join(founding.map_err(words)?);
    b.take_in(&[Batch { items: vec![join], ..Batch::default() }]).map_err(words)?;
    let told = life.neighbour.iter().take_while(|(at, _)| *at <= done).last();
    if let Some((_, bytes)) = told {
        take_in(&mut b, bytes)?;
    }
    let here = lengths(a.node.store()).map_err(words)?;
    let persons = a.node.store().local_persons().map_err(words)?;
    for log in b.store().logs(&community).map_err(words)? {
        let is_own = persons.iter().any(|person| person.person == log.header.author);
        if is_own && here.get(&log.id).is_none_or(|length| *length < log.cursor.length) {
            return Err(format!("the neighbour was told more of log {} than is here", log.id));
        }
    }
    let body = None;
    let opened =
        a.ask(None, Request::DebateOpen { title: "Again".to_owned(), body, days: None })?;
    let debate = crate::life::id(&opened);
    let mut ops = Vec::new();
    for person in &persons {
        let (speaker, debate) = (Some(person.name.clone()), debate.clone());
        let (text, kind, reply_to, to, reference) = ("Here".to_owned(), None, None, None, None);
        ops.push(Op::Say {
            speaker,
            debate,
            text,
            kind,
            reply_to,
            to,
            attached: Vec::new(),
            reference,
        });
    }
    let said = ops.len();
    let results = a.ask(None, Request::Batch { ops })?;
    let fine = results.as_array().map_or(0, |all| all.iter().filter(|r| r["ok"] == true).count());
    if fine != said {
        return Err(format!("of {said} persons, {fine} could speak: {results}"));
    }
    meet([&mut a.node, &mut b], LATER, dice, &mut |_, _| {})?;
    let digest = |read: &dyn Read| -> Result<_, String> {
        let row = read.community(&community).map_err(words)?.ok_or("a community is gone")?;
        row.digest().map_err(words)
    };
    if digest(a.node.store())? != digest(b.store())? {
        return Err("the digests differ after a contact".to_owned());
    }
    for read in [a.node.store(), b.store()] {
        if !read.cuts(&community).map_err(words)?.is_empty() {
            return Err("a log has forked".to_owned());
        }
        if !read.wanted(&community).map_err(words)?.is_empty() {
            return Err("words are missing".to_owned());
        }
    }
    Ok(())
}

/// Takes a bundle in.
fn take_in(node: &mut Node, bytes: &[u8]) -> Result<(), String> {
    let mut take = |frame: &Frame| {
        let incoming = Incoming::verify(node.store(), &mut Strict, frame, LATER)?;
        let outcomes = node.take_in(std::slice::from_ref(incoming.batch()))?;
        Ok(incoming.settle(&outcomes.into_iter().next().unwrap_or_default()))
    };
    bundle::import(&mut std::io::Cursor::new(bytes), &mut take, &mut |_| {}).map(|_| ()).or_else(
        |error| match error {
            // A neighbour that holds nothing makes a bundle without a section.
            bundle::ImportError::Foreign => Ok(()),
            error => Err(error.to_string()),
        },
    )
}

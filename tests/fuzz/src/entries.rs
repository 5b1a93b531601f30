//! Entries, the runs they are stored and sent in, headers of logs, and words.

use baro_crdt::codec;
use baro_crdt::entry::{
    Alert, Body, Choice, Cursor, Entry, PaperVote, Payload, PayloadRef, ProposalState, Words,
    push_run, split_run,
};
use baro_crdt::ids::{EntryId, PayloadHash};
use baro_crdt::log::{EntryIds, Header, Stream, chain};

use crate::input;
use crate::world::{WORLD, Writer};

const STREAMS: [Stream; 4] = [Stream::Alerts, Stream::Official, Stream::Debate, Stream::Learning];

/// The first bytes of the five ways to read the rest, in the stream of debates.
const MODES: [u8; 5] = [130, 131, 132, 133, 134];

fn walk(run: &[&[u8]], stream: Stream) {
    let log = Writer::new(0, WORLD.community(), WORLD.founding.id(), 1).header.id();
    let ids = EntryIds::of(&log);
    let mut cursor = Cursor::start(log);
    for bytes in run {
        if let Ok(entry) = Entry::from_bytes(bytes) {
            assert_eq!(entry.to_bytes(), *bytes, "an entry has two encodings");
        }
        let before = cursor;
        match cursor.step(bytes, stream, &ids) {
            Ok(step) => {
                assert_eq!(step.index + 1, cursor.length);
                assert_eq!(cursor.length, before.length + 1);
                assert!(step.lamport > before.lamport, "Lamport numbers go up");
                assert_eq!(cursor.chain, chain(&before.chain, bytes));
                assert_eq!(step.id, ids.at(&cursor.chain));
            }
            Err(_) => assert_eq!(cursor, before, "a refused entry moves nothing"),
        }
    }
}

/// One input.
pub fn run(data: &[u8]) {
    let Some((mode, rest)) = input::mode(data) else { return };
    let stream = STREAMS[usize::from(mode >> 6)];
    match mode % 5 {
        0 => walk(&[rest], stream),
        1 => {
            let steps = input::steps(rest);
            walk(&steps.iter().map(|step| step.bytes).collect::<Vec<_>>(), stream);
        }
        2 => {
            let Ok(entries) = split_run(rest) else { return };
            let mut again = Vec::new();
            entries.iter().for_each(|entry| push_run(&mut again, entry));
            assert!(again.len() <= rest.len());
            assert_eq!(split_run(&again).as_ref(), Ok(&entries));
            walk(&entries, stream);
        }
        3 => {
            let Ok(payload) = Payload::from_bytes(rest.to_vec()) else { return };
            assert_eq!(payload.reference().size as usize, rest.len());
            if let Ok(words) = payload.words() {
                assert_eq!(codec::encode::<Words>(&words), rest[8..]);
            }
        }
        _ => {
            if let Ok(header) = Header::from_bytes(rest) {
                assert_eq!(header.to_bytes(), rest, "a header has two encodings");
            }
        }
    }
}

/// One entry of each kind that came later: a rule of theirs may be broken, and the log goes on.
fn later() -> Vec<Vec<u8>> {
    let id = |n: u8| EntryId::from_bytes([n; 16]);
    let (debate, proposal, post) = (id(1), id(2), id(3));
    let vote = |n| PaperVote { post: id(n), choice: Choice::Pass };
    let (token, reason) = ("A-7".to_owned(), "seen".to_owned());
    let bodies = [
        Body::Window { debate, opens: Some(1), closes: None },
        Body::Ballot {
            debate,
            token: token.clone(),
            votes: vec![vote(3), vote(4)],
            replaces: None,
        },
        Body::BallotSettled {
            debate,
            token,
            seen: vec![id(5), id(6)],
            stands: Some(id(5)),
            reason: reason.clone(),
        },
        Body::Wording { proposal, text: id(7) },
        Body::Support { proposal, signs: true },
        Body::ProposalStatus {
            proposal,
            office: "mayor".into(),
            state: ProposalState::Studied,
            reason: Some(reason.clone()),
        },
        Body::Review { appeal: id(8), post, shows: true, reason },
    ];
    let entry = |body| Entry { lamport_step: 0, time_step: 0, body, payload: None }.to_bytes();
    bodies.into_iter().map(entry).collect()
}

/// What the small community says.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> =
        later().iter().map(|entry| [&[MODES[0]], entry.as_slice()].concat()).collect();
    for log in WORLD.logs() {
        let steps = input::write(log.entries.iter().map(|entry| (0, 0, entry.as_slice())));
        seeds.push([&[MODES[0]][..], &log.entries[0]].concat());
        seeds.push([&[MODES[1]][..], &steps].concat());
        let mut run = vec![MODES[2]];
        log.entries.iter().for_each(|entry| push_run(&mut run, entry));
        seeds.push(run);
        seeds.extend(log.payloads.iter().map(|payload| [&[MODES[3]], payload.as_slice()].concat()));
        seeds.push([&[MODES[4]], log.header.to_bytes().as_slice()].concat());
    }
    let id = EntryId::from_bytes([3; 16]);
    let office = Some("mairie".to_owned());
    let said = [
        Body::Question { debate: Some(id), reply_to: None, to: None, office },
        Body::Translation { entry: id },
        Body::Receipt { entries: vec![id, EntryId::from_bytes([4; 16])], read: true },
    ];
    for body in said {
        let payload = (body.has_words() == Some(true))
            .then_some(PayloadRef { size: 30, hash: PayloadHash::of(b"words") });
        let entry = Entry { lamport_step: 0, time_step: 1, body, payload };
        seeds.push([&[MODES[0]][..], &entry.to_bytes()].concat());
    }
    let alert = Alert {
        msg_type: "Update".into(),
        effective: Some(1),
        response: Some(vec!["Shelter".into()]),
        references: Some(vec![id]),
        ..Alert::default()
    };
    let words = Words { title: Some("Crue".into()), alert: Some(alert), ..Words::default() };
    seeds.push([&[MODES[3]][..], &[0; 8], &codec::encode(&words)].concat());
    seeds
}

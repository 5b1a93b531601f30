//! The smallest runs, by hand: a few devices, one community, no faults.

mod blobs;
mod gossip;
mod run;
mod seeds;

use baro_crdt::entry::{Body, Choice, PostKind};
use baro_crdt::ids::{EntryId, Millis};
use baro_crdt::log::Stream;
use baro_crdt::role::Role;
use baro_node::core::LinkId;
use baro_node::store::{Read, Store};

use crate::dice::Dice;
use crate::faults::Faults;
use crate::village::{Village, words};
use crate::world::{Line, World};

const LINE: Line = Line { delay_ms: 20, bytes_per_s: 1_000_000 };

struct Two {
    world: World,
    dice: Dice,
    village: Village,
}

/// Two devices: the founder lives on the first, a newcomer on the second.
fn two() -> Two {
    let mut world = World::new(1, 2, Faults::none(1));
    let mut dice = Dice::new(1, "test");
    let mut village = Village::found(&mut world, &mut dice, 1, 1, &[0]).unwrap();
    let founder = village.persons[0].clone();
    village.invite(&mut world, &mut dice, 0, &founder).unwrap();
    village.join(&mut world, &mut dice, 1, 0).unwrap();
    Two { world, dice, village }
}

impl Two {
    fn say(&mut self, node: usize, who: usize, body: Body, text: Option<&str>) -> EntryId {
        let person = self.village.persons[who].clone();
        let said = [(body, text.map(words))];
        self.village.say(
            &mut self.world,
            &mut self.dice,
            node,
            &person,
            (Role::Member, Stream::Debate),
            &said,
        )[0]
    }

    fn meet(&mut self) -> LinkId {
        let link = self.world.connect(0, 1, LINE).unwrap();
        assert!(self.world.run_until_quiet(5_000, 600_000), "never quiet");
        assert_eq!(self.world.watch.closings, Default::default());
        link
    }

    fn digest(&self, node: usize) -> String {
        let row = self.world.nodes[node].store.community(&self.village.id).unwrap().unwrap();
        row.digest().unwrap().to_string()
    }

    fn part(&mut self) {
        self.world.cut_all();
        self.world.run_until(Millis(self.world.now.0 + 1_000));
    }

    fn bytes(&self, link: LinkId) -> u64 {
        self.world.watch.traffic[&link].bytes
    }
}

#[test]
fn two_devices_converge_and_cost_little() {
    let mut two = two();
    let debate = two.say(0, 0, Body::Debate { closes: None }, Some("Where shall the well be?"));
    let post = Body::Post { debate, kind: PostKind::Statement, reply_to: None, to: None };
    let post = two.say(0, 0, post, Some("By the school"));
    let link = two.meet();
    println!("first: {:?}", two.world.watch.traffic[&link]);
    assert_eq!(two.digest(0), two.digest(1));
    two.part();
    let link = two.meet();
    println!("nothing new: {} bytes", two.bytes(link));
    assert!(two.bytes(link) <= 200);
    two.part();
    two.say(1, 1, Body::Vote { post, choice: Choice::Agree }, None);
    let link = two.meet();
    println!(
        "one vote in a new log: {} bytes {:?}",
        two.bytes(link),
        two.world.watch.traffic[&link]
    );
    assert_eq!(two.digest(0), two.digest(1));
    assert!(two.bytes(link) <= 1_200);
    assert_eq!(two.world.nodes[0].store.tally(&post).unwrap().agree, 1);
    two.part();
    two.say(1, 1, Body::Vote { post, choice: Choice::Pass }, None);
    let link = two.meet();
    println!("one vote: {} bytes", two.bytes(link));
    assert_eq!(two.digest(0), two.digest(1));
    assert!(two.bytes(link) <= 1_200);
}

/// A device that cannot tell which entry a short name means asks for whole ids, from either end of
/// a link, and gets nothing twice.
#[test]
fn names_that_are_not_known_are_asked_for_whole() {
    let mut two = two();
    let debate = two.say(0, 0, Body::Debate { closes: None }, Some("Where shall the well be?"));
    let post = Body::Post { debate, kind: PostKind::Statement, reply_to: None, to: None };
    let first = two.say(1, 1, post, Some("By the school"));
    two.meet();
    for (opener, forgets) in [(0, false), (1, false), (0, true), (1, true)] {
        two.part();
        let community = two.village.id;
        if forgets {
            // What is shown is made anew from the logs at some time; until then nothing is known.
            let store = &mut two.world.nodes[1].store;
            store.transaction(&mut |write| write.clear_projections(&community)).unwrap();
        }
        for text in ["One more", "And another"] {
            let (kind, reply_to) = (PostKind::Statement, Some(first));
            two.say(0, 0, Body::Post { debate, kind, reply_to, to: None }, Some(text));
        }
        let link = two.world.connect(opener, 1 - opener, LINE).unwrap();
        assert!(two.world.run_until_quiet(5_000, 600_000), "never quiet");
        assert_eq!(two.world.watch.closings, Default::default());
        assert_eq!(two.digest(0), two.digest(1));
        let sessions = &two.world.watch.traffic[&link].sessions;
        println!("{opener} {forgets}: {} bytes {sessions:?}", two.bytes(link));
        let items: u64 = sessions.iter().map(|(_, session)| session.items_sent).sum();
        // Asked for once more they are sent twice, and taken in once.
        assert_eq!(items, if forgets { 4 } else { 2 });
    }
}

#[test]
fn news_goes_over_a_standing_link() {
    let mut two = two();
    let link = two.meet();
    for n in 0..5 {
        two.say(n % 2, n % 2, Body::Debate { closes: None }, Some("Again?"));
        assert!(two.world.run_until_quiet(3_000, 60_000));
        assert_eq!(two.digest(0), two.digest(1));
    }
    println!("five news: {} bytes", two.bytes(link));
}

#[test]
fn an_empty_device_fetches_a_thousand_votes() {
    let mut two = two();
    let debate = two.say(0, 0, Body::Debate { closes: None }, Some("Where shall the well be?"));
    let mut posts = Vec::new();
    for n in 0..20 {
        let post = Body::Post { debate, kind: PostKind::Statement, reply_to: None, to: None };
        posts.push(two.say(0, 0, post, Some(&format!("Statement number {n} of many"))));
    }
    for _ in 0..50 {
        two.village.join(&mut two.world, &mut two.dice, 0, 0).unwrap();
    }
    for who in two.village.persons.clone().iter().skip(2) {
        let votes: Vec<_> = posts
            .iter()
            .map(|post| (Body::Vote { post: *post, choice: Choice::Agree }, None))
            .collect();
        two.village.say(
            &mut two.world,
            &mut two.dice,
            0,
            who,
            (Role::Member, Stream::Debate),
            &votes,
        );
    }
    let link = two.meet();
    let traffic = &two.world.watch.traffic[&link];
    println!(
        "a thousand votes: {} bytes, {} frames, {:?}",
        traffic.bytes, traffic.frames, traffic.sessions
    );
    assert_eq!(two.digest(0), two.digest(1));
    assert_eq!(two.world.nodes[1].store.tally(&posts[0]).unwrap().agree, 50);
}

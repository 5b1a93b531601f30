//! What a node answers that reads beside another is what that one answers, after every commit.

use rand_core::Rng;

use super::*;
use crate::store::{SqliteReader, SqliteStore, statements};

/// How many things happen.
const STEPS: u32 = 220;
const PERSONS: [&str; 5] = ["Awa", "Fanta", "Modibo", "Le maire", "Bintou"];

/// A village on disk, two nodes that read beside it, and chance.
struct Beside {
    awa: Device,
    readers: Vec<Node>,
    rng: ChaCha20Rng,
    debates: Vec<String>,
    /// Posts, with who said them.
    posts: Vec<(String, String)>,
    questions: Vec<String>,
    done: std::collections::BTreeMap<&'static str, u32>,
}

impl Beside {
    fn new(path: &std::path::Path) -> Self {
        let store = Box::new(SqliteStore::open(path).unwrap());
        let mut node = Node::new(store, ChaCha20Rng::from_seed([3; 32]), None);
        let reader = || Box::new(SqliteReader::open(path).unwrap());
        let readers = vec![node.beside(reader()), node.beside(reader())];
        let mut awa = Device { node, now: 1_700_000_000 };
        awa.ask(Request::Init { name: "Awa".into() });
        awa.ask(Request::CommunityCreate {
            name: "Sadiola".into(),
            threshold: 1,
            founders: Vec::new(),
            debates_by: None,
            cosignatures: 0,
            members_only: false,
        });
        for (name, role, office) in [
            ("Fanta", "facilitator", None),
            ("Modibo", "moderator", None),
            ("Le maire", "official", Some("mairie".to_owned())),
        ] {
            awa.ask(add(name));
            awa.ask(Request::Grant { person: name.into(), role: role.into(), office });
        }
        awa.ask(add("Bintou"));
        let debates = vec![awa.debate("L'eau"), awa.debate("L'école")];
        let (posts, questions, done) = (Vec::new(), Vec::new(), Default::default());
        let rng = ChaCha20Rng::from_seed([4; 32]);
        Self { awa, readers, rng, debates, posts, questions, done }
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.rng.next_u32()).unwrap() % bound.max(1)
    }

    fn any<T: Clone>(&mut self, of: impl Fn(&Self) -> &[T]) -> Option<T> {
        let at = self.below(of(self).len());
        of(self).get(at).cloned()
    }

    fn tries(&mut self, what: &'static str, who: &str, request: Request) -> Option<Value> {
        let done = self.awa.try_as(Some(who), request).ok()?;
        *self.done.entry(what).or_default() += 1;
        Some(done)
    }

    /// One thing happens, or is refused.
    fn step(&mut self) {
        let who = PERSONS[self.below(PERSONS.len())].to_owned();
        let Some(debate) = self.any(|me| me.debates.as_slice()) else { return };
        let (post, author) = self.any(|me| me.posts.as_slice()).unwrap_or_default();
        match self.below(24) {
            0..5 => {
                let kind = ["statement", "proposal"][self.below(2)];
                let text = format!("mot {}", self.rng.next_u32());
                let Request::Say { debate, text, reply_to, to, attached, .. } = say(&debate, &text)
                else {
                    return;
                };
                let kind = Some(kind.to_owned());
                let request = Request::Say { debate, text, kind, reply_to, to, attached };
                if let Some(said) = self.tries("say", &who, request) {
                    self.posts.push((id(&said), who));
                }
            }
            5..12 => {
                let choice = ["agree", "disagree", "pass"][self.below(3)];
                self.tries("vote", &who, vote(&post, choice));
            }
            12 => {
                self.tries("hide", "Modibo", Request::Hide { post, reason: "bruit".into() });
            }
            13 => {
                self.tries("unhide", "Modibo", Request::Unhide { post });
            }
            14 => {
                self.tries("withdraw", &author, Request::Withdraw { entry: post });
            }
            15 => {
                let text = format!("corrigé {}", self.rng.next_u32());
                self.tries("edit", &author, Request::Edit { entry: post, text });
            }
            16 => {
                let debate = [Some(debate), None][self.below(2)].clone();
                let asked = self.tries(
                    "ask",
                    &who,
                    Request::Ask {
                        text: "Quand ?".into(),
                        to: None,
                        office: Some("mairie".into()),
                        debate,
                        reply_to: None,
                        attached: Vec::new(),
                    },
                );
                self.questions.extend(asked.as_ref().map(id));
            }
            17 => {
                if let Some(question) = self.any(|me| me.questions.as_slice()) {
                    let text = "Samedi.".into();
                    let request = Request::Answer { question, text, attached: Vec::new() };
                    self.tries("answer", "Le maire", request);
                }
            }
            18 => {
                let name = format!("Bintou {}", self.rng.next_u32() % 9);
                self.tries("rename", "Bintou", Request::PersonRename { name: name.clone() });
                self.tries("rename", &name, Request::PersonRename { name: "Bintou".into() });
            }
            19 => {
                let token = format!("P{}", self.below(6));
                let votes = vec![(post, "agree".to_owned())];
                let request = Request::BallotEnter { debate, token, votes, replaces: None };
                self.tries("ballot", "Fanta", request);
            }
            20 => {
                let role = ["facilitator", "moderator"][self.below(2)].to_owned();
                let grant = Request::Grant { person: "Bintou".into(), role, office: None };
                self.tries("grant", "Awa", grant);
            }
            21 => {
                let request = Request::Revoke {
                    person: "Bintou".into(),
                    roles: Vec::new(),
                    compromised: false,
                };
                self.tries("revoke", "Awa", request);
            }
            22 => {
                self.tries("sign", &who, Request::ProposalSign { id: post, signs: true });
            }
            _ => {
                let open = self.debates.len() < 4;
                if open {
                    self.debates.push(self.awa.debate("Encore"));
                } else if let Some(debate) = self.any(|me| &me.debates[2..]) {
                    let outcome = Some("Assez dit.".into());
                    let request = Request::DebateClose { id: debate, outcome };
                    self.tries("close", "Awa", request);
                }
            }
        }
    }

    /// What is asked of all after each step.
    fn asked(&self) -> Vec<Request> {
        let mut asked = vec![
            Request::PersonShow,
            Request::PersonList,
            Request::CommunityList,
            Request::Members,
            Request::DebateList,
            Request::Questions,
            Request::ProposalList { debate: None, offset: None, limit: None },
            Request::ModerationList { waiting: false },
            Request::Responsiveness { office: None },
        ];
        for id in self.debates.iter().cloned() {
            asked.push(Request::DebateShow { id: id.clone() });
            asked.push(Request::DebateNext { id: id.clone(), limit: None });
            asked.push(Request::DebateGroups { id: id.clone(), places: true });
            asked.push(Request::BallotList { debate: id, conflicts: false });
        }
        asked
    }

    fn compare(&mut self, reader: usize) {
        // What waits for this device is signed for first.
        self.awa.ask(Request::Members);
        let now = WallSeconds(self.awa.now);
        let context = Context { speaker: Some("Fanta".into()), ..Context::default() };
        for request in self.asked() {
            let said =
                |answer: crate::api::Result<Value>| answer.map_err(|error| error.to_string());
            let wrote = said(self.awa.node.handle(now, &context, request.clone()));
            let read = said(self.readers[reader].look(now, &context, request.clone()));
            assert_eq!(read, wrote, "{request:?}");
        }
    }
}

#[test]
fn who_reads_beside_answers_as_who_writes() {
    let folder = tempfile::tempdir().unwrap();
    let mut village = Beside::new(&folder.path().join("baro.db"));
    let ticket = village.awa.invite();
    let mut far = Device::of("Oumou");
    far.join(&ticket);
    for step in 0..STEPS {
        village.step();
        if step % 20 == 19 {
            // What was said elsewhere comes in, as by a session.
            village.awa.give(&mut far);
            let debate = village.debates[0].clone();
            far.ask(say(&debate, &format!("de loin {step}")));
            if let Some((post, _)) = village.posts.first() {
                drop(far.try_as(None, vote(&post.clone(), "pass")));
            }
            far.give(&mut village.awa);
        }
        village.compare(0);
        // One that is asked now and then, and was not asked at first.
        if step % 50 == 49 {
            village.compare(1);
        }
    }
    assert!(village.done.len() >= 12, "{:?}", village.done);
}

#[test]
fn who_reads_beside_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut village = Beside::new(&folder.path().join("baro.db"));
    let debate = village.debates[0].clone();
    let (now, context) = (WallSeconds(1_700_000_900), Context::default());
    let refused = village.readers[0].look(now, &context, say(&debate, "non")).unwrap_err();
    assert!(refused.to_string().contains("only reads"), "{refused}");
    let refused = village.readers[0].handle(now, &context, say(&debate, "non")).unwrap_err();
    assert!(refused.to_string().contains("only reads"), "{refused}");
    assert_eq!(village.awa.show(&debate)["posts"], serde_json::json!([]));
}

#[test]
fn a_page_asked_twice_plans_no_statement_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut village = Beside::new(&folder.path().join("baro.db"));
    (0..STEPS / 2).for_each(|_| village.step());
    let now = WallSeconds(village.awa.now);
    let context = Context { speaker: Some("Fanta".into()), ..Context::default() };
    let asked = village.asked();
    let debate = village.debates[0].clone();
    let ask_all = |village: &mut Beside| {
        for request in &asked {
            drop(village.readers[0].look(now, &context, request.clone()));
        }
        statements::take()
    };
    statements::take();
    let first = ask_all(&mut village);
    assert!(first.planned > 10, "{first:?}");
    let mut again = Vec::new();
    for _ in 0..4 {
        // Something is said, so that what was kept in memory is read again.
        village.awa.ask(say(&debate, "encore"));
        statements::take();
        again.push(ask_all(&mut village));
    }
    // What was said is read in another way than all from the beginning: one statement, once.
    assert!(again.iter().all(|counted| counted.asked > 20 && counted.anew == 0), "{again:?}");
    let planned: Vec<u32> = again.iter().map(|counted| counted.planned).collect();
    assert_eq!(planned, [1, 0, 0, 0]);
}

//! Routing, windows, ballots, proposals, moderation, groups: by hand and in any order.

use serde_json::json;

use super::*;
use crate::store::PostFamily;

/// A founder with a facilitator, a moderator and an official on one device, and a debate.
fn village() -> (Device, String) {
    let (mut awa, _) = Device::founder("Awa");
    for (name, role, office) in [
        ("Fanta", "facilitator", None),
        ("Modibo", "moderator", None),
        ("Le maire", "official", Some("mairie".to_owned())),
        ("Bintou", "member", None),
    ] {
        awa.ask(add(name));
        if role != "member" {
            awa.ask(Request::Grant { person: name.into(), role: role.into(), office });
        }
    }
    let debate = awa.debate("L'eau");
    (awa, debate)
}

fn page(device: &mut Device, debate: &str, offset: usize, order: &str) -> Value {
    device.ask(Request::DebatePage {
        id: debate.to_owned(),
        offset: Some(offset),
        limit: Some(2),
        order: Some(order.to_owned()),
    })
}

fn ids(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(id).collect()
}

#[test]
fn pages_give_every_post_once() {
    let (mut awa, debate) = village();
    let said: Vec<_> = (0..5).map(|n| id(&awa.ask(say(&debate, &format!("p{n}"))))).collect();
    let mut seen = Vec::new();
    for offset in [0, 2, 4, 6] {
        let page = page(&mut awa, &debate, offset, "oldest");
        assert_eq!((&page["posts_total"], &page["offset"]), (&json!(5), &json!(offset)));
        seen.extend(ids(&page["posts"]));
    }
    assert_eq!(seen, said);
    assert_eq!(ids(&page(&mut awa, &debate, 0, "newest")["posts"])[0], said[4]);
    awa.ask(vote(&said[2], "agree"));
    assert_eq!(ids(&page(&mut awa, &debate, 0, "votes")["posts"])[0], said[2]);
    let strange =
        Request::DebatePage { id: debate, offset: None, limit: None, order: Some("best".into()) };
    assert!(awa.refused(None, strange).contains("no order"));
}

#[test]
fn everything_is_shown_to_everybody_once_and_late_statements_come_first() {
    let (mut awa, debate) = village();
    let early: Vec<_> = (0..6).map(|n| id(&awa.ask(say(&debate, &format!("e{n}"))))).collect();
    for post in &early {
        for name in ["Fanta", "Modibo", "Le maire"] {
            awa.ask_as(name, vote(post, "agree"));
        }
    }
    let late = id(&awa.ask_as("Modibo", say(&debate, "late")));
    let next = |device: &mut Device, name: &str| {
        device.ask_as(name, Request::DebateNext { id: debate.clone(), limit: None })
    };
    let asked = next(&mut awa, "Bintou");
    assert_eq!((&asked["remaining"], &asked["voted"]), (&json!(7), &json!(0)));
    assert_eq!(ids(&asked["posts"])[0], late, "nobody has voted on it");
    let mut seen = 0;
    while let Some(post) = next(&mut awa, "Bintou")["posts"].get(0).map(id) {
        awa.ask_as("Bintou", vote(&post, "pass"));
        seen += 1;
    }
    assert_eq!(seen, 7);
    let own = next(&mut awa, "Awa");
    assert_eq!(ids(&own["posts"]), std::slice::from_ref(&late), "nobody is asked about their own");
    awa.ask_as("Modibo", Request::Hide { post: late, reason: "x".into() });
    assert_eq!(next(&mut awa, "Awa")["remaining"], 0);
}

#[test]
fn the_last_window_of_the_opener_is_shown() {
    let (mut awa, debate) = village();
    let now = awa.now;
    let window = |opens, closes| Request::DebateWindow { id: debate.clone(), opens, closes };
    assert_eq!(awa.show(&debate)["state"], "open");
    awa.ask(window(Some(now + 1_000), Some(now + 2_000)));
    let shown = awa.show(&debate);
    assert_eq!((&shown["state"], &shown["opens"]), (&json!("not yet open"), &json!(now + 1_000)));
    awa.now += 1_500;
    assert_eq!(awa.show(&debate)["state"], "open");
    awa.now += 1_500;
    assert_eq!(awa.show(&debate)["state"], "closed as declared");
    let post = id(&awa.ask(say(&debate, "a window ends nothing")));
    awa.ask(vote(&post, "agree"));
    awa.ask(window(None, None));
    assert_eq!(awa.ask(Request::DebateList)[0]["state"], "open");
    assert!(awa.refused(None, window(Some(2), Some(1))).contains("before"));
    awa.ask(Request::DebateClose { id: debate.clone(), outcome: None });
    assert_eq!(awa.show(&debate)["state"], "closed");
}

#[test]
fn a_closing_shows_what_it_counted_and_what_came_later() {
    let (mut awa, debate) = village();
    let ticket = awa.invite();
    let mut moussa = Device::of("Moussa");
    moussa.join(&ticket);
    awa.give(&mut moussa);
    let post = id(&awa.ask(say(&debate, "a")));
    awa.give(&mut moussa);
    moussa.ask(vote(&post, "agree"));
    moussa.give(&mut awa);
    awa.ask(Request::DebateClose { id: debate.clone(), outcome: Some("oui".into()) });
    // He does not know yet that it is closed.
    moussa.ask(vote(&post, "disagree"));
    moussa.ask(say(&debate, "b"));
    moussa.give(&mut awa);
    let shown = awa.show(&debate);
    let closing = &shown["closing"];
    assert_eq!(
        (&closing["outcome"], &closing["posts"], &closing["votes"]),
        (&json!("oui"), &json!(1), &json!(1))
    );
    assert_eq!((&closing["late_posts"], &closing["late_votes"]), (&json!(1), &json!(1)));
    assert_eq!(closing["heads"], closing["heads_held"]);
    assert_eq!(shown["posts"][0]["agree"], 1);
}

fn enter(debate: &str, token: &str, votes: &[(&str, &str)], replaces: Option<&str>) -> Request {
    Request::BallotEnter {
        debate: debate.to_owned(),
        token: token.to_owned(),
        votes: votes.iter().map(|(post, choice)| ((*post).into(), (*choice).into())).collect(),
        replaces: replaces.map(str::to_owned),
    }
}

#[test]
fn a_token_used_twice_counts_nowhere_until_it_is_settled() {
    let (mut awa, debate) = village();
    let post = id(&awa.ask(say(&debate, "a")));
    let agree = enter(&debate, "a-7", &[(&post, "agree")], None);
    assert!(awa.refused(Some("Bintou"), agree.clone()).contains("no facilitator"));
    let first = awa.ask_as("Fanta", agree);
    assert_eq!((&first["token"], &first["conflict"]), (&json!("A-7"), &json!(false)));
    assert_eq!(awa.show(&debate)["posts"][0]["agree"], 1);
    let again = awa.ask_as("Fanta", enter(&debate, " A-7", &[(&post, "disagree")], None));
    assert_eq!(again["conflict"], true);
    let shown = awa.show(&debate);
    assert_eq!(
        (&shown["posts"][0]["agree"], &shown["posts"][0]["disagree"]),
        (&json!(0), &json!(0))
    );
    assert_eq!((&shown["ballot_conflicts"], &shown["paper_ballots"]), (&json!(1), &json!(0)));
    let settle = |stands: Option<&Value>| Request::BallotSettle {
        debate: debate.clone(),
        token: "a-7".into(),
        stands: stands.map(id),
        reason: "la feuille est là".into(),
    };
    assert!(awa.refused(Some("Fanta"), settle(Some(&first))).contains("no moderator or manager"));
    awa.ask_as("Modibo", settle(Some(&first)));
    assert_eq!(awa.show(&debate)["posts"][0]["agree"], 1);
    // A third use opens the conflict again.
    awa.ask_as("Fanta", enter(&debate, "A-7", &[(&post, "pass")], None));
    let list = awa.ask(Request::BallotList { debate: debate.clone(), conflicts: true });
    assert_eq!(
        (&list["conflicts"], &list["tokens"][0]["settled"]["holds"]),
        (&json!(1), &json!(false))
    );
    assert_eq!(list["tokens"][0]["ballots"].as_array().unwrap().len(), 3);
    awa.ask_as("Modibo", settle(None));
    let shown = awa.show(&debate);
    assert_eq!((&shown["ballot_conflicts"], &shown["posts"][0]["agree"]), (&json!(0), &json!(0)));
}

#[test]
fn who_entered_a_ballot_can_put_it_right() {
    let (mut awa, debate) = village();
    let post = id(&awa.ask(say(&debate, "a")));
    let other = id(&awa.ask(say(&debate, "b")));
    let wrong = id(&awa.ask_as("Fanta", enter(&debate, "7", &[(&post, "agree")], None)));
    let right = [(post.as_str(), "disagree"), (other.as_str(), "pass")];
    assert!(awa.refused(None, enter(&debate, "7", &right, Some(&wrong))).contains("who entered"));
    awa.ask_as("Fanta", enter(&debate, "7", &right, Some(&wrong)));
    let shown = awa.show(&debate);
    assert_eq!(
        (&shown["posts"][0]["disagree"], &shown["posts"][1]["pass"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(shown["paper_ballots"], 1);
    assert!(awa.refused(Some("Fanta"), enter(&debate, "8", &[], None)).contains("1 to 1024"));
    let twice = [(post.as_str(), "agree"), (post.as_str(), "pass")];
    assert!(awa.refused(Some("Fanta"), enter(&debate, "8", &twice, None)).contains("twice"));
    // Paper counts in the export as a participant of its own.
    let export = awa.ask(Request::ExportPolis { debate: debate.clone() });
    assert_eq!((&export["participants"], &export["votes"]), (&json!(2), &json!(2)));
    awa.ask(Request::DebateClose { id: debate.clone(), outcome: None });
    assert_eq!(awa.show(&debate)["posts"][0]["disagree"], 1);
}

fn proposal(debate: &str) -> Request {
    Request::Say {
        debate: debate.to_owned(),
        text: "Réparer le pont".into(),
        kind: Some("proposal".into()),
        reply_to: None,
        to: None,
        attached: Vec::new(),
    }
}

#[test]
fn a_proposal_is_worded_signed_and_followed() {
    let (mut awa, debate) = village();
    let made = id(&awa.ask_as("Bintou", proposal(&debate)));
    let plain = id(&awa.ask(say(&debate, "x")));
    let sign = |id: &str, signs| Request::ProposalSign { id: id.to_owned(), signs };
    assert!(awa.refused(None, sign(&plain, true)).contains("not a proposal"));
    awa.ask_as("Awa", sign(&made, true));
    awa.ask_as("Fanta", sign(&made, true));
    assert!(awa.refused(Some("Fanta"), sign(&made, true)).contains("already"));
    awa.ask_as("Awa", sign(&made, false));

    let text = awa.ask(Request::ProposalWording { id: made.clone(), text: None });
    let text = text["text_id"].as_str().unwrap().to_owned();
    let show = Request::TextShow { id: text.clone(), history: false, at: Vec::new() };
    assert_eq!(awa.ask(show)["text"], "Réparer le pont");

    let status = |status: &str, reason: Option<&str>| Request::ProposalStatus {
        id: made.clone(),
        status: status.into(),
        reason: reason.map(str::to_owned),
        office: None,
    };
    assert!(awa.refused(Some("Bintou"), status("received", None)).contains("no official"));
    assert!(awa.refused(Some("Le maire"), status("maybe", None)).contains("no status"));
    assert!(awa.refused(Some("Le maire"), status("refused", None)).contains("why"));
    awa.ask_as("Le maire", status("received", None));
    awa.ask_as("Le maire", status("accepted", Some("budget voté")));
    let shown = awa.ask(Request::ProposalShow { id: made.clone() });
    assert_eq!(
        (&shown["signatures"], &shown["signed_by"][0]["name"]),
        (&json!(1), &json!("Fanta"))
    );
    assert_eq!((&shown["status"], &shown["status_office"]), (&json!("accepted"), &json!("mairie")));
    assert_eq!(shown["history"].as_array().unwrap().len(), 2);
    assert_eq!((&shown["status_reason"], &shown["text_id"]), (&json!("budget voté"), &json!(text)));
    let list = awa.ask(Request::ProposalList { debate: Some(debate), offset: None, limit: None });
    assert_eq!((&list["total"], &list["proposals"][0]["id"]), (&json!(1), &json!(made)));
}

#[test]
fn a_hiding_has_a_history_and_another_answers_the_appeal() {
    let (mut awa, debate) = village();
    let post = id(&awa.ask_as("Bintou", say(&debate, "a")));
    let appeal = Request::Appeal { post: post.clone(), text: "c'est vrai pourtant".into() };
    assert!(awa.refused(Some("Bintou"), appeal.clone()).contains("not hidden"));
    awa.ask_as("Modibo", Request::Hide { post: post.clone(), reason: "injure".into() });
    let appeal = id(&awa.ask_as("Bintou", appeal));
    let review = |shows| Request::Review { appeal: appeal.clone(), shows, reason: "relu".into() };
    assert!(awa.refused(Some("Modibo"), review(false)).contains("another moderator"));
    assert!(awa.refused(Some("Fanta"), review(true)).contains("no moderator or manager"));
    let waiting = Request::ModerationList { waiting: true };
    assert_eq!(awa.ask(waiting.clone())[0]["appeals_waiting"], 1);
    awa.ask_as("Awa", review(true));
    assert_eq!(awa.show(&debate)["posts"][0]["hidden"], Value::Null);
    assert_eq!(awa.ask(waiting), json!([]));
    let shown = awa.ask(Request::ModerationShow { post: post.clone() });
    let what: Vec<_> =
        shown["history"].as_array().unwrap().iter().map(|act| act["what"].clone()).collect();
    assert_eq!(what, ["hidden", "appeal"]);
    let answer = &shown["history"][1]["answers"][0];
    assert_eq!((&answer["what"], &answer["by_another"]), (&json!("shown again"), &json!(true)));
    assert_eq!((&answer["name"], &answer["reason"]), (&json!("Awa"), &json!("relu")));
    awa.ask_as("Modibo", Request::Hide { post: post.clone(), reason: "encore".into() });
    awa.ask_as("Modibo", Request::Unhide { post: post.clone() });
    let shown = awa.ask(Request::ModerationShow { post });
    assert_eq!(shown["history"].as_array().unwrap().len(), 4);
    assert_eq!(shown["history"][3]["what"], "shown again");
}

#[test]
fn a_block_is_one_persons_and_stays_here() {
    let (mut awa, debate) = village();
    let post = id(&awa.ask_as("Bintou", say(&debate, "a")));
    let digest = awa.digest();
    let block = |blocks| Request::Block { person: "Bintou".into(), blocks };
    awa.ask_as("Fanta", block(true));
    assert_eq!(awa.digest(), digest, "nothing of it is replicated");
    let shown = awa.ask_as("Fanta", Request::DebateShow { id: debate.clone() });
    assert_eq!(
        (&shown["posts"][0]["blocked"], &shown["posts"][0]["text"]),
        (&json!(true), &json!(""))
    );
    let next = Request::DebateNext { id: debate.clone(), limit: None };
    assert_eq!(awa.ask_as("Fanta", next.clone())["remaining"], 0);
    assert_eq!(ids(&awa.ask_as("Modibo", next)["posts"]), [post]);
    assert_eq!(awa.show(&debate)["posts"][0]["text"], "a", "others see it");
    assert_eq!(awa.ask_as("Fanta", Request::BlockList)[0]["name"], "Bintou");
    awa.ask_as("Fanta", block(false));
    assert_eq!(awa.ask_as("Fanta", Request::BlockList), json!([]));
    assert!(awa.refused(Some("Bintou"), block(true)).contains("themselves"));
}

/// Two devices that heard the same in different orders show the same.
#[test]
fn what_is_heard_in_any_order_amounts_to_the_same() {
    let (mut awa, debate) = village();
    let ticket = awa.invite();
    let mut moussa = Device::of("Moussa");
    moussa.join(&ticket);
    awa.give(&mut moussa);
    let mut posts = Vec::new();
    for name in ["Awa", "Fanta", "Modibo", "Bintou"] {
        for n in 0..3 {
            posts.push(id(&awa.ask_as(name, say(&debate, &format!("{name} {n}")))));
        }
    }
    let made = id(&awa.ask_as("Bintou", proposal(&debate)));
    awa.give(&mut moussa);
    for (n, post) in posts.iter().enumerate() {
        for (m, name) in ["Awa", "Fanta", "Modibo", "Bintou", "Le maire"].iter().enumerate() {
            if (n + m) % 4 != 0 {
                awa.ask_as(name, vote(post, ["agree", "disagree"][(n + m / 2) % 2]));
            }
        }
        moussa.ask(vote(post, "agree"));
    }
    awa.ask_as("Fanta", enter(&debate, "1", &[(&posts[0], "agree")], None));
    awa.ask_as("Fanta", enter(&debate, "2", &[(&posts[1], "pass")], None));
    awa.ask_as("Awa", enter(&debate, "2", &[(&posts[1], "agree")], None));
    awa.ask_as("Modibo", Request::Hide { post: posts[3].clone(), reason: "x".into() });
    moussa.ask(Request::ProposalSign { id: made.clone(), signs: true });
    awa.ask(Request::ProposalSign { id: made.clone(), signs: true });
    // One hears all at once, one in two parts, one from the other.
    let mut third = Device::of("Tiécoura");
    third.join(&ticket);
    moussa.give(&mut third);
    awa.give(&mut third);
    moussa.give(&mut awa);
    awa.give(&mut moussa);
    let groups = Request::DebateGroups { id: debate.clone(), places: true };
    let told = |device: &mut Device| {
        let mut debate = device.show(&debate);
        for post in debate["posts"].as_array_mut().unwrap() {
            post.as_object_mut().unwrap().remove("first_seen_at");
        }
        let list = device.ask(Request::BallotList { debate: id(&debate), conflicts: false });
        let proposal = device.ask(Request::ProposalShow { id: made.clone() });
        let groups = device.ask(groups.clone());
        let conflicts = list["conflicts"].clone();
        let signed: Vec<_> =
            proposal["signed_by"].as_array().unwrap().iter().map(|s| s["name"].clone()).collect();
        (debate["posts"].clone(), conflicts, signed, groups)
    };
    let one = told(&mut awa);
    assert_eq!(one.1, 1);
    assert!(one.3["placed"].as_u64().unwrap() >= 6);
    assert_eq!(told(&mut moussa), one);
    assert_eq!(told(&mut third), one);
}

/// What is remembered between questions is what would be counted anew.
#[test]
fn what_is_remembered_is_never_stale() {
    let (mut awa, debate) = village();
    let post = id(&awa.ask(say(&debate, "a")));
    let agree = |device: &mut Device| device.show(&debate)["posts"][0]["agree"].clone();
    assert_eq!(agree(&mut awa), 0);
    awa.ask(vote(&post, "agree"));
    assert_eq!(agree(&mut awa), 1);
    awa.ask_as("Fanta", enter(&debate, "1", &[(&post, "agree")], None));
    assert_eq!(agree(&mut awa), 2);
    let revoke = Request::Revoke { person: "Fanta".into(), roles: Vec::new(), compromised: true };
    awa.ask(revoke);
    assert_eq!(agree(&mut awa), 1);
    let ticket = awa.invite();
    let mut moussa = Device::of("Moussa");
    moussa.join(&ticket);
    awa.give(&mut moussa);
    moussa.ask(vote(&post, "agree"));
    moussa.give(&mut awa);
    assert_eq!(agree(&mut awa), 2);
    awa.ask_as("Modibo", Request::Hide { post: post.clone(), reason: "x".into() });
    let groups = awa.ask(Request::DebateGroups { id: debate.clone(), places: false });
    assert_eq!((&groups["statements"], &groups["votes"]), (&json!(0), &json!(0)));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    /// A device that is asked after each step tells what one that is asked once at the end does.
    #[test]
    fn asking_often_tells_the_same_as_asking_once(
        steps in proptest::collection::vec((0u8..8, 0usize..4, 0usize..6, 0usize..3), 1..24),
    ) {
        let (mut awa, debate) = village();
        let names = ["Awa", "Fanta", "Modibo", "Bintou"];
        let choices = ["agree", "disagree", "pass"];
        let mut posts = vec![id(&awa.ask(say(&debate, "a")))];
        let groups = Request::DebateGroups { id: debate.clone(), places: true };
        for (what, who, on, how) in steps {
            let post = posts[on % posts.len()].clone();
            let (who, how) = (names[who], choices[how]);
            let token = format!("{}", on % 3);
            // Some are refused: who says what is chosen at will.
            let _ = match what {
                0 => {
                    let made = awa.try_as(Some(who), say(&debate, "b"));
                    posts.extend(made.as_ref().map(id));
                    made
                }
                1..=4 => awa.try_as(Some(who), vote(&post, how)),
                5 => awa.try_as(None, enter(&debate, &token, &[(&post, how)], None)),
                6 => awa.try_as(None, Request::Hide { post, reason: "x".into() }),
                _ => awa.try_as(None, Request::BallotSettle {
                    debate: debate.clone(),
                    token,
                    stands: None,
                    reason: "x".into(),
                }),
            };
            awa.show(&debate);
        }
        let often = (awa.show(&debate), awa.ask(groups.clone()));
        awa.node.known = Default::default();
        proptest::prop_assert_eq!(often, (awa.show(&debate), awa.ask(groups)));
    }
}

#[test]
fn a_debate_from_polis_comes_out_as_it_went_in() {
    let (mut awa, _) = village();
    let comments = "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n\
                    1,x,0,4,0,0,0,\"Un puits, vite\"\n2,x,5,1,0,0,0,Une école\n";
    let votes = "timestamp,datetime,comment-id,voter-id,vote\n\
                 9,x,0,1,-1\n3,x,0,1,1\n4,x,5,4,0\n5,x,5,2,1\n6,x,77,2,1\n";
    let files =
        [("comments.csv", comments), ("votes.csv", votes), ("summary.csv", "topic,L'eau\n")]
            .map(|(name, text)| (name.to_owned(), text.to_owned()));
    let import = |prefix: Option<&str>| Request::ImportPolis {
        files: files.clone().into(),
        prefix: prefix.map(str::to_owned),
    };
    let made = awa.ask(import(None));
    assert_eq!(
        (&made["title"], &made["participants"], &made["comments"]),
        (&json!("L'eau"), &json!(3), &json!(2))
    );
    assert_eq!(made["first_refusal"], Value::Null);
    assert_eq!(
        (&made["votes"], &made["votes_left_out"], &made["refused"]),
        (&json!(4), &json!(1), &json!(0))
    );
    assert!(awa.refused(None, import(None)).contains("--prefix"));
    let export = awa.ask(Request::ExportPolis { debate: id(&made) });
    let table = export["files"]["participants-votes.csv"].as_str().unwrap().to_owned();
    let rows: Vec<_> =
        table.lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>()).collect();
    let cells: Vec<_> = rows.iter().map(|row| (row[0], row[6], row[7])).collect();
    assert_eq!(cells, [("1", "-1", ""), ("2", "", "1"), ("4", "", "0")]);
    let again = awa.ask(import(Some("autre")));
    assert_eq!(again["votes"], 4);
    assert!(awa.refused(Some("Bintou"), import(Some("encore"))).contains("facilitator"));
}

#[test]
fn later_kinds_have_rows_of_their_own() {
    let (mut awa, debate) = village();
    let post = id(&awa.ask(say(&debate, "a")));
    awa.ask_as("Fanta", enter(&debate, "1", &[(&post, "agree")], None));
    awa.ask_as("Modibo", Request::Hide { post, reason: "x".into() });
    let community = awa.node.store().communities().unwrap()[0].id;
    let count = |family| awa.node.store().posts(&community, family).unwrap().len();
    assert_eq!([PostFamily::Ballot, PostFamily::Hiding, PostFamily::Appeal].map(count), [1, 1, 0]);
}

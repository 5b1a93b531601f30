//! Two nodes that never hear each other, votes on both, then files between them: the same tallies
//! and the same groups.

use anyhow::{Context as _, Result};
use baro_tests::browser::Browser;
use baro_tests::form::Visitor;
use baro_tests::square::Square;
use baro_tests::villages::carry;
use baro_tests::{Device, samples};
use serde_json::Value;

use super::walk;

/// What a debate amounts to on a device: the tally of each post, and the groups to the last bit.
fn amounts(device: &Device, debate: &str) -> Result<(Vec<[Value; 4]>, Value)> {
    let shown = device.json(&["debate", "show", debate])?;
    let posts = shown["posts"].as_array().context("no posts")?.iter();
    let tally = |post: &Value| ["id", "agree", "disagree", "pass"].map(|key| post[key].clone());
    let mut groups = device.json(&["debate", "groups", debate])?;
    // Whose group it is differs by who asks.
    if let Some(groups) = groups.as_object_mut() {
        groups.remove("mine");
    }
    Ok((posts.map(tally).collect(), groups))
}

/// Two devices of one community, with these persons beside those who began there.
fn two(first: &[&str], second: &[&str]) -> Result<(Device, Device)> {
    let awa = Device::of("Awa")?;
    awa.made(&["community", "create", "Commune de Kayes", "--lang", "fr"])?;
    let demba = Device::of("Demba")?;
    demba.join(&awa)?;
    carry(&demba, &awa)?;
    // Who shares a device is vouched for by a facilitator.
    awa.json(&["grant", "Demba", "facilitator"])?;
    carry(&awa, &demba)?;
    for (device, names) in [(&awa, first), (&demba, second)] {
        for name in names {
            device.made(&["person", "add", name])?;
        }
    }
    Ok((awa, demba))
}

/// Six people vote on two phones, three on each, and agree across them.
async fn by_hand(b: &Browser) -> Result<()> {
    let (awa, demba) = two(&["Sira", "Bintou", "Cheick"], &["Fatou", "Gaoussou"])?;
    let one = Square::open(awa, "127.0.0.1", &[])?;
    let other = Square::open(demba, "127.0.0.2", &[])?;
    let file = one.device.file("tout.baro");
    one.enter(b).await?;
    one.speak_as(b, "Sira", "2580").await?;
    let path = one.debate(b, "Où creuser le puits ?").await?;
    for words in ["Au nord.", "Au sud.", "Pas cette année."] {
        one.say(b, &path, "statement", words).await?;
    }
    one.take_along(b, &file).await?;
    other.enter(b).await?;
    other.speak_as(b, "Demba", "2580").await?;
    other.bring(b, &file).await?;

    let north = [("nord", "v1"), ("sud", "v2"), ("année", "v2")];
    let south = [("nord", "v2"), ("sud", "v1"), ("année", "v3")];
    for (square, name, choices) in [
        (&one, "Awa", &north),
        (&one, "Bintou", &south),
        (&one, "Cheick", &north),
        (&other, "Demba", &south),
        (&other, "Gaoussou", &south),
        // Of one group with who spoke last on the other phone: the pages say whose group it is.
        (&other, "Fatou", &north),
    ] {
        square.speak_as(b, name, "2580").await?;
        square.vote(b, &path, choices).await?;
    }
    let debate = path.trim_start_matches("/debates/");
    assert_ne!(amounts(&one.device, debate)?, amounts(&other.device, debate)?);

    other.take_along(b, &file).await?;
    one.bring(b, &file).await?;
    one.take_along(b, &file).await?;
    other.bring(b, &file).await?;
    assert_eq!(one.device.digest()?, other.device.digest()?);
    let ours = amounts(&one.device, debate)?;
    assert_eq!(ours, amounts(&other.device, debate)?);
    assert_eq!(ours.1["groups"].as_array().map(Vec::len), Some(2), "{}", ours.1);

    // And the pages say so.
    let mut said = Vec::new();
    for square in [&one, &other] {
        b.open(&square.at(&format!("{path}/groups"))).await?;
        let mut words = b.text("main").await?;
        b.open(&square.at(&path)).await?;
        for article in b.client.find_all(fantoccini::Locator::Css(".votes")).await? {
            words += &article.text().await?;
        }
        said.push(words);
    }
    assert_eq!(said[0], said[1]);
    Ok(())
}

in_each_language!(votes_by_hand_on_two_phones_meet, by_hand);

fn person(device: &Device, name: &str) -> Result<String> {
    let persons = device.json(&["person", "list"])?;
    let found = persons.as_array().context("no persons")?.iter();
    let found = found.filter(|person| person["name"] == name).find_map(|one| one["id"].as_str());
    Ok(found.with_context(|| format!("nobody is called {name}"))?.to_owned())
}

#[test]
fn votes_on_the_austrian_assembly_on_two_nodes_meet() {
    let Some(samples) = samples().unwrap() else { return };
    let (awa, demba) = two(&["Bintou"], &["Fatou"]).unwrap();
    let squares = [
        Square::open(awa, "127.0.0.1", &[]).unwrap(),
        Square::open(demba, "127.0.0.2", &[]).unwrap(),
    ];
    let enter = |square: &Square, name: &str| {
        let link = square.device.json(&["link"]).unwrap();
        let mut visitor = Visitor::enter(link["link"].as_str().unwrap()).unwrap();
        visitor.speak_as(&person(&square.device, name).unwrap()).unwrap();
        visitor
    };
    let [one, other] = &squares;
    let (mut awa, mut bintou) = (enter(one, "Awa"), enter(one, "Bintou"));
    let (mut demba, mut fatou) = (enter(other, "Demba"), enter(other, "Fatou"));

    // From Polis through the page, and to the other node in a file.
    let table = |name: &str| {
        std::fs::read(samples.join(format!("polis/austria-climate-production.{name}.csv"))).unwrap()
    };
    let (comments, votes) = (table("comments"), table("votes"));
    awa.get("/debates/polis").unwrap();
    let files = [("file-comments", &comments[..]), ("file-votes", &votes)];
    let imported = awa.upload("/debates/polis", &files).unwrap().text();
    let debate = imported.split("class=\"button\" href=\"/debates/").nth(1);
    let debate = debate.and_then(|rest| rest.split('"').next()).unwrap().to_owned();
    let carried = |from: &mut Visitor, to: &mut Visitor| {
        let file = from.send("/carry/all", &[]).unwrap();
        let taken = to.upload("/carry/import", &[("file-bundle", &file.body)]).unwrap();
        assert!(!taken.text().contains("tag bad"), "something was refused: {}", taken.text());
    };
    carried(&mut awa, &mut demba);

    // Each votes on what the page shows next, and no two of them alike.
    let before = amounts(&one.device, &debate).unwrap();
    assert_eq!(before, amounts(&other.device, &debate).unwrap());
    for (who, visitor) in [&mut awa, &mut bintou, &mut demba, &mut fatou].into_iter().enumerate() {
        for n in 0..12 {
            let page = visitor.get(&format!("/debates/{debate}/next")).unwrap().text();
            let post = page.split("action=\"/vote/").nth(1).and_then(|rest| rest.split('"').next());
            let choice = ["agree", "disagree", "pass"][(n + who * (n + 1)) % 3];
            visitor.send(&format!("/vote/{}", post.unwrap()), &[("choice", choice)]).unwrap();
        }
    }
    let apart = [one, other].map(|square| amounts(&square.device, &debate).unwrap());
    assert_ne!(apart[0], apart[1]);
    carried(&mut demba, &mut awa);
    carried(&mut awa, &mut demba);
    let met = [one, other].map(|square| amounts(&square.device, &debate).unwrap());
    assert_eq!(met[0], met[1]);
    let votes = |amounts: &(Vec<[Value; 4]>, Value)| amounts.1["votes"].as_u64().unwrap();
    assert_eq!(votes(&met[0]), votes(&before) + 48);
    assert!(met[0].1["groups"].as_array().unwrap().len() > 1);

    // The tables that Polis reads are the same, byte for byte but for when each node heard it.
    let table = |visitor: &mut Visitor| {
        let path = format!("/debates/{debate}/polis/participants-votes.csv");
        visitor.get(&path).unwrap().text()
    };
    assert_eq!(table(&mut awa), table(&mut demba));
}

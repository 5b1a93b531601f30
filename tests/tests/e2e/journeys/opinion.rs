//! What a debate amounts to: groups of opinion, and ballots on paper.

use std::fmt::Write as _;

use anyhow::Result;
use baro_tests::Device;
use baro_tests::browser::Browser;
use baro_tests::square::Square;
use serde_json::json;

use super::walk;

/// A village with persons who hold roles, all on one device.
pub(super) fn village(roles: &[(&str, &str)]) -> Result<Device> {
    let awa = Device::of("Awa")?;
    awa.made(&["community", "create", "Commune de Kayes", "--lang", "fr"])?;
    for (name, role) in roles {
        let id = awa.made(&["person", "add", name])?;
        match *role {
            "member" => {}
            "official" => {
                awa.json(&["grant", &id, role, "--office", "Mairie"])?;
            }
            _ => {
                awa.json(&["grant", &id, role])?;
            }
        }
    }
    Ok(awa)
}

/// Two camps of six who voted already; Awa votes one statement after another and finds herself among
/// hers.
async fn groups(b: &Browser) -> Result<()> {
    let awa = village(&[])?;
    let debate = awa.made(&["debate", "open", "Le puits"])?;
    let mut ops = String::new();
    for camp in 0..2 {
        for n in 0..6 {
            writeln!(ops, "{}", json!({ "op": "person", "name": format!("v{camp}{n}") }))?;
        }
    }
    for n in 0..8 {
        let reference = format!("c{n}");
        let text = if n < 4 { format!("Au nord, {n}.") } else { format!("Au sud, {n}.") };
        let say = json!({ "op": "say", "as": "v00", "debate": debate, "text": text,
                          "ref": reference });
        writeln!(ops, "{say}")?;
    }
    for camp in 0..2 {
        for voter in 0..6 {
            for n in 0..8 {
                let choice = if (n < 4) == (camp == 0) { "agree" } else { "disagree" };
                let vote = json!({ "op": "vote", "as": format!("v{camp}{voter}"),
                                   "post": format!("@c{n}"), "choice": choice });
                writeln!(ops, "{vote}")?;
            }
        }
    }
    awa.batch(&ops)?;
    let square = Square::open(awa, "127.0.0.1", &[])?;
    square.enter(b).await?;
    square.speak_as(b, "Awa", "2580").await?;
    let path = format!("/debates/{debate}");
    square.vote(b, &path, &[("Au nord", "v1"), ("Au sud", "v2")]).await?;
    b.open(&square.at(&format!("{path}/groups"))).await?;
    let groups = square.device.json(&["debate", "groups", &debate])?;
    assert_eq!(groups["groups"].as_array().map(Vec::len), Some(2), "{groups}");
    assert_eq!(groups["voters"], 13);
    let words = b.text("main").await?;
    assert!(words.contains(groups["result"].as_str().unwrap()), "{words}");
    assert!(b.has(".map circle").await);
    // Hers is the one that wants it in the north.
    let mine = b.text("section:has(h2 .tag.ok)").await?;
    assert!(mine.contains("Au nord"), "{mine}");
    Ok(())
}

/// Two facilitators enter the same ballot differently: neither counts until somebody settles it.
async fn ballots(b: &Browser) -> Result<()> {
    let awa =
        village(&[("Fanta", "facilitator"), ("Oumar", "facilitator"), ("Modibo", "moderator")])?;
    let debate = awa.made(&["debate", "open", "Le puits"])?;
    awa.made(&["say", &debate, "Au nord."])?;
    let square = Square::open(awa, "127.0.0.1", &[])?;
    let path = format!("/debates/{debate}/ballots");
    square.enter(b).await?;
    for (name, token, choice) in
        [("Fanta", "B-17", "agree"), ("Oumar", "B-17", "disagree"), ("Oumar", "B-18", "agree")]
    {
        square.speak_as(b, name, "2580").await?;
        b.open(&square.at(&path)).await?;
        b.write("#paper", token).await?;
        b.pick("main form.card select", choice).await?;
        b.press("main form.card button").await?;
        b.arrives(&format!("{path}?done=saved")).await?;
    }
    assert!(b.text(".card.alert h2").await?.contains("B-17"), "the conflict stands first");
    b.open(&square.at(&format!("/debates/{debate}"))).await?;
    assert!(b.text("button.v1").await?.contains('1') && b.text("button.v2").await?.contains('0'));
    square.speak_as(b, "Modibo", "2580").await?;
    b.open(&square.at(&path)).await?;
    b.press(".card.alert input[type='radio']").await?;
    b.write(".card.alert input[name='reason']", "vu sur le papier").await?;
    b.press(".card.alert button").await?;
    b.arrives(&format!("{path}?done=saved")).await?;
    assert!(!b.has(".card.alert").await && b.text("main").await?.contains("vu sur le papier"));
    b.open(&square.at(&format!("/debates/{debate}"))).await?;
    let all = format!("{} {}", b.text("button.v1").await?, b.text("button.v2").await?);
    assert_eq!(all.chars().filter(char::is_ascii_digit).map(|n| n as u32 - 48).sum::<u32>(), 2);
    Ok(())
}

in_each_language!(opinion_groups, groups);
in_each_language!(paper_ballots, ballots);

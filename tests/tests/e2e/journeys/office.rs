//! Officials and those who watch them: the Saturday, the numbered register, co-signing, words in
//! other languages.

use anyhow::Result;
use baro_tests::browser::Browser;
use baro_tests::square::Square;
use baro_tests::villages::carry;
use baro_tests::{Device, media};

use super::walk;

const OFFICE: &str = "Mairie";

/// A village with Awa, and the mayor on a device of his own: both know that he is one.
fn two() -> Result<(Device, Device)> {
    let awa = Device::of("Awa")?;
    awa.made(&["community", "create", "Commune de Kayes", "--lang", "fr"])?;
    let maire = Device::of("Le maire")?;
    maire.join(&awa)?;
    carry(&maire, &awa)?;
    awa.json(&["grant", "Le maire", "official", "--office", OFFICE])?;
    carry(&awa, &maire)?;
    Ok((awa, maire))
}

/// Announced, debated, asked, carried on a stick, answered, carried back: no network between the two.
async fn saturday(b: &Browser) -> Result<()> {
    let (awa, maire) = two()?;
    let (village, town) =
        (Square::open(awa, "127.0.0.1", &[])?, Square::open(maire, "127.0.0.2", &[])?);
    let stick = village.device.file("stick.baro");
    let voice = town.device.file("reponse.opus");
    std::fs::write(&voice, media::opus(8_000, 3))?;

    // The town hall announces, and everything goes to the village on a stick.
    town.enter(b).await?;
    town.speak_as(b, "Le maire", "1111").await?;
    b.open(&town.at("/news/new")).await?;
    b.write("#title", "Débat ce samedi").await?;
    b.write("#text", "Où creuser le puits ?").await?;
    b.press("main form button").await?;
    b.arrives("/news?done=said").await?;
    town.take_along(b, &stick).await?;

    // The village takes it in, debates in a window, and asks.
    village.enter(b).await?;
    village.speak_as(b, "Awa", "2580").await?;
    village.bring(b, &stick).await?;
    b.open(&village.at("/news")).await?;
    assert!(b.text("main").await?.contains("Débat ce samedi"));
    b.open(&village.at("/debates/new")).await?;
    b.write("#title", "Où creuser le puits ?").await?;
    b.put("#opens", "2026-01-03T09:00").await?;
    b.put("#closes", "2026-01-03T08:00").await?;
    b.press("main form button").await?;
    b.client.wait().for_element(fantoccini::Locator::Css(".note.bad")).await?;
    b.look().await?;
    b.open(&village.at("/debates")).await?;
    assert!(!b.has("main a.card").await, "a window that ends before it begins opens nothing");
    b.open(&village.at("/debates/new")).await?;
    b.write("#title", "Où creuser le puits ?").await?;
    b.put("#opens", "2026-01-03T09:00").await?;
    b.put("#closes", "2099-01-03T17:00").await?;
    b.press("main form button").await?;
    b.arrives("/debates/").await?;
    assert!(b.text("main").await?.contains("2099-01-03 17:00"));
    let debate = b.client.current_url().await?.path().to_owned();
    village.say(b, &debate, "statement", "Près de l'école.").await?;
    // Another closing, which has passed.
    b.press("main > details:last-of-type summary").await?;
    b.look().await?;
    b.open(&village.at(&debate)).await?;
    b.press(&format!("main > details:has(form[action='{debate}/window']) summary")).await?;
    b.put("#closes", "2026-01-03T17:00").await?;
    b.press(&format!("form[action='{debate}/window'] button")).await?;
    b.arrives(&format!("{debate}?done=saved")).await?;
    assert_eq!(b.value("#closes").await?, "2026-01-03T17:00");
    b.open(&village.at("/questions/ask")).await?;
    b.pick("#who", &format!("office:{OFFICE}")).await?;
    b.write("#text", "Qui paie la pompe ?").await?;
    b.press("main form button").await?;
    b.arrives("/questions?done=said").await?;

    // The questions of the office go on the stick: by themselves, without the rest.
    b.open(&village.at("/carry")).await?;
    b.press("form[action='/carry/saturday'] button[value='0']").await?;
    b.saved("questions-Mairie-", &stick).await?;

    // The mayor takes them in, answers aloud, and the answer goes back.
    town.bring(b, &stick).await?;
    b.press("main a.button").await?;
    b.arrives("/questions?").await?;
    assert!(b.text("article").await?.contains("Qui paie la pompe ?"));
    b.press("article form[action$='/read'] button").await?;
    b.arrives("/questions?done=saved").await?;
    b.press("article summary").await?;
    b.write("article textarea", "La commune.").await?;
    b.write("article input[name='voice']", voice.to_str().unwrap()).await?;
    b.press("article form[action$='/answer'] button").await?;
    b.arrives("/questions?done=said").await?;
    b.open(&town.at("/carry")).await?;
    b.press("form[action='/carry/saturday'] button[value='1']").await?;
    b.saved("answers-Mairie-", &stick).await?;

    // In the village: the question is answered, with a voice, and the office is seen to answer.
    village.bring(b, &stick).await?;
    b.open(&village.at("/questions?order=answered")).await?;
    let words = b.text("article").await?;
    assert!(words.contains("La commune.") && b.has("article .reply audio").await, "{words}");
    b.open(&village.at("/offices")).await?;
    let answered = b.text("main").await?;
    b.open(&town.at("/offices")).await?;
    assert_eq!(answered, b.text("main").await?, "both compute the same");

    // Nothing more to carry, and files that are none: each is said, nothing is lost.
    b.open(&village.at("/carry")).await?;
    b.press("form[action='/carry/saturday'] button[value='0']").await?;
    b.client.wait().for_element(fantoccini::Locator::Css(".note.bad")).await?;
    let before = village.device.digest()?;
    std::fs::write(&stick, media::opus(5_000, 9))?;
    b.open(&village.at("/carry")).await?;
    b.write("#bundle", stick.to_str().unwrap()).await?;
    b.press("form[action='/carry/import'] button").await?;
    b.client.wait().for_element(fantoccini::Locator::Css(".note.bad")).await?;
    b.look().await?;
    assert_eq!(before, village.device.digest()?);
    Ok(())
}

/// A register that lacks a number says so until it comes; a member co-signs; a focal point speaks
/// for those who do not read French, and takes it back.
async fn register(b: &Browser) -> Result<()> {
    let (awa, maire) = two()?;
    let me = awa.json(&["whoami"])?["person"][0]["id"].as_str().unwrap().to_owned();
    awa.json(&["grant", &me, "official", "--office", OFFICE])?;
    let bintou = Device::of("Bintou")?;
    bintou.join(&awa)?;
    carry(&bintou, &awa)?;
    awa.json(&["grant", "Bintou", "facilitator"])?;
    carry(&awa, &bintou)?;
    carry(&awa, &maire)?;
    awa.made(&["announce", "Le puits", "--decision", "--office", OFFICE])?;
    carry(&awa, &maire)?;
    maire.made(&["announce", "La route", "--decision", "--office", OFFICE])?;
    // Only what Awa's device does not hold: the second number without the first.
    let (have, second, whole) = (awa.file("have"), maire.file("second"), maire.file("whole"));
    awa.json(&["bundle", "digest", have.to_str().unwrap()])?;
    let for_awa = ["--for", have.to_str().unwrap()];
    maire.json(&[&["bundle", "export", second.to_str().unwrap()], &for_awa[..]].concat())?;
    maire.json(&["bundle", "export", whole.to_str().unwrap()])?;

    let village = Square::open(bintou, "127.0.0.1", &[])?;
    village.enter(b).await?;
    village.speak_as(b, "Bintou", "2580").await?;
    village.bring(b, &second).await?;
    b.open(&village.at("/register")).await?;
    assert!(b.has("section .tag.bad").await, "the gap is shown");
    b.press("section li a").await?;
    b.arrives("/news/").await?;
    assert!(b.has("article .note.bad").await);
    let path = b.client.current_url().await?.path().to_owned();
    b.press(&format!("form[action='{path}/cosign'] button")).await?;
    b.arrives(&format!("{path}?done=saved")).await?;
    assert!(b.text("article").await?.contains("Bintou"));

    village.bring(b, &whole).await?;
    b.open(&village.at("/register")).await?;
    assert!(!b.has("section .tag.bad").await, "nothing is missing any more");

    // In writing and aloud, in two languages; one is taken back.
    let voice = village.device.file("voix.opus");
    std::fs::write(&voice, media::opus(8_000, 5))?;
    for (lang, words) in [("bm", "Sira"), ("ar", "الطريق")] {
        b.open(&village.at(&path)).await?;
        b.press("main > details summary").await?;
        b.put("#lang", lang).await?;
        b.write("#ttext", words).await?;
        b.write("#tvoice", voice.to_str().unwrap()).await?;
        b.press("main > details form button").await?;
        b.arrives(&format!("{path}?done=saved")).await?;
    }
    assert!(b.has(".reply [lang='ar'][dir='rtl']").await && b.has(".reply audio").await);
    assert!(b.text("article").await?.contains("Sira"));
    b.press(".reply form button").await?;
    b.arrives(&format!("{path}?done=withdrawn")).await?;
    let words = b.text("article").await?;
    assert!(!words.contains("Sira") && words.contains("الطريق"), "{words}");
    Ok(())
}

in_each_language!(the_saturday, saturday);
in_each_language!(a_register_with_a_gap, register);

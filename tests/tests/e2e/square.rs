//! Pages: in a real browser, with and without scripts, in three languages, on a narrow phone.

use baro_tests::browser::{Browser, in_time, is_here};
use baro_tests::{Device, media};

/// A hub with a person, a course and its pages; gives the link that lets a browser in.
fn hub(device: &Device) -> (baro_tests::Running, String) {
    device.made(&["community", "create", "Commune de Kayes", "--lang", "fr"]).unwrap();
    let me = device.json(&["whoami"]).unwrap()["person"][0]["id"].as_str().unwrap().to_owned();
    device.json(&["grant", &me, "official", "--office", "Mairie"]).unwrap();
    let course = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/eau-potable");
    device.made(&["course", "import", course]).unwrap();
    let node = device.start(&["--listen", "/ip4/127.0.0.1/tcp/0", "--http", "127.0.0.1:0"]);
    let node = node.unwrap();
    let link = device.json(&["link"]).unwrap()["link"].as_str().unwrap().to_owned();
    (node, link)
}

async fn journey(lang: &str, scripts: bool) -> anyhow::Result<()> {
    let awa = Device::of("Awa")?;
    let (_node, link) = hub(&awa);
    let home = link.split("/enter/").next().unwrap().to_owned();
    let b = Browser::start(lang, scripts, 320).await?;

    // A stranger reads, and is told to say who he is.
    b.open(&home).await?;
    assert_eq!(
        b.client.find(fantoccini::Locator::Css("html")).await?.attr("lang").await?,
        Some(lang.to_owned())
    );
    for path in ["/news", "/debates", "/questions", "/proposals", "/learn", "/node", "/people"] {
        b.open(&format!("{home}{path}")).await?;
    }
    b.open(&format!("{home}/debates/new")).await?;
    assert!(b.client.find(fantoccini::Locator::Css(".note.bad")).await.is_ok());

    // The link lets the browser in; Awa takes a PIN.
    b.open(&link).await?;
    b.arrives("/people?").await?;
    b.press(".choose a").await?;
    b.arrives("/people/").await?;
    b.write("#new-pin", "2580").await?;
    b.press("main button").await?;
    b.arrives("/?").await?;

    // She announces, opens a debate, speaks with her voice, votes.
    b.open(&format!("{home}/news/new")).await?;
    b.write("#title", "Réunion samedi").await?;
    b.write("#text", "À 9 heures, à l'espace connecté.").await?;
    b.press("main button").await?;
    b.arrives("/news?done=said").await?;
    b.press("article a").await?;
    b.arrives("/news/").await?;
    assert!(b.text("main").await?.contains("À 9 heures"));

    b.open(&format!("{home}/debates/new")).await?;
    b.write("#title", "Où creuser le puits ?").await?;
    b.write("#text", "Un seul forage cette année. <b>gras</b>").await?;
    b.press("main button").await?;
    b.arrives("/debates/").await?;
    assert!(b.text("main").await?.contains("<b>gras</b>"), "words are shown as they are");
    let debate = b.client.current_url().await?.path().to_owned();
    b.open(&format!("{home}{debate}/say")).await?;
    b.write("#text", "Près de l'école.").await?;
    let voice = awa.file("voix.opus");
    std::fs::write(&voice, media::opus(20_000, 7))?;
    b.write("#voice", voice.to_str().unwrap()).await?;
    b.press("main button").await?;
    b.arrives(&format!("{debate}?done=said")).await?;
    assert!(b.client.find(fantoccini::Locator::Css("audio")).await.is_ok());
    b.press("button.v1").await?;
    b.arrives(&format!("{debate}?done=voted")).await?;
    assert!(b.text("button.v1").await?.contains('1'));

    // A question, and its answer.
    b.open(&format!("{home}{debate}/say")).await?;
    b.pick("#say-kind", "question").await?;
    b.write("#text", "Qui paie la pompe ?").await?;
    b.press("main button").await?;
    b.arrives(&format!("{debate}?done=said")).await?;
    b.open(&format!("{home}/questions")).await?;
    b.press("summary").await?;
    b.write("article textarea", "La commune.").await?;
    b.press("article form[action$='/answer'] button").await?;
    b.arrives("/questions?done=said").await?;

    // A lesson and its quiz.
    b.open(&format!("{home}/learn")).await?;
    b.press("a.card").await?;
    b.arrives("/learn/").await?;
    let course = b.client.current_url().await?;
    b.press("a.card").await?;
    b.arrives(&format!("{}/", course.path())).await?;
    assert!(b.text("article").await?.contains("margelle"));
    b.client.goto(course.as_str()).await?;
    b.press("a.card:last-of-type").await?;
    b.arrives(&format!("{}/", course.path())).await?;
    b.press("input[type=radio]").await?;
    b.press("main form button").await?;
    b.client.wait().for_element(fantoccini::Locator::Css(".note[role=status]")).await?;
    b.look().await?;

    // Another person, a ticket, her own page.
    b.open(&format!("{home}/admin")).await?;
    b.write("#name", "Bakary").await?;
    b.press("form[action='/admin/person'] button").await?;
    b.arrives("/people?").await?;
    b.open(&format!("{home}/admin")).await?;
    b.press("form[action='/admin/invite'] button").await?;
    b.arrives("/admin/invite").await?;
    assert!(b.client.find(fantoccini::Locator::Css(".qr svg")).await.is_ok());
    b.open(&format!("{home}/me")).await?;

    // Locked, a wrong PIN, the right one; then she leaves at once.
    b.press("form[action='/lock'] button").await?;
    b.arrives("/people?").await?;
    b.press(".choose a").await?;
    b.arrives("/people/").await?;
    b.write("#pin", "1111").await?;
    b.press("main button").await?;
    b.client.wait().for_element(fantoccini::Locator::Css("main .note.bad")).await?;
    b.write("#pin", "2580").await?;
    b.press("main button").await?;
    b.arrives("/?").await?;
    b.press("#leave button").await?;
    b.arrives("/?").await?;
    b.open(&format!("{home}/me")).await?;
    assert!(b.client.find(fantoccini::Locator::Css(".note.bad")).await.is_ok());
    Ok(())
}

/// Enters as this person, who takes a PIN.
async fn enter(b: &Browser, home: &str, person: &str) -> anyhow::Result<()> {
    b.open(&format!("{home}/people/{person}")).await?;
    b.write("#new-pin", "2580").await?;
    b.press("main button").await?;
    b.arrives("/?").await
}

async fn private(scripts: bool) -> anyhow::Result<()> {
    let awa = Device::of("Awa")?;
    let (_node, link) = hub(&awa);
    awa.made(&["person", "add", "Bintou"])?;
    let persons = awa.json(&["person", "list"])?;
    let person = |at: usize| persons[at]["id"].as_str().unwrap().to_owned();
    let (me, bintou) = (person(0), person(1));
    let home = link.split("/enter/").next().unwrap().to_owned();
    let b = Browser::start("fr", scripts, 320).await?;
    b.open(&format!("{home}/messages")).await?;
    assert!(b.client.find(fantoccini::Locator::Css(".note.bad")).await.is_ok());
    b.open(&link).await?;
    b.arrives("/people?").await?;
    enter(&b, &home, &me).await?;
    b.open(&format!("{home}/messages")).await?;
    b.pick("#person", &bintou).await?;
    b.press("form[action='/messages'] button").await?;
    b.arrives(&format!("/messages/{bintou}?")).await?;
    b.write("#text", "Le camion passe jeudi.").await?;
    let voice = awa.file("note.opus");
    std::fs::write(&voice, media::opus(20_000, 7))?;
    b.write("#voice", voice.to_str().unwrap()).await?;
    b.press("main form.card button").await?;
    b.arrives(&format!("/messages/{bintou}?done=sealed")).await?;
    assert!(b.text("main").await?.contains("Arrivé"), "her device is this one");
    b.open(&format!("{home}/messages")).await?;
    b.press("summary").await?;
    b.write("#name", "Points focaux").await?;
    b.press("form[action='/messages/groups'] button").await?;
    b.arrives("/messages/").await?;
    b.look().await?;

    // Bintou reads it; what she wrote to nobody is in no page of Awa's, and the other way about.
    b.press("form[action='/lock'] button").await?;
    b.arrives("/people?").await?;
    enter(&b, &home, &bintou).await?;
    b.open(&format!("{home}/messages")).await?;
    assert!(!b.text("main").await?.contains("Points focaux"));
    b.open(&format!("{home}/messages/{me}")).await?;
    assert!(b.text("article").await?.contains("Le camion passe jeudi."));
    assert!(b.client.find(fantoccini::Locator::Css("audio")).await.is_ok());
    b.press("form[action='/lock'] button").await?;
    b.arrives("/people?").await?;
    b.open(&format!("{home}/messages/{me}")).await?;
    assert!(b.client.find(fantoccini::Locator::Css(".note.bad")).await.is_ok());
    Ok(())
}

#[test]
fn private_messages_are_shown_to_whose_they_are() {
    if !is_here().unwrap() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(in_time(private(true))).unwrap();
}

fn tried(lang: &str, scripts: bool) {
    if !is_here().unwrap() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(in_time(journey(lang, scripts))).unwrap();
}

#[test]
fn a_day_in_the_square_in_french() {
    tried("fr", true);
}

#[test]
fn a_day_in_the_square_in_bambara_without_scripts() {
    tried("bm", false);
}

#[test]
fn a_day_in_the_square_in_arabic() {
    tried("ar", true);
}

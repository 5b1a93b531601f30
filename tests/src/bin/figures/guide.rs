//! The pictures of the user guide: the pages of a village and its town hall, as a browser shows them.
//!
//! Small, because a book is carried too: WebP as Chromium writes it. In another folder
//! they are PNG, for whoever looks at pages while changing them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use baro_tests::browser::Browser;
use baro_tests::square::Square;
use baro_tests::villages::carry;
use baro_tests::{Device, media};
use serde_json::json;

/// Where the pictures of the book are.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/guide");
/// All of them together, in bytes.
const ALL_BYTES_MAX: u64 = 400_000;
/// Who lives in the village.
const PERSONS: [&str; 12] = [
    "Bintou Keïta",
    "Modibo Sissoko",
    "Fanta Diallo",
    "Oumar Traoré",
    "Sira Coulibaly",
    "Cheick Konaté",
    "Kadiatou Cissé",
    "Moussa Camara",
    "Aminata Dembélé",
    "Salif Fofana",
    "Djénéba Sidibé",
    "Yacouba Maïga",
];
/// What they say of the well, and how the two camps vote on it.
const WORDS: [(&str, &str, &str); 4] = [
    ("Près de l'école, pour que les filles ne manquent plus la classe.", "agree", "disagree"),
    ("Au bord du marigot : l'eau y est moins profonde.", "disagree", "agree"),
    ("Quel que soit l'endroit, un comité doit tenir la pompe.", "agree", "agree"),
    ("Attendons l'année prochaine.", "disagree", "pass"),
];

/// Takes pictures.
struct Camera<'b> {
    browser: &'b Browser,
    folder: PathBuf,
    png: bool,
    bytes: u64,
}

impl Camera<'_> {
    /// Whether the next pictures are in the dark.
    async fn dark(&self, dark: bool) -> Result<()> {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.browser.tell("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
        Ok(())
    }

    /// The page as it stands, from where this begins.
    async fn shoot(&mut self, name: &str, from: &str) -> Result<()> {
        let scroll = "const e = document.querySelector(arguments[0]); \
                      window.scrollTo(0, e ? e.getBoundingClientRect().top + scrollY - 8 : 0)";
        self.browser.client.execute(scroll, vec![json!(from)]).await?;
        let format = if self.png { "png" } else { "webp" };
        let picture = self.browser.picture(format).await?;
        self.bytes += picture.len() as u64;
        std::fs::write(self.folder.join(format!("{name}.{format}")), picture)?;
        Ok(())
    }

    /// Opens a page and takes it.
    async fn page(&mut self, name: &str, address: &str, from: &str) -> Result<()> {
        self.browser.client.goto(address).await?;
        self.shoot(name, from).await
    }
}

/// The village, its debate with two camps; and the town hall on a device of its own.
fn places() -> Result<(Square, Square, String)> {
    let awa = Device::of("Awa Diarra")?;
    awa.made(&["community", "create", "Commune de Kayes", "--lang", "fr"])?;
    let maire = Device::of("Le maire")?;
    maire.join(&awa)?;
    carry(&maire, &awa)?;
    awa.json(&["grant", "Le maire", "official", "--office", "Mairie"])?;
    carry(&awa, &maire)?;
    let course = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/examples/eau-potable");
    awa.made(&["course", "import", course])?;
    let debate = awa.made(&[
        "--lang",
        "fr",
        "debate",
        "open",
        "Où creuser le nouveau puits ?",
        "--body",
        "Un seul forage cette année. Le débat se ferme samedi soir.",
    ])?;
    let mut ops = String::new();
    for name in PERSONS {
        ops += &format!("{}\n", json!({ "op": "person", "name": name }));
    }
    for (n, ((words, ..), name)) in WORDS.iter().zip(PERSONS).enumerate() {
        let say = json!({ "op": "say", "as": name, "debate": debate, "text": words,
                          "ref": format!("c{n}") });
        ops += &format!("{say}\n");
    }
    for (voter, name) in PERSONS.iter().enumerate() {
        for (n, (_, one, other)) in WORDS.iter().enumerate() {
            let choice = if voter % 3 == 0 { other } else { one };
            let vote = json!({ "op": "vote", "as": name, "post": format!("@c{n}"),
                               "choice": choice });
            ops += &format!("{vote}\n");
        }
    }
    awa.batch(&ops)?;
    let village = Square::open(awa, "127.0.0.1", &[])?;
    Ok((village, Square::open(maire, "127.0.0.2", &[])?, format!("/debates/{debate}")))
}

/// Takes all pictures, in French first, then those in Arabic and Bambara.
async fn take(camera: &mut Camera<'_>) -> Result<()> {
    let (village, town, debate) = places()?;
    let b = camera.browser;
    let stick = village.device.file("stick.baro");
    let voice = town.device.file("reponse.opus");
    std::fs::write(&voice, media::opus(8_000, 3))?;

    // The town hall announces.
    town.enter(b).await?;
    town.speak_as(b, "Le maire", "1111").await?;
    b.client.goto(&town.at("/news/new")).await?;
    b.write("#title", "Débat ce samedi sur le puits").await?;
    b.write(
        "#text",
        "À 9 heures, sous le grand arbre. Chacun peut parler, à voix haute ou par écrit.",
    )
    .await?;
    camera.shoot("announce", "header").await?;
    b.press("main form button").await?;
    b.arrives("/news?done=said").await?;
    b.client.goto(&town.at("/news/new")).await?;
    b.pick("#kind", "alert").await?;
    b.write("#title", "Le fleuve monte : éloignez les enfants de la rive").await?;
    b.press("main form button").await?;
    b.arrives("/news?done=said").await?;
    town.take_along(b, &stick).await?;

    // The village takes it in, debates, asks.
    village.enter(b).await?;
    camera.page("people", &village.at("/people"), "header").await?;
    village.speak_as(b, "Awa Diarra", "2580").await?;
    village.bring(b, &stick).await?;
    camera.page("home", &village.at("/"), "header").await?;
    b.client.goto(&village.at("/news")).await?;
    b.press("article:last-of-type a").await?;
    b.arrives("/news/").await?;
    let news = b.client.current_url().await?.path().to_owned();
    camera.shoot("news", "header").await?;
    camera.page("debate", &village.at(&debate), "header").await?;
    camera.page("next", &village.at(&format!("{debate}/next")), "header").await?;
    village
        .vote(b, &debate, &[("école", "v1"), ("marigot", "v2"), ("comité", "v1"), ("année", "v3")])
        .await?;
    camera.page("groups", &village.at(&format!("{debate}/groups")), "header").await?;
    b.client.goto(&village.at("/questions/ask")).await?;
    b.pick("#who", "office:Mairie").await?;
    b.write("#text", "Qui paie la pompe, et quand ?").await?;
    camera.shoot("ask", "header").await?;
    b.press("main form button").await?;
    b.arrives("/questions?done=said").await?;
    camera.page("carry", &village.at("/carry"), "header").await?;
    b.press("form[action='/carry/saturday'] button[value='0']").await?;
    b.saved("questions-Mairie-", &stick).await?;

    // The town hall answers aloud, and the answer comes back.
    town.bring(b, &stick).await?;
    camera.shoot("taken", "header").await?;
    b.client.goto(&town.at("/questions")).await?;
    b.press("article summary").await?;
    b.write("article textarea", "La commune, avant la fin mars. Le devis est signé.").await?;
    camera.shoot("answer", "article").await?;
    b.write("article input[name='voice']", voice.to_str().context("a path")?).await?;
    b.press("article form[action$='/answer'] button").await?;
    b.arrives("/questions?done=said").await?;
    b.client.goto(&town.at("/carry")).await?;
    b.press("form[action='/carry/saturday'] button[value='1']").await?;
    b.saved("answers-Mairie-", &stick).await?;
    village.bring(b, &stick).await?;
    camera.page("answered", &village.at("/questions?order=answered"), "header").await?;
    camera.page("offices", &village.at("/offices"), "header").await?;

    // Other scripts, other light.
    let lang = |tag: &str, path: &str| village.at(&format!("/language/{tag}?back={path}"));
    camera.page("home-ar", &lang("ar", "/"), "header").await?;
    camera.page("debate-ar", &village.at(&debate), "header").await?;
    camera.dark(true).await?;
    camera.page("home-bm", &lang("bm", "/"), "header").await?;
    camera.page("debate-bm", &village.at(&debate), "h2").await?;

    // A desk.
    let wide = json!({ "width": 1_000, "height": 640, "pixelRatio": 1, "touch": false });
    let browser = Browser::shown("fr", true, wide).await?;
    let mut desk = Camera {
        browser: &browser,
        folder: camera.folder.clone(),
        png: camera.png,
        bytes: camera.bytes,
    };
    village.enter(&browser).await?;
    village.speak_as(&browser, "Awa Diarra", "2580").await?;
    desk.page("desktop", &village.at(&debate), "header").await?;
    desk.dark(true).await?;
    desk.page("desktop-ar", &lang("ar", &news), "header").await?;
    camera.bytes = desk.bytes;
    Ok(())
}

/// Takes the pictures into the book's folder, or as PNG into another.
pub(crate) fn draw(folder: Option<&str>) -> Result<()> {
    let png = folder.is_some();
    let folder = folder.map_or_else(|| PathBuf::from(FOLDER), |folder| Path::new(folder).into());
    std::fs::create_dir_all(&folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let bytes = runtime.block_on(async {
        let phone = json!({ "width": 360, "height": 720, "pixelRatio": 1.5, "touch": true });
        let browser = Browser::shown("fr", true, phone).await?;
        let mut camera = Camera { browser: &browser, folder, png, bytes: 0 };
        take(&mut camera).await?;
        anyhow::Ok(camera.bytes)
    })?;
    crate::print::row("pictures of the guide", bytes, "B", &ALL_BYTES_MAX.to_string());
    ensure!(png || bytes <= ALL_BYTES_MAX, "the pictures are larger than a book may carry");
    Ok(())
}

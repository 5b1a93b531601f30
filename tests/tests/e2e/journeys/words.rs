//! Words that change: proposals written together, and posts that are hidden and shown again.

use anyhow::Result;
use baro_tests::browser::Browser;
use baro_tests::square::Square;

use super::opinion::village;
use super::walk;

/// Drafted by one, amended by another, an earlier version looked at, signed, received and refused.
async fn proposal(b: &Browser) -> Result<()> {
    let awa = village(&[("Bintou", "member"), ("Le maire", "official")])?;
    let debate = awa.made(&["debate", "open", "Le puits"])?;
    let square = Square::open(awa, "127.0.0.1", &[])?;
    let debate = format!("/debates/{debate}");
    square.enter(b).await?;
    square.speak_as(b, "Awa", "2580").await?;
    square.say(b, &debate, "proposal", "Creuser au nord.").await?;
    b.open(&square.at("/proposals")).await?;
    b.press("article a.button").await?;
    b.arrives("/proposals/").await?;
    let path = b.client.current_url().await?.path().to_owned();
    let saved = format!("{path}?done=saved");
    let wording = format!("form[action='{path}/wording']");
    b.press(&format!("{wording} button")).await?;
    b.arrives(&saved).await?;
    for (name, words) in [
        ("Awa", "Creuser au nord, avant les pluies."),
        ("Bintou", "Creuser au nord, avant les pluies. La commune paie la pompe."),
    ] {
        square.speak_as(b, name, "2580").await?;
        b.open(&square.at(&path)).await?;
        b.press(&format!("details:has({wording}) summary")).await?;
        b.put("#text", words).await?;
        b.press(&format!("{wording} button")).await?;
        b.arrives(&saved).await?;
    }
    let text = "section:last-of-type .say";
    assert!(b.text(text).await?.contains("La commune paie la pompe."));
    // Who wrote what: words of two persons, apart.
    assert!(b.has(&format!("{text} .w[title='Awa']")).await);
    assert!(b.has(&format!("{text} .w[title='Bintou']")).await);
    // A version before Bintou's, which stays one of them.
    b.press("section:last-of-type details:last-of-type summary").await?;
    let versions =
        b.client.find_all(fantoccini::Locator::Css("section:last-of-type details li a")).await?;
    assert!(versions.len() >= 3, "{} versions", versions.len());
    b.press("section:last-of-type details li:nth-last-of-type(2) a").await?;
    b.arrives(&format!("{path}?to=")).await?;
    let old = b.text("section:last-of-type .note .say").await?;
    assert_eq!(old, "Creuser au nord, avant les pluies.");

    b.press(&format!("form[action='{path}/sign'] button")).await?;
    b.arrives(&saved).await?;
    assert!(b.text("section").await?.contains("Bintou"));
    square.speak_as(b, "Le maire", "2580").await?;
    for (status, reason) in [("received", ""), ("refused", "Le budget est épuisé.")] {
        b.open(&square.at(&path)).await?;
        let form = format!("form[action='{path}/status']");
        b.press(&format!("details:has({form}) summary")).await?;
        b.pick("#status", status).await?;
        b.write("#reason", reason).await?;
        b.write("#office", "Mairie").await?;
        b.press(&format!("{form} button")).await?;
        b.arrives(&saved).await?;
    }
    assert!(b.text("section .tag.bad").await?.contains("Mairie"));
    assert!(b.text("section ul").await?.contains("Le budget est épuisé."));
    Ok(())
}

/// Hidden with a reason, appealed, shown again by somebody else; then somebody reads it no more.
async fn moderation(b: &Browser) -> Result<()> {
    let awa = village(&[
        ("Modibo", "moderator"),
        ("Oumar", "member"),
        ("Bintou", "member"),
        ("Fanta", "facilitator"),
    ])?;
    let debate = awa.made(&["debate", "open", "Le puits"])?;
    let post = awa.made(&["--as", "Oumar", "say", &debate, "Le chef garde l'argent."])?;
    let square = Square::open(awa, "127.0.0.1", &[])?;
    let path = format!("/debates/{debate}");
    square.enter(b).await?;
    square.speak_as(b, "Modibo", "2580").await?;
    b.open(&square.at(&path)).await?;
    b.press("article > details summary").await?;
    b.write(&format!("#h{post}"), "sans preuve").await?;
    b.press(&format!("form[action='/posts/{post}/hide'] button")).await?;
    b.arrives(&format!("{path}?done=hidden")).await?;
    square.speak_as(b, "Oumar", "2580").await?;
    b.open(&square.at(&path)).await?;
    let words = b.text("article").await?;
    assert!(words.contains("sans preuve") && !words.contains("l'argent"), "{words}");
    b.press("article > details summary").await?;
    b.write(&format!("#ap{post}"), "Voici les comptes.").await?;
    b.press(&format!("form[action='/posts/{post}/appeal'] button")).await?;
    b.arrives("/moderation?done=said").await?;
    // Who hid it does not judge it; Awa does.
    square.speak_as(b, "Awa", "2580").await?;
    b.open(&square.at("/moderation")).await?;
    assert!(b.text("section").await?.contains("Voici les comptes."));
    b.write("section form input[name='reason']", "les comptes sont là").await?;
    b.press("section form button[value='1']").await?;
    b.arrives("/moderation?done=said").await?;
    assert!(b.has("section .tag.ok").await, "shown again, with its history");
    assert!(b.text("section").await?.contains("les comptes sont là"));
    square.speak_as(b, "Bintou", "2580").await?;
    b.open(&square.at(&path)).await?;
    assert!(b.text("article").await?.contains("l'argent"));
    b.press("article > details summary").await?;
    b.press("form[action^='/block/'] button").await?;
    b.arrives(&format!("{path}?done=saved")).await?;
    assert!(!b.text("article").await?.contains("l'argent"), "she reads him no more");
    square.speak_as(b, "Modibo", "2580").await?;
    b.open(&square.at(&path)).await?;
    assert!(b.text("article").await?.contains("l'argent"), "and nobody else knows");
    // A focal point says it in another language.
    square.speak_as(b, "Fanta", "2580").await?;
    b.open(&square.at(&path)).await?;
    b.press("article > details summary").await?;
    b.put(&format!("#l{post}"), "bm").await?;
    b.write(&format!("#t{post}"), "Dugutigi bɛ wari mara.").await?;
    b.press(&format!("form[action='/translate/{post}'] button")).await?;
    b.arrives(&format!("{path}?done=saved")).await?;
    assert_eq!(b.text("article .reply [lang='bm']").await?, "Dugutigi bɛ wari mara.");
    Ok(())
}

in_each_language!(a_proposal, proposal);
in_each_language!(hiding_and_showing, moderation);

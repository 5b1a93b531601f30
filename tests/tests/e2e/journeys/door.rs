//! Coming in: visitors of a hub, a second phone by a ticket, the wrong PIN three times.

use anyhow::Result;
use baro_tests::Device;
use baro_tests::browser::Browser;
use baro_tests::square::Square;

use super::opinion::village;
use super::walk;

/// A hub whose visitors speak; Awa, who keeps it, invites with a ticket that a second phone takes.
async fn hub(b: &Browser) -> Result<()> {
    let awa = village(&[])?;
    let debate = awa.made(&["debate", "open", "Le puits"])?;
    let hub = Square::open(awa, "127.0.0.1", &["--guests"])?;
    let debate = format!("/debates/{debate}");

    // A stranger speaks under the name she gives, and does not vote.
    b.open(&hub.at(&debate)).await?;
    hub.say(b, &debate, "statement", "Au bord de la route.").await?;
    assert!(b.text("article").await?.contains("Fanta ("), "who reads it sees a visitor");
    assert!(!b.has(".votes").await);
    b.open(&hub.at(&format!("{debate}/say"))).await?;
    assert!(!b.has("#visitor").await, "she is asked for her name once");
    b.open(&hub.at("/carry")).await?;
    assert!(b.has(".note.bad").await, "files are not for visitors");
    b.press("#leave button").await?;
    b.arrives("/?").await?;

    // Awa invites, and the second phone joins with the ticket.
    hub.enter(b).await?;
    hub.speak_as(b, "Awa", "2580").await?;
    b.open(&hub.at("/admin")).await?;
    b.press("form[action='/admin/invite'] button").await?;
    b.arrives("/admin/invite").await?;
    assert!(b.has(".qr svg").await);
    let ticket = b.value("#t").await?;
    let file = hub.device.file("tout.baro");
    hub.take_along(b, &file).await?;
    let phone = Square::open(Device::new()?, "127.0.0.2", &[])?;
    b.open(&phone.at("/")).await?;
    assert!(!b.has("#ticket").await, "a stranger joins nothing here");
    phone.enter(b).await?;
    b.open(&phone.at("/")).await?;
    b.write("#name1", "Bakary").await?;
    b.write("#ticket", &ticket).await?;
    b.press("main form button").await?;
    b.arrives("/people?").await?;
    phone.speak_as(b, "Bakary", "1379").await?;
    phone.bring(b, &file).await?;
    b.open(&phone.at(&debate)).await?;
    assert!(b.text("article").await?.contains("Au bord de la route."));

    // What the hub lacks, by the list that the hub gives.
    phone.say(b, &debate, "statement", "Près du marché.").await?;
    let list = hub.device.file("ici.digest");
    b.open(&hub.at("/carry")).await?;
    b.press("form[action='/carry/digest'] button").await?;
    b.saved("baro-", &list).await?;
    b.open(&phone.at("/carry")).await?;
    b.press("form[action='/carry/all'] summary").await?;
    b.write("#digest", list.to_str().unwrap()).await?;
    b.press("form[action='/carry/all'] .row button").await?;
    b.saved("baro-", &file).await?;
    hub.bring(b, &file).await?;
    b.open(&hub.at(&debate)).await?;
    assert!(b.text("main").await?.contains("Près du marché."), "{}", b.text("main").await?);

    // Locked; after three wrong PINs the next waits, however slow the machine: each one that was
    // tried makes it longer.
    b.press("form[action='/lock'] button").await?;
    b.arrives("/people?").await?;
    b.press_words("li//a", "Awa").await?;
    b.arrives("/people/").await?;
    let path = b.client.current_url().await?.path().to_owned();
    let mut waits = false;
    for n in 0..8 {
        b.write("#pin", "0000").await?;
        b.press("main button").await?;
        b.arrives(&format!("{path}?w")).await?;
        waits = b.client.current_url().await?.as_str().contains("?wait=");
        assert!(!waits || n >= 3, "three are free");
        if waits {
            break;
        }
        b.open(&hub.at(&path)).await?;
    }
    assert!(waits);
    assert!(b.has("main .note.bad").await);
    b.open(&hub.at("/me")).await?;
    assert!(b.has(".note.bad").await, "she is not in");
    Ok(())
}

in_each_language!(visitors_tickets_and_pins, hub);

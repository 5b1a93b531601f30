//! What forms with files do not take: it is said, and nothing changes.

use anyhow::Result;
use baro_tests::Device;
use baro_tests::form::Visitor;
use baro_tests::media;
use baro_tests::square::Square;

use super::opinion::village;

/// The words of a refusal.
pub(super) fn refusal(reply: Result<baro_tests::form::Reply>) -> String {
    reply.err().map(|error| error.to_string()).unwrap_or_else(|| panic!("it was taken"))
}

#[test]
fn files_too_large_foreign_or_from_strangers_change_nothing() {
    let awa = village(&[]).unwrap();
    let me = awa.json(&["whoami"]).unwrap()["person"][0]["id"].as_str().unwrap().to_owned();
    let square = Square::open(awa, "127.0.0.1", &["--guests"]).unwrap();
    let link = square.device.json(&["link"]).unwrap();
    let mut awa = Visitor::enter(link["link"].as_str().unwrap()).unwrap();
    awa.speak_as(&me).unwrap();
    let before = square.device.digest().unwrap();

    // Larger than the page takes: read to its end, so that the answer is seen.
    awa.get("/debates/polis").unwrap();
    let large = vec![b'a'; 30 * 1024 * 1024];
    let said = refusal(awa.upload("/debates/polis", &[("file-comments", &large)]));
    assert!(said.contains("413") && said.contains("24 Mio"), "{said}");
    let tables: [(&str, &[u8]); 2] = [("file-comments", b"a,b\n"), ("file-votes", b"c\n")];
    let said = refusal(awa.upload("/debates/polis", &tables));
    assert!(said.contains("422") && said.contains("la colonne comment-id manque"), "{said}");
    let said = refusal(awa.upload("/debates/polis", &[("file-votes", b"c\n")]));
    assert!(said.contains("422"), "{said}");

    // A whole file of a community that nobody here has joined.
    let other = Device::of("Demba").unwrap();
    other.made(&["community", "create", "Ailleurs"]).unwrap();
    let file = other.file("ailleurs.baro");
    other.json(&["bundle", "export", file.to_str().unwrap()]).unwrap();
    let foreign = std::fs::read(&file).unwrap();
    let page = awa.upload("/carry/import", &[("file-bundle", &foreign)]).unwrap().text();
    assert!(page.contains("tag bad"), "{page}");
    let said = refusal(awa.upload("/carry/all", &[("file-digest", &foreign)]));
    assert!(said.contains("422"), "a bundle is no list: {said}");
    assert_eq!(square.device.digest().unwrap(), before);

    // Strangers neither have files made nor bring any, with and without the form's token.
    let mut stranger = Visitor::stranger(&square.home).unwrap();
    assert!(stranger.get("/carry").unwrap().status == 403);
    stranger.get("/").unwrap();
    for path in ["/carry/all", "/carry/digest", "/carry/import"] {
        let said = refusal(stranger.upload(path, &[("file-bundle", &foreign)]));
        assert!(said.contains("403"), "{path}: {said}");
    }
    assert!(
        !square.device.data().join("upload").read_dir().is_ok_and(|mut left| left.next().is_some())
    );
}

#[test]
fn a_label_is_recorded_through_the_page_and_played_to_who_does_not_read() {
    let square = Square::open(village(&[]).unwrap(), "127.0.0.1", &["--guests"]).unwrap();
    let link = square.device.json(&["link"]).unwrap();
    let mut awa = Visitor::enter(link["link"].as_str().unwrap()).unwrap();
    assert!(awa.get("/admin").unwrap().text().contains("/admin/spoken"));
    let label = ("label", "debates");
    let sound = media::opus(8_000, 4);
    awa.fill("/admin/spoken", &[label], &[("file-label", &sound)]).unwrap();
    let mut stranger = Visitor::stranger(&square.home).unwrap();
    let heard = stranger.get("/spoken/fr/debates").unwrap();
    assert_eq!((heard.status, heard.body.as_slice()), (200, sound.as_slice()));

    // No sound, too long a sound, no label, nobody of this device: the recording stays.
    let long = media::opus(300_000, 4);
    for (label, file) in [("debates", &b"%PDF-1.7"[..]), ("debates", &long), ("../debates", &sound)]
    {
        refusal(awa.fill("/admin/spoken", &[("label", label)], &[("file-label", file)]));
    }
    stranger.get("/").unwrap();
    refusal(stranger.fill("/admin/spoken", &[label], &[("file-label", &long)]));
    assert_eq!(stranger.get("/spoken/fr/debates").unwrap().body, sound);
}

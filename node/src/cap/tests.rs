//! The standard's own examples, what is written here, and what must be refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;

use super::*;

const HEAD: &str = "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\
    <identifier>a1</identifier><sender>mairie@sadiola.ml</sender>\
    <sent>2026-11-25T07:30:00-00:00</sent><status>Actual</status>";
const INFO: &str = "<info><category>Met</category><event>Crue</event>\
    <urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty></info>";

fn alert_with(inner: &str) -> String {
    format!("{HEAD}<msgType>Alert</msgType><scope>Public</scope>{inner}</alert>")
}

/// The folder of the standard's files, which stay outside the project.
fn samples() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/samples/cap");
    let found = folder.is_dir().then_some(folder);
    if found.is_none() {
        eprintln!("../shared/samples/cap is not here: the standard's files are left out");
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "samples are missing");
    }
    found
}

/// What `xmllint` says of this XML under the standard's schema; nothing where either is missing.
fn lint(xml: &str) -> Option<Result<(), String>> {
    let schema = samples()?.join("cap12.xsd");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("alert.xml");
    std::fs::write(&file, xml).unwrap();
    let said =
        Command::new("xmllint").args(["--noout", "--schema"]).args([&schema, &file]).output();
    if said.is_err() {
        eprintln!("xmllint is not here: nothing is checked against the schema");
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "xmllint is missing");
    }
    let said = said.ok()?;
    let words = String::from_utf8_lossy(&said.stderr).into_owned();
    Some(if said.status.success() { Ok(()) } else { Err(words) })
}

#[test]
fn the_standards_examples_come_back_as_they_were() {
    let Some(folder) = samples() else { return };
    for name in ["cap12-appendix-a1.xml", "cap12-appendix-a2.xml"] {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let alert = read(&bytes).unwrap();
        let written = write(&alert);
        assert_eq!(read(written.as_bytes()).unwrap(), alert, "{name}");
        assert_eq!(lint(&written).unwrap_or(Ok(())), Ok(()), "{name}");
    }
    let storm = read(&std::fs::read(folder.join("cap12-appendix-a2.xml")).unwrap()).unwrap();
    assert_eq!(storm.reference(), "KSTO@NWS.NOAA.GOV,KSTO1055887203,2003-06-17T14:57:00-07:00");
    let info = &storm.infos[0];
    assert_eq!(info.event_codes, [("SAME".to_owned(), "SVR".to_owned())]);
    assert_eq!(info.areas[0].geocodes.len(), 3);
    assert_eq!(from_cap(info.expires.as_deref().unwrap()), Some(1_055_890_800));
}

#[test]
fn the_schema_refuses_what_is_refused_here() {
    let bad = [
        alert_with(&INFO.replace("Met", "Weather")),
        alert_with(&INFO.replace("<event>Crue</event>", "")),
        alert_with(&INFO.replace("<category>Met</category>", "")),
        alert_with(&format!("{INFO}<code>late</code>")),
        alert_with(&format!("<info><language>f r</language>{}", &INFO["<info>".len()..])),
        alert_with(INFO).replace("-00:00", "Z"),
        alert_with(INFO).replace("2026-11-25", "2026-13-25"),
        alert_with(&format!("<source><b>x</b></source>{INFO}")),
        alert_with(INFO).replace("Public", "Everybody"),
    ];
    assert_eq!(lint(&alert_with(INFO)).unwrap_or(Ok(())), Ok(()));
    for xml in bad {
        assert!(matches!(read(xml.as_bytes()), Err(CapError::Rule(_))), "{xml}");
        assert!(!matches!(lint(&xml), Some(Ok(()))), "{xml}");
    }
}

#[test]
fn bombs_and_torn_files_are_refused() {
    let deep = format!("{}{}", "<x>".repeat(100_000), "</x>".repeat(100_000));
    let many = "<code>a</code>".repeat(2_500);
    let entity = format!("<!DOCTYPE alert [<!ENTITY a \"b\">]>{}", alert_with(INFO));
    let refused = |xml: &str| read(xml.as_bytes()).unwrap_err();
    assert!(matches!(refused(&alert_with(&deep)), CapError::TooLong { .. }));
    assert!(matches!(refused(&alert_with(&"<x>".repeat(50))), CapError::Refused(_)));
    assert!(matches!(refused(&alert_with(&many)), CapError::Refused(_)));
    assert!(matches!(refused(&entity), CapError::Refused(_)));
    let own = alert_with(INFO).replace("Crue", "&bomb;");
    assert!(matches!(refused(&own), CapError::Refused(_)));
    let whole = alert_with(INFO);
    for end in (0..whole.len()).filter(|end| whole.is_char_boundary(*end)) {
        assert!(read(&whole.as_bytes()[..end]).is_err());
    }
    assert!(read(b"").is_err());
    assert!(read(b"\xff\xfe").is_err());
    assert!(read(whole.replace("cap:1.2", "cap:1.1").as_bytes()).is_err());
    assert!(read(format!("{whole}{whole}").as_bytes()).is_err());
}

#[test]
fn signatures_are_left_out_and_words_are_escaped() {
    let signature = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\
        <ds:SignedInfo/>x</ds:Signature>";
    let signed = alert_with(&format!("{INFO}{signature}"));
    assert_eq!(read(signed.as_bytes()), read(alert_with(INFO).as_bytes()));
    let words = alert_with(&INFO.replace("Crue", "A &lt;b&gt; &amp; &#x1e0a; <![CDATA[<c>]]>"));
    let alert = read(words.as_bytes()).unwrap();
    assert_eq!(alert.infos[0].event, "A <b> & \u{1e0a} <c>");
    assert_eq!(read(write(&alert).as_bytes()).unwrap(), alert);
}

#[test]
fn times_have_an_offset_and_stay_within_their_years() {
    assert_eq!(to_cap(0), "1970-01-01T00:00:00-00:00");
    assert_eq!(to_cap(i64::MIN), "1970-01-01T00:00:00-00:00");
    assert_eq!(to_cap(i64::MAX), "9999-12-30T22:00:00-00:00");
    assert_eq!(from_cap("2026-11-25T07:30:00+01:00"), Some(1_795_588_200));
    for bad in ["2026-11-25T07:30:00Z", "2026-11-25 07:30:00-00:00", "2026-02-30T07:30:00-00:00"] {
        assert_eq!(from_cap(bad), None, "{bad}");
    }
}

#[test]
fn a_feed_has_its_alerts_whole() {
    let alert = read(alert_with(INFO).as_bytes()).unwrap();
    let entry = FeedEntry {
        id: "urn:baro:entry:1".into(),
        title: "Crue & vent".into(),
        author: "La mairie".into(),
        updated: 1_795_591_800,
        link: Some("http://hub.local/alerts/1.xml".into()),
        alert,
    };
    let xml = feed("urn:baro:alerts", "Alertes", Some("http://hub.local/alerts.atom"), &[entry]);
    assert!(xml.contains("<updated>2026-11-25T07:30:00Z</updated>"), "{xml}");
    assert!(xml.contains("<title>Crue &amp; vent</title>"), "{xml}");
    assert!(xml.contains("<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">"), "{xml}");
}

proptest! {
    #[test]
    fn whatever_is_written_can_be_read(words in "\\PC{0,40}", seconds in any::<i64>()) {
        let mut alert = read(alert_with(INFO).as_bytes()).unwrap();
        alert.sent = to_cap(seconds);
        alert.infos[0].event = words.clone();
        alert.infos[0].headline = Some(words.clone());
        let again = read(write(&alert).as_bytes()).unwrap();
        prop_assert_eq!(&again.infos[0].event, words.trim());
        prop_assert_eq!(again.sent, alert.sent);
    }

    #[test]
    fn strangers_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
    }
}

//! Alerts from other systems: XML of whoever, read within bounds; what is let in is written so
//! that it is read again as the same.

use baro_node::cap::{CapAlert, CapArea, CapInfo, XML_BYTES_MAX, read, write};

/// One input.
pub fn run(data: &[u8]) {
    let Ok(alert) = read(data) else { return };
    assert!(data.len() <= XML_BYTES_MAX);
    let again = write(&alert);
    // Escaping may make it longer than may be read.
    if again.len() <= XML_BYTES_MAX {
        assert_eq!(read(again.as_bytes()).as_ref(), Ok(&alert), "an alert changes when written");
    }
}

/// A small alert, one with everything, and what must be refused.
pub fn seeds() -> Vec<Vec<u8>> {
    let info = CapInfo {
        language: Some("bm".into()),
        categories: vec!["Met".into()],
        event: "Sanfin & fiɲɛ".into(),
        responses: vec!["Shelter".into()],
        urgency: "Immediate".into(),
        severity: "Severe".into(),
        certainty: "Observed".into(),
        event_codes: vec![("SAME".into(), "SVR".into())],
        effective: Some("2026-11-25T07:30:00-00:00".into()),
        web: Some("https://example.org/a?b=1".into()),
        areas: vec![CapArea {
            desc: "Kayes".into(),
            circles: vec!["13.9,-11.6 5".into()],
            altitude: Some("1.5".into()),
            ..CapArea::default()
        }],
        ..CapInfo::default()
    };
    let alert = CapAlert {
        identifier: "a1".into(),
        sender: "mairie@sadiola.ml".into(),
        sent: "2026-11-25T07:30:00-00:00".into(),
        status: "Actual".into(),
        msg_type: "Update".into(),
        scope: "Public".into(),
        references: Some("a,b,2026-11-25T07:30:00-00:00".into()),
        infos: vec![info],
        ..CapAlert::default()
    };
    let whole = write(&alert);
    let bare = write(&CapAlert { infos: Vec::new(), references: None, ..alert });
    let bomb = whole.replace("<alert", "<!DOCTYPE a [<!ENTITY x \"y\">]><alert");
    let parts = whole.replace("Kayes", "<![CDATA[K]]>&#x61;yes<!-- a comment -->");
    [whole, bare, bomb, parts].map(String::into_bytes).to_vec()
}

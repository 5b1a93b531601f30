//! What the node says of itself: whom it hears, what it refused, what waits.

use serde_json::Value;

use super::Finding;

/// Reads the answer to [`crate::api::Request::Status`]; `runs` where a running node gave it.
pub fn said(status: &Value, runs: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let listed = |path: &str| status.pointer(path).and_then(Value::as_array);
    let text = |value: &Value, name: &str| {
        value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    if runs && listed("/peers").is_none_or(Vec::is_empty) {
        findings.push(Finding::slight(
            "link",
            "no other node is heard",
            "bring another node onto this Wi-Fi or cable, or give an address: baro run --peer",
        ));
    }
    if runs && listed("/listen").is_none_or(Vec::is_empty) {
        findings.push(Finding::grave(
            "link",
            "the node that runs listens nowhere, so nobody can reach it",
            "look at its log for why; another program may have the port: baro run --listen",
        ));
    }
    for unreached in listed("/unreached").into_iter().flatten() {
        findings.push(Finding::unreached(&text(unreached, "address"), &text(unreached, "why")));
    }
    if listed("/communities").is_none_or(Vec::is_empty) {
        findings.push(Finding::slight(
            "content",
            "this device is in no community",
            "baro community create NAME, or baro join TICKET",
        ));
    }
    for warning in listed("/warnings").into_iter().flatten() {
        let remedy = match warning.get("kind").and_then(Value::as_str) {
            Some("fork") => "nothing has to be done; after restoring a disk image, sync first",
            _ => "a manager can let it in: baro accept",
        };
        findings.push(Finding::slight("content", text(warning, "words"), remedy));
    }
    let files = |name: &str| {
        status.pointer("/blobs").and_then(|blobs| blobs.get(name)).and_then(Value::as_u64)
    };
    if let Some(count) = files("no_room").filter(|count| *count > 0) {
        findings.push(Finding::slight(
            "space",
            format!(
                "{count} files that words name are not here for want of space ({} MB)",
                files("no_room_bytes").unwrap_or(0).div_ceil(1_000_000)
            ),
            "free some space, allow more (baro blob quota), or pin the one you need (baro blob \
             list, baro blob pin)",
        ));
    }
    for refused in listed("/refused").into_iter().flatten() {
        let reason = text(refused, "reason");
        let count = refused.get("count").and_then(Value::as_u64).unwrap_or(0);
        // The words of a session that was refused for its version.
        if reason.contains("speaks versions") {
            findings.push(Finding::grave(
                "version",
                format!("{count} times a node could not be understood: {reason}"),
                "install the newer program on the device with the older one; a stick carries \
                 between them meanwhile",
            ));
        } else {
            findings.push(Finding::slight(
                "refused",
                format!("{count} times something was refused: {reason}"),
                "nothing has to be done; where it grows fast, a neighbour is broken or dishonest",
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn about(status: &Value) -> Vec<(&'static str, bool)> {
        said(status, true).iter().map(|finding| (finding.about, finding.serious)).collect()
    }

    #[test]
    fn a_sound_node_has_nothing_to_complain_of() {
        let sound = json!({
            "peers": [{}], "listen": ["/ip4/127.0.0.1/tcp/4001"], "communities": [{}],
            "warnings": [], "refused": [],
        });
        assert!(about(&sound).is_empty());
        let old = "the other node speaks versions 2 to 3 of the protocol, this one 1 to 1: the \
                   older program must be updated";
        let ill = json!({
            "peers": [], "unreached": [{ "address": "/dns4/hub/tcp/1", "why": "no such name" }],
            "refused": [{ "reason": "x", "count": 3 }, { "reason": old, "count": 1 }],
            "blobs": { "no_room": 2, "no_room_bytes": 9_000_000 },
        });
        let expected = [
            ("link", false),
            ("link", true),
            ("uplink", true),
            ("content", false),
            ("space", false),
            ("refused", false),
            ("version", true),
        ];
        assert_eq!(about(&ill), expected);
    }
}

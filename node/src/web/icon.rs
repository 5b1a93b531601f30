//! Pictures of the pages: drawn here as SVG, so that a page brings them along.

/// An icon of 24 by 24, drawn with lines in the colour of the words around it.
pub(crate) fn icon(name: &str) -> String {
    let path = match name {
        "home" => "M4 11l8-7 8 7M6 10v10h12V10M10 20v-6h4v6",
        "news" | "announcement" => "M4 10v4h3l9 5V5l-9 5zM8 14l1 6h2l-1-5M19 9v6",
        "alert" => "M12 3L2 20h20zM12 10v5M12 17.5v.5",
        "decision" => "M6 3h9l4 4v14H6zM15 3v4h4M9 12h7M9 16h4M9 8h3",
        "debates" => "M3 4h12v8H8l-4 3v-3H3zM18 8h3v8h-1v3l-4-3H9",
        "questions" | "quiz" => "M3 4h18v12h-9l-5 4v-4H3zM9.5 8a2.5 2.5 0 1 1 2.5 3v1M12 14v.3",
        "proposals" => {
            "M12 21v-9M12 12c0-4-3-6-8-6 0 4 3 6 8 6zM12 10c0-4 3-6 8-6 0 4-3 6-8 6zM7 21h10"
        }
        "learn" | "lesson" => {
            "M12 6c-3-2-6-2-9-1v14c3-1 6-1 9 1 3-2 6-2 9-1V5c-3-1-6-1-9 1zM12 6v14"
        }
        "node" => "M12 13v8M9 21h6M8.5 13.5a5 5 0 1 1 7 0M5.5 16.5a9 9 0 1 1 13 0M12 10v.2",
        "speaker" => "M4 9v6h4l5 4V5L8 9zM16 9a4 4 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11",
        "lock" => "M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
        "exit" => "M5 5l14 14M19 5L5 19",
        "agree" => "M4 13l5 5L20 6",
        "disagree" => "M6 6l12 12M18 6L6 18",
        "pass" => "M5 12h14",
        "voice" => "M9 4h6v9H9zM6 11a6 6 0 0 0 12 0M12 17v4M9 21h6",
        "clip" => "M8 12l6-6a3 3 0 0 1 4 4l-8 8a5 5 0 0 1-7-7l8-8",
        "person" => "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-5 4-7 8-7s8 2 8 7",
        "people" => {
            "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6M16 4.5a3.5 3.5 0 0 1 0 6.5M17.5 14c2.5.6 4 2.6 4 6"
        }
        "send" => "M3 11l18-8-7 18-3-7zM11 14l10-11",
        "key" => "M14.5 9.5a4.5 4.5 0 1 0-4 4.5L12 16h2v2h2v2h4v-3.5l-6-6z",
        "stick" => "M9 3h6v5H9zM7 8h10v11a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2zM11 5v.5M13 5v.5",
        "in" => "M12 3v11M7 10l5 5 5-5M4 17v4h16v-4",
        "out" => "M12 15V4M7 8l5-5 5 5M4 17v4h16v-4",
        "hidden" => "M3 3l18 18M6 7c-2 1.500-3 3.500-3 5 3 5 12 8 17 3M10 6c5-1 9 2 11 6l-1 2",
        "translate" => "M3 6h10M8 4v2c0 4-2 7-5 8M5 9c1 3 4 5 7 6M12 20l4.500-10L21 20M13.500 17h6",
        "messages" => "M3 6h18v13H3zM3 6.500l9 7 9-7",
        "done" => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM8 12l3 3 5-6",
        "wait" => "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 3",
        _ => "M12 3v18M3 12h18",
    };
    format!("<svg class=i viewBox=\"0 0 24 24\" aria-hidden=\"true\"><path d=\"{path}\"/></svg>")
}

/// What people are recognised by who do not read: a drawing and a colour.
const EMBLEMS: [(&str, &str); 12] = [
    ("fish", "M3 12c4-6 10-6 14-1l4-3v8l-4-3c-4 5-10 5-14-1z"),
    ("tree", "M12 2a6 6 0 0 1 5 9 4 4 0 0 1-3 6h-1v5h-2v-5h-1a4 4 0 0 1-3-6 6 6 0 0 1 5-9z"),
    (
        "sun",
        "M12 7a5 5 0 1 1 0 10 5 5 0 0 1 0-10zM11 1h2v4h-2zM11 19h2v4h-2zM1 11h4v2H1zM19 11h4v2h-4z",
    ),
    ("pot", "M8 3h8v3l-1 1c4 2 5 5 5 8 0 4-3 6-8 6s-8-2-8-6c0-3 1-6 5-8L8 6z"),
    ("drum", "M5 4h14l-3 8 3 9H5l3-9z"),
    ("bird", "M2 12c4 0 5-6 10-6 3 0 4 2 4 4l5 2-5 1c0 5-4 7-8 7 2-2 2-4 0-5-3 0-5-1-6-3z"),
    ("moon", "M15 3a9 9 0 1 0 6 12A8 8 0 0 1 15 3z"),
    ("star", "M12 2l3 7 7 .5-5.500 4.500L18.500 21 12 17l-6.500 4 2-7L2 9.500 9 9z"),
    ("house", "M12 2l10 9h-3v10H5V11H2z"),
    ("leaf", "M4 20C3 10 9 4 21 3c0 12-6 17-14 15l-2 3z"),
    ("drop", "M12 2c5 7 7 9 7 13a7 7 0 0 1-14 0c0-4 2-6 7-13z"),
    ("boat", "M2 14h20c-1 4-4 7-10 7S3 18 2 14zM11 2h2l6 10h-6v1h-2z"),
];

/// The drawing of a person, by their id: the same on every device.
pub(crate) fn emblem(person: &str) -> String {
    let hash = blake3::hash(person.as_bytes());
    let [shape, colour, ..] = *hash.as_bytes();
    let (name, path) =
        EMBLEMS.get(usize::from(shape) % EMBLEMS.len()).copied().unwrap_or(("star", ""));
    let colour = usize::from(colour) % 6;
    format!(
        "<svg class=\"e e{colour}\" viewBox=\"0 0 24 24\" aria-hidden=\"true\" data-emblem=\"{name}\"><path d=\"{path}\"/></svg>"
    )
}

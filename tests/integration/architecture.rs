//! The absences that are the architecture (`docs/ARCHITECTURE.md`), kept by reading the source.

use std::fs;
use std::path::{Path, PathBuf};
use walkdir::WalkDir;

/// Every Rust file below `src`, as its path from there, and its text without tests and comments.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files: Vec<PathBuf> = WalkDir::new(&root)
        .into_iter()
        .filter_map(Result::ok)
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect();
    assert!(files.len() > 40, "the source is where this test looks for it");
    files
        .iter()
        .filter(|path| !path.file_stem().is_some_and(|stem| stem.to_string_lossy().ends_with("tests")))
        .map(|path| {
            let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
            (name, code_of(&fs::read_to_string(path).unwrap()))
        })
        .collect()
}

/// Code alone: what stands before the tests, without comments.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// The files, outside the allowed places, whose code holds a word.
fn found_outside(word: &str, allowed: &[&str]) -> Vec<String> {
    sources()
        .into_iter()
        .filter(|(name, _)| !allowed.iter().any(|place| name.starts_with(place)))
        .filter(|(_, code)| holds_word(code, word))
        .map(|(name, _)| name)
        .collect()
}

/// Whether a word stands in the code, and not merely as part of another.
fn holds_word(code: &str, word: &str) -> bool {
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[test]
fn sql_is_known_to_db_alone() {
    assert_eq!(found_outside("sqlx", &["db/"]), [] as [String; 0]);
}

#[test]
fn actix_is_known_to_http_alone() {
    assert_eq!(found_outside("actix_web", &["http/"]), [] as [String; 0]);
}

#[test]
fn no_float_is_on_the_path_of_a_number() {
    // A cell of a workbook holds a double, and nothing is computed with it.
    let allowed = ["method/uncertainty.rs", "render/xlsx/number.rs"];
    for word in ["f64", "f32", "as_secs_f64", "as_f64"] {
        assert_eq!(found_outside(word, &allowed), [] as [String; 0], "{word}");
    }
}

#[test]
fn the_system_clock_is_asked_in_one_place() {
    assert_eq!(found_outside("Utc::now", &["app.rs"]), [] as [String; 0]);
    assert_eq!(found_outside("SystemTime", &[]), [] as [String; 0]);
}

#[test]
fn units_domain_method_text_and_render_are_pure() {
    let pure = ["units/", "domain/", "method/", "text/", "render/"];
    let banned = ["async", "tokio", "std::fs", "std::net", "std::env", "tracing", "Instant", "println"];
    for (name, code) in sources() {
        if pure.iter().any(|room| name.starts_with(room)) {
            for word in banned {
                assert!(!holds_word(&code, word), "{name} holds {word}");
            }
        }
    }
}

#[test]
fn domain_types_do_not_know_their_wire_form() {
    for (name, code) in sources() {
        if name.starts_with("domain/") || name.starts_with("units/") {
            assert!(!holds_word(&code, "serde"), "{name} holds serde");
        }
    }
}

/// Rooms from the lowest to the highest; a room uses those below it and none above.
const LEVELS: &[&[&str]] = &[
    &["units"],
    &["domain"],
    &["db"],
    &["method"],
    &["text"],
    &["render"],
    &["ingest", "intensity", "disclosure", "publish"],
    &["app", "config", "jobs"],
    &["cli", "http"],
];

#[test]
fn rooms_use_only_rooms_below_them() {
    let level_of = |room: &str| LEVELS.iter().position(|rooms| rooms.contains(&room));
    for (name, code) in sources() {
        let room = name.split(['/', '.']).next().unwrap_or_default();
        let Some(level) = level_of(room) else {
            assert!(["lib", "main", "telemetry"].contains(&room), "{name} has no place among the rooms");
            continue;
        };
        for used in code.split("crate::").skip(1) {
            let end = used.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
            let other = &used[..end.unwrap_or(used.len())];
            // A grouped import (`crate::{…}`) would hide what it uses, and a room without a level is new.
            let other_level = level_of(other).unwrap_or_else(|| panic!("{name}: crate::{used:.30}"));
            assert!(other_level <= level, "{name} uses crate::{other}");
        }
    }
}

#[test]
fn words_are_made_of_amounts_and_terms_alone() {
    for (name, code) in sources().into_iter().filter(|(name, _)| name.starts_with("text/")) {
        for used in code.split("crate::").skip(1) {
            let own = ["units::", "domain::"].iter().any(|room| used.starts_with(room));
            assert!(own, "{name} uses crate::{used:.30}");
        }
    }
}

#[test]
fn the_architecture_document_names_every_room() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = fs::read_to_string(root.join("docs/ARCHITECTURE.md")).unwrap();
    for (name, _) in sources() {
        let room = name.split('/').next().unwrap_or_default();
        let room = if name.contains('/') { format!("{room}/") } else { room.to_owned() };
        assert!(document.contains(&format!("`{room}`")), "docs/ARCHITECTURE.md does not name `{room}`");
    }
}

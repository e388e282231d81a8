//! Arelle, an independent processor, reads the XBRL files of a rich document: they are valid, they say what the document
//! says, and changed copies are refused.

use super::rich::rich;
use crate::examples::skip;
use crate::send::dir::Dir;
use std::path::{Path, PathBuf};
use std::process::Command;
use taskwatt::domain::disclosure::{Disclosure, Verification};
use taskwatt::domain::period::Period;
use taskwatt::render::{json, xbrl};

/// The Python that has what `tests/formats/xbrl/requirements.txt` names.
#[expect(clippy::disallowed_methods, reason = "set by scripts/test, which installs it")]
fn python() -> Option<PathBuf> {
    let python = std::env::var_os("TEST_ARELLE_PYTHON").map(PathBuf::from);
    if python.is_none() {
        skip("TEST_ARELLE_PYTHON is not set, so Arelle reads nothing; scripts/test installs it");
    }
    python
}

fn write(dir: &Dir, name: &str, document: &Disclosure) {
    dir.write(&format!("{name}.json"), json::render(document));
    dir.write(&format!("{name}.xbrl.json"), xbrl::json(document));
    dir.write(&format!("{name}.xbri"), xbrl::xbri(document).unwrap());
}

/// A provider without an LEI, tasks or models, and a period that begins and ends within a day.
fn plain() -> Disclosure {
    let mut document = rich(0);
    document.period = Period::parse("2025-01-01T06:00:00Z", "2025-12-31T22:00:00Z").unwrap();
    document.provider.lei = None;
    document.provider.role = None;
    document.reason = None;
    document.verification = Verification::NONE;
    (document.texts, document.gaps, document.limits) = (Vec::new(), Vec::new(), Vec::new());
    document
}

#[test]
fn arelle_reads_every_fact_of_the_report_package_and_of_the_json_and_refuses_changed_ones() {
    let Some(python) = python() else { return };
    let (dir, document) = (Dir::new(), rich(20));
    write(&dir, "full", &document);
    write(&dir, "plain", &plain());
    write(&dir, "small", &rich(3));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/xbrl/check.py");
    // Arelle keeps settings in the home directory, and may not find those of others there.
    let output = Command::new(python)
        .arg(script)
        .arg(&dir.0)
        .env("HOME", &dir.0)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let compared = |name: &str| -> usize {
        let line = told.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim().parse().unwrap()
    };
    for name in ["full.xbri ", "full.xbrl.json "] {
        assert!(compared(name) > document.facts.len(), "{told}");
    }
    assert_eq!(compared("plain.xbri "), compared("plain.xbrl.json "));
}

//! The files, read back by readers in Python that know nothing of the program (`tests/formats`).

use super::rich::rich;
use crate::disclosures::{october, two_sites};
use crate::examples::skip;
use crate::send::dir::Dir;
use crate::support::TestApp;
use std::path::{Path, PathBuf};
use std::process::Command;
use taskwatt::disclosure::template;
use taskwatt::render::files::{Format, files};

/// The Python that has what `tests/formats/requirements.txt` names.
#[expect(clippy::disallowed_methods, reason = "set by scripts/test, which installs it")]
pub fn python() -> Option<PathBuf> {
    let python = std::env::var_os("TEST_FORMATS_PYTHON").map(PathBuf::from);
    if python.is_none() {
        skip("TEST_FORMATS_PYTHON is not set, so no other program reads the files; scripts/test installs it");
    }
    python
}

/// Runs every reader over the files of a directory.
pub fn read_back(python: &Path, dir: &Dir) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/run.py");
    let output = Command::new(python).arg("-B").arg(script).arg(&dir.0).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
}

pub fn write_template(dir: &Dir, id: &str, version: &str) {
    let found = template::find(id, version).unwrap();
    dir.write("template.json", found.file);
    dir.write("schema.json", found.schema);
}

#[test]
fn other_readers_find_every_figure_of_the_rich_document() {
    let Some(python) = python() else { return };
    let (document, dir) = (rich(20), Dir::new());
    for file in files(&document, |_| ()).unwrap() {
        dir.write(&format!("disclosure.{}", file.format.as_str()), file.bytes);
    }
    write_template(&dir, &document.template.id, &document.template.version);
    read_back(&python, &dir);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_readers_find_every_figure_of_a_published_disclosure() {
    let Some(python) = python() else { return };
    let app = TestApp::start().await;
    let page = two_sites(&app).await.publish(&october()).await;
    let dir = Dir::new();
    for format in Format::ALL {
        let name = format!("disclosure.{}", format.as_str());
        let response = app.get(&format!("{page}/{name}")).await;
        dir.write(&name, response.bytes().await.unwrap());
    }
    let used = template::template_use();
    for (name, file) in [("template.json", ".json"), ("schema.json", "/schema.json")] {
        let served = app.text(&format!("/templates/{}/{}{file}", used.id, used.version)).await;
        dir.write(name, served);
    }
    read_back(&python, &dir);
}

#[test]
fn the_document_of_the_first_layout_follows_the_schema_of_its_template() {
    let Some(python) = python() else { return };
    let dir = Dir::new();
    write_template(&dir, "eu-draft-average-energy-per-task", "0.1");
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/disclosure-0.1.json");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/validate.py");
    let valid = |schema: &str, file: &Path| {
        let mut command = Command::new(&python);
        let output = command.arg("-B").arg(&script).arg(file).arg(dir.0.join(schema)).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(valid("schema.json", &golden), (true, "\n".to_owned()));
    // The schema of another version does not take it.
    write_template(&dir, "eu-draft-average-energy-per-task", "0.2");
    let (is_valid, told) = valid("schema.json", &golden);
    assert!(!is_valid && told.contains("$.format"), "{told}");
}

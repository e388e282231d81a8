//! The archive for auditors: what a draft was computed from, and what publishing knows beside it.

use crate::db::disclosure::{FrozenFile, LoggedVersion};
use crate::disclosure::difference::difference;
use crate::disclosure::evidence::{Archive, EvidenceError};
use crate::disclosure::template;
use crate::domain::disclosure::{Disclosure, Reference};
use crate::render::difference as rendered;
use crate::render::files::download_name;
use chrono::SecondsFormat;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What the archive of a draft lacks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub disclosure: &'a Disclosure,
    /// Its canonical JSON.
    pub document: &'a [u8],
    pub files: &'a [FrozenFile],
    /// The version that was published before.
    pub before: Option<&'a Disclosure>,
    /// All versions that were published before, the oldest first.
    pub log: &'a [LoggedVersion],
}

/// Completes the archive of a draft. The same parts make the same bytes.
///
/// # Errors
///
/// The archive of the draft cannot be read.
pub(super) fn complete(inputs: Vec<u8>, parts: &Parts<'_>) -> Result<Vec<u8>, EvidenceError> {
    let Parts { disclosure, document, files, before, log } = *parts;
    let mut archive = Archive::extend(inputs)?;
    archive.bytes("document.json", document)?;
    archive.text("template.json", &template_text(disclosure))?;
    archive.text("SHA256SUMS", &checksums(disclosure.reference, files))?;
    let columns = ["version", "published_at", "document_sha256", "reason"];
    archive.table("change_log.csv", &columns, change_log(disclosure, document, before, log))?;
    if let Some(before) = before {
        let difference = difference(before, disclosure);
        archive.bytes("difference.csv", &rendered::csv(&difference))?;
        archive.bytes("difference.json", &rendered::json(&difference))?;
    }
    archive.text("README.txt", &readme(disclosure))?;
    archive.finish()
}

/// The template as it is registered; the words of the document where this version of the program does not know it.
fn template_text(disclosure: &Disclosure) -> String {
    let used = &disclosure.template;
    if let Some(found) = template::find(&used.id, &used.version) {
        return found.file.to_owned();
    }
    let text = json!({
        "id": used.id,
        "version": used.version,
        "legal_status": used.legal_status,
        "status_line": used.status_line,
    });
    format!("{text:#}\n")
}

/// The digests of the public files, under the names that their downloads get, as `SHA256SUMS` of the version has them.
fn checksums(reference: Reference, files: &[FrozenFile]) -> String {
    let mut by_name: Vec<(&str, &[u8; 32])> = files.iter().map(|file| (file.format, &file.sha256)).collect();
    by_name.sort_unstable();
    let mut sums = String::new();
    for (format, sha256) in by_name {
        // Writing to a string does not fail.
        let _ = writeln!(sums, "{}  {}", hex::encode(sha256), download_name(reference, format));
    }
    sums
}

/// Every version, the oldest first, with why it took the place of the one before. This one is published by the time
/// that anybody reads of it; the service says when.
fn change_log(
    disclosure: &Disclosure,
    document: &[u8],
    before: Option<&Disclosure>,
    log: &[LoggedVersion],
) -> Vec<Vec<String>> {
    let mut reasons: BTreeMap<i32, &str> = BTreeMap::new();
    for known in before.into_iter().chain([disclosure]) {
        let earlier = known.history.iter().map(|line| (line.version, line.reason.as_deref()));
        let own = (known.reference.version, known.reason.as_deref());
        reasons.extend(earlier.chain([own]).filter_map(|(version, reason)| Some((version, reason?))));
    }
    let reason = |version| reasons.get(&version).copied().unwrap_or_default().to_owned();
    let earlier = log.iter().map(|one| {
        let published = one.published_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        vec![one.version.to_string(), published, hex::encode(&one.document_sha256), reason(one.version)]
    });
    let version = disclosure.reference.version;
    let digest = hex::encode(Sha256::digest(document));
    let own = vec![version.to_string(), String::new(), digest, reason(version)];
    earlier.chain([own]).collect()
}

fn readme(disclosure: &Disclosure) -> String {
    let Reference { number, version } = disclosure.reference;
    let document = download_name(disclosure.reference, "json");
    format!(
        "Evidence for disclosure {number}, version {version}\n\
         {address}\n\
         \n\
         It is for auditors and not for the public: it holds totals of single sites and groups that public files leave out.\n\
         \n\
         What is in it\n\
         \n\
         document.json      the canonical document (RFC 8785); every published file is made of it alone\n\
         template.json      the template with its version\n\
         method.md          the method in words, version {method}\n\
         SHA256SUMS         the digests of the published files\n\
         change_log.csv     every version with its digest and why it took the place of the one before; when this one was\n\
         \x20                  published stands at its address\n\
         difference.csv, difference.json  what differs from the version before; missing for the first version\n\
         inputs/            what the figures were computed from when the draft was built\n\
         \n\
         inputs/days.csv            sums by group and UTC day; energy in microjoules within the boundary of the row\n\
         inputs/hours.csv           the tasks and the energy of those days by UTC hour\n\
         inputs/estimates.csv       what was estimated for tasks that came without energy, by group and UTC hour\n\
         inputs/groups.csv          what the groups are\n\
         inputs/histograms.csv      completed tasks by group, UTC day and bucket of their energy: the percentiles\n\
         inputs/stages.csv          energy of the steps inside tasks\n\
         inputs/units.csv           work in natural units, such as images, and its energy\n\
         inputs/intervals.csv       energy of records that state their own interval\n\
         inputs/without_energy.csv  tasks that came without energy, from which the estimates were made\n\
         inputs/coefficients.csv, inputs/model_parameters.csv  what estimates are made from\n\
         inputs/grid.csv            the grid intensity of each zone and hour, with set, revision and rung of the ladder\n\
         inputs/residual_mixes.csv  the same of residual mixes\n\
         inputs/factor_sets.csv     the sets with source and licence\n\
         inputs/site_factors.csv    what sites declare; of several values for an hour the highest revision holds\n\
         inputs/default_factors.csv what is taken where a site declares nothing\n\
         inputs/contracts.csv, inputs/contract_hours.csv  contracts, and what each covers of all that the provider consumed\n\
         inputs/water_factors.csv, inputs/site_water.csv  what is declared of water\n\
         inputs/tasks.csv           tasks by outcome\n\
         inputs/batches.csv         what became of what was sent: batches with a task of the period, of all services of the\n\
         \x20                          provider, and batches received in it of which nothing was accepted\n\
         inputs/request.json        what was asked for\n\
         \n\
         How to check it\n\
         \n\
         1. Download the published files and SHA256SUMS from the address above; 'sha256sum -c SHA256SUMS' checks them. The\n\
         \x20  digests here are the same, and document.json is {document}, byte for byte.\n\
         2. 'taskwatt render document.json --out files' makes the published files again, byte for byte, with the version of\n\
         \x20  the program that published them.\n\
         3. The mean: for each row of days.csv and estimates.csv multiply energy_uj by the factors between its boundary\n\
         \x20  and the facility: accelerator -> server_per_accelerator -> server -> it_per_server -> it -> pue -> facility.\n\
         \x20  Take each from site_factors.csv for the site and day (they hold for whole days), else from\n\
         \x20  default_factors.csv. Add all up, divide by the sum of tasks_completed and by 3.6e9 microjoules per watt-hour,\n\
         \x20  and round half to even to 12 decimals.\n\
         4. Location-based carbon: multiply the energy of each row of hours.csv by the factors of its group and day, and by\n\
         \x20  g_per_kwh of grid.csv for the zone of its site and its hour; the same with estimates.csv. Add up, and divide by\n\
         \x20  3.6e12 microjoules per kilowatt-hour.\n\
         \n\
         docs/examples/check_evidence.py of the program's source does 1, 3 and 4 with exact fractions:\n\
         \n\
         \x20   python3 check_evidence.py evidence.zip\n",
        address = disclosure.address,
        method = disclosure.method_version,
    )
}

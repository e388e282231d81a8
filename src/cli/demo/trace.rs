//! The real part: one hour of requests to two LLM services of Azure on 16 November 2023. Energy is
//! modelled from output tokens with a published measurement; it is not the operator's.

use crate::domain::factor::FactorSet;
use crate::domain::terms::{Basis, FactorKind, Perimeter, Resolution};
use crate::intensity::csv_series::{Columns, LocalTimes};
use crate::units::Decimal;
use anyhow::Context;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::json;

pub const PROVIDER: &str = "azure-trace-2023";
pub const MODEL: &str = "not-stated";
pub const SITE: &str = "assumed-germany";

const CONVERSATION: &[u8] = include_bytes!("../../../data/usage/splitwise_conv.csv.gz");
const CODE: &[u8] = include_bytes!("../../../data/usage/splitwise_code.csv.gz");
/// Germany's hourly intensities of 2023.
pub const GERMANY_2023: &[u8] =
    include_bytes!("../../../data/intensity/electricity_maps_hourly_DE_2023.csv.gz");

/// 1.3127 J per output token: Llama 3.1 70B on 4 H100 at batch 64, accelerators only (ML.ENERGY
/// leaderboard v2).
const MICROJOULES_PER_OUTPUT_TOKEN: i64 = 1_312_700;

pub const NOTE: &str = "The requests are real: one hour of two LLM services of Azure on 16 November 2023 \
    (Azure LLM inference trace 2023, Azure Public Dataset, Microsoft, CC BY; Patel et al., Splitwise, ISCA \
    2024). The energy is modelled and not the operator’s: 1.3127 J per output token, measured by others for \
    Llama 3.1 70B on 4 H100 at batch 64 (ML.ENERGY leaderboard v2). The trace names neither model nor place; \
    Germany is assumed, its times are read as UTC, and every request counts as completed. This is an example \
    and not a disclosure by Microsoft.";

pub const METHOD: &str = "Energy is modelled: output tokens of each request times 1.3127 J, the accelerator \
    energy per output token that the ML.ENERGY leaderboard v2 reports for Llama 3.1 70B on 4 H100 at batch 64. \
    The model, hardware and batch that really served these requests are not known. Server and IT layers and \
    the PUE are defaults of the method.";

/// The set that Germany's hours are imported under.
pub fn factor_set() -> anyhow::Result<FactorSet> {
    Ok(FactorSet {
        key: "electricity-maps-hourly-lifecycle".parse()?,
        source: "Electricity Maps".to_owned(),
        licence: "ODbL 1.0".to_owned(),
        attribution:
            "Hourly carbon intensity of Germany 2023, Electricity Maps (electricitymaps.com), ODbL 1.0, \
            through mosaik-emissions"
                .to_owned(),
        release: "2023".to_owned(),
        kind: FactorKind::Average,
        basis: Basis::Lifecycle,
        perimeter: Perimeter::Consumption,
        resolution: Resolution::Hour,
    })
}

pub fn factor_columns() -> Columns {
    Columns {
        time: "datetime_utc".to_owned(),
        value: "lifecycle_gco2eq_per_kwh".to_owned(),
        estimated: None,
        zone: None,
        local_times: LocalTimes::Refused,
        kind: FactorKind::Average,
        basis: Basis::Lifecycle,
    }
}

#[derive(Deserialize)]
struct Row {
    arrived_at: String,
    num_prefill_tokens: i64,
    num_decode_tokens: i64,
}

pub fn conversation() -> anyhow::Result<Vec<String>> {
    records("conversation", "chat", CONVERSATION, "2023-11-16T18:15:46.680590Z")
}

pub fn code() -> anyhow::Result<Vec<String>> {
    records("code", "code", CODE, "2023-11-16T18:17:03.979960Z")
}

fn records(service: &str, task_type: &str, file: &[u8], first: &str) -> anyhow::Result<Vec<String>> {
    let first: DateTime<Utc> = first.parse()?;
    csv::Reader::from_reader(GzDecoder::new(file))
        .into_deserialize()
        .enumerate()
        .map(|(index, row)| {
            let row: Row = row.context("a row of the trace")?;
            // The offsets went through a float on their way here (0.05200000000000001): microseconds
            // are what the original had.
            let offset = Decimal::parse(&row.arrived_at)?.round_decimals(6).to_scaled(6)?;
            let started_at = first + TimeDelta::microseconds(i64::try_from(offset)?);
            let energy_uj = row.num_decode_tokens * MICROJOULES_PER_OUTPUT_TOKEN;
            let record = json!({
                "id": format!("{service}-{index}"),
                "service": service,
                "model": MODEL,
                "task_type": task_type,
                "site": SITE,
                "started_at": started_at.to_rfc3339_opts(SecondsFormat::Micros, true),
                "outcome": "completed",
                "boundary": "accelerator",
                "evidence": "modelled",
                "energy_j": Decimal::new(energy_uj.into(), 6).to_string(),
                "input_tokens": row.num_prefill_tokens,
                "output_tokens": row.num_decode_tokens,
            });
            Ok(record.to_string())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_trace_has_28185_requests_within_its_hour() {
        let records: Vec<String> = [conversation().unwrap(), code().unwrap()].concat();
        assert_eq!(records.len(), 28_185);
        assert!(records[0].contains("2023-11-16T18:15:46.680590Z"));
        assert!(
            records
                .iter()
                .all(|record| record.contains("2023-11-16T18:") || record.contains("2023-11-16T19:"))
        );
    }
}

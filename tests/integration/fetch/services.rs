//! Stand-ins that answer as the services do, and the program that asks them.

use super::SECRET;
use crate::cli::Ended;
use crate::send::stand_in::{Reply, Request, StandIn};
use crate::support::{database_url_of, make_schema, open_schema};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Timelike, Utc};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::process::Stdio;
use taskwatt::db::Pool;
use tokio::process::Command;

/// The path of a request, and the pairs of its query.
pub fn parts(request: &Request) -> (String, HashMap<String, String>) {
    let target = request.line.strip_prefix("GET ").unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    (path.to_owned(), form_urlencoded::parse(query.as_bytes()).into_owned().collect())
}

/// An instant as the requests write it.
fn minute(text: &str) -> DateTime<Utc> {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ").unwrap().and_utc()
}

pub fn json_answer(body: &Value) -> Reply {
    Reply::Answer(200, "Content-Type: application/json\r\n", body.to_string())
}

/// The hours of a page of Electricity Maps; one more on either side, as services round. `grams` is the value
/// of an hour of the day.
pub fn electricity_maps(request: &Request, grams: impl Fn(u32) -> Value) -> Reply {
    let (path, query) = parts(request);
    assert_eq!(path, "/carbon-intensity/past-range");
    if request.headers.get("auth-token").map(String::as_str) != Some(SECRET) {
        return Reply::Answer(401, "", format!("Invalid auth-token for {}", request.line));
    }
    assert_eq!(query["temporalGranularity"], "hourly");
    let (start, end) = (minute(&query["start"]), minute(&query["end"]));
    assert!(end - start <= TimeDelta::days(10));
    let hours = -1..=(end - start).num_hours();
    let item = |hour: i64| {
        json!({
            "zone": query["zone"], "carbonIntensity": grams((start + TimeDelta::hours(hour)).hour()),
            "datetime": (start + TimeDelta::hours(hour)).to_rfc3339(), "updatedAt": "2026-01-01T00:00:00Z",
            "emissionFactorType": query["emissionFactorType"], "isEstimated": false, "estimationMethod": null,
        })
    };
    json_answer(&json!({"zone": query["zone"], "data": hours.map(item).collect::<Vec<_>>()}))
}

/// A document of ENTSO-E of one area: an hour of nuclear and gas, from an instant as requests write it.
pub fn generation(eic: &str, period_start: &str) -> String {
    let from = NaiveDateTime::parse_from_str(period_start, "%Y%m%d%H%M").unwrap();
    let [from, to] = [from, from + TimeDelta::hours(1)].map(|at| at.format("%Y-%m-%dT%H:%MZ").to_string());
    let series = |number: u8, psr_type: &str, megawatts: u32| {
        format!(
            "<TimeSeries><mRID>{number}</mRID><businessType>A01</businessType>\
             <inBiddingZone_Domain.mRID codingScheme=\"A01\">{eic}</inBiddingZone_Domain.mRID>\
             <quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><curveType>A01</curveType>\
             <MktPSRType><psrType>{psr_type}</psrType></MktPSRType><Period><timeInterval><start>{from}</start>\
             <end>{to}</end></timeInterval><resolution>PT60M</resolution><Point><position>1</position>\
             <quantity>{megawatts}</quantity></Point></Period></TimeSeries>"
        )
    };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <GL_MarketDocument xmlns=\"urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0\">\
         <mRID>d</mRID><type>A75</type><process.processType>A16</process.processType>{}{}</GL_MarketDocument>",
        series(1, "B14", 40_000),
        series(2, "B04", 2_000),
    )
}

pub fn no_generation(eic: &str) -> String {
    format!(
        "<Acknowledgement_MarketDocument xmlns=\"urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0\">\
         <mRID>a</mRID><Reason><code>999</code><text>No matching data found for Data item AGGREGATED_GENERATION_\
         PER_TYPE ({eic})</text></Reason></Acknowledgement_MarketDocument>"
    )
}

pub fn xml_answer(body: String) -> Reply {
    Reply::Answer(200, "Content-Type: text/xml\r\n", body)
}

/// The program on a schema of its own.
pub struct Program {
    pub schema: String,
    pub pool: Pool,
}

impl Program {
    pub async fn new() -> Program {
        let schema = make_schema().await;
        let pool = open_schema(&schema).await;
        Program { schema, pool }
    }

    /// The program with the tokens of the sources, and the address of one of them.
    pub fn command(&self, address: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taskwatt"));
        command.env("DATABASE_URL", database_url_of(&self.schema));
        for variable in ["TASKWATT_DATA_DIR", "TASKWATT_BIND", "TASKWATT_PUBLIC_URL", "TASKWATT_FACTOR_PLAN"]
        {
            command.env_remove(variable);
        }
        for variable in ["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy", "RUST_LOG"] {
            command.env_remove(variable);
        }
        for service in ["ELECTRICITY_MAPS", "EMBER", "ENTSOE", "GB", "ENERGY_CHARTS"] {
            command.env(format!("TASKWATT_{service}_TOKEN"), SECRET);
            command.env(format!("TASKWATT_{service}_ADDRESS"), address);
        }
        // Without TLS, no certificates are needed.
        command.env("SSL_CERT_FILE", "/nowhere").env("SSL_CERT_DIR", "/nowhere");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command
    }

    /// Runs `taskwatt factors …` with everything logged; the token must stand nowhere.
    pub async fn factors(&self, stand_in: &StandIn, line: &str) -> Ended {
        let mut command = self.command(&stand_in.url);
        command.args(["--log", "trace", "factors"]).args(line.split_whitespace());
        let ended = Ended::from(command.output().await.unwrap());
        assert!(!ended.out.contains("hunter2") && !ended.err.contains("hunter2"), "{line}: {ended:?}");
        for inside in ["panicked", "RUST_BACKTRACE"] {
            assert!(!ended.err.contains(inside), "{line}: {ended:?}");
        }
        ended
    }

    /// The same for a command that must succeed; answers what it printed.
    pub async fn ok(&self, stand_in: &StandIn, line: &str) -> String {
        let ended = self.factors(stand_in, line).await;
        assert_eq!(ended.code, Some(0), "{line}: {ended:?}");
        ended.out
    }

    /// The same for one that must fail in plain words; answers what it said, without the log.
    pub async fn fails(&self, stand_in: &StandIn, line: &str) -> String {
        let ended = self.factors(stand_in, line).await;
        assert_eq!(ended.code, Some(1), "{line}: {ended:?}");
        let said: Vec<&str> = ended.err.lines().filter(|line| !line.starts_with('{')).collect();
        format!("{}{}", ended.out, said.join("\n"))
    }

    /// Values of a set by zone, all revisions.
    pub async fn values(&self, set: &str) -> Vec<(String, i64)> {
        sqlx::query_as(
            "SELECT zone_key, count(*) FROM grid_factor JOIN factor_set USING (factor_set_id) WHERE set_key = $1
             GROUP BY zone_key ORDER BY zone_key",
        )
        .bind(set)
        .fetch_all(&self.pool)
        .await
        .unwrap()
    }

    /// The latest values of a zone in a set, in micrograms.
    pub async fn micrograms(&self, set: &str, zone: &str) -> Vec<i64> {
        sqlx::query_scalar(
            "SELECT DISTINCT ON (valid_from) intensity_ug_per_kwh FROM grid_factor
             JOIN factor_set USING (factor_set_id) WHERE set_key = $1 AND zone_key = $2
             ORDER BY valid_from, revision DESC",
        )
        .bind(set)
        .bind(zone)
        .fetch_all(&self.pool)
        .await
        .unwrap()
    }
}

/// What a stand-in was asked, in order.
pub fn asked(stand_in: &StandIn) -> Vec<String> {
    stand_in.seen().into_iter().map(|request| request.line).collect()
}

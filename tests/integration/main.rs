//! The integration tests: one binary, one file a feature. They run against a real Postgres, each test
//! in a schema of its own, through real HTTP.

mod access;
mod apart;
mod architecture;
mod azure_trace;
mod bad_input;
mod batches;
mod budgets;
mod cli;
mod contracts;
mod corpus;
mod disclosures;
mod entsoe_reader;
mod equivalents;
mod examples;
mod factor_pages;
mod factors;
mod fetch;

mod findings;
mod fixtures_codecarbon;
mod formats;
mod grid;
mod impacts;
mod keys;
mod lanes;
mod limits;
mod method;
mod model_energy;
mod openapi;
mod outage;
mod pdf;
mod receipts;
mod records;
mod registry;
mod repeats;
mod send;
mod sources;
mod splits;
mod streams;
mod support;
mod tables;
mod totals_query;
mod upgrade;
mod whole;
mod windows;

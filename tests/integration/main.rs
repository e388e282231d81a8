//! The integration tests: one binary, one file a feature. They run against a real Postgres, each test
//! in a schema of its own, through real HTTP.

mod access;
mod architecture;
mod azure_trace;
mod bad_input;
mod batches;
mod cli;
mod contracts;
mod corpus;
mod disclosures;
mod entsoe_reader;
mod examples;
mod factor_pages;
mod factors;
mod fetch;
mod findings;
mod grid;
mod keys;
mod lanes;
mod limits;
mod openapi;
mod outage;
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

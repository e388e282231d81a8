//! The integration tests: one binary, one file a feature. They run against a real Postgres, each test
//! in a schema of its own, through real HTTP.

mod access;
mod architecture;
mod azure_trace;
mod bad_input;
mod cli;
mod disclosures;
mod examples;
mod factors;
mod keys;
mod limits;
mod openapi;
mod outage;
mod records;
mod registry;
mod send;
mod support;

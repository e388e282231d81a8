//! Taskwatt turns per-task energy records of AI services into published disclosures that anyone can
//! check. The modules stand in the order in which a number travels; `docs/ARCHITECTURE.md` says who
//! may use whom.

// No float is on the path of a stored or published figure.
#![deny(clippy::float_arithmetic)]

pub mod units;

pub mod domain;

pub mod db;

pub mod method;

pub mod text;

pub mod render;

pub mod ingest;
pub mod intensity;

pub mod disclosure;
pub mod publish;

pub mod app;
pub mod config;
pub mod jobs;
pub mod telemetry;

pub mod cli;
pub mod http;

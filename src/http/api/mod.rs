//! The API for machines.

pub mod disclosures;
pub mod health;
pub mod ingest;

//! Records as Postgres reads them fastest: binary COPY.

use super::row::{Key, Row};
use crate::db::DbError;
use sqlx::{Postgres, Transaction};

const COPY: &str = "COPY task_record (started_at, record_key, energy_uj, duration_us, provider_id, group_id, \
     batch_id, input_tokens, output_tokens, cached_tokens, reasoning_tokens, outcome, details) \
     FROM STDIN (FORMAT binary)";
const FIELDS: i16 = 13;
/// The signature, no flags, no extension of the header.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Instants are counted from 2000-01-01.
const EPOCH_UNIX_US: i64 = 946_684_800_000_000;
/// Bytes of a row without details, and of a few details.
const ROW_BYTES: usize = 160;

/// Stores rows that are new; one that is there already is a [`DbError::Taken`] and ends the transaction.
pub(super) async fn copy_in(
    transaction: &mut Transaction<'_, Postgres>,
    rows: &[(Key, Row)],
) -> Result<(), DbError> {
    let mut bytes = Vec::with_capacity(HEADER.len() + rows.len() * ROW_BYTES);
    bytes.extend_from_slice(HEADER);
    for ((provider, _, record_key), row) in rows {
        bytes.extend_from_slice(&FIELDS.to_be_bytes());
        field(&mut bytes, &(row.started_at.timestamp_micros() - EPOCH_UNIX_US).to_be_bytes());
        field(&mut bytes, record_key.as_bytes());
        field(&mut bytes, &row.energy_uj.to_be_bytes());
        field(&mut bytes, &row.duration_us.to_be_bytes());
        for number in [
            provider.get(),
            row.group_id,
            row.batch_id,
            row.input_tokens,
            row.output_tokens,
            row.cached_tokens,
            row.reasoning_tokens,
        ] {
            field(&mut bytes, &number.to_be_bytes());
        }
        field(&mut bytes, row.outcome.as_bytes());
        field(&mut bytes, row.details.as_bytes());
    }
    bytes.extend_from_slice(&(-1i16).to_be_bytes());
    let mut copy = transaction.copy_in_raw(COPY).await?;
    copy.send(bytes).await?;
    copy.finish().await?;
    Ok(())
}

/// A field: its length and its bytes. No record is nearly as long as 2 GiB.
fn field(bytes: &mut Vec<u8>, value: &[u8]) {
    bytes.extend_from_slice(&(value.len() as i32).to_be_bytes());
    bytes.extend_from_slice(value);
}

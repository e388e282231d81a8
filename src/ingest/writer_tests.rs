use super::*;
use crate::domain::batch::{BatchKind, BatchState, Content, Counts, StartTimes};
use crate::domain::ids::{BatchId, GroupId};
use crate::domain::record::{Record, Tokens};
use crate::domain::terms::Outcome;
use crate::units::Energy;
use uuid::Uuid;

type Answer = oneshot::Receiver<Result<Vec<Stored>, WriteError>>;

fn records(provider: i32, count: usize) -> Vec<OwnedRecord> {
    let record = Record {
        record_key: Uuid::nil(),
        started_at: DateTime::UNIX_EPOCH,
        duration: None,
        energy: Some(Energy::ZERO),
        energy_interval: None,
        outcome: Outcome::Completed,
        tokens: Tokens::default(),
        accelerator_time: None,
        units: Vec::new(),
        steps: Vec::new(),
    };
    vec![OwnedRecord { provider: ProviderId::from_db(provider), group: GroupId::from_db(1), record }; count]
}

fn entry(provider: i32) -> BatchEntry {
    BatchEntry {
        provider: ProviderId::from_db(provider),
        batch: BatchId::from_db(1),
        api_key: None,
        kind: BatchKind::Gathered,
        state: BatchState::Complete,
        content: Content::Records,
        received_at: DateTime::UNIX_EPOCH,
        requests: 1,
        counts: Counts::default(),
        faults: 0,
        stored_sha256: None,
        times: StartTimes::default(),
    }
}

fn submission(provider: i32, count: usize, mode: Mode) -> (Submission, Answer) {
    let (reply, answer) = oneshot::channel();
    (
        Submission { records: records(provider, count), entry: entry(provider), mode, reply, place: None },
        answer,
    )
}

fn push(state: &mut State, provider: i32, count: usize) {
    state.push(submission(provider, count, Mode::WhatCan).0);
}

/// Providers and records of the requests of the next batch.
fn next(state: &mut State) -> Vec<(i32, usize)> {
    let batch = state.take_batch();
    batch.iter().map(|one| (one.entry.provider.get(), one.records.len())).collect()
}

/// A writer without writing tasks, so that everything stays in the queue.
fn idle() -> (Writer, Arc<Shared>) {
    let shared = Arc::new(Shared::default());
    (Writer(Arc::new(Handle(Arc::clone(&shared)))), shared)
}

#[test]
fn providers_take_turns_whoever_came_first() {
    let mut state = State::default();
    for _ in 0..4 {
        push(&mut state, 1, 10);
    }
    push(&mut state, 2, 20);
    push(&mut state, 3, 30);
    push(&mut state, 2, 21);
    assert_eq!(next(&mut state), [(1, 10), (2, 20), (3, 30), (1, 10), (2, 21), (1, 10), (1, 10)]);
    assert_eq!(next(&mut state), []);
    assert!(state.waiting.is_empty() && state.turns.is_empty());
}

#[test]
fn a_batch_that_is_full_takes_no_further_request_and_the_turn_goes_on() {
    let mut state = State::default();
    for _ in 0..3 {
        push(&mut state, 1, BATCH_RECORDS - 1);
        push(&mut state, 2, 1);
    }
    assert_eq!(next(&mut state), [(1, BATCH_RECORDS - 1), (2, 1)]);
    // One record short of full: it takes one more, whatever its size.
    push(&mut state, 3, 20_000);
    assert_eq!(next(&mut state), [(1, BATCH_RECORDS - 1), (2, 1)]);
    assert_eq!(next(&mut state), [(3, 20_000)]);
    assert_eq!(next(&mut state), [(1, BATCH_RECORDS - 1), (2, 1)]);
}

#[test]
fn a_request_that_is_stored_whole_is_a_batch_of_its_own() {
    let mut state = State::default();
    push(&mut state, 1, 100);
    state.push(submission(2, 200, Mode::AllOrNothing).0);
    state.push(submission(2, 300, Mode::AllOrNothing).0);
    push(&mut state, 3, 400);
    push(&mut state, 1, 500);
    assert_eq!(next(&mut state), [(1, 100)]);
    assert_eq!(next(&mut state), [(2, 200)], "it keeps its turn");
    assert_eq!(next(&mut state), [(3, 400), (1, 500)]);
    assert_eq!(next(&mut state), [(2, 300)]);
}

#[test]
fn no_provider_fills_the_queue_alone_and_room_is_given_back() {
    let (one, other) = (ProviderId::from_db(1), ProviderId::from_db(2));
    let mut state = State::default();
    assert!(state.has_room(one, QUEUE_RECORDS), "a large request is taken where nothing else waits");
    push(&mut state, 1, PROVIDER_RECORDS - 10);
    assert!(state.has_room(one, 10));
    assert!(!state.has_room(one, 11));
    let left = QUEUE_RECORDS - PROVIDER_RECORDS + 10;
    assert!(state.has_room(other, left));
    assert!(!state.has_room(other, left + 1), "the queue as a whole has an end");
    push(&mut state, 2, left);
    assert!(!state.has_room(ProviderId::from_db(3), 1));
    // Taken into a batch, records still take room: until they are written they are in memory.
    while !state.take_batch().is_empty() {}
    assert!(!state.has_room(other, 1));
    state.give_back(other, left);
    assert!(state.has_room(other, left) && !state.has_room(other, left + 1));
    state.give_back(one, PROVIDER_RECORDS - 10);
    assert_eq!((state.records, state.provider_records.len()), (0, 0));
}

#[tokio::test]
async fn who_cannot_wait_is_told_at_once_that_the_queue_is_full() {
    let (writer, shared) = idle();
    push(&mut shared.state(), 2, QUEUE_RECORDS);
    let answer = writer.write(records(1, 1), entry(1), Mode::WhatCan, Patience::Refuse).await;
    assert!(matches!(answer, Err(WriteError::Busy)), "{answer:?}");
    assert_eq!(shared.state().records, QUEUE_RECORDS, "what was refused takes no room");
}

#[tokio::test]
async fn who_waits_is_taken_when_there_is_room_again() {
    let (writer, shared) = idle();
    push(&mut shared.state(), 2, QUEUE_RECORDS);
    let mut waiting = std::pin::pin!(writer.write(records(1, 300), entry(1), Mode::WhatCan, Patience::Wait));
    assert!(futures_util::poll!(waiting.as_mut()).is_pending());
    assert_eq!(next(&mut shared.state()), [(2, QUEUE_RECORDS)], "it is not in the queue yet");
    shared.state().give_back(ProviderId::from_db(2), QUEUE_RECORDS);
    shared.room.notify_waiters();
    assert!(futures_util::poll!(waiting.as_mut()).is_pending());
    let batch = shared.state().take_batch();
    assert_eq!(batch.len(), 1);
    for Submission { reply, records, .. } in batch {
        reply.send(Ok(vec![Stored::Accepted; records.len()])).unwrap();
    }
    assert_eq!(waiting.await.unwrap(), [Stored::Accepted; 300]);
}

#[tokio::test]
async fn a_client_that_goes_away_while_it_waits_leaves_nothing_behind() {
    let (writer, shared) = idle();
    push(&mut shared.state(), 2, QUEUE_RECORDS);
    {
        let mut waiting =
            std::pin::pin!(writer.write(records(1, 3), entry(1), Mode::WhatCan, Patience::Wait));
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
    }
    assert_eq!(shared.state().records, QUEUE_RECORDS);
    assert_eq!(next(&mut shared.state()), [(2, QUEUE_RECORDS)]);
}

#[test]
fn room_is_given_back_also_where_nobody_answers() {
    let shared = Arc::new(Shared::default());
    let mut answers = Vec::new();
    for _ in 0..2 {
        let (mut one, answer) = submission(1, 3, Mode::WhatCan);
        one.place = Some(Place {
            shared: Arc::clone(&shared),
            provider: one.entry.provider,
            records: one.records.len(),
        });
        shared.state().push(one);
        answers.push(answer);
    }
    let mut batch = shared.state().take_batch();
    assert_eq!((batch.len(), shared.state().records), (2, 6));
    answer(batch.remove(0), Ok(Vec::new()));
    assert_eq!(shared.state().records, 3);
    // As a panic drops it.
    drop(batch);
    assert_eq!(shared.state().records, 0);
    assert!(shared.state().provider_records.is_empty());
    assert!(answers[0].try_recv().unwrap().is_ok());
    assert!(answers[1].try_recv().is_err());
}

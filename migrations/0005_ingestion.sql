-- Ingestion at production size: batches with receipts, windows, compact records and histograms.
--
-- Records, totals and histograms are rebuilt here, because their rows become about a third shorter
-- and their totals wider. The rebuild copies every record once; it is one transaction.

-- What one request brought, or what many small requests of one key brought within a minute. It is
-- written in the transaction that stores the records, so it is the proof that they are stored.
CREATE TABLE ingest_batch (
    provider_id   integer NOT NULL REFERENCES provider,
    -- From `ingest_batch_id`; a number is never given twice, also where its batch came to nothing.
    batch_id      integer NOT NULL,
    -- NULL for an import by command.
    api_key_id    integer,
    batch_kind    text NOT NULL,
    batch_state   text NOT NULL,
    content       text NOT NULL,
    received_at   timestamptz NOT NULL,
    finished_at   timestamptz,
    requests      bigint NOT NULL,
    accepted      bigint NOT NULL,
    duplicates    bigint NOT NULL,
    conflicts     bigint NOT NULL,
    invalid       bigint NOT NULL,
    faults        bigint NOT NULL,
    -- Of what was accepted: tasks that started long before they were received, and later.
    late          bigint NOT NULL,
    future        bigint NOT NULL,
    first_started_at timestamptz,
    last_started_at  timestamptz,
    -- SHA-256 over what is stored of this request, in the order of its body; NULL where small requests
    -- were gathered, whose receipts carry their own.
    stored_sha256 bytea,
    PRIMARY KEY (provider_id, batch_id),
    -- One constraint, because every small batch reads it.
    CONSTRAINT ingest_batch_rules CHECK (
        least(requests, accepted, duplicates, conflicts, invalid, faults, late, future) >= 0
        AND batch_id > 0 AND length(stored_sha256) = 32
        -- Whether it is one request, or small requests of one key and minute together.
        AND batch_kind IN ('request', 'gathered')
        -- A request whose body came to its end is complete; one that broke off keeps what was stored.
        AND batch_state IN ('open', 'complete', 'broken')
        AND content IN ('records', 'windows'))
);
CREATE INDEX ON ingest_batch (provider_id, received_at, batch_id);
CREATE SEQUENCE ingest_batch_id AS integer;

-- Faults of a batch beyond those that its answer lists, and those it lists.
CREATE TABLE batch_fault (
    provider_id integer NOT NULL,
    batch_id    integer NOT NULL,
    ordinal     integer NOT NULL CHECK (ordinal >= 0),
    pointer     text NOT NULL,
    code        text NOT NULL,
    detail      text NOT NULL,
    PRIMARY KEY (provider_id, batch_id, ordinal)
);

-- The first answer to a request that carried an Idempotency-Key, so that it can be given again.
CREATE TABLE idempotent_answer (
    provider_id     integer NOT NULL REFERENCES provider,
    idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    -- While the first request runs, the process that runs it and when it was last heard of.
    claimed_by      uuid NOT NULL,
    claimed_at      timestamptz NOT NULL,
    -- Set together when the first request was answered.
    request_sha256  bytea CHECK (length(request_sha256) = 32),
    status          smallint CHECK (status BETWEEN 200 AND 599),
    answer          bytea,
    CHECK ((request_sha256 IS NULL) = (status IS NULL) AND (status IS NULL) = (answer IS NULL)),
    PRIMARY KEY (provider_id, idempotency_key)
);
CREATE INDEX ON idempotent_answer (claimed_at);

-- Two more things that figures are grouped by, and whether a group is made of records or of windows: a
-- window and the records of the same tasks must never both be counted.
ALTER TABLE record_group
    -- Empty where not stated.
    ADD COLUMN accelerator text NOT NULL DEFAULT '' CHECK (length(accelerator) <= 128),
    ADD COLUMN place text NOT NULL DEFAULT 'unstated' CHECK (place IN ('cloud', 'edge', 'device', 'unstated')),
    ADD COLUMN counted_from text NOT NULL DEFAULT 'records' CHECK (counted_from IN ('records', 'windows')),
    DROP CONSTRAINT record_group_provider_id_service_id_model_id_site_id_task_t_key,
    ADD CONSTRAINT record_group_names_key UNIQUE (
        provider_id, service_id, model_id, site_id, task_type, boundary, evidence, accelerator, place,
        counted_from);

-- Seconds since 2020 as four bytes, for the index of records: with the whole timestamp an entry is longer. `floor` of a double is exact here: seconds of this century need 32 bits of 53.
CREATE FUNCTION second_of(at timestamptz) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN floor(date_part('epoch', at - timestamptz '2020-01-01 00:00:00+00'))::integer;

-- One row a task, 100 bytes with its line pointer. The order of the columns leaves no gap between them. No
-- column is ever NULL: one NULL gives a row a bitmap, and with this many columns that costs 8 bytes in
-- every row. Numbers that a client may leave out are −1 where it did, and what few records have stands in
-- `details`, whose empty form `{}` fills the row to a multiple of 8 bytes.
ALTER TABLE task_record RENAME TO task_record_0002;
CREATE TABLE task_record (
    started_at       timestamptz NOT NULL,
    -- The client's id when that is a UUID, else the name-based UUID of (provider, id).
    record_key       uuid NOT NULL,
    energy_uj        bigint NOT NULL,
    duration_us      bigint NOT NULL,
    provider_id      integer NOT NULL,
    group_id         integer NOT NULL,
    -- Says when it was received, and by which key. Records from before there were batches have 0.
    batch_id         integer NOT NULL,
    input_tokens     integer NOT NULL,
    output_tokens    integer NOT NULL,
    -- Cached tokens are a subset of the input, reasoning tokens of the output.
    cached_tokens    integer NOT NULL,
    reasoning_tokens integer NOT NULL,
    -- c completed, f failed, x cancelled.
    outcome          "char" NOT NULL,
    -- energy_low_uj and energy_high_uj; accelerator_us; units {"images": 2}; steps [["tool", 90000000], …].
    details          json NOT NULL,
    CONSTRAINT task_record_amounts CHECK (
        energy_uj >= 0 AND duration_us >= -1 AND input_tokens >= -1 AND output_tokens >= -1
        AND cached_tokens BETWEEN -1 AND input_tokens AND reasoning_tokens BETWEEN -1 AND output_tokens
        AND outcome IN ('c', 'f', 'x'))
) PARTITION BY RANGE (started_at);

-- Makes the partition of the UTC month that holds `at`; answers whether it is new. A table is attached
-- rather than created in place, because attaching does not lock out readers and writers of the other
-- months. The advisory lock lets two instances meet the first record of a month together.
--
-- A record is known by its provider, the second of its start and its key. Time comes before the key,
-- because inserts then touch neighbouring pages of the index. Of the key, the index holds a hash of 64 bits:
-- up to 16 bytes of columns, Postgres splits a page behind the rows of a batch instead of in the middle, so
-- that pages are full also where batches do not come in the order of time; with the whole key, an entry is
-- 36 bytes instead of 28 and a page two thirds full. Two records of one provider and second that share the
-- hash and not the key are expected once in years at 100,000 tasks a second; the later one is refused,
-- never taken for the other, because what comes is compared by the whole key. The index is one of each
-- partition: a partitioned table cannot have a unique index on an expression.
DROP FUNCTION ensure_task_record_partition;
CREATE FUNCTION ensure_task_record_partition(at timestamptz) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    month_from timestamptz := date_trunc('month', at, 'UTC');
    -- A month is added in UTC, so that the bounds are the same in every session's time zone.
    month_to   timestamptz := (month_from AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
    partition  text := 'task_record_m' || to_char(month_from AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('taskwatt.' || current_schema() || '.task_record'));
    IF to_regclass(format('%I.%I', current_schema(), partition)) IS NOT NULL THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE task_record INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', partition);
    EXECUTE format(
        'CREATE UNIQUE INDEX %I ON %I (provider_id, second_of(started_at), uuid_hash_extended(record_key, 0))
            WITH (fillfactor = 100)',
        partition || '_key', partition);
    EXECUTE format(
        'ALTER TABLE %I ADD CONSTRAINT %I CHECK (started_at >= %L AND started_at < %L)',
        partition, partition || '_month', month_from, month_to);
    EXECUTE format(
        'ALTER TABLE task_record ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
        partition, month_from, month_to);
    -- It spared attaching a look at every row; the partition's own bounds say the same from now on.
    EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', partition, partition || '_month');
    RETURN true;
END
$$;

DO $$
DECLARE
    month timestamptz;
BEGIN
    FOR month IN SELECT DISTINCT date_trunc('month', started_at, 'UTC') FROM task_record_0002 LOOP
        PERFORM ensure_task_record_partition(month);
    END LOOP;
END
$$;

INSERT INTO task_record
SELECT started_at, record_key, energy_uj, coalesce(duration_us, -1), provider_id, group_id, 0,
    coalesce(input_tokens, -1), coalesce(output_tokens, -1), coalesce(cached_tokens, -1),
    coalesce(reasoning_tokens, -1),
    CASE outcome WHEN 'completed' THEN 'c' WHEN 'failed' THEN 'f' ELSE 'x' END::"char",
    -- Written as `domain::record` writes it, because a record that comes again is compared by it.
    ('{' || concat_ws(',',
        '"energy_low_uj":' || energy_low_uj, '"energy_high_uj":' || energy_high_uj,
        '"steps":[' || (
            SELECT string_agg(format('["%s",%s]', kind, uj), ',' ORDER BY place)
            FROM unnest(step_kinds, step_energies_uj) WITH ORDINALITY AS step (kind, uj, place)
        ) || ']')
    || '}')::json
FROM task_record_0002 ORDER BY provider_id, started_at;
DROP TABLE task_record_0002;

-- Windows: sums over tasks that a provider sends instead of the tasks. Each lies within one UTC hour,
-- because carbon is counted by the hour.
CREATE TABLE usage_window (
    provider_id      integer NOT NULL REFERENCES provider,
    -- As a record's key: the client's id when that is a UUID, else named within the provider.
    window_key       uuid NOT NULL,
    group_id         integer NOT NULL REFERENCES record_group,
    batch_id         integer NOT NULL,
    window_from      timestamptz NOT NULL,
    window_to        timestamptz NOT NULL,
    tasks_completed  bigint NOT NULL CHECK (tasks_completed >= 0),
    tasks_failed     bigint NOT NULL CHECK (tasks_failed >= 0),
    tasks_cancelled  bigint NOT NULL CHECK (tasks_cancelled >= 0),
    energy_uj        bigint NOT NULL CHECK (energy_uj >= 0),
    -- NULL where the provider does not state them.
    energy_sq_uj2    numeric CHECK (energy_sq_uj2 >= 0),
    input_tokens     bigint CHECK (input_tokens >= 0),
    output_tokens    bigint CHECK (output_tokens >= 0),
    cached_tokens    bigint CHECK (cached_tokens >= 0),
    reasoning_tokens bigint CHECK (reasoning_tokens >= 0),
    -- Completed tasks by bucket of their energy; both or neither.
    buckets          smallint[],
    bucket_tasks     bigint[],
    PRIMARY KEY (provider_id, window_key),
    CHECK (window_from < window_to),
    CHECK (window_to <= date_trunc('hour', window_from, 'UTC') + interval '1 hour'),
    CHECK ((buckets IS NULL) = (bucket_tasks IS NULL)),
    CHECK (cardinality(buckets) IS NOT DISTINCT FROM cardinality(bucket_tasks)),
    CHECK (cached_tokens IS NULL OR cached_tokens <= input_tokens),
    CHECK (reasoning_tokens IS NULL OR reasoning_tokens <= output_tokens)
);

ALTER TABLE total_hour
    ADD COLUMN cached_tokens numeric NOT NULL DEFAULT 0,
    ADD COLUMN reasoning_tokens numeric NOT NULL DEFAULT 0,
    ADD COLUMN accelerator_us numeric NOT NULL DEFAULT 0,
    -- Tasks of windows that state no sum of squares, and completed tasks of those without a histogram.
    ADD COLUMN tasks_without_squares bigint NOT NULL DEFAULT 0,
    ADD COLUMN tasks_without_histogram bigint NOT NULL DEFAULT 0,
    -- The same rules as before in one constraint: each one of its own is read and compiled anew by every
    -- statement, and fourteen of them cost a small batch a third of its time in this table.
    DROP CONSTRAINT total_hour_tasks_completed_check,
    DROP CONSTRAINT total_hour_tasks_failed_check,
    DROP CONSTRAINT total_hour_tasks_cancelled_check,
    DROP CONSTRAINT total_hour_energy_uj_check,
    DROP CONSTRAINT total_hour_energy_sq_uj2_check,
    DROP CONSTRAINT total_hour_input_tokens_check,
    DROP CONSTRAINT total_hour_output_tokens_check,
    DROP CONSTRAINT total_hour_output_tokens_energy_uj_check,
    DROP CONSTRAINT total_hour_check,
    ADD CONSTRAINT total_hour_amounts CHECK (
        least(tasks_completed, tasks_failed, tasks_cancelled, tasks_without_squares, tasks_without_histogram) >= 0
        AND least(energy_sq_uj2, input_tokens, output_tokens, cached_tokens, reasoning_tokens,
            accelerator_us, output_tokens_energy_uj, energy_uj - output_tokens_energy_uj) >= 0),
    -- Room on every page for the next version of a row, so that counting it up touches no index.
    SET (fillfactor = 70);
UPDATE total_hour AS total SET cached_tokens = sums.cached, reasoning_tokens = sums.reasoning
FROM (
    SELECT provider_id, group_id, date_trunc('hour', started_at, 'UTC') AS hour,
        sum(greatest(cached_tokens, 0)) AS cached, sum(greatest(reasoning_tokens, 0)) AS reasoning
    FROM task_record GROUP BY 1, 2, 3
) AS sums
WHERE (total.provider_id, total.group_id, total.hour) = (sums.provider_id, sums.group_id, sums.hour);

-- Natural units beside the task, of the records that state them, with the energy of those records.
CREATE TYPE natural_unit AS ENUM ('images', 'pages', 'audio_us', 'video_us');
CREATE TABLE unit_hour (
    provider_id  integer NOT NULL,
    group_id     integer NOT NULL,
    hour         timestamptz NOT NULL,
    natural_unit natural_unit NOT NULL,
    amount       numeric NOT NULL CHECK (amount >= 0),
    energy_uj    numeric NOT NULL CHECK (energy_uj >= 0),
    PRIMARY KEY (provider_id, group_id, hour, natural_unit)
);

-- Histograms as parts: each transaction adds one row for a group and day that it has tasks of, and waits for
-- nobody; a task in the background puts parts together. One row a bucket took ten times the space and the
-- time, and one row a day that everybody changes would make writers wait for each other.
ALTER TABLE histogram_day RENAME TO histogram_day_0002;
ALTER INDEX histogram_day_pkey RENAME TO histogram_day_0002_pkey;
CREATE TABLE histogram_day (
    provider_id integer NOT NULL,
    group_id    integer NOT NULL,
    day         date NOT NULL,
    part        bigint GENERATED ALWAYS AS IDENTITY,
    -- In step: tasks[i] completed tasks used an energy that falls into buckets[i].
    buckets     smallint[] NOT NULL,
    tasks       bigint[] NOT NULL,
    PRIMARY KEY (provider_id, group_id, day, part),
    CHECK (cardinality(buckets) = cardinality(tasks))
);
INSERT INTO histogram_day (provider_id, group_id, day, buckets, tasks)
SELECT provider_id, group_id, day, array_agg(bucket ORDER BY bucket), array_agg(tasks ORDER BY bucket)
FROM histogram_day_0002 GROUP BY provider_id, group_id, day;
DROP TABLE histogram_day_0002;
DROP TYPE task_outcome;

-- Sums up what a transaction stored. Rows are written in the order of their keys and the tables in the
-- order in which they stand here, so that two transactions cannot wait for each other in a circle. It is a
-- function, because one call is one round trip.
CREATE FUNCTION add_totals(
    hour_provider integer[], hour_group integer[], hour_hour timestamptz[], hour_completed bigint[],
    hour_failed bigint[], hour_cancelled bigint[], hour_energy text[], hour_squared text[],
    hour_input bigint[], hour_output bigint[], hour_output_energy text[], hour_cached bigint[],
    hour_reasoning bigint[], hour_accelerator bigint[], hour_no_squares bigint[], hour_no_histogram bigint[],
    stage_provider integer[], stage_group integer[], stage_hour timestamptz[], stage_kind text[],
    stage_steps bigint[], stage_energy text[],
    unit_provider integer[], unit_group integer[], unit_hour timestamptz[], unit_kind text[],
    unit_amount bigint[], unit_energy text[],
    day_provider integer[], day_group integer[], day_day date[], day_buckets text[], day_tasks text[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO total_hour AS total (provider_id, group_id, hour, tasks_completed, tasks_failed,
        tasks_cancelled, energy_uj, energy_sq_uj2, input_tokens, output_tokens, output_tokens_energy_uj,
        cached_tokens, reasoning_tokens, accelerator_us, tasks_without_squares, tasks_without_histogram)
    SELECT provider, grp, hour, completed, failed, cancelled, energy::numeric, squared::numeric, input,
        output, output_energy::numeric, cached, reasoning, accelerator, no_squares, no_histogram
    FROM unnest(hour_provider, hour_group, hour_hour, hour_completed, hour_failed, hour_cancelled,
        hour_energy, hour_squared, hour_input, hour_output, hour_output_energy, hour_cached, hour_reasoning,
        hour_accelerator, hour_no_squares, hour_no_histogram)
        AS new (provider, grp, hour, completed, failed, cancelled, energy, squared, input, output,
            output_energy, cached, reasoning, accelerator, no_squares, no_histogram)
    ON CONFLICT (provider_id, group_id, hour) DO UPDATE SET
        tasks_completed = total.tasks_completed + excluded.tasks_completed,
        tasks_failed = total.tasks_failed + excluded.tasks_failed,
        tasks_cancelled = total.tasks_cancelled + excluded.tasks_cancelled,
        energy_uj = total.energy_uj + excluded.energy_uj,
        energy_sq_uj2 = total.energy_sq_uj2 + excluded.energy_sq_uj2,
        input_tokens = total.input_tokens + excluded.input_tokens,
        output_tokens = total.output_tokens + excluded.output_tokens,
        output_tokens_energy_uj = total.output_tokens_energy_uj + excluded.output_tokens_energy_uj,
        cached_tokens = total.cached_tokens + excluded.cached_tokens,
        reasoning_tokens = total.reasoning_tokens + excluded.reasoning_tokens,
        accelerator_us = total.accelerator_us + excluded.accelerator_us,
        tasks_without_squares = total.tasks_without_squares + excluded.tasks_without_squares,
        tasks_without_histogram = total.tasks_without_histogram + excluded.tasks_without_histogram;
    IF cardinality(stage_provider) > 0 THEN
        INSERT INTO stage_hour AS total (provider_id, group_id, hour, step_kind, steps, energy_uj)
        SELECT provider, grp, hour, kind::step_kind, steps, energy::numeric
        FROM unnest(stage_provider, stage_group, stage_hour, stage_kind, stage_steps, stage_energy)
            AS new (provider, grp, hour, kind, steps, energy)
        ON CONFLICT (provider_id, group_id, hour, step_kind) DO UPDATE SET
            steps = total.steps + excluded.steps, energy_uj = total.energy_uj + excluded.energy_uj;
    END IF;
    IF cardinality(unit_provider) > 0 THEN
        INSERT INTO unit_hour AS total (provider_id, group_id, hour, natural_unit, amount, energy_uj)
        SELECT provider, grp, hour, kind::natural_unit, amount, energy::numeric
        FROM unnest(unit_provider, unit_group, unit_hour, unit_kind, unit_amount, unit_energy)
            AS new (provider, grp, hour, kind, amount, energy)
        ON CONFLICT (provider_id, group_id, hour, natural_unit) DO UPDATE SET
            amount = total.amount + excluded.amount, energy_uj = total.energy_uj + excluded.energy_uj;
    END IF;
    INSERT INTO histogram_day (provider_id, group_id, day, buckets, tasks)
    SELECT provider, grp, day, buckets::smallint[], tasks::bigint[]
    FROM unnest(day_provider, day_group, day_day, day_buckets, day_tasks)
        AS new (provider, grp, day, buckets, tasks);
END
$$;

-- What a transaction adds to batches: a request that is new, or more of one that is there. Batches come in
-- order, and after the totals.
CREATE FUNCTION add_batches(
    provider integer[], batch integer[], api_key integer[], kind text[], state text[], content text[],
    received_at timestamptz[], requests bigint[], accepted bigint[], duplicates bigint[], conflicts bigint[],
    invalid bigint[], faults bigint[], late bigint[], future bigint[], first_started_at timestamptz[],
    last_started_at timestamptz[], stored_sha256 bytea[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO ingest_batch AS known (provider_id, batch_id, api_key_id, batch_kind, batch_state, content,
        received_at, finished_at, requests, accepted, duplicates, conflicts, invalid, faults, late, future,
        first_started_at, last_started_at, stored_sha256)
    SELECT provider_id, batch_id, api_key_id, new.kind, new.state, new.content, new.received_at,
        CASE WHEN new.state <> 'open' THEN new.received_at END, new.requests, new.accepted, new.duplicates,
        new.conflicts, new.invalid, new.faults, new.late, new.future, new.first_started, new.last_started,
        new.sha256
    FROM unnest(provider, batch, api_key, kind, state, content, received_at, requests, accepted, duplicates,
        conflicts, invalid, faults, late, future, first_started_at, last_started_at, stored_sha256)
        AS new (provider_id, batch_id, api_key_id, kind, state, content, received_at, requests, accepted,
            duplicates, conflicts, invalid, faults, late, future, first_started, last_started, sha256)
    ON CONFLICT (provider_id, batch_id) DO UPDATE SET
        batch_state = excluded.batch_state,
        finished_at = excluded.finished_at,
        requests = known.requests + excluded.requests,
        accepted = known.accepted + excluded.accepted,
        duplicates = known.duplicates + excluded.duplicates,
        conflicts = known.conflicts + excluded.conflicts,
        invalid = known.invalid + excluded.invalid,
        faults = known.faults + excluded.faults,
        late = known.late + excluded.late,
        future = known.future + excluded.future,
        first_started_at = least(known.first_started_at, excluded.first_started_at),
        last_started_at = greatest(known.last_started_at, excluded.last_started_at),
        stored_sha256 = excluded.stored_sha256;
END
$$;

-- Holds off windows of these providers until the transaction ends, so that no record and window of the same
-- tasks can be stored at the same moment. Providers come in order. Answers whether records of this
-- time may be covered by a window that is stored.
CREATE FUNCTION hold_off_windows(providers integer[], first_at timestamptz, last_at timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    provider integer;
BEGIN
    FOREACH provider IN ARRAY providers LOOP
        PERFORM pg_advisory_xact_lock_shared(hashtext('taskwatt.windows.' || current_schema()), provider);
    END LOOP;
    RETURN EXISTS (
        SELECT FROM usage_window
        WHERE provider_id = ANY (providers) AND window_from <= last_at AND window_to > first_at);
END
$$;
-- For the question above, and for windows of one group.
CREATE INDEX ON usage_window (provider_id, window_from);

-- Stores new records of a small batch: one call, one round trip, one transaction. A record that is there
-- already is a unique violation, and one that a window may cover raises TW001; nothing is stored
-- then, and the caller takes the long way.
CREATE FUNCTION insert_new_records(
    providers integer[], first_at timestamptz, last_at timestamptz,
    started_at timestamptz[], record_key uuid[], energy_uj bigint[], duration_us bigint[],
    provider_id integer[], group_id integer[], batch_id integer[], input_tokens integer[],
    output_tokens integer[], cached_tokens integer[], reasoning_tokens integer[], outcome text[],
    details text[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF hold_off_windows(providers, first_at, last_at) THEN
        RAISE EXCEPTION 'a window may cover these records' USING ERRCODE = 'TW001';
    END IF;
    INSERT INTO task_record (started_at, record_key, energy_uj, duration_us, provider_id, group_id, batch_id,
        input_tokens, output_tokens, cached_tokens, reasoning_tokens, outcome, details)
    SELECT new.started_at, new.record_key, new.energy_uj, new.duration_us, new.provider_id, new.group_id,
        new.batch_id, new.input_tokens, new.output_tokens, new.cached_tokens, new.reasoning_tokens,
        new.outcome::"char", new.details::json
    FROM unnest(started_at, record_key, energy_uj, duration_us, provider_id, group_id, batch_id,
        input_tokens, output_tokens, cached_tokens, reasoning_tokens, outcome, details)
        AS new (started_at, record_key, energy_uj, duration_us, provider_id, group_id, batch_id,
            input_tokens, output_tokens, cached_tokens, reasoning_tokens, outcome, details);
END
$$;

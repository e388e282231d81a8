-- When the entries of the plan of grid factors were last fetched. A service that starts again must not fetch
-- before an entry is due, instances that share the database must not fetch one twice, and an operator asks what
-- became of each. What an entry is stands in the plan file alone; this is known by the entry's name.

CREATE TABLE factor_fetch (
    entry_key       text PRIMARY KEY CHECK (entry_key ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    last_attempt_at timestamptz NOT NULL,
    -- NULL as long as none succeeded.
    last_success_at timestamptz,
    -- Attempts since the last success; the one that runs counts as failed until it succeeds, so that a process
    -- that dies in it does not come back to it at once. The waits grow with it.
    failures        integer NOT NULL CHECK (failures >= 0),
    -- Why the last attempt failed, without any token. NULL where it succeeded or did not end.
    last_error      text CHECK (length(last_error) BETWEEN 1 AND 500),
    CHECK (failures > 0 OR (last_success_at IS NOT NULL AND last_error IS NULL))
);

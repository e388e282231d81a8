-- Keys that expire, are replaced, and have limits.

-- Reading and registering are rights of their own: what sends records need not be able to change what
-- those records mean, and what reads need not write.
ALTER TABLE api_key
    DROP CONSTRAINT api_key_scopes_check,
    ADD CONSTRAINT api_key_scopes_check CHECK (
        cardinality(scopes) > 0
        AND scopes <@ ARRAY['records:write', 'read', 'registry:write', 'disclosures:write']
    );

ALTER TABLE api_key
    -- The first instant at which the key is no longer taken.
    ADD COLUMN expires_at timestamptz CHECK (expires_at >= created_at),
    -- When it was last presented, to the minute: it tells which keys nobody needs any more, and a write
    -- for every request would cost more than that is worth.
    ADD COLUMN last_used_at timestamptz,
    -- The key that was made to take its place; until this one expires, both are taken.
    ADD COLUMN replaced_by integer UNIQUE REFERENCES api_key CHECK (replaced_by <> api_key_id),
    -- A thousand requests a second are more than one honest client sends (records come in batches) and
    -- less than what keeps the service from others: the default stops a runaway loop and nobody else.
    ADD COLUMN requests_per_minute integer NOT NULL DEFAULT 60000 CHECK (requests_per_minute > 0),
    -- Without a limit unless one is given: how many tasks a provider serves is not ours to guess, and a
    -- record refused by a guess would be missing from a disclosure.
    ADD COLUMN records_per_day bigint CHECK (records_per_day > 0);

-- Records that a key with a daily limit sent on a UTC day, so that a restart does not give the day's
-- limit once more. Processes add to it about a second after the fact.
CREATE TABLE key_usage_day (
    api_key_id integer NOT NULL REFERENCES api_key,
    day        date NOT NULL,
    records    bigint NOT NULL CHECK (records >= 0),
    PRIMARY KEY (api_key_id, day)
);

-- Budgets: how much energy or carbon a provider means to use in a year, what became of it, and who is told.
--
-- The number leaves room for migrations that are written at the same time.

-- What was told of a budget. Nothing is overwritten: changed terms are the next revision, and the latest counts.
-- A budget of 0 may be meant (nothing shall be used), so that one is withdrawn by a word of its own.
CREATE TABLE budget (
    provider_id        integer NOT NULL REFERENCES provider,
    budget_key         text NOT NULL CHECK (budget_key ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    revision           integer NOT NULL CHECK (revision > 0),
    -- NULL where it is of all services of the provider.
    service_id         integer REFERENCES service,
    -- A UTC year. A budget of another year is one under another name, or new terms.
    year               integer NOT NULL CHECK (year BETWEEN 2020 AND 2200),
    -- Whole watt-hours and milligrams: a year's energy in microjoules does not fit 64 bits.
    energy_wh          bigint CHECK (energy_wh >= 0),
    carbon_mg          bigint CHECK (carbon_mg >= 0),
    -- With which grid factors carbon is counted; energy needs none.
    basis              text CHECK (basis IN ('lifecycle', 'direct')),
    perimeter          text CHECK (perimeter IN ('consumption', 'production')),
    thresholds_percent integer[] NOT NULL
        CHECK (cardinality(thresholds_percent) BETWEEN 1 AND 20
            AND 1 <= ALL (thresholds_percent) AND 1000 >= ALL (thresholds_percent)),
    -- Who is told; the rules of addresses are the program's.
    webhook            text CHECK (length(webhook) BETWEEN 1 AND 500),
    note               text CHECK (length(note) BETWEEN 1 AND 1000),
    is_withdrawn       boolean NOT NULL,
    recorded_at        timestamptz NOT NULL,
    PRIMARY KEY (provider_id, budget_key, revision),
    CHECK (num_nonnulls(energy_wh, carbon_mg) = 1),
    CHECK (num_nulls(carbon_mg, basis, perimeter) IN (0, 3))
);

-- What is no telling, and changes: when a budget is looked at next, and the secret with which its messages are
-- signed. The secret cannot be a digest, as API keys are: a key is presented to us and compared, while here we make
-- the signature, for which HMAC needs the secret itself. Who reads this table can sign in our name to the receivers
-- of these budgets, and can do nothing else with it. It goes when the budget has no webhook any more.
CREATE TABLE budget_state (
    provider_id    integer NOT NULL REFERENCES provider,
    budget_key     text NOT NULL,
    -- Whoever looks puts it ahead first, so that instances which share the database do not all look.
    check_due_at   timestamptz NOT NULL,
    webhook_secret text CHECK (webhook_secret ~ '^whsec_[0-9a-f]{64}$'),
    PRIMARY KEY (provider_id, budget_key)
);
CREATE INDEX budget_state_due ON budget_state (check_due_at);

-- That a share of a budget was used, or is forecast to be: once for each revision, share and kind, which the primary
-- key keeps however many look at the same time.
CREATE TABLE budget_event (
    provider_id       integer NOT NULL,
    budget_key        text NOT NULL,
    revision          integer NOT NULL,
    threshold_percent integer NOT NULL,
    what              text NOT NULL CHECK (what IN ('passed', 'forecast_to_pass')),
    -- By which a receiver knows a message that comes again.
    event_id          uuid NOT NULL UNIQUE,
    -- When it was found, and the UTC day on which the share was or will be used.
    found_at          timestamptz NOT NULL,
    day               date NOT NULL,
    -- What was used when it was found: millionths of a kilowatt-hour or of a kilogram, rounded half to even, and
    -- its share in the budget; a budget of 0 has no share.
    used_millionths   numeric NOT NULL CHECK (used_millionths >= 0),
    share_ppm         numeric CHECK (share_ppm >= 0),
    -- 'none' where nobody is to be told; 'dropped' where the budget was withdrawn or lost its webhook meanwhile.
    delivery          text NOT NULL CHECK (delivery IN ('none', 'pending', 'delivered', 'given_up', 'dropped')),
    -- An attempt is counted, and the next one put ahead, before it is made: a process that dies in it does not
    -- come back to it at once, and no other makes it at the same time.
    attempts          integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_attempt_at   timestamptz,
    delivered_at      timestamptz,
    -- Why the last attempt failed.
    last_error        text CHECK (length(last_error) BETWEEN 1 AND 500),
    PRIMARY KEY (provider_id, budget_key, revision, threshold_percent, what),
    FOREIGN KEY (provider_id, budget_key, revision) REFERENCES budget,
    CHECK ((delivery = 'pending') = (next_attempt_at IS NOT NULL)),
    CHECK ((delivery = 'delivered') = (delivered_at IS NOT NULL))
);
-- Few are pending at any time; the rest need no place in it.
CREATE INDEX budget_event_pending ON budget_event (next_attempt_at) WHERE delivery = 'pending';

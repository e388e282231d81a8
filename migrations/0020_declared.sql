-- What providers declare around their figures: who they are, texts in several languages, what the boundary holds
-- beyond the data centre, and what is not in the tasks they served.
--
-- The number leaves room for migrations that are written at the same time.

ALTER TABLE provider
    -- ISO 17442; the check digits are the program's to look at.
    ADD COLUMN lei text CHECK (lei ~ '^[A-Z0-9]{18}[0-9]{2}$'),
    -- What it is to the models behind its services. Nobody was asked before, and no role is guessed.
    ADD COLUMN provider_role text CHECK (provider_role IN ('provider', 'modifier', 'deployer'));

-- Whether two parts of the boundary checklist are inside the energy that the service tells: no factor adds them, so only
-- the provider knows. Undeclared is 'unknown', which is not 'no'.
ALTER TABLE service
    ADD COLUMN retrieval_and_tools text NOT NULL DEFAULT 'unknown'
        CHECK (retrieval_and_tools IN ('yes', 'no', 'unknown')),
    ADD COLUMN user_device text NOT NULL DEFAULT 'unknown' CHECK (user_device IN ('yes', 'no', 'unknown'));

-- What a provider says of a service in its own words. Told as in migration 0007: nothing is overwritten, and a text that
-- is taken back is the next revision, without content.
CREATE TABLE service_text (
    service_id  integer NOT NULL REFERENCES service,
    field       text NOT NULL
        CHECK (field IN ('method', 'allocation_rule', 'exclusions', 'hardware', 'remarks')),
    -- A BCP 47 tag; which languages there are the program knows.
    language    text NOT NULL CHECK (language ~ '^[a-z]{2}(-[A-Z][a-z]{3})?$'),
    revision    integer NOT NULL CHECK (revision > 0),
    content     text CHECK (length(content) BETWEEN 1 AND 2000),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (service_id, field, language, revision)
);

-- Which tasks are not among those that the month's figures describe, as a list of {"what": …, "tasks": …}; the number
-- is missing where it is not known. Part of the telling, because it explains its number.
ALTER TABLE service_served
    ADD COLUMN exclusions jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(exclusions) = 'array');

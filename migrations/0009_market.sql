-- Of two sets with a value of the same rung for the same zone and hour, an operator says which is taken: a later
-- release, or the set that is paid for. The higher wins; equal ones are taken in the order of registration.
ALTER TABLE factor_set
    ADD COLUMN preference smallint NOT NULL DEFAULT 0,
    -- When it was last said; NULL where it never was. Disclosures that were built before may say something else now.
    ADD COLUMN preferred_at timestamptz;

-- What a provider says it bought: certificates and power purchase agreements. A contract is told again where its
-- terms change; the latest revision counts, and a volume of zero withdraws it. Volumes are whole watt-hours: a
-- certificate is a megawatt-hour, and microjoules of a year's contract do not fit 64 bits.
CREATE TABLE contract (
    provider_id          integer NOT NULL REFERENCES provider,
    contract_key         text NOT NULL CHECK (contract_key ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    revision             integer NOT NULL CHECK (revision > 0),
    instrument           text NOT NULL CHECK (instrument IN (
        'guarantee_of_origin', 'power_purchase_agreement', 'other_certificate')),
    zone_key             text NOT NULL REFERENCES zone,
    valid_from           date NOT NULL,
    valid_to             date NOT NULL,
    matching             text NOT NULL CHECK (matching IN ('annual', 'hourly')),
    volume_wh            bigint NOT NULL CHECK (volume_wh >= 0),
    -- One volume for each UTC hour of the days, where it is matched by the hour: a contract that does not say
    -- when its power was made cannot be matched so.
    hours_wh             bigint[],
    -- A disclosure of one basis uses only contracts that state a factor of it.
    lifecycle_ug_per_kwh bigint CHECK (lifecycle_ug_per_kwh BETWEEN 0 AND 10000000000),
    direct_ug_per_kwh    bigint CHECK (direct_ug_per_kwh BETWEEN 0 AND 10000000000),
    -- Where it can be looked up: registry and numbers of certificates, or the name of the agreement.
    reference            text NOT NULL CHECK (length(reference) BETWEEN 1 AND 500),
    recorded_at          timestamptz NOT NULL,
    PRIMARY KEY (provider_id, contract_key, revision),
    CHECK (valid_from < valid_to),
    CHECK (num_nonnulls(lifecycle_ug_per_kwh, direct_ug_per_kwh) > 0),
    CHECK ((matching = 'hourly') = (hours_wh IS NOT NULL)),
    CHECK (hours_wh IS NULL OR cardinality(hours_wh) = 24 * (valid_to - valid_from))
);

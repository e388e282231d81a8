-- Work in the background, and what auditors need to compute a disclosure again.

-- Jobs: building and publishing take longer than a request should wait for. A row is all that there is of a job, so
-- that one which was running when its process ended is taken up by another, or after a restart.
CREATE TABLE job (
    job_id      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider_id integer NOT NULL REFERENCES provider,
    job_kind    text NOT NULL CHECK (job_kind IN ('build', 'publish')),
    -- The whole request, as JSON.
    request     text NOT NULL,
    -- The address under which the public reached the service that took the request: it is frozen into documents.
    public_url  text NOT NULL,
    job_state   text NOT NULL CHECK (job_state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    step        integer NOT NULL DEFAULT 0,
    steps       integer NOT NULL DEFAULT 1,
    -- How often it was begun. Together with the number of the job this names one attempt: one that lost its job to
    -- another can settle nothing any more.
    attempts    integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    created_at  timestamptz NOT NULL,
    started_at  timestamptz,
    finished_at timestamptz,
    -- These two are compared with the clock of the database, which all processes share: when it may be begun, and
    -- until when the process that runs it need not be heard of.
    run_after   timestamptz NOT NULL DEFAULT clock_timestamp(),
    lease_until timestamptz,
    claimed_by  uuid,
    -- The version that was built or published.
    result      jsonb,
    -- A code of the table of problems, what was wrong this time, and faults of fields.
    problem_code   text,
    problem_detail text,
    problem_faults jsonb,
    CHECK (step BETWEEN 0 AND steps),
    CHECK ((job_state = 'running') = (lease_until IS NOT NULL AND claimed_by IS NOT NULL)),
    CHECK ((job_state IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CHECK ((job_state = 'done') = (result IS NOT NULL)),
    CHECK ((job_state = 'failed') = (num_nonnulls(problem_code, problem_detail, problem_faults) = 3))
);
-- What there is to do, and what of it a process left lying; finished jobs are not in it.
CREATE INDEX job_open ON job (job_kind, job_id) WHERE job_state IN ('queued', 'running');
CREATE INDEX job_of_provider ON job (provider_id, job_id DESC);
CREATE INDEX job_finished ON job (finished_at) WHERE finished_at IS NOT NULL;

-- The evidence of a disclosure, an archive (zip). A draft has what it was computed from, gathered when it was built;
-- publishing adds the document, its files' digests and the change log. It holds what public files leave out, so it is
-- served to the provider alone. In parts, because the evidence of a year with a thousand groups is tens of megabytes:
-- it is sent part by part.
CREATE TABLE disclosure_evidence (
    disclosure_id integer PRIMARY KEY REFERENCES disclosure ON DELETE CASCADE,
    size          bigint NOT NULL CHECK (size > 0),
    sha256        bytea NOT NULL CHECK (length(sha256) = 32),
    -- Tasks and energy of the records that were counted: more or fewer later, and the draft does not hold all records of
    -- its period any more. The document alone cannot tell, because its sums hold what was estimated too.
    tasks         numeric NOT NULL,
    energy_uj     numeric NOT NULL
);
CREATE TABLE disclosure_evidence_part (
    disclosure_id integer NOT NULL REFERENCES disclosure_evidence ON DELETE CASCADE,
    part          integer NOT NULL CHECK (part >= 0),
    bytes         bytea NOT NULL,
    PRIMARY KEY (disclosure_id, part)
);

-- Frozen as the files are. A draft may go with its evidence: then there is no disclosure left to look at, and only
-- drafts can be deleted.
CREATE FUNCTION refuse_change_of_frozen_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_disclosure integer := CASE WHEN TG_OP = 'INSERT' THEN NEW.disclosure_id ELSE OLD.disclosure_id END;
BEGIN
    IF TG_OP <> 'UPDATE' AND NOT EXISTS (
        SELECT FROM disclosure WHERE disclosure_id = of_disclosure AND state <> 'draft'
    ) THEN
        RETURN CASE WHEN TG_OP = 'INSERT' THEN NEW ELSE OLD END;
    END IF;
    RAISE EXCEPTION 'the evidence of a published disclosure is frozen';
END
$$;
CREATE TRIGGER disclosure_evidence_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON disclosure_evidence
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_frozen_evidence();
CREATE TRIGGER disclosure_evidence_part_is_frozen BEFORE INSERT OR UPDATE OR DELETE ON disclosure_evidence_part
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_frozen_evidence();
CREATE TRIGGER disclosure_evidence_is_kept BEFORE TRUNCATE ON disclosure_evidence
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_frozen_file();
CREATE TRIGGER disclosure_evidence_part_is_kept BEFORE TRUNCATE ON disclosure_evidence_part
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_frozen_file();

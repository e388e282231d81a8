-- Of two sets with a value of the same rung for the same zone and hour, an operator says which is taken: a later
-- release, or the set that is paid for. The higher wins; equal ones are taken in the order of registration.
ALTER TABLE factor_set ADD COLUMN preference smallint NOT NULL DEFAULT 0;

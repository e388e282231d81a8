-- A draft looks for the hours whose records state their own intervals. Mostly there are none, and without this it read
-- every total of its period to find that out. Totals of records without an interval are not in the index, and adding to
-- them stays an update in place, because the sum that decides it does not change.
CREATE INDEX total_hour_intervals ON total_hour (provider_id, group_id, hour) WHERE interval_energy_uj > 0;

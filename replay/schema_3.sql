-- SPDX-License-Identifier: GPL-2.0-only
--
-- Version 3: databases can be merged, again and again, in any order. A run has a name that no other run has
-- anywhere, and sightings are counted by run: to merge is to take each run's larger number.
ALTER TABLE runs ADD COLUMN name TEXT;
UPDATE runs SET name = (SELECT build_id FROM builds WHERE builds.id = build) || ' ' || seed || ' ' || started ||
	' ' || id;
CREATE UNIQUE INDEX runs_by_name ON runs (name);

CREATE TABLE sightings (
	finding INTEGER NOT NULL REFERENCES findings,
	run INTEGER NOT NULL REFERENCES runs,
	count INTEGER NOT NULL,
	PRIMARY KEY (finding, run)
) STRICT, WITHOUT ROWID;
INSERT INTO sightings SELECT id, run, count FROM findings;
ALTER TABLE findings DROP COLUMN count;

-- How a campaign of engines was getting on
CREATE TABLE samples (
	run INTEGER NOT NULL REFERENCES runs,
	second INTEGER NOT NULL,	-- of the run
	execs INTEGER NOT NULL,		-- traces in a second
	traces INTEGER NOT NULL,
	edges INTEGER NOT NULL,
	corpus INTEGER NOT NULL,	-- traces in it
	findings INTEGER NOT NULL,	-- distinct and not known, of this run
	PRIMARY KEY (run, second)
) STRICT, WITHOUT ROWID;

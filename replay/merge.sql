-- SPDX-License-Identifier: GPL-2.0-only
--
-- All of database "other", which is of the newest schema, into this one. Rows have other numbers here: builds are
-- found by their build id, runs by their name, traces by their text, findings by build and signature.

INSERT INTO main.builds (build_id, description)
	SELECT build_id, description FROM other.builds WHERE true
	ON CONFLICT DO NOTHING;

-- A run that was under way when it was merged last has gone on.
INSERT INTO main.runs (name, build, core, layout, caps, seed, length, hostile, started, ended, traces, steps,
		unmodelled, lost, blocks, digest)
	SELECT name, mine.id, core, layout, caps, seed, length, hostile, started, ended, traces, steps,
		unmodelled, lost, blocks, digest
	FROM other.runs JOIN other.builds AS theirs ON theirs.id = build
		JOIN main.builds AS mine USING (build_id) WHERE true
	ON CONFLICT (name) DO UPDATE SET ended = excluded.ended, traces = excluded.traces,
		steps = excluded.steps, unmodelled = excluded.unmodelled, lost = excluded.lost,
		blocks = excluded.blocks, digest = excluded.digest
	WHERE ended IS NULL AND excluded.ended IS NOT NULL;

INSERT INTO main.traces (hash, text)
	SELECT hash, text FROM other.traces AS theirs
	WHERE NOT EXISTS (SELECT 1 FROM main.traces AS mine
		WHERE mine.hash = theirs.hash AND mine.text = theirs.text);

CREATE TEMP TABLE trace_of AS
	SELECT theirs.id AS theirs, min(mine.id) AS mine
	FROM other.traces AS theirs JOIN main.traces AS mine USING (hash, text) GROUP BY theirs.id;
CREATE UNIQUE INDEX temp.trace_of_theirs ON trace_of (theirs);

-- What a finding was first stored with here stays; a minimal trace is taken where there was none.
INSERT INTO main.findings (build, signature, class, op, place, step, expected, actual, trace_index, trace, run,
		first_seen, last_seen, known, minimal, minimal_layout, minimal_caps)
	SELECT my_build.id, f.signature, class, op, place, step, expected, actual, trace_index, first.mine,
		my_run.id, first_seen, last_seen, known, least.mine, minimal_layout, minimal_caps
	FROM other.findings AS f
		JOIN other.builds AS their_build ON their_build.id = f.build
		JOIN main.builds AS my_build USING (build_id)
		JOIN other.runs AS their_run ON their_run.id = f.run
		JOIN main.runs AS my_run ON my_run.name = their_run.name
		JOIN temp.trace_of AS first ON first.theirs = f.trace
		LEFT JOIN temp.trace_of AS least ON least.theirs = f.minimal
	WHERE true ORDER BY f.id
	ON CONFLICT (build, signature) DO UPDATE SET
		first_seen = min(first_seen, excluded.first_seen),
		known = iif(excluded.last_seen > last_seen, excluded.known, known),
		last_seen = max(last_seen, excluded.last_seen),
		minimal_layout = iif(minimal IS NULL, excluded.minimal_layout, minimal_layout),
		minimal_caps = iif(minimal IS NULL, excluded.minimal_caps, minimal_caps),
		minimal = coalesce(minimal, excluded.minimal);
DROP TABLE temp.trace_of;

INSERT INTO main.sightings (finding, run, count)
	SELECT mine.id, my_run.id, s.count
	FROM other.sightings AS s
		JOIN other.findings AS f ON f.id = s.finding
		JOIN other.builds AS their_build ON their_build.id = f.build
		JOIN main.builds AS my_build USING (build_id)
		JOIN main.findings AS mine ON mine.build = my_build.id AND mine.signature = f.signature
		JOIN other.runs AS their_run ON their_run.id = s.run
		JOIN main.runs AS my_run ON my_run.name = their_run.name
	WHERE true
	ON CONFLICT DO UPDATE SET count = max(count, excluded.count);

INSERT INTO main.samples (run, second, execs, traces, edges, corpus, findings)
	SELECT my_run.id, second, execs, s.traces, edges, corpus, findings
	FROM other.samples AS s
		JOIN other.runs AS their_run ON their_run.id = s.run
		JOIN main.runs AS my_run ON my_run.name = their_run.name
	WHERE true
	ON CONFLICT DO NOTHING;

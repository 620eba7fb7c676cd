-- SPDX-License-Identifier: GPL-2.0-only
--
-- The database, version 1. A later version is a file of its own that changes this one; the list of
-- them is in store.c. 64-bit numbers that may have their top bit set are text ("0x...").

-- What was under test: one kernel tree, configuration and compiler.
CREATE TABLE builds (
	id INTEGER PRIMARY KEY,
	build_id TEXT NOT NULL UNIQUE,
	description TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
	id INTEGER PRIMARY KEY,
	build INTEGER NOT NULL REFERENCES builds,
	core TEXT NOT NULL,
	layout TEXT NOT NULL,
	caps TEXT NOT NULL,
	seed TEXT NOT NULL,
	length INTEGER NOT NULL,	-- of each trace
	hostile INTEGER NOT NULL,	-- per cent of hostile arguments
	started INTEGER NOT NULL,	-- seconds since 1970
	ended INTEGER,			-- NULL: under way, or killed
	traces INTEGER NOT NULL DEFAULT 0,
	steps INTEGER NOT NULL DEFAULT 0,
	unmodelled INTEGER NOT NULL DEFAULT 0,
	lost INTEGER NOT NULL DEFAULT 0,
	blocks INTEGER NOT NULL DEFAULT 0,
	digest TEXT			-- over the digests of all traces, in order
) STRICT;

-- A trace is stored once, however many findings it shows.
CREATE TABLE traces (
	id INTEGER PRIMARY KEY,
	hash TEXT NOT NULL,		-- FNV-1a of the text, to find it by
	text TEXT NOT NULL
) STRICT;
CREATE INDEX traces_by_hash ON traces (hash);

-- A finding is counted once per build and signature; what it was first seen with is kept.
CREATE TABLE findings (
	id INTEGER PRIMARY KEY,
	build INTEGER NOT NULL REFERENCES builds,
	signature TEXT NOT NULL,
	class TEXT NOT NULL,
	op TEXT NOT NULL,
	place TEXT NOT NULL,
	step INTEGER NOT NULL,
	expected TEXT NOT NULL,
	actual TEXT NOT NULL,
	trace_index INTEGER NOT NULL,	-- with the run's seed: how to generate the trace again
	trace INTEGER NOT NULL REFERENCES traces,
	run INTEGER NOT NULL REFERENCES runs,
	first_seen INTEGER NOT NULL,
	last_seen INTEGER NOT NULL,
	count INTEGER NOT NULL,
	known INTEGER NOT NULL,		-- listed in corpus/known when last seen
	UNIQUE (build, signature)
) STRICT;

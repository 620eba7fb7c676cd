-- SPDX-License-Identifier: GPL-2.0-only
--
-- Version 2: what a finding was minimised to, and the plainest machine that it fails on; NULL: not yet.
ALTER TABLE findings ADD COLUMN minimal INTEGER REFERENCES traces;
ALTER TABLE findings ADD COLUMN minimal_layout TEXT;
ALTER TABLE findings ADD COLUMN minimal_caps TEXT;

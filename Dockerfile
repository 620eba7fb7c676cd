# SPDX-License-Identifier: GPL-2.0-only
#
# The same two commands as on a Debian machine, for every other one:
#
#	docker build -t el2fuzz .
#	docker run --rm el2fuzz ./el2fuzz test
#	docker run --rm el2fuzz ./el2fuzz run --time 600
#
# A tree of your own, findings kept outside:
#
#	docker run --rm -v ~/linux:/linux:ro -v "$PWD":/out el2fuzz \
#		./el2fuzz run --linux /linux --db /out/findings.db
FROM debian:trixie
COPY . /el2fuzz
WORKDIR /el2fuzz
# Packages, default tree, its EL2 objects and the program are in the image, so
# that a container starts at once and needs no network.
RUN ./el2fuzz build && apt-get clean && rm -rf /var/lib/apt/lists/*
CMD ["./el2fuzz", "run"]

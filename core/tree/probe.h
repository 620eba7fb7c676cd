/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A probe is a C file compiled with the tree's own flags. Each P(name, constant expression) becomes
 * the symbol probe_<name>; emit.c turns the symbols of all probes into TREE_<name> constants.
 */
#ifndef EL2FUZZ_PROBE_H
#define EL2FUZZ_PROBE_H

#define P(name, expression)                           \
	extern const unsigned long long probe_##name; \
	const unsigned long long probe_##name = (unsigned long long)(expression)

#endif

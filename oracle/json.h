/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EL2FUZZ_JSON_H
#define EL2FUZZ_JSON_H

#include <stdio.h>

/** json_string() - text as a string of JSON, quotes included; what is not ASCII is taken for Latin-1 */
void json_string(FILE *out, const char *text);

/** json_member() - ", "name": "text"", behind another member */
void json_member(FILE *out, const char *name, const char *text);

#endif

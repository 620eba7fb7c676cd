// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/places.h"

const char place_tree[] = EL2FUZZ_LINUX_DIR;
const char place_launcher[] = EL2FUZZ_LAUNCHER;

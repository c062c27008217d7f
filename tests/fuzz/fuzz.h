/*
 * fuzz.h - what fuzz targets share. Each is linked with libFuzzer (make fuzz), or with driver.c where the
 * compiler has none.
 */
#pragma once
#include "base/buf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert: a release build, too, is fuzzed for this. */
static inline void require(bool holds)
{
    if (!holds)
        abort();
}

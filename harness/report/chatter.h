/* chatter.h - which of the recorded calls are a language's runtime's own, or a shell's, and tell nothing of
 * the program that was written. */
#pragma once
#include "record/record.h"

#include <stdbool.h>

/* For each call of x, whether it is worth showing; owned by the caller. */
bool *chatter_sift(const struct xray_record *x);

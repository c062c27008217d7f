/* explain.h - the named mistakes as a person reads them: all in a list, or one with its examples. */
#pragma once
#include "judge/finding.h"
#include "report/terminal.h"

/* Both append whole lines. o may be NULL: plain, 80 columns. */
void explain_list(const struct report_options *o, struct buf *out);
void explain_one(const struct diagnosis *d, const struct report_options *o, struct buf *out);

/*
 * xray.h - a case that was played traced, as a ladder of three columns: what the peers do, what goes over the
 * wire, and which calls the program makes meanwhile.
 */
#pragma once
#include "judge/result.h"
#include "report/pen.h"

/* Whole lines; nothing when the test was not played so. */
void xray_put(struct pen *p, const struct result *r, const struct test_result *t);

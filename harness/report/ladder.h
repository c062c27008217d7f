/*
 * ladder.h - the conversation of a case up to the step that failed, one rung a step.
 */
#pragma once
#include "judge/result.h"
#include "report/pen.h"

/* Whole lines; nothing when no step was played. Long conversations are folded. */
void ladder_put(struct pen *p, const struct result *r, const struct test_result *t);

/* choice.h - which tests of a spec are played, and which of their cases. */
#pragma once
#include "campaign/grading.h"
#include "run/plan.h"

/* Not all of them: then what comes out is no score of the whole. */
bool choice_is_partial(const struct grading_request *q);
bool choice_has(const struct grading_request *q, size_t test);
/* Appends the test's cases; *out is the caller's to deinit. 0 or a fault, as of plan_cases. */
int choice_cases(const struct grading_request *q, size_t test, struct case_list *out, struct err *e);

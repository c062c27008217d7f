/* build_step.h - the first act of a grading: copy the submission, build the copy in a box. For campaign/
 * alone. */
#pragma once
#include "campaign/grading.h"
#include "launch/claim.h"

/* Fills result->build; a submission that does not build is no fault. `built` is an empty folder. Where the
 * submission is not built and run as the spec says, request->spec becomes one that says how, in the result's
 * arena. 0, or a fault: the submission cannot be read. */
int build_step(struct grading_request *request, enum isolation isolation, const char *built,
               const struct claim *claim, struct result *result, struct err *e);

/* The same of the assignment's own programs in folder `from`, as the spec says. 1: built, 0: there is no such
 * folder. Negative: a fault; so is it when they do not build. */
int build_trusted(const struct grading_request *request, enum isolation isolation, const char *from,
                  const char *built, const struct claim *claim, struct result *result, struct err *e);

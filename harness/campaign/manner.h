/*
 * manner.h - how this submission is built and run: as the spec says, unless the files of one of its languages
 * are there; unless a sockgrade.yaml in the submission says otherwise; unless whoever grades does. For
 * campaign/ alone.
 */
#pragma once
#include "campaign/grading.h"

/*
 * built: the copy of the submission, in which nothing of it has run yet. Where anything is not the spec's
 * own, request->spec becomes a copy that says so, in the result's arena, and result->chosen tells. False: its
 * sockgrade.yaml is wrong, which is in result->build.
 */
bool manner_choose(struct grading_request *request, const char *built, struct result *result);

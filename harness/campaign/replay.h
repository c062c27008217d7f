/* replay.h - the case that shows a failure best, once more: as a command for people, and as a play. */
#pragma once
#include "campaign/grading.h"
#include "run/play.h"

/* The arguments of `sockgrade grade` that play just the shown case again; in the arena. */
const char *replay_command(const struct grading_request *request, const struct test_result *r,
                           struct arena *a);
/* The shown case, or where a test passed its first one. Borrows its split. */
struct case_key replay_key(const struct test_result *r, const struct case_list *cases);
/* Plays it in a runner of its own, and waits for that, until the deadline (clock_now). The record, owned by
 * the caller, says what went wrong. */
struct record *replay(const struct play_request *request, int64_t deadline);

/* steps.h - what the files that play steps share. For run/ alone. */
#pragma once
#include "run/stage.h"

/* CPU time after which a program that does nothing that anybody asked for counts as spinning. */
#define STEP_SPIN_CPU (300 * INT64_C(1000000))

int64_t step_within(const struct step *s); /* ns */
struct bytes step_came(struct stage *st, struct bytes b,
                       struct step_record *r); /* records b as what came; returns it */
bool look_is_the_same(const struct look *last, const struct look *now); /* whatever was found */
/* As its `when` says. The others are passed over, as if they did not stand there. */
bool step_is_played(struct stage *st, size_t index);
bool step_peer_is_ready(struct stage *st, const struct step *s, struct peer_run *p);
enum outcome step_play_peer(struct stage *st, size_t index, struct peer_run *p, struct step_record *r);

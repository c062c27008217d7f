/* step_gets.h - what a peer is expected to get. For run/ alone. */
#pragma once
#include "run/steps.h"

/* The verbs `gets …`. */
bool step_gets_is_ready(struct stage *st, const struct step *s, struct peer_run *p);
enum outcome step_gets(struct stage *st, const struct step *s, struct peer_run *p, struct step_record *r);

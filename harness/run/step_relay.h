/* step_relay.h - the steps of a relay: what it carries, and that it cuts. For run/ alone. */
#pragma once
#include "run/steps.h"

bool step_relay_is_ready(struct stage *st, const struct step *s, struct peer_run *p);
enum outcome step_carries(struct stage *st, const struct step *s, struct peer_run *p, struct step_record *r);
enum outcome step_cuts(struct stage *st, struct peer_run *p);

/* step_sends.h - see step_sends.c. */
#pragma once
#include "run/steps.h"

enum outcome step_sends(struct stage *st, size_t index, struct peer_run *p, struct step_record *r);

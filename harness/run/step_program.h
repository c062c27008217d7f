/* step_program.h - the steps of a program. For run/ alone. */
#pragma once
#include "run/steps.h"

enum outcome step_play_program(struct stage *st, const struct step *s, struct program_run *p,
                               struct step_record *r);
bool step_program_is_ready(struct stage *st, const struct step *s, struct program_run *p);

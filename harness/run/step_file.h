/* step_file.h - the steps of a file in the working directory. For run/ alone. */
#pragma once
#include "run/steps.h"

enum outcome step_play_file(struct stage *st, const struct step *s, struct step_record *r);

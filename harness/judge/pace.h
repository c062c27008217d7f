/* pace.h - sentences about time: what came too soon or too late, and messages that came at another pace. */
#pragma once
#include "judge/evidence.h"

const char *pace_off(const struct evidence *e); /* of a step that had an `after` */
const char *pace_other(const struct evidence *e);

/* script.h - the order in which steps are played: one after another, or as a structure says. For run/ alone.
 */
#pragma once
#include "run/stage.h"

/* Plays the steps from `from` up to, not with, `to`, and records each in c. True: all passed. False: the last
 * record is of the one that failed, or there was a fault. */
bool script_play(struct stage *st, struct case_record *c, size_t from, size_t to);

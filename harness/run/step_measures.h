/* step_measures.h - `PEER measures: {for: 2s, rate: {min: 45, max: 55}, longest-gap: 40ms}`: at which pace
 * datagrams come. */
#pragma once
#include "run/stage.h"

/* Takes what comes from the first message on, for the step's time. Where the programs waited for a CPU for so
 * long that this may be why the pace is wrong, it is measured again; in the end that is a fault, the
 * machine's. */
enum outcome step_measures(struct stage *st, const struct step *s, struct peer_run *p, struct step_record *r);

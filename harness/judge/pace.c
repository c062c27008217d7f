/* pace.c - see pace.h. */
#include "judge/pace.h"
#include "base/clock.h"
#include "judge/phrases.h"

static const char *wanted_rate(const struct evidence *e)
{
    const struct pace *p = &e->step->pace;

    if (p->min > 0 && p->max > 0)
        return arena_printf(e->arena, "%g to %g", p->min, p->max);
    return p->min > 0 ? arena_printf(e->arena, "%g or more", p->min)
                      : arena_printf(e->arena, "%g or fewer", p->max);
}

const char *pace_other(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    double rate;

    if (f->count == 0)
        return arena_printf(e->arena, "%s got nothing, though something should have come at a steady pace",
                            phrase_actor(e));
    if (!e->step || e->step->verb != VERB_MEASURES)
        return "messages came at another pace";
    rate = (double)f->count * NS_PER_S / (double)e->step->span;
    if (rate < e->step->pace.min || (e->step->pace.max > 0 && rate > e->step->pace.max))
        return arena_printf(e->arena, "%s got %.1f messages a second, where %s should come", phrase_actor(e),
                            rate, wanted_rate(e));
    return arena_printf(e->arena, "%s got no message for %s, where %s at most should pass between two",
                        phrase_actor(e), phrase_duration(e->arena, f->gap),
                        phrase_duration(e->arena, e->step->pace.longest_gap));
}

const char *pace_off(const struct evidence *e)
{
    bool soon = e->failed->outcome == STEP_TOO_SOON;
    int64_t bound = !e->step ? 0 : soon ? e->step->after_min : e->step->after_max;

    return arena_printf(e->arena,
                        "what %s waited for came %s after the step before, but should have come after %s %s",
                        phrase_actor(e), phrase_duration(e->arena, e->failed->waited),
                        soon ? "no less than" : "no more than", phrase_duration(e->arena, bound));
}

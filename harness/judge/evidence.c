#include "judge/evidence.h"

static const struct program_record *record_of(const struct record *r, uint32_t program)
{
    for (size_t i = 0; i < r->n_programs; i++)
        if (r->programs[i].program == program)
            return &r->programs[i];
    return NULL;
}

const struct program_record *evidence_program(const struct spec *s, const struct record *r, const struct step *step,
                                              const struct step_record *failed)
{
    const struct program_record *p = NULL;

    if (failed && failed->program != UINT32_MAX)
        p = record_of(r, failed->program);
    else if (step && step->actor_kind == ACTOR_PEER)
        p = record_of(r, (uint32_t)s->peers[step->actor].program);
    else if (step && step->actor_kind == ACTOR_PROGRAM)
        p = record_of(r, (uint32_t)step->actor);
    if (!p && r->n_programs)
        p = &r->programs[0];
    return p;
}

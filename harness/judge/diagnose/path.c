/*
 * path.c - see path.h. That a reply tells of success nobody says: but it is one that the spec waits for
 * elsewhere, behind a request of the same kind.
 */
#include "judge/diagnose/path.h"
#include "judge/story.h"
#include "run/plan.h"

static bool leads_out(struct bytes request)
{
    return bytes_find(request, bytes_of("../")) || bytes_find(request, bytes_of(" /"));
}

/* The last step before `end` in which this peer sends a message with a name; NULL: there is none. */
static const struct step *request_before(const struct test *t, const struct step *end, size_t actor)
{
    for (const struct step *s = end; s-- > t->steps;)
        if (s->actor_kind == ACTOR_PEER && s->actor == actor && s->verb == VERB_SENDS)
            return s->value.kind == VALUE_TYPED ? s : NULL;
    return NULL;
}

/* Does the spec wait for this message, anywhere, behind such a request? */
static bool is_granted(const struct spec *spec, const struct message_def *asked,
                       const struct message_def *came)
{
    for (size_t t = 0; t < spec->n_tests; t++)
        for (size_t i = 0; i < spec->tests[t].n_steps; i++) {
            const struct step *s = &spec->tests[t].steps[i], *by;

            if (s->actor_kind != ACTOR_PEER || s->verb != VERB_GETS || s->value.def != came ||
                s->value.kind != VALUE_TYPED)
                continue;
            by = request_before(&spec->tests[t], s, s->actor);
            if (by && by->value.def == asked)
                return true;
        }
    return false;
}

static const struct message_def *def_of_came(const struct evidence *e)
{
    const struct message_reading how = {.set = e->step->value.set, .arena = e->arena};
    struct message_read m;

    if (!excerpt_is_whole(&e->failed->came) ||
        message_decode_any(&how, FROM_EITHER, NULL, e->failed->came.head, &m) != DECODED)
        return NULL;
    return m.def;
}

const char *path_granted(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const struct step *request;
    const struct message_def *came;
    struct outgoing o;

    if (!f || f->outcome != STEP_OTHER_CAME || !f->came_is_message || !e->step || !e->shown ||
        e->step->actor_kind != ACTOR_PEER || e->step->verb != VERB_GETS ||
        e->step->value.kind != VALUE_TYPED || !e->step->value.set)
        return NULL;
    request = request_before(e->test, e->step, e->step->actor);
    came = request ? def_of_came(e) : NULL;
    if (!came || came == e->step->value.def || !is_granted(e->spec, request->value.def, came))
        return NULL;
    o = plan_outgoing(e->spec, (size_t)(e->test - e->spec->tests), (size_t)(request - e->test->steps),
                      e->shown->key.row, e->shown->key.seed, e->arena);
    if (!leads_out(o.bytes))
        return NULL;
    return arena_printf(e->arena, "%s was granted: %s came, as for a file of its folder",
                        story_quote(e->arena, &(struct excerpt){.total = o.bytes.len, .head = o.bytes}),
                        story_quote(e->arena, &f->came));
}

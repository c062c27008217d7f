/* arrival.c - see arrival.h. What was sent is computed anew, as the spec has it: a record holds it without
 * its bounds. */
#include "judge/diagnose/arrival.h"
#include "run/plan.h"

#include <string.h>

static void read_fields(const struct message_def *def, const struct datum *fields, struct arrival *out)
{
    const struct message_form *form = &def->forms[0];
    bool numbered = false;

    for (size_t i = 0; i < form->n; i++) {
        const struct message_field *f = &form->fields[i];
        const struct datum *d = f->name ? datum_get(fields, f->name) : NULL;

        if (!d)
            continue;
        if (!numbered && f->kind == FIELD_INTEGER && f->value.kind == EXPR_ABSENT && d->kind == DATUM_INT) {
            out->number = (uint64_t)d->i;
            numbered = true;
        }
        if (!out->body.len && d->kind == DATUM_BYTES)
            out->body = d->bytes;
    }
}

static void read_datagram(const struct evidence *e, const struct peer *peer, struct arrival *out)
{
    const struct protocol *p = peer->protocol == SIZE_MAX ? NULL : &e->spec->protocols[peer->protocol];
    struct message_reading how = {.arena = e->arena, .framing = true};
    struct message_read m;

    if (!p || !p->messages.n)
        return;
    how.set = &p->messages;
    if (message_decode_any(&how, FROM_EITHER, NULL, out->datagram, &m) == DECODED)
        read_fields(m.def, &m.fields, out);
}

static struct arrival *arrivals_push(const struct evidence *e, struct arrivals *to)
{
    if (to->n == to->cap) {
        struct arrival *more = arena_new(e->arena, (2 * to->cap + 16) * sizeof *more);

        if (to->n)
            memcpy(more, to->all, to->n * sizeof *more);
        to->all = more;
        to->cap = 2 * to->cap + 16;
    }
    return &to->all[to->n++];
}

static void add_step(const struct evidence *e, const struct peer *peer, uint32_t step, struct arrivals *to)
{
    const struct case_key *k = &e->shown->key;
    struct outgoing o =
        plan_outgoing(e->spec, (size_t)(e->test - e->spec->tests), step, k->row, k->seed, e->arena);
    uint32_t from = 0;

    for (size_t i = 0; i < o.n; from = o.ends[i++]) {
        struct arrival a = {.datagram = bytes_slice(o.bytes, from, o.ends[i] - from), .step = step};

        read_datagram(e, peer, &a);
        *arrivals_push(e, to) = a;
    }
}

struct arrivals arrivals_of(const struct evidence *e)
{
    struct arrivals found = {0};

    for (size_t i = 0; e->shown && e->program && i < e->shown->n_steps && &e->shown->steps[i] != e->failed;
         i++) {
        const struct step *s = evidence_step(e, &e->shown->steps[i]);
        const struct peer *p = s && s->actor_kind == ACTOR_PEER ? &e->test->peers[s->actor] : NULL;

        if (p && s->verb == VERB_SENDS && p->transport == TRANSPORT_UDP && p->program == e->program->program)
            add_step(e, p, e->shown->steps[i].step, &found);
    }
    return found;
}

/*
 * numbers.c - numbers that count on from message to message, and begin anew when they have come to their end.
 *
 * Seen in what our own peer sent: what it numbers, and up to where it acknowledges.
 */
#include "judge/diagnose/diagnose.h"

#include <string.h>

/* ---- numbers that end ---------------------------------------------------------------------------------- */

#define RISES_LEAST 8u /* messages: a number that rises so often is one that counts */
#define WRAP_LATELY                                                                                          \
    32u /* messages of our peer since then: a window of them may still have been under way                   \
         */

/* A field that has risen from message to message, and what became of it. */
struct counter {
    const char *field;
    uint64_t last, before, after; /* before, after: where it began anew */
    uint32_t rises, since;        /* since: messages behind that place */
    bool wrapped, broken;         /* broken: it does not count, or began anew more than once */
};

/* From the last quarter of its range to the first. */
static bool begins_anew(uint64_t last, uint64_t now, unsigned width)
{
    uint64_t quarter = UINT64_C(1) << (8 * width - 2);

    return last >= 3 * quarter && now < quarter;
}

static void count_on(struct counter *c, uint64_t now, unsigned width)
{
    c->since += c->wrapped;
    if (now >= c->last) {
        c->rises += now > c->last && !c->wrapped;
    } else if (!c->wrapped && begins_anew(c->last, now, width)) {
        c->wrapped = true;
        c->before = c->last;
        c->after = now;
    } else {
        c->broken = true;
    }
    c->last = now;
}

/* An unsigned integer that the sender is free to choose. */
static bool may_count(const struct message_field *f)
{
    return f->name && f->kind == FIELD_INTEGER && !f->is_signed && f->width < 8 &&
           f->value.kind == EXPR_ABSENT;
}

/* Of one message that our peer sent: the first field that may count. */
static void count_message(struct counter *c, const struct message_read *m)
{
    const struct message_form *form = &m->def->forms[0];

    for (size_t i = 0; i < form->n; i++) {
        const struct datum *now =
            may_count(&form->fields[i]) ? datum_get(&m->fields, form->fields[i].name) : NULL;

        if (!now || now->kind != DATUM_INT || (c->field && strcmp(c->field, form->fields[i].name) != 0))
            continue;
        c->field = form->fields[i].name;
        count_on(c, (uint64_t)now->i, form->fields[i].width);
        return;
    }
}

/* All that the peer of the failed step sent before it. */
static struct counter count_sent(const struct evidence *e, const struct protocol *protocol)
{
    const struct message_reading how = {.set = &protocol->messages, .arena = e->arena, .framing = true};
    struct counter c = {0};

    for (size_t i = 0; i < e->shown->n_steps && &e->shown->steps[i] != e->failed; i++) {
        const struct step_record *r = &e->shown->steps[i];
        const struct step *s = evidence_step(e, r);
        struct message_read m;

        if (s && s->verb == VERB_SENDS && s->actor_kind == ACTOR_PEER && s->actor == e->step->actor &&
            excerpt_is_whole(&r->sent) &&
            message_decode_any(&how, FROM_EITHER, NULL, r->sent.head, &m) == DECODED)
            count_message(&c, &m);
    }
    return c;
}

/* The next number in the row is the one that was expected of the program. */
static void count_expected(const struct evidence *e, const struct protocol *protocol, struct counter *c)
{
    const struct message_reading how = {.set = &protocol->messages, .arena = e->arena, .framing = true};
    struct message_read m;

    if (c->field && !c->wrapped && !e->failed->described && excerpt_is_whole(&e->failed->expected) &&
        message_decode_any(&how, FROM_EITHER, NULL, e->failed->expected.head, &m) == DECODED)
        count_message(c, &m);
}

/* All went well as long as the numbers rose. */
static const char *detect_sequence_wrap(const struct evidence *e)
{
    const struct peer *peer =
        e->failed && e->step && evidence_gets_answers(e->step) ? &e->test->peers[e->step->actor] : NULL;
    struct counter c;

    if (!peer || !e->shown || peer->transport != TRANSPORT_UDP || peer->protocol == SIZE_MAX ||
        !e->spec->protocols[peer->protocol].messages.n)
        return NULL;
    c = count_sent(e, &e->spec->protocols[peer->protocol]);
    count_expected(e, &e->spec->protocols[peer->protocol], &c);
    if (!c.wrapped || c.broken || c.rises < RISES_LEAST || c.since > WRAP_LATELY)
        return NULL;
    return arena_printf(
        e->arena,
        "all went well while `%s` rose, up to %llu; then it began anew with %llu, and from there on "
        "it goes wrong",
        c.field, (unsigned long long)c.before, (unsigned long long)c.after);
}

static const struct diagnosis sequence_wrap = {
    "sequence-wrap", FAMILY_MESSAGE, "numbers are compared as if they had no end",
    "Compare sequence numbers modulo their width: by how far it is from one to the other.", 'M'};

const struct detector number_detectors[] = {
    {&sequence_wrap, detect_sequence_wrap},
    {NULL, NULL},
};

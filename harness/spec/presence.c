/*
 * presence.c - who is still there: a step of a peer that has left would silently be one of a new connection,
 * and the program would be blamed for what the script does.
 */
#include "base/mem.h"
#include "spec/parts.h"

enum presence { PRESENT, ENDED, LEFT };

static enum presence after(const struct step *s, enum presence before)
{
    if (s->verb == VERB_CLOSES || s->verb == VERB_RESETS)
        return LEFT;
    if (s->verb == VERB_HALF_CLOSES)
        return ENDED;
    return s->verb == VERB_CONNECTS || s->verb == VERB_IS_REFUSED ? PRESENT : before;
}

static void check_step(struct loader *l, const struct step *s, enum presence now)
{
    const char *name = l->spec->peers[s->actor].name;

    if (now == LEFT && s->verb != VERB_CONNECTS && s->verb != VERB_IS_REFUSED)
        diag_note(l->diags, diag_error(l->diags, s->mark, "`%s` has left: its connection is closed", name),
                  "let it come back first: `- %s connects:`", name);
    else if (now == ENDED && (s->verb == VERB_SENDS || s->verb == VERB_HALF_CLOSES))
        diag_note(l->diags,
                  diag_error(l->diags, s->mark, "`%s` has said that it sends no more (half-closes)", name),
                  "after that it can only get, close, or reset");
}

/* Datagrams have no connection that one could leave. */
static bool is_stream(const struct spec *spec, const struct peer *p)
{
    return p->program < spec->n_programs && p->endpoint < spec->programs[p->program].n_listens &&
           spec->programs[p->program].listens[p->endpoint].transport == TRANSPORT_TCP;
}

void presence_check(struct loader *l, const struct test *t)
{
    enum presence *peers = mem_new((l->spec->n_peers + 1) * sizeof *peers);

    for (size_t i = 0; i < t->n_steps; i++) {
        const struct step *s = &t->steps[i];

        if (s->actor_kind != ACTOR_PEER || !is_stream(l->spec, &l->spec->peers[s->actor]))
            continue;
        check_step(l, s, peers[s->actor]);
        peers[s->actor] = after(s, peers[s->actor]);
    }
    mem_free(peers);
}

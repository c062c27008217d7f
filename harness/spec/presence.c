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

static void check_step(struct loader *l, const struct test *t, const struct step *s, enum presence now)
{
    const char *name = t->peers[s->actor].name;

    if (now == LEFT && t->peers[s->actor].kind == PEER_LISTENS)
        diag_error(l->diags, s->mark, "`%s` listens no more: it was closed", name);
    else if (now == LEFT && t->peers[s->actor].kind == PEER_ACCEPTED)
        diag_note(l->diags, diag_error(l->diags, s->mark, "`%s` has left: its connection is closed", name),
                  "accept the next one first: `- %s accepts: %s`", t->peers[t->peers[s->actor].listener].name,
                  name);
    else if (now == LEFT && s->verb != VERB_CONNECTS && s->verb != VERB_IS_REFUSED)
        diag_note(l->diags, diag_error(l->diags, s->mark, "`%s` has left: its connection is closed", name),
                  "let it come back first: `- %s connects:`", name);
    else if (now == ENDED && (s->verb == VERB_SENDS || s->verb == VERB_HALF_CLOSES))
        diag_note(l->diags,
                  diag_error(l->diags, s->mark, "`%s` has said that it sends no more (half-closes)", name),
                  "after that it can only get, close, or reset");
}

void presence_check(struct loader *l, const struct test *t)
{
    enum presence *peers = mem_new((t->n_peers + 1) * sizeof *peers);

    for (size_t i = 0; i < t->n_peers; i++)
        peers[i] = t->peers[i].kind == PEER_ACCEPTED ? LEFT : PRESENT;
    for (size_t i = 0; i < t->n_steps; i++) {
        const struct step *s = &t->steps[i];

        /* Datagrams have no connection that one could leave. */
        if (s->actor_kind != ACTOR_PEER || t->peers[s->actor].transport != TRANSPORT_TCP)
            continue;
        check_step(l, t, s, peers[s->actor]);
        peers[s->actor] = after(s, peers[s->actor]);
        if (s->verb != VERB_ACCEPTS)
            continue;
        if (peers[s->accepted] != LEFT)
            diag_note(l->diags,
                      diag_error(l->diags, s->mark, "`%s` is still connected", t->peers[s->accepted].name),
                      "accept the next one by another name, or close this one first");
        peers[s->accepted] = PRESENT;
    }
    mem_free(peers);
}

/*
 * rules.c - see rules.h. All that the conversation may have come to is a set of states for each number of our
 * messages that the program may have read, so that equal pasts are one and each step costs pending * moves.
 */
#include "wire/rules.h"
#include "base/mem.h"

#include <string.h>

static uint64_t bit(size_t state)
{
    return UINT64_C(1) << state;
}

static enum rules_side other(enum rules_side side)
{
    return side == RULES_CLIENT ? RULES_SERVER : RULES_CLIENT;
}

/* Where `states` come to by one message. */
static uint64_t after(const struct rules *r, uint64_t states, enum rules_side side, size_t message)
{
    uint64_t to = 0;

    for (size_t i = 0; i < r->n_moves; i++) {
        const struct rules_move *m = &r->moves[i];

        if (m->side == side && m->message == message && states & bit(m->from))
            to |= bit(m->to);
    }
    return to;
}

/* From where one message comes to one of `states`. */
static uint64_t before(const struct rules *r, uint64_t states, enum rules_side side, size_t message)
{
    uint64_t from = 0;

    for (size_t i = 0; i < r->n_moves; i++) {
        const struct rules_move *m = &r->moves[i];

        if (m->side == side && m->message == message && states & bit(m->to))
            from |= bit(m->from);
    }
    return from;
}

/* From where `side` alone can bring it to one of `states`, by any messages or none. */
static uint64_t led_to(const struct rules *r, uint64_t states, enum rules_side side)
{
    uint64_t seen;

    do {
        seen = states;
        for (size_t i = 0; i < r->n_moves; i++)
            if (r->moves[i].side == side && states & bit(r->moves[i].to))
                states |= bit(r->moves[i].from);
    } while (states != seen);
    return states;
}

void rules_check_init(struct rules_check *c, const struct rules *r, enum rules_side program)
{
    *c = (struct rules_check){.rules = r, .program = program};
    c->at = mem_new(sizeof *c->at);
    c->at[0] = bit(0);
}

void rules_check_deinit(struct rules_check *c)
{
    mem_free(c->pending);
    mem_free(c->at);
    *c = (struct rules_check){.verdict = RULES_OFF};
}

static enum rules_verdict stop(struct rules_check *c, enum rules_verdict now)
{
    mem_free(c->pending);
    mem_free(c->at);
    c->pending = NULL;
    c->at = NULL;
    c->n = 0;
    c->verdict = RULES_OFF;
    return now;
}

/* Is there a state that it may be in from which all pending messages can be read, whatever else the program
 * says meanwhile? */
static bool ours_fit(const struct rules_check *c)
{
    uint64_t possible = UINT64_MAX;

    for (size_t i = c->n;; i--) {
        if (c->at[i] & possible)
            return true;
        if (i == 0)
            return false;
        possible = before(c->rules, possible, other(c->program), c->pending[i - 1]);
        possible = led_to(c->rules, possible, c->program);
    }
}

/* A message that changes nothing, now or after whatever the program says next, may as well have been read:
 * else a chat, where anybody says anything, would have all of its messages pending. */
static void read_what_changes_nothing(struct rules_check *c)
{
    const struct rules *r = c->rules;

    for (size_t i = 0; i < c->n; i++) {
        uint64_t same = 0, read;

        for (size_t m = 0; m < r->n_moves; m++)
            if (r->moves[m].side != c->program && r->moves[m].message == c->pending[i] &&
                r->moves[m].from == r->moves[m].to)
                same |= bit(r->moves[m].from);
        read = c->at[i] & ~led_to(r, ~same, c->program);
        c->at[i] &= ~read;
        c->at[i + 1] |= read;
    }
}

/* Drops the pending messages that were read for certain. */
static void drop_read(struct rules_check *c)
{
    size_t read = 0;

    while (read < c->n && !c->at[read])
        read++;
    if (read == 0)
        return;
    c->n -= read;
    memmove(c->pending, c->pending + read, c->n * sizeof *c->pending);
    memmove(c->at, c->at + read, (c->n + 1) * sizeof *c->at);
}

static enum rules_verdict go_on(struct rules_check *c)
{
    if (!ours_fit(c))
        return stop(c, RULES_OFF);
    read_what_changes_nothing(c);
    drop_read(c);
    return RULES_KEPT;
}

enum rules_verdict rules_sent(struct rules_check *c, size_t message)
{
    if (c->verdict == RULES_OFF)
        return RULES_OFF;
    if (message == SIZE_MAX || c->n == RULES_PENDING_MAX)
        return stop(c, RULES_OFF);
    c->pending = mem_grow(c->pending, (c->n + 1) * sizeof *c->pending);
    c->at = mem_grow(c->at, (c->n + 2) * sizeof *c->at);
    c->pending[c->n++] = message;
    c->at[c->n] = 0;
    return go_on(c);
}

/* maybe: it may as well have said nothing. */
static enum rules_verdict came(struct rules_check *c, size_t message, bool maybe)
{
    uint64_t here = 0, when = 0, to = 0;

    if (c->verdict == RULES_OFF)
        return RULES_OFF;
    if (message == SIZE_MAX)
        return stop(c, RULES_OFF);
    for (size_t i = 0; i <= c->n; i++) {
        here = c->at[i] | (i ? after(c->rules, here, other(c->program), c->pending[i - 1]) : 0);
        c->at[i] = (maybe ? c->at[i] : 0) | after(c->rules, here, c->program, message);
        when |= here;
        to |= c->at[i];
    }
    if (!to) {
        c->message = message;
        c->when = when;
        return stop(c, RULES_BROKEN);
    }
    return go_on(c);
}

enum rules_verdict rules_came(struct rules_check *c, size_t message)
{
    return came(c, message, false);
}

enum rules_verdict rules_came_again(struct rules_check *c, size_t message)
{
    return came(c, message, true);
}

struct rules_breach rules_breach(const struct rules_check *c, struct arena *a)
{
    const struct rules *r = c->rules;
    struct rules_breach b = {.side = c->program, .message = c->message};

    b.states = arena_new(a, r->n_states * sizeof *b.states);
    b.allowed = arena_new(a, r->n_moves * sizeof *b.allowed);
    for (size_t s = 0; s < r->n_states; s++)
        if (c->when & bit(s))
            b.states[b.n_states++] = r->states[s];
    for (size_t i = 0; i < r->n_moves; i++) {
        const struct rules_move *m = &r->moves[i];
        bool known = m->side != c->program || !(c->when & bit(m->from));

        for (size_t k = 0; k < b.n_allowed && !known; k++)
            known = b.allowed[k] == m->message;
        if (!known)
            b.allowed[b.n_allowed++] = m->message;
    }
    return b;
}

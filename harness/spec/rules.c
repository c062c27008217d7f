/* rules.c - `rules`: states, each a map from `SIDE MESSAGE` to the next state. */
#include "spec/rules.h"
#include "base/mem.h"

#include <string.h>

/* In the order of enum rules_side, for each pair. */
static const char *const side_words[] = {"client", "server", "dialer", "acceptor"};

struct rules_reader {
    struct loader *l;
    const struct protocol *protocol;
    struct rules *rules;
    const struct node **at;    /* of each state: where it stands */
    const struct node *speaks; /* the first that named a side: */
    size_t pair;               /* 0 by client and server, 1 by dialer and acceptor */
};

/* ---- states -------------------------------------------------------------------------------------- */

static bool find_state(const struct rules *r, const struct node *n, size_t *out)
{
    for (size_t i = 0; i < r->n_states; i++)
        if (node_says(n, r->states[i])) {
            *out = i;
            return true;
        }
    return false;
}

static void states_read(struct rules_reader *r, const struct node *n)
{
    r->rules->states = arena_new(r->l->arena, n->n * sizeof *r->rules->states);
    r->at = arena_new(r->l->arena, n->n * sizeof *r->at);
    for (size_t i = 0; i < n->n; i++) {
        const struct node *item = n->items[i];

        if (item->bad || !read_name(r->l, item->key, "a state", &r->rules->states[r->rules->n_states]))
            continue;
        if (r->rules->n_states == RULES_STATES_MAX) {
            diag_error(r->l->diags, item->key->mark, "rules have at most %u states", RULES_STATES_MAX);
            return;
        }
        r->at[r->rules->n_states++] = item;
    }
}

static bool next_read(struct rules_reader *r, const struct node *n, size_t *to)
{
    struct diag *d;

    if (node_is_empty(n)) {
        diag_note(r->l->diags,
                  diag_error(r->l->diags, n->key->mark, "%s leads to no state", quoted(r->l, n->key->text)),
                  "each message says which state is next, like {client ADD: asked, client QUIT: done}");
        return false;
    }
    if (!read_scalar(r->l, n, "the next state"))
        return false;
    if (find_state(r->rules, n, to))
        return true;
    d = diag_error(r->l->diags, n->mark, "there is no state %s", quoted(r->l, n->text));
    if (diag_nearest((const char *)n->text.data, r->rules->states, r->rules->n_states))
        suggest(r->l, d, (const char *)n->text.data, r->rules->states, r->rules->n_states);
    else
        diag_note(r->l->diags, d, "a state in which nothing more is said is written `done: {}`");
    return false;
}

/* ---- who says what ------------------------------------------------------------------------------- */

/* The words of a key, in the arena; how many there are, of which the first three are given. */
static size_t split(struct arena *a, struct bytes text, const char *word[3])
{
    size_t n = 0, begin = 0;

    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.data[i] != ' ' && text.data[i] != '\t')
            continue;
        if (i > begin && n++ < 3)
            word[n - 1] = (const char *)arena_bytes(a, bytes_slice(text, begin, i - begin)).data;
        begin = i + 1;
    }
    return n;
}

static bool find_message(const struct protocol *p, const char *name, size_t *out)
{
    const char *known;

    for (size_t i = 0; (known = protocol_message(p, i)); i++)
        if (strcmp(known, name) == 0) {
            *out = i;
            return true;
        }
    return false;
}

/* Who says it, as its definition has it; of HTTP, as it is. */
static enum message_from whose(const struct protocol *p, size_t message)
{
    if (message < p->messages.n)
        return p->messages.defs[message].from;
    return message - p->messages.n == HTTP_REQUEST ? FROM_CLIENT : FROM_SERVER;
}

static const char *sides_that_say(struct arena *a, enum message_from from, const char *name)
{
    switch (from) {
    case FROM_CLIENT: return arena_printf(a, "`client %s`", name);
    case FROM_SERVER: return arena_printf(a, "`server %s`", name);
    case FROM_EITHER: break;
    }
    return arena_printf(a, "`client %s` or `server %s`", name, name);
}

static bool wrong_words(struct rules_reader *r, const struct node *key, size_t n, const char *const word[3])
{
    struct diag *d =
        diag_error(r->l->diags, key->mark, "%s is not one side and one message", quoted(r->l, key->text));
    size_t message;

    if (n > 2)
        diag_note(r->l->diags, d, "each message has a key of its own, like `client ADD`");
    else if (n == 1 && find_message(r->protocol, word[0], &message))
        diag_note(r->l->diags, d, "write %s",
                  sides_that_say(r->l->arena, whose(r->protocol, message), word[0]));
    else
        diag_note(r->l->diags, d, "write both, like `client ADD`");
    return false;
}

static bool side_read(struct rules_reader *r, const struct node *key, const char *word, enum rules_side *out)
{
    size_t i = 0;

    while (i < array_len(side_words) && strcmp(side_words[i], word) != 0)
        i++;
    if (i == array_len(side_words)) {
        suggest(r->l,
                diag_error(r->l->diags, key->mark, "no side is called %s", quoted(r->l, bytes_of(word))),
                word, side_words, array_len(side_words));
        return false;
    }
    if (r->speaks && i / 2 != r->pair) {
        diag_note(r->l->diags,
                  diag_error(r->l->diags, key->mark, "`%s` here, but %s at %s", word,
                             quoted(r->l, r->speaks->text),
                             diag_place(r->l->diags, r->speaks->mark, key->mark)),
                  "the sides are client and server, or, of equal partners, dialer and acceptor");
        return false;
    }
    r->speaks = r->speaks ? r->speaks : key;
    r->pair = i / 2;
    *out = i % 2 ? RULES_SERVER : RULES_CLIENT;
    return true;
}

static bool unknown_message(struct rules_reader *r, const struct node *key, const char *word)
{
    struct diag *d =
        diag_error(r->l->diags, node_mark(key, word), "there is no message %s", quoted(r->l, bytes_of(word)));
    const char **names = NULL, *name;
    size_t n = 0, cap = 0;

    for (size_t i = 0; (name = protocol_message(r->protocol, i)); i++)
        *array_push(names, n, cap) = name;
    if (n)
        suggest(r->l, d, word, names, n);
    else
        diag_note(r->l->diags, d, "rules are about the protocol's `messages`, and there are none");
    mem_free(names);
    return false;
}

static void not_its(struct rules_reader *r, const struct node *key, enum rules_side side, size_t message)
{
    const char *name = protocol_message(r->protocol, message);
    bool clients = whose(r->protocol, message) == FROM_CLIENT;
    struct diag *d =
        diag_error(r->l->diags, key->mark, "no %s says `%s`", side_words[2 * r->pair + side], name);

    if (message < r->protocol->messages.n)
        diag_note(r->l->diags, d, "its definition has `from: %s`", clients ? "client" : "server");
    else
        diag_note(r->l->diags, d, "write `%s %s`", side_words[2 * r->pair + !side], name);
}

static bool message_read_name(struct rules_reader *r, const struct node *key, const char *word,
                              enum rules_side side, size_t *out)
{
    static const enum message_from other[] = {FROM_SERVER, FROM_CLIENT};

    if (r->protocol->broken)
        return false;
    if (!find_message(r->protocol, word, out))
        return unknown_message(r, key, word);
    if (whose(r->protocol, *out) != other[side])
        return true;
    not_its(r, key, side, *out);
    return false;
}

/* ---- moves --------------------------------------------------------------------------------------- */

static bool is_there(const struct rules *r, struct rules_move m)
{
    for (size_t i = 0; i < r->n_moves; i++)
        if (r->moves[i].from == m.from && r->moves[i].side == m.side && r->moves[i].message == m.message)
            return true;
    return false;
}

static void move_read(struct rules_reader *r, size_t from, const struct node *item)
{
    const char *word[3] = {0};
    size_t n = split(r->l->arena, item->key->text, word);
    struct rules_move m = {.from = from};
    bool fine = next_read(r, item, &m.to);

    if (n != 2) {
        wrong_words(r, item->key, n, word);
        return;
    }
    if (!side_read(r, item->key, word[0], &m.side) ||
        !message_read_name(r, item->key, word[1], m.side, &m.message))
        return;
    if (is_there(r->rules, m))
        diag_error(r->l->diags, item->key->mark, "%s stands twice in one state",
                   quoted(r->l, item->key->text));
    else if (fine)
        r->rules->moves[r->rules->n_moves++] = m;
}

static void moves_read(struct rules_reader *r)
{
    size_t most = 0;

    for (size_t s = 0; s < r->rules->n_states; s++)
        most += r->at[s]->n;
    r->rules->moves = arena_new(r->l->arena, most * sizeof *r->rules->moves);
    for (size_t s = 0; s < r->rules->n_states; s++) {
        const struct node *state = r->at[s];

        if (node_is(state, NODE_MAP)) {
            for (size_t i = 0; i < state->n; i++)
                if (!state->items[i]->bad)
                    move_read(r, s, state->items[i]);
        } else if (!state->bad && !node_is_empty(state)) {
            diag_note(r->l->diags,
                      diag_error(r->l->diags, state->mark, "a state is a map of messages, but %s stands here",
                                 node_shape(state)),
                      "like `%s: {client ADD: asked}`; one in which nothing more is said is `{}`",
                      r->rules->states[s]);
        }
    }
}

/* Only when all moves are there: else a mistake would make two. */
static void warn_unreachable(struct rules_reader *r)
{
    const struct rules *rules = r->rules;
    uint64_t seen = 1, before;

    do {
        before = seen;
        for (size_t i = 0; i < rules->n_moves; i++)
            if (seen >> rules->moves[i].from & 1)
                seen |= UINT64_C(1) << rules->moves[i].to;
    } while (seen != before);
    for (size_t s = 0; s < rules->n_states; s++)
        if (!(seen >> s & 1))
            diag_note(
                r->l->diags,
                diag_warning(r->l->diags, r->at[s]->key->mark, "no message leads to `%s`", rules->states[s]),
                "a connection begins in the first state, which is `%s`", rules->states[0]);
}

/* Where HTTP has messages of its own, request and response are only what is none of them. */
static void warn_unsaid(struct rules_reader *r, const struct node *n)
{
    const struct message_set *own = &r->protocol->messages;
    const char *name;

    for (size_t m = 0; (name = protocol_message(r->protocol, m)); m++) {
        bool said = m < own->n ? own->defs[m].is_item : own->n > 0;

        for (size_t i = 0; i < r->rules->n_moves; i++)
            said |= r->rules->moves[i].message == m;
        if (!said)
            diag_warning(r->l->diags, n->key->mark, "no rule lets anybody say `%s`", name);
    }
}

const struct rules *rules_read(struct loader *l, const struct node *n, const struct protocol *protocol)
{
    struct rules *rules = arena_new(l->arena, sizeof *rules);
    struct rules_reader r = {.l = l, .protocol = protocol, .rules = rules};
    size_t errors = l->diags->errors;

    if (n->bad)
        return NULL;
    if (!node_is(n, NODE_MAP) || n->n == 0) {
        diag_note(l->diags,
                  diag_error(l->diags, n->mark, "`rules` is a map of states, but %s stands here",
                             n->kind == NODE_MAP ? "an empty one" : node_shape(n)),
                  "like {ready: {client ADD: asked}, asked: {server SUM: ready}}");
        return NULL;
    }
    states_read(&r, n);
    moves_read(&r);
    rules->sides[RULES_CLIENT] = side_words[2 * r.pair];
    rules->sides[RULES_SERVER] = side_words[2 * r.pair + 1];
    if (l->diags->errors != errors || protocol->broken)
        return NULL;
    warn_unreachable(&r);
    warn_unsaid(&r, n);
    return rules;
}

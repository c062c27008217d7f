/*
 * steps.c - one step is one sentence, ACTOR VERB: VALUE, and what stands under it. Here are its value, and
 * the structures that hold steps; modifiers.c reads what stands under it, sentence.c knows actors and verbs.
 *
 * Steps of a structure follow it in the test's one list, so that a step's index says all about its place.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "spec/modifiers.h"
#include "spec/parts.h"
#include "spec/sentence.h"
#include "spec/values.h"

#include <string.h>

#define WAIT_MAX (600 * NS_PER_S)
#define STEPS_MAX 20000u
#define REPEAT_MAX 10000u
#define NESTED_MAX 8

/* The steps that are being read. */
struct reading {
    struct loader *l;
    struct test *t;
    bool *used;     /* of each column */
    uint64_t round; /* of `repeat`, from 1; 0: in none */
    int depth;
};

/* ---- the value ----------------------------------------------------------------------------------- */

static void span_for(struct loader *l, const struct node *n, void *into)
{
    read_duration(l, n, "`for`", WAIT_MAX, &((struct step *)into)->span);
}

static const struct field span_fields[] = {{"for", span_for, true}};

static bool takes_nothing(struct loader *l, const struct sentence *s)
{
    struct diag *d;

    if (node_is_empty(s->node) || s->node->bad)
        return true;
    d = diag_error(l->diags, s->node->mark, "`%s` takes no value", s->rule->name);
    if (node_is(s->node, NODE_MAP))
        diag_note(l->diags, d, "modifiers stand under the sentence, as far to the left");
    else
        diag_note(l->diags, d, "end the sentence with its colon: `%s:`%s", s->text,
                  s->rule->takes == TAKES_SPAN ? "; where a timer runs, say how long: {for: 300ms}" : "");
    return false;
}

/* What each verb can do with a kind of value; reports what it cannot. */
static bool check_kind(struct loader *l, const struct value *v, enum takes takes, const char *verb)
{
    bool fine = true;

    switch (v->kind) {
    case VALUE_REGEX:
        if (takes == TAKES_FILE && strcmp(verb, "equals") == 0) {
            diag_note(l->diags, diag_error(l->diags, v->mark, "a file equals bytes, not a pattern"),
                      "`file NAME matches: !regex ...`");
            return false;
        }
        if (takes != TAKES_MESSAGES && takes != TAKES_TYPED)
            return true;
        diag_error(l->diags, v->mark, "`%s` cannot take a pattern: what would be sent?", verb);
        return false;
    case VALUE_LIST:
        if (takes == TAKES_TYPED || takes == TAKES_OUTPUT || takes == TAKES_FILE) {
            diag_note(l->diags, diag_error(l->diags, v->mark, "`%s` takes one text, not a list", verb),
                      "write a step for each");
            return false;
        }
        for (size_t i = 0; i < v->n; i++)
            fine &= check_kind(l, &v->items[i], takes, verb);
        return fine;
    case VALUE_BYTES:
        if (takes != TAKES_FILE || strcmp(verb, "matches") != 0)
            return true;
        diag_note(l->diags, diag_error(l->diags, v->mark, "a file matches a pattern, not a text"),
                  "write !regex '...', or `file NAME equals: ...`");
        return false;
    case VALUE_NONE:
    case VALUE_CELL:
    case VALUE_CODE:
    case VALUE_SIGNAL:
    case VALUE_HAPPENING: break;
    }
    if (takes != TAKES_LIST || v->kind == VALUE_BYTES || v->kind == VALUE_CELL || v->kind == VALUE_HAPPENING)
        return true;
    return false;
}

/* A column's cells stand for the value, so each must fit the verb. */
static bool check_cells(struct loader *l, const struct test *t, const struct value *v,
                        const struct sentence *s, bool in_list)
{
    bool fine = true;

    for (size_t i = 0; v->kind == VALUE_LIST && i < v->n; i++)
        fine &= check_cells(l, t, &v->items[i], s, true);
    for (size_t row = 0; v->kind == VALUE_CELL && row < t->n_rows; row++) {
        const struct value *cell = &t->cells[row * t->n_columns + v->index];

        if (cell->kind == VALUE_LIST && in_list) {
            diag_error(l->diags, cell->mark, "this cell is a list, but stands in a list of `%s`", s->text);
            fine = false;
        } else if (cell->kind != VALUE_NONE) {
            fine &= check_kind(l, cell, s->rule->takes, s->rule->name);
        }
    }
    return fine;
}

/* Which names a step's texts may hold. */
static struct scope scope_of(const struct reading *r, const struct sentence *s)
{
    struct scope scope = {.what = "a step", .test = r->t, .used = r->used, .seed = true, .round = r->round};
    const struct spec *spec = r->l->spec;

    if (s->kind == ACTOR_PROGRAM)
        scope.self = &spec->programs[s->index];
    else if (s->kind == ACTOR_PEER && r->t->peers[s->index].program < spec->n_programs)
        scope.self = &spec->programs[r->t->peers[s->index].program];
    return scope;
}

static bool message_read(const struct reading *r, const struct sentence *s, struct value *out)
{
    struct scope scope = scope_of(r, s);
    struct loader *l = r->l;

    scope.events = s->rule->verb == VERB_GETS_ONE_OF;
    if (node_is_empty(s->node)) {
        diag_note(l->diags, diag_error(l->diags, s->node->key->mark, "`%s` needs a value", s->text),
                  "like `%s: \"text\"`; an empty message is \"\"", s->text);
        return false;
    }
    if (!value_read(l, s->node, &scope, out))
        return false;
    if (s->rule->takes == TAKES_LIST && out->kind != VALUE_LIST && out->kind != VALUE_CELL) {
        diag_note(l->diags, diag_error(l->diags, out->mark, "`%s` takes a list", s->rule->name),
                  "like [\"one\", \"two\"]");
        return false;
    }
    if (s->rule->takes == TAKES_TYPED)
        out->framed = false; /* stdin has no framing: the text says where its lines end */
    return check_kind(l, out, s->rule->takes, s->rule->name) && check_cells(l, r->t, out, s, false);
}

static void got_messages(struct loader *l, const struct node *n, void *into)
{
    read_int(l, n, "`messages`", 0, UINT32_MAX, &((struct step *)into)->got_messages);
}

static void got_bytes(struct loader *l, const struct node *n, void *into)
{
    read_int(l, n, "`bytes`", 0, UINT32_MAX, &((struct step *)into)->got_bytes);
}

/* `has got`: how many, or the very bytes. */
static void got_read(const struct reading *r, const struct sentence *s, struct step *out)
{
    static const struct field fields[] = {{"messages", got_messages}, {"bytes", got_bytes}};

    if (!node_is(s->node, NODE_MAP)) {
        if (!message_read(r, s, &out->value))
            out->value.kind = VALUE_NONE;
        return;
    }
    if (s->node->n == 0)
        diag_error(r->l->diags, s->node->mark, "`%s` needs `messages:` or `bytes:`", s->text);
    map_read(r->l, s->node, "`has got`", fields, array_len(fields), out);
}

static void order_actors(struct loader *l, const struct node *n, void *into)
{
    struct step *s = into;
    struct node *self = (struct node *)n;
    struct nodes names = nodes_of(&self);

    (void)l;
    s->n_actors = names.n; /* looked up by order_read, which knows the test */
}

static void order_message(struct loader *l, const struct node *n, void *into)
{
    (void)l, (void)n, (void)into;
}

static size_t peer_of(const struct test *t, const struct node *n)
{
    for (size_t i = 0; i < t->n_peers; i++)
        if (node_says(n, t->peers[i].name))
            return i;
    return SIZE_MAX;
}

/* `same order`: whose messages must come in one order, and which of them count. */
static void order_read(const struct reading *r, const struct sentence *s, struct step *out)
{
    static const struct field fields[] = {{"actors", order_actors, true}, {"message", order_message}};
    struct scope scope = scope_of(r, s);
    const struct node *actors, *message;
    struct nodes names;

    map_read(r->l, s->node, "`same order`", fields, array_len(fields), out);
    actors = map_get(s->node, "actors");
    message = map_get(s->node, "message");
    if (!actors || actors->bad)
        return;
    names = nodes_of((struct node *const *)&actors);
    if (names.n < 2)
        diag_error(r->l->diags, actors->mark, "an order is compared between at least two actors");
    out->actors = arena_new(r->l->arena, (names.n + 1) * sizeof *out->actors);
    for (out->n_actors = 0; out->n_actors < names.n; out->n_actors++) {
        out->actors[out->n_actors] = peer_of(r->t, names.item[out->n_actors]);
        if (out->actors[out->n_actors] != SIZE_MAX)
            continue;
        diag_error(r->l->diags, names.item[out->n_actors]->mark, "there is no peer %s",
                   quoted(r->l, names.item[out->n_actors]->text));
        out->actors[out->n_actors] = 0;
    }
    if (message && !value_read(r->l, message, &scope, &out->value))
        out->value.kind = VALUE_NONE;
}

static void value_of_step(const struct reading *r, const struct sentence *s, struct step *out)
{
    struct loader *l = r->l;

    switch (s->rule->takes) {
    case TAKES_NOTHING: takes_nothing(l, s); break;
    case TAKES_SPAN:
        if (node_is(s->node, NODE_MAP))
            map_read(l, s->node, arena_printf(l->arena, "`%s`", s->text), span_fields, 1, out);
        else
            takes_nothing(l, s);
        break;
    case TAKES_MESSAGES:
    case TAKES_EXPECTED:
    case TAKES_LIST:
    case TAKES_TYPED:
    case TAKES_OUTPUT:
    case TAKES_FILE:
        if (!message_read(r, s, &out->value))
            out->value.kind = VALUE_NONE; /* so that nobody checks what is half there */
        break;
    case TAKES_GOT: got_read(r, s, out); break;
    case TAKES_ORDER: order_read(r, s, out); break;
    case TAKES_NAME:
        if (s->kind == ACTOR_PEER && r->t->peers[s->index].kind == PEER_LISTENS)
            peer_accepted(l, s->node, r->t, s->index, &out->accepted);
        break;
    case TAKES_TITLE: read_text(l, s->node, "a milestone", &out->value.source); break;
    case TAKES_EXIT: exit_read(l, s->node, &out->value); break;
    case TAKES_SIGNAL: signal_read(l, s->node, &out->value); break;
    case TAKES_DURATION: read_duration(l, s->node, "the pause", 10 * NS_PER_S, &out->span); break;
    case TAKES_STEPS: break; /* they become steps of their own */
    }
}

/* ---- what fits whom ------------------------------------------------------------------------------ */

static void check_transport(struct loader *l, const struct test *t, const struct sentence *s)
{
    const struct peer *p = s->kind == ACTOR_PEER ? &t->peers[s->index] : NULL;

    if (!p || !s->rule->stream || p->program == SIZE_MAX || p->transport == TRANSPORT_TCP)
        return;
    diag_note(l->diags,
              diag_error(l->diags, s->node->key->mark, "`%s` speaks UDP, where nothing %s", p->name,
                         s->rule->verb == VERB_GETS_END || s->rule->verb == VERB_GETS_RESET ? "ends"
                         : s->rule->verb == VERB_RESETS                                     ? "is reset"
                         : s->rule->verb == VERB_HALF_CLOSES                                ? "is half-closed"
                                                                                            : "is held back"),
              "`%s` is for streams", s->rule->name);
}

/* A peer that listens accepts; those that it accepts, and those that connect, talk. */
static void check_side(struct loader *l, const struct test *t, const struct sentence *s)
{
    const struct peer *p = s->kind == ACTOR_PEER ? &t->peers[s->index] : NULL;
    bool connects = s->rule->verb == VERB_CONNECTS || s->rule->verb == VERB_IS_REFUSED;
    struct diag *d;

    if (!p || p->program == SIZE_MAX || s->rule->side == SIDE_EITHER)
        return;
    if (p->kind != PEER_LISTENS && s->rule->side == SIDE_LISTENER) {
        d = diag_error(l->diags, s->node->key->mark, "`%s` does not listen, so nobody comes to it", p->name);
        diag_note(l->diags, d, "`%s: {listens: tcp}` would", p->name);
    } else if (p->kind != PEER_CONNECTS && connects) {
        d = diag_error(l->diags, s->node->key->mark, "`%s` does not connect to a program", p->name);
        diag_note(l->diags, d,
                  p->kind == PEER_LISTENS ? "it listens: `%s accepts: conn`"
                                          : "it was accepted, so it is connected from then on",
                  p->name);
    } else if (p->kind == PEER_LISTENS && s->rule->side == SIDE_CONNECTION && p->transport == TRANSPORT_TCP) {
        d = diag_error(l->diags, s->node->key->mark, "`%s` listens: it has no connection of its own",
                       p->name);
        diag_note(l->diags, d, "write `%s accepts: conn` first, then `conn %s`", p->name, s->rule->name);
    }
}

static void check_step(const struct reading *r, const struct node *n, const struct sentence *s,
                       struct step *out)
{
    check_transport(r->l, r->t, s);
    check_side(r->l, r->t, s);
    modifiers_check(r->l, n, r->t, s, out);
}

/* ---- steps --------------------------------------------------------------------------------------- */

static struct step *add_step(const struct reading *r, struct mark at)
{
    struct test *t = r->t;

    if (t->n_steps == STEPS_MAX) {
        diag_error(r->l->diags, at, "this test has more than %u steps", STEPS_MAX);
        return NULL;
    }
    if (t->n_steps == t->cap_steps) {
        struct step *all;

        t->cap_steps = t->cap_steps ? 2 * t->cap_steps : 16;
        all = arena_new(r->l->arena, t->cap_steps * sizeof *all);
        if (t->n_steps)
            memcpy(all, t->steps, t->n_steps * sizeof *all);
        t->steps = all;
    }
    return &t->steps[t->n_steps++];
}

static void list_read(const struct reading *r, const struct node *n);

/* The steps of `unordered` and `at the same time` follow it. */
static void inner_read(const struct reading *r, const struct node *n, size_t index)
{
    struct reading inner = *r;

    inner.depth++;
    list_read(&inner, n);
    if (index < r->t->n_steps)
        r->t->steps[index].inner = r->t->n_steps - index - 1;
}

/* `repeat: N` with `steps:` under it: written out N times. One round is enough to report what is wrong. */
static void repeat_read(const struct reading *r, const struct node *map, const struct sentence *s)
{
    const struct node *steps = map_get(map, "steps");
    struct reading inner = *r;
    size_t errors = r->l->diags->errors;
    uint64_t times;

    if (!read_int(r->l, s->node, "`repeat`", 1, REPEAT_MAX, &times))
        return;
    if (!steps) {
        diag_note(r->l->diags, diag_error(r->l->diags, s->node->key->mark, "`repeat` repeats nothing"),
                  "put `steps:` under it, as far to the left");
        return;
    }
    inner.depth++;
    for (inner.round = 1; inner.round <= times && r->l->diags->errors == errors; inner.round++)
        list_read(&inner, steps);
}

static void step_read(const struct reading *r, const struct node *n)
{
    struct step step = {.mark = n->mark,
                        .to = SIZE_MAX,
                        .accepted = SIZE_MAX,
                        .got_messages = UINT64_MAX,
                        .got_bytes = UINT64_MAX};
    struct loader *l = r->l;
    const struct node *node;
    struct step *kept;
    struct sentence s;

    if (!node_is(n, NODE_MAP)) {
        if (!n->bad)
            diag_note(l->diags,
                      diag_error(l->diags, n->mark, "a step is a sentence with a colon, but %s stands here",
                                 node_shape(n)),
                      "like `alice sends: \"text\"` or `alice gets end:`");
        return;
    }
    node = modifiers_read(l, n, &step);
    if (!node || !sentence_read(l, node, r->t, &s))
        return;
    if (s.is_repeat) {
        repeat_read(r, n, &s);
        return;
    }
    step.mark = node->key->mark;
    step.text = s.text;
    step.verb = s.rule->verb;
    step.actor_kind = s.kind;
    step.actor = s.index;
    step.path = s.path;
    check_step(r, n, &s, &step);
    value_of_step(r, &s, &step);
    if (s.kind == ACTOR_NONE && s.rule->kind != ACTOR_NONE)
        return; /* nobody's */
    if ((kept = add_step(r, step.mark)))
        *kept = step;
    if (s.rule->takes == TAKES_STEPS)
        inner_read(r, node, r->t->n_steps - 1);
}

static void list_read(const struct reading *r, const struct node *n)
{
    if (r->depth > NESTED_MAX) {
        diag_error(r->l->diags, n->mark, "steps within steps, deeper than %d", NESTED_MAX);
        return;
    }
    if (!node_is(n, NODE_LIST) || n->n == 0) {
        if (!n->bad)
            diag_note(r->l->diags,
                      diag_error(r->l->diags, n->key ? n->key->mark : n->mark, "`%s` is a list of sentences",
                                 n->key ? (const char *)n->key->text.data : "steps"),
                      "like `- alice sends: \"text\"`");
        return;
    }
    for (size_t i = 0; i < n->n; i++)
        step_read(r, n->items[i]);
}

void steps_read(struct loader *l, const struct node *n, struct test *t, bool *used)
{
    peers_of_test(l, t);
    list_read(&(struct reading){.l = l, .t = t, .used = used}, n);
}

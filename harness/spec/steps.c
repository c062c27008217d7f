/*
 * steps.c - one step is one sentence, ACTOR VERB: VALUE, and what stands under it. Here are its value and its
 * modifiers; sentence.c knows actors and verbs.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "spec/parts.h"
#include "spec/sentence.h"
#include "spec/values.h"

#include <string.h>

#define WAIT_MAX (600 * NS_PER_S)

/* ---- modifiers ----------------------------------------------------------------------------------- */

static void step_within(struct loader *l, const struct node *n, void *into)
{
    read_duration(l, n, "`within`", WAIT_MAX, &((struct step *)into)->within);
}

static void step_hint(struct loader *l, const struct node *n, void *into)
{
    read_text(l, n, "a hint", &((struct step *)into)->hint);
}

/* Read when the sentence is known: see check_from. */
static void step_from(struct loader *l, const struct node *n, void *into)
{
    (void)l, (void)n, (void)into;
}

static const struct field modifiers[] = {
    {"within", step_within}, {"hint", step_hint}, {"from", step_from}, {"after", NULL}, {"split", NULL},
    {"skipping", NULL},      {"as", NULL},        {"when", NULL},      {"to", NULL},    {"until", NULL},
    {"again", NULL},         {"except", NULL},
};

static const struct field *modifier(const struct node *item)
{
    for (size_t i = 0; i < array_len(modifiers); i++)
        if (bytes_equal(item->key->text, bytes_of(modifiers[i].name)))
            return &modifiers[i];
    return NULL;
}

static void unknown_modifier(struct loader *l, const struct node *item)
{
    const char *names[array_len(modifiers)];
    struct diag *d;

    if (memchr(item->key->text.data, ' ', item->key->text.len)) {
        d = diag_error(l->diags, item->key->mark, "two steps in one item");
        diag_note(l->diags, d, "begin this step with `- `");
        return;
    }
    for (size_t i = 0; i < array_len(modifiers); i++)
        names[i] = modifiers[i].name;
    d = diag_error(l->diags, item->key->mark, "a step has no modifier %s", quoted(l, item->key->text));
    suggest(l, d, (const char *)item->key->text.data, names, 3);
}

/* Of a step's keys, the first is the sentence and the others are modifiers. */
static const struct node *read_modifiers(struct loader *l, const struct node *map, struct step *out)
{
    const struct node *sentence = NULL;

    for (size_t i = 0; i < map->n; i++) {
        const struct node *item = map->items[i];
        const struct field *m = modifier(item);

        if (item->bad)
            continue;
        if (!m && !sentence) {
            sentence = item;
            if (i > 0)
                diag_note(
                    l->diags,
                    diag_error(l->diags, map->items[0]->key->mark, "a modifier stands before its sentence"),
                    "write `- ACTOR VERB:` first, and modifiers under it");
        } else if (!m) {
            unknown_modifier(l, item);
        } else if (!m->read) {
            report_later(l, item->key->mark, arena_printf(l->arena, "the modifier `%s`", m->name));
        } else {
            m->read(l, item, out);
        }
    }
    if (!sentence && map->n > 0 && !map->items[0]->bad)
        diag_note(l->diags, diag_error(l->diags, map->mark, "a step without a sentence"),
                  "modifiers stand under `- ACTOR VERB:`, in the same item");
    return sentence;
}

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
        diag_note(l->diags, d, "end the sentence with its colon: `%s:`", s->text);
    return false;
}

/* What each verb can do with a kind of value; reports what it cannot. */
static bool check_kind(struct loader *l, const struct value *v, enum takes takes, const char *verb)
{
    bool fine = true;

    switch (v->kind) {
    case VALUE_REGEX:
        if (takes != TAKES_MESSAGES && takes != TAKES_TYPED)
            return true;
        diag_error(l->diags, v->mark, "`%s` cannot take a pattern: what would be sent?", verb);
        return false;
    case VALUE_LIST:
        if (takes == TAKES_TYPED || takes == TAKES_OUTPUT) {
            diag_note(l->diags, diag_error(l->diags, v->mark, "`%s` takes one text, not a list", verb),
                      "write a step for each");
            return false;
        }
        for (size_t i = 0; i < v->n; i++)
            fine &= check_kind(l, &v->items[i], takes, verb);
        return fine;
    case VALUE_NONE:
    case VALUE_BYTES:
    case VALUE_CELL:
    case VALUE_CODE:
    case VALUE_SIGNAL: break;
    }
    if (takes != TAKES_LIST || v->kind == VALUE_BYTES || v->kind == VALUE_CELL)
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

static bool message_read(struct loader *l, const struct sentence *s, const struct test *t, bool *used,
                         struct value *out)
{
    const struct program *self = NULL;
    struct scope scope = {.what = "a step", .test = t, .used = used, .seed = true};
    const struct spec *spec = l->spec;

    if (s->kind == ACTOR_PROGRAM)
        self = &spec->programs[s->index];
    else if (s->kind == ACTOR_PEER && spec->peers[s->index].program < spec->n_programs)
        self = &spec->programs[spec->peers[s->index].program];
    scope.self = self;
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
    return check_kind(l, out, s->rule->takes, s->rule->name) && check_cells(l, t, out, s, false);
}

static void value_of_step(struct loader *l, const struct sentence *s, struct test *t, bool *used,
                          struct step *out)
{
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
        if (!message_read(l, s, t, used, &out->value))
            out->value.kind = VALUE_NONE; /* so that nobody checks what is half there */
        break;
    case TAKES_EXIT: exit_read(l, s->node, &out->value); break;
    case TAKES_SIGNAL: signal_read(l, s->node, &out->value); break;
    case TAKES_DURATION: read_duration(l, s->node, "the pause", 10 * NS_PER_S, &out->span); break;
    }
}

/* ---- steps --------------------------------------------------------------------------------------- */

static void check_transport(struct loader *l, const struct sentence *s)
{
    const struct spec *spec = l->spec;
    const struct peer *p = s->kind == ACTOR_PEER ? &spec->peers[s->index] : NULL;

    if (!p || !s->rule->stream || p->program >= spec->n_programs ||
        spec->programs[p->program].listens[p->endpoint].transport == TRANSPORT_TCP)
        return;
    diag_note(l->diags,
              diag_error(l->diags, s->node->key->mark, "`%s` speaks UDP, where nothing %s", p->name,
                         s->rule->verb == VERB_GETS_END || s->rule->verb == VERB_GETS_RESET ? "ends"
                         : s->rule->verb == VERB_RESETS                                     ? "is reset"
                         : s->rule->verb == VERB_HALF_CLOSES                                ? "is half-closed"
                                                                                            : "is held back"),
              "`%s` is for streams", s->rule->name);
}

/* `from: PROGRAM`: only a datagram from the port that was sent to will do. */
static void check_from(struct loader *l, const struct node *n, const struct sentence *s, struct step *out)
{
    const struct spec *spec = l->spec;
    const struct peer *p = s->kind == ACTOR_PEER ? &spec->peers[s->index] : NULL;
    bool gets = s->rule->takes == TAKES_EXPECTED || s->rule->takes == TAKES_LIST;
    const struct program *program;

    if (!n || n->bad || s->kind == ACTOR_NONE || (p && p->program >= spec->n_programs))
        return;
    program = p ? &spec->programs[p->program] : NULL;
    if (!p || !gets || program->listens[p->endpoint].transport != TRANSPORT_UDP)
        diag_error(l->diags, n->key->mark, "`from` is for a peer that gets datagrams");
    else if (!node_says(n, program->name))
        suggest(l,
                diag_error(l->diags, n->mark, "`from` can only be the program that `%s` sends to", p->name),
                "", &program->name, 1);
    else
        out->from_service = true;
}

static bool step_read(struct loader *l, const struct node *n, struct test *t, bool *used, struct step *out)
{
    const struct node *node;
    struct sentence s;

    *out = (struct step){.mark = n->mark};
    if (!node_is(n, NODE_MAP)) {
        if (!n->bad)
            diag_note(l->diags,
                      diag_error(l->diags, n->mark, "a step is a sentence with a colon, but %s stands here",
                                 node_shape(n)),
                      "like `alice sends: \"text\"` or `alice gets end:`");
        return false;
    }
    node = read_modifiers(l, n, out);
    if (!node || !sentence_read(l, node, &s))
        return false;
    out->mark = node->key->mark;
    out->text = s.text;
    out->verb = s.rule->verb;
    out->actor_kind = s.kind;
    out->actor = s.index;
    check_transport(l, &s);
    check_from(l, map_get(n, "from"), &s, out);
    if (out->within && !s.rule->waits)
        diag_error(l->diags, map_get(n, "within")->key->mark,
                   "`%s` waits for nothing, so `within` is of no use", s.rule->name);
    value_of_step(l, &s, t, used, out);
    return s.kind != ACTOR_NONE || s.rule->verb == VERB_PAUSE;
}

void steps_read(struct loader *l, const struct node *n, struct test *t, bool *used)
{
    if (!node_is(n, NODE_LIST) || n->n == 0) {
        if (!n->bad)
            diag_note(l->diags, diag_error(l->diags, n->key->mark, "`steps` is a list of sentences"),
                      "like `- alice sends: \"text\"`");
        return;
    }
    t->steps = arena_new(l->arena, n->n * sizeof *t->steps);
    for (size_t i = 0; i < n->n; i++)
        t->n_steps += step_read(l, n->items[i], t, used, &t->steps[t->n_steps]);
}

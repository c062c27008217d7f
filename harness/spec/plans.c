/* plans.c - `under`: how what peers write is cut apart, and what the network does to datagrams. */
#include "base/mem.h"
#include "spec/parts.h"

#include <string.h>

#define RANDOM_MAX 10000u
#define OFFSET_MAX (UINT32_C(256) << 20)

static const char *const words[] = {"whole", "bytes", "every-cut", "every-2-cuts", "fields", "coalesced"};
static const enum plan_kind kinds[] = {PLAN_WHOLE,        PLAN_BYTES,  PLAN_EVERY_CUT,
                                       PLAN_EVERY_2_CUTS, PLAN_FIELDS, PLAN_COALESCED};

static void plan_random(struct loader *l, const struct node *n, void *into)
{
    struct plan *p = into;
    uint64_t count;

    p->kind = PLAN_RANDOM;
    p->count = 1;
    if (read_int(l, n, "`random`", 1, RANDOM_MAX, &count))
        p->count = (uint32_t)count;
}

static void plan_chunks(struct loader *l, const struct node *n, void *into)
{
    struct plan *p = into;
    uint64_t size;

    p->kind = PLAN_CHUNKS;
    p->count = 1;
    if (read_int(l, n, "`chunks`", 1, OFFSET_MAX, &size))
        p->count = (uint32_t)size;
}

static void plan_at(struct loader *l, const struct node *n, void *into)
{
    struct plan *p = into;
    struct node *self = (struct node *)n;
    struct nodes offsets = nodes_of(&self);

    p->kind = PLAN_AT;
    p->at = arena_new(l->arena, offsets.n * sizeof *p->at);
    if (offsets.n == 0)
        diag_error(l->diags, n->mark, "`at` names no offset");
    for (size_t i = 0; i < offsets.n; i++) {
        uint64_t value;

        if (!read_int(l, offsets.item[i], "an offset", 1, OFFSET_MAX, &value))
            continue;
        if (p->n_at > 0 && value <= p->at[p->n_at - 1])
            diag_note(l->diags, diag_error(l->diags, offsets.item[i]->mark, "offsets must rise"),
                      "each is counted from the step's first byte");
        else
            p->at[p->n_at++] = (uint32_t)value;
    }
}

static const struct field plan_fields[] = {{"random", plan_random}, {"at", plan_at}, {"chunks", plan_chunks}};

static const char *const own_words[] = {"whole",     "bytes",  "every-cut", "every-2-cuts", "fields",
                                        "coalesced", "random", "at",        "chunks"};

bool plan_is_word(const char *word)
{
    for (size_t i = 0; i < array_len(own_words); i++)
        if (strcmp(own_words[i], word) == 0)
            return true;
    return false;
}

/* Of the language's own, and the impairments. */
static void suggest_plan(struct loader *l, struct diag *d, const char *word)
{
    const struct spec *s = l->spec;
    const char **known = mem_new((array_len(own_words) + s->n_impairments) * sizeof *known);
    size_t n = 0;

    for (; n < array_len(own_words); n++)
        known[n] = own_words[n];
    for (size_t i = 0; i < s->n_impairments; i++)
        known[n++] = s->impairments[i].name;
    suggest(l, d, word, known, n);
    mem_free(known);
}

static void plan_impaired(struct plan *p, size_t impairment, uint64_t seeds)
{
    p->kind = PLAN_IMPAIRED;
    p->impairment = impairment;
    p->count = (uint32_t)seeds;
}

/* How a variation that is no word is written; NULL: it is no such. */
static const char *written_as(const struct node *n)
{
    if (node_says(n, "random"))
        return "{random: 50}";
    if (node_says(n, "at"))
        return "{at: [4, 9]}";
    return node_says(n, "chunks") ? "{chunks: 7}" : NULL;
}

static void plan_word(struct loader *l, const struct node *n, struct plan *p)
{
    struct diag *d;

    if (!read_scalar(l, n, "a variation"))
        return;
    for (size_t i = 0; i < array_len(words); i++)
        if (node_says(n, words[i])) {
            p->kind = kinds[i];
            return;
        }
    if (spec_impairment(l->spec, n->text) != SIZE_MAX) {
        plan_impaired(p, spec_impairment(l->spec, n->text), 1);
        return;
    }
    d = diag_error(l->diags, n->mark, "there is no variation %s", quoted(l, n->text));
    if (written_as(n))
        diag_note(l->diags, d, "write %s", written_as(n));
    else
        suggest_plan(l, d, (const char *)n->text.data);
}

/* {random: N}, {at: [N]}, {chunks: N}, or an impairment under so many seeds. */
static void plan_map(struct loader *l, const struct node *n, struct plan *p)
{
    const struct node *item = n->items[0];
    size_t impairment = spec_impairment(l->spec, item->key->text);
    uint64_t seeds;

    if (impairment == SIZE_MAX)
        map_read(l, n, "a variation", plan_fields, array_len(plan_fields), p);
    else if (read_int(l, item, "the number of seeds", 1, RANDOM_MAX, &seeds))
        plan_impaired(p, impairment, seeds);
}

static bool same_plan(const struct plan *a, const struct plan *b)
{
    return a->kind == b->kind && a->count == b->count && a->n_at == b->n_at &&
           a->impairment == b->impairment &&
           (a->n_at == 0 || memcmp(a->at, b->at, a->n_at * sizeof *a->at) == 0);
}

static void plan_read(struct loader *l, const struct node *n, struct test *t)
{
    struct plan *p = &t->under[t->n_under++];
    size_t errors = l->diags->errors;

    *p = (struct plan){.kind = PLAN_WHOLE, .mark = n->mark};
    if (!node_is(n, NODE_MAP))
        plan_word(l, n, p);
    else if (n->n != 1)
        diag_error(l->diags, n->mark, "a variation is one word, {random: N}, {at: [N]} or {chunks: N}");
    else
        plan_map(l, n, p);
    for (struct plan *other = t->under; l->diags->errors == errors && other < p; other++)
        if (same_plan(other, p))
            diag_error(l->diags, n->mark, "this variation stands here twice");
}

void under_read(struct loader *l, const struct node *n, struct test *t)
{
    struct node *self = (struct node *)n;
    struct nodes plans = n ? nodes_of(&self) : (struct nodes){0};

    t->under = arena_new(l->arena, (plans.n + 1) * sizeof *t->under);
    if (n && plans.n == 0)
        diag_note(l->diags, diag_error(l->diags, n->mark, "`under` names no variation"),
                  "`whole` is the plain one");
    for (size_t i = 0; i < plans.n; i++)
        plan_read(l, plans.item[i], t);
    if (t->n_under == 0)
        t->under[t->n_under++] = (struct plan){.kind = PLAN_WHOLE, .mark = t->mark};
}

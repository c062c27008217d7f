/*
 * structures.c - what stands for several steps: `repeat`, `crowd`, and verbs of the spec's own.
 *
 * All of them are written out, so that a case is one list of steps. One round is enough to report what is
 * wrong with them.
 */
#include "base/mem.h"
#include "spec/reading.h"

#include <string.h>

#define REPEAT_MAX 10000u
#define CROWD_MAX 5000u
#define NAMES_MAX 64u

/* ---- names that hold in a structure alone ---------------------------------------------------------- */

static void hide(struct loader *l, struct names *n, const char *name, const struct piece *before)
{
    names_put(l, n, name, before ? *before : (struct piece){.kind = PIECE_NONE});
}

static const struct node *steps_under(struct loader *l, const struct node *map, const struct node *sentence)
{
    const struct node *steps = map_get(map, "steps");

    if (!steps)
        diag_note(l->diags,
                  diag_error(l->diags, sentence->key->mark, "`%s` has no steps",
                             (const char *)sentence->key->text.data),
                  "put `steps:` under it, as far to the left");
    return steps;
}

/* ---- repeat ---------------------------------------------------------------------------------------- */

static void repeat_read(const struct reading *r, const struct node *map, const struct node *n)
{
    const struct node *steps = steps_under(r->l, map, n);
    const struct piece *before = names_find(r->names, bytes_of("i"));
    size_t errors = r->l->diags->errors;
    struct reading inner = *r;
    uint64_t times;

    if (!read_int(r->l, n, "`repeat`", 1, REPEAT_MAX, &times) || !steps)
        return;
    inner.depth++;
    for (uint64_t i = 1; i <= times && r->l->diags->errors == errors; i++) {
        names_put(r->l, r->names, "i", (struct piece){.kind = PIECE_NUMBER, .index = i});
        steps_list_read(&inner, steps);
    }
    hide(r->l, r->names, "i", before);
}

/* ---- crowd ----------------------------------------------------------------------------------------- */

struct member {
    struct names names;
    const char *actor;
};

/* A step of its own opens the connection, so that all of them are open before anybody speaks. */
static bool opens_itself(const struct node *steps)
{
    const struct node *first = node_is(steps, NODE_LIST) && steps->n ? steps->items[0] : NULL;
    struct bytes text;

    if (!first || !node_is(first, NODE_MAP) || first->n == 0)
        return false;
    text = first->items[0]->key->text;
    return bytes_find(text, bytes_of("connects")) || bytes_find(text, bytes_of("is refused"));
}

static void member_new(const struct reading *r, const struct peer *as, struct member *m, uint64_t i)
{
    m->actor = arena_printf(r->l->arena, "each %llu", (unsigned long long)i);
    m->names = (struct names){.test = r->t, .known = r->names->known, .apart = true};
    names_put(r->l, &m->names, "i", (struct piece){.kind = PIECE_NUMBER, .index = i});
    peer_add(r->l, r->t, as)->name = m->actor;
}

static void member_connects(const struct reading *r, const struct member *m, size_t actor, struct mark at)
{
    struct step *s = steps_add(r, at);

    if (s)
        *s = step_blank(at, VERB_CONNECTS, ACTOR_PEER, actor,
                        arena_printf(r->l->arena, "%s connects", m->actor));
}

/* One step of all, then the next: so they stand in the order in which a crowd would take them. */
static void members_read(const struct reading *r, const struct node *steps, struct member *all, size_t n)
{
    size_t errors = r->l->diags->errors, first = r->t->n_peers - n;
    struct reading inner = *r;

    inner.depth++;
    inner.word = "each";
    for (size_t i = 0; i < n && !opens_itself(steps); i++)
        member_connects(r, &all[i], first + i, steps->mark);
    for (size_t k = 0; k < steps->n; k++)
        for (size_t i = 0; i < n && r->l->diags->errors == errors; i++) {
            inner.actor = all[i].actor;
            inner.names = &all[i].names;
            step_read(&inner, steps->items[k]);
        }
}

static void crowd_read(const struct reading *r, const struct node *map, const struct node *n)
{
    const struct node *steps = steps_under(r->l, map, n);
    struct peer as = peer_to_connect(r->l, n, map);
    struct member *all;
    uint64_t size;
    size_t index = r->t->n_steps;
    struct step *s;

    if (!read_int(r->l, n, "`crowd`", 1, CROWD_MAX, &size) || !steps)
        return;
    if (!map_get(map, "connects")) {
        diag_note(r->l->diags, diag_error(r->l->diags, n->key->mark, "whom does the crowd connect to?"),
                  "put `connects: PROGRAM` under it, as far to the left");
        return;
    }
    if (!node_is(steps, NODE_LIST) || !(s = steps_add(r, n->key->mark))) {
        steps_list_read(r, steps); /* which says so */
        return;
    }
    *s = step_blank(n->key->mark, VERB_CROWD, ACTOR_NONE, 0, "crowd");
    all = arena_new(r->l->arena, size * sizeof *all);
    for (uint64_t i = 0; i < size; i++)
        member_new(r, &as, &all[i], i + 1);
    members_read(r, steps, all, size);
    r->t->steps[index].inner = r->t->n_steps - index - 1;
}

/* ---- verbs of the spec's own ------------------------------------------------------------------------- */

struct own_verb {
    const char *name;
    const struct node *with, *steps; /* with: a map, or NULL */
    bool broken;                     /* its steps were found to be wrong: said once */
    bool open;                       /* its steps are being read */
};

static void verb_with(struct loader *l, const struct node *n, void *into)
{
    struct own_verb *v = into;

    if (node_is(n, NODE_MAP))
        v->with = n;
    else if (!n->bad)
        diag_note(l->diags, diag_error(l->diags, n->mark, "`with` is a map of names"),
                  "like {nick: , user: guest}: a name without a value must be given");
}

static void verb_steps(struct loader *l, const struct node *n, void *into)
{
    struct own_verb *v = into;

    (void)l;
    v->steps = n;
}

static void verb_define(struct loader *l, const struct node *n, struct own_verb *v)
{
    static const struct field fields[] = {{"with", verb_with}, {"steps", verb_steps, true}};

    if (!read_name(l, n->key, "a verb", &v->name))
        return;
    if (verb_find(v->name, ACTOR_NONE) || verb_structure(v->name))
        diag_note(l->diags, diag_error(l->diags, n->key->mark, "`%s` is a verb of the language", v->name),
                  "give yours another name");
    map_read(l, n, "a verb", fields, array_len(fields), v);
}

void verbs_read(struct loader *l, const struct node *n)
{
    if (!n || n->bad)
        return;
    if (!node_is(n, NODE_MAP)) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "`verbs` is a map of names"),
                  "like greets: {with: {name: }, steps: [{it sends: \"HELLO ${name}\"}]}");
        return;
    }
    l->verbs = arena_new(l->arena, (n->n + 1) * sizeof *l->verbs);
    for (size_t i = 0; i < n->n; i++)
        if (!n->items[i]->bad)
            verb_define(l, n->items[i], &l->verbs[l->n_verbs++]);
}

static struct own_verb *own_verb(const struct loader *l, const char *name)
{
    for (size_t i = 0; i < l->n_verbs; i++)
        if (l->verbs[i].name && strcmp(l->verbs[i].name, name) == 0)
            return &l->verbs[i];
    return NULL;
}

/* What the verb is given under this name: by the call, else by `with`. NULL: nothing, which is reported. */
static const struct node *given(const struct reading *r, const struct own_verb *v, const struct node *call,
                                const struct node *param)
{
    const char *name = (const char *)param->key->text.data;
    const struct node *n = node_is(call, NODE_MAP) ? map_get(call, name) : NULL;

    if (!n && !node_is(call, NODE_MAP) && !node_is_empty(call) && v->with->n == 1)
        n = call; /* there is one name only */
    if (!n && !node_is_empty(param))
        n = param;
    if (!n)
        diag_note(r->l->diags, diag_error(r->l->diags, call->key->mark, "`%s` needs `%s`", v->name, name),
                  "like `%s: {%s: ...}`", (const char *)call->key->text.data, name);
    return n;
}

static void name_given(const struct reading *r, const struct own_verb *v, const struct node *call,
                       const struct node *param, struct names *caller)
{
    struct scope scope = {.what = "a verb", .test = r->t, .used = r->used, .seed = true, .names = caller};
    struct value *value = arena_new(r->l->arena, sizeof *value);
    const struct node *n = given(r, v, call, param);
    const char *name;

    if (!read_name(r->l, param->key, "a name", &name) || !n || !cell_read(r->l, n, &scope, value))
        *value = (struct value){.kind = VALUE_BYTES};
    names_put(r->l, r->names, (const char *)param->key->text.data,
              (struct piece){.kind = PIECE_GIVEN, .value = value});
}

static void check_given(const struct reading *r, const struct own_verb *v, const struct node *call)
{
    const char *names[NAMES_MAX];
    size_t n = 0;

    for (size_t i = 0; v->with && i < v->with->n && n < NAMES_MAX; i++)
        names[n++] = (const char *)v->with->items[i]->key->text.data;
    if (!v->with && !node_is_empty(call))
        diag_error(r->l->diags, call->mark, "`%s` takes no value", v->name);
    else if (v->with && v->with->n > 1 && !node_is(call, NODE_MAP) && !node_is_empty(call))
        diag_note(r->l->diags, diag_error(r->l->diags, call->mark, "`%s` takes a map", v->name),
                  "like {%s: ..., %s: ...}", names[0], names[1]);
    for (size_t i = 0; v->with && node_is(call, NODE_MAP) && i < call->n; i++)
        if (!map_get(v->with, (const char *)call->items[i]->key->text.data))
            suggest(r->l,
                    diag_error(r->l->diags, call->items[i]->key->mark, "`%s` is given no %s", v->name,
                               quoted(r->l, call->items[i]->key->text)),
                    (const char *)call->items[i]->key->text.data, names, n);
}

/* Its steps, with its actor for `it`. */
static void call_read(const struct reading *r, const struct node *call, const char *actor, struct own_verb *v)
{
    struct names inside = {.test = r->t, .known = r->names->known, .apart = r->names->apart};
    struct reading inner = *r;
    size_t errors = r->l->diags->errors;

    check_given(r, v, call);
    inner.names = &inside;
    inner.word = "it";
    inner.actor = actor;
    inner.depth++;
    for (size_t i = 0; v->with && i < v->with->n; i++)
        name_given(&inner, v, call, v->with->items[i], r->names);
    if (v->broken || r->l->diags->errors != errors)
        return;
    if (v->open) {
        diag_error(r->l->diags, call->key->mark, "`%s` is one of its own steps", v->name);
        return;
    }
    v->open = true;
    steps_list_read(&inner, v->steps);
    v->open = false;
    v->broken = r->l->diags->errors != errors;
    names_keep(r->l, r->names, &inside);
}

/* ---- all --------------------------------------------------------------------------------------------- */

/* The first of these keys that stand under a structure are its own. A modifier is of one step, and would be
 * lost here. */
static const char *const keys_under[] = {"steps", "connects", "protocol"};

enum { KEYS_OF_CALL = 0, KEYS_OF_REPEAT = 1, KEYS_OF_CROWD = 3 };

static void check_modifiers(const struct reading *r, const struct node *map, const struct node *sentence,
                            size_t n_keys)
{
    for (size_t i = 0; i < map->n; i++) {
        const struct node *item = map->items[i];
        const char *name = (const char *)item->key->text.data;
        bool own = item == sentence;

        for (size_t k = 0; k < n_keys; k++)
            own |= strcmp(name, keys_under[k]) == 0;
        if (!own && !item->bad)
            diag_error(r->l->diags, item->key->mark,
                       "`%s` is of one step: put it under one of the steps in it", name);
    }
}

bool structure_read(const struct reading *r, const struct node *map, const struct node *n)
{
    const char *text = sentence_text(r->l, n->key), *blank = strrchr(text, ' ');
    struct own_verb *v;
    const char *actor;

    if (strcmp(text, "repeat") == 0) {
        check_modifiers(r, map, n, KEYS_OF_REPEAT);
        repeat_read(r, map, n);
        return true;
    }
    if (strcmp(text, "crowd") == 0) {
        check_modifiers(r, map, n, KEYS_OF_CROWD);
        crowd_read(r, map, n);
        return true;
    }
    v = blank ? own_verb(r->l, blank + 1) : NULL;
    if (!v)
        return false;
    check_modifiers(r, map, n, KEYS_OF_CALL);
    actor = arena_printf(r->l->arena, "%.*s", (int)(blank - text), text);
    call_read(r, n, r->word && strcmp(actor, r->word) == 0 ? r->actor : actor, v);
    return true;
}

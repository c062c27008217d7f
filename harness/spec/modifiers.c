/* modifiers.c - see modifiers.h. Most mean the same for every verb; the others are read when it is known. */
#include "spec/modifiers.h"
#include "base/clock.h"
#include "base/mem.h"
#include "spec/typed.h"

#include <string.h>

#define WAIT_MAX (600 * NS_PER_S)
#define POINTS_MAX 1e6

static void step_within(struct loader *l, const struct node *n, void *into)
{
    read_duration(l, n, "`within`", WAIT_MAX, &((struct step *)into)->within);
}

static void step_hint(struct loader *l, const struct node *n, void *into)
{
    read_text(l, n, "a hint", &((struct step *)into)->hint);
}

static void step_points(struct loader *l, const struct node *n, void *into)
{
    read_number(l, n, "`points`", POINTS_MAX, &((struct step *)into)->points);
}

static void after_min(struct loader *l, const struct node *n, void *into)
{
    read_duration(l, n, "`min`", WAIT_MAX, &((struct step *)into)->after_min);
}

static void after_max(struct loader *l, const struct node *n, void *into)
{
    read_duration(l, n, "`max`", WAIT_MAX, &((struct step *)into)->after_max);
}

static void step_after(struct loader *l, const struct node *n, void *into)
{
    static const struct field fields[] = {{"min", after_min}, {"max", after_max}};
    struct step *s = into;

    map_read(l, n, "`after`", fields, array_len(fields), s);
    if (s->after_max && s->after_max < s->after_min)
        diag_error(l->diags, n->mark, "`min` is more than `max`");
}

/* Read when the sentence is known: see modifiers_check. */
static void later(struct loader *l, const struct node *n, void *into)
{
    (void)l, (void)n, (void)into;
}

static const struct field modifiers[] = {
    {"within", step_within}, {"hint", step_hint}, {"from", later},         {"to", later},
    {"after", step_after},   {"skipping", later}, {"points", step_points}, {"steps", later},
    {"connects", later},     {"protocol", later}, {"until", later},        {"again", later},
    {"except", later},       {"split", later},    {"as", later},           {"when", later},
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
    suggest(l, d, (const char *)item->key->text.data, names, array_len(modifiers));
}

const struct node *modifiers_read(struct loader *l, const struct node *map, struct step *out)
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

/* ---- what fits which verb ------------------------------------------------------------------------ */

static bool gets_messages(const struct sentence *s)
{
    return s->rule->takes == TAKES_EXPECTED || s->rule->takes == TAKES_LIST;
}

/* `from: PROGRAM`: only a datagram from the port that was sent to will do. */
static void check_from(const struct reading *r, const struct node *n, const struct sentence *s,
                       struct step *out)
{
    struct loader *l = r->l;
    const struct peer *p = s->kind == ACTOR_PEER ? &r->t->peers[s->index] : NULL;
    const struct program *program;

    if (s->kind == ACTOR_NONE || (p && p->program == SIZE_MAX))
        return;
    if (!p || !gets_messages(s) || p->transport != TRANSPORT_UDP || p->kind != PEER_CONNECTS) {
        diag_error(l->diags, n->key->mark, "`from` is for a peer that gets datagrams from a server");
        return;
    }
    program = &l->spec->programs[p->program];
    if (node_says(n, program->name))
        out->from_service = true;
    else
        suggest(l,
                diag_error(l->diags, n->mark, "`from` can only be the program that `%s` sends to", p->name),
                "", &program->name, 1);
}

/* `to: ACTOR`: a datagram to a source that another peer has accepted. */
static void check_to(const struct reading *r, const struct node *n, const struct sentence *s,
                     struct step *out)
{
    struct loader *l = r->l;
    const struct test *t = r->t;
    const struct peer *p = s->kind == ACTOR_PEER ? &t->peers[s->index] : NULL;
    const char **names = mem_new((t->n_peers + 1) * sizeof *names);
    size_t n_names = 0;

    for (size_t i = 0; i < t->n_peers; i++) {
        const struct peer *other = &t->peers[i];

        if (other->transport != TRANSPORT_UDP || other->kind == PEER_CONNECTS || other->kind == PEER_RELAYS)
            continue;
        names[n_names++] = other->name;
        if (node_says(n, other->name))
            out->to = i;
    }
    if (!p || s->rule->verb != VERB_SENDS || p->transport != TRANSPORT_UDP)
        diag_error(l->diags, n->key->mark, "`to` is for a peer that sends datagrams");
    else if (out->to == SIZE_MAX)
        suggest(l,
                diag_error(l->diags, n->mark, "nobody who sent a datagram is called %s", quoted(l, n->text)),
                (const char *)n->text.data, names, n_names);
    mem_free(names);
}

/* Values, or names of messages. */
static bool skips_read(const struct reading *r, const struct node *n, const struct scope *scope,
                       struct value *out)
{
    bool fine = n->n > 0;

    if (!fine)
        diag_error(r->l->diags, n->mark, "this list is empty");
    *out = (struct value){.kind = VALUE_LIST, .mark = n->mark, .n = n->n};
    out->items = arena_new(r->l->arena, (n->n + 1) * sizeof *out->items);
    for (size_t i = 0; i < n->n; i++)
        fine &= named_read(r->l, n->items[i], scope, &out->items[i]);
    return fine;
}

static void check_skipping(const struct reading *r, const struct node *n, const struct sentence *s,
                           struct step *out)
{
    struct loader *l = r->l;
    struct scope scope = step_scope(r, s);
    const struct peer *p = s->kind == ACTOR_PEER ? &r->t->peers[s->index] : NULL;

    if (s->kind != ACTOR_NONE && (s->kind != ACTOR_PEER || !gets_messages(s))) {
        diag_note(l->diags, diag_error(l->diags, n->key->mark, "`skipping` is for a peer that gets messages"),
                  "`%s` waits for none", s->rule->name);
    } else if (p && step_framing(l->spec, r->t, out)->kind == FRAMING_NONE) {
        diag_note(l->diags,
                  diag_error(l->diags, n->key->mark, "`%s` gets bytes, not messages: what would be skipped?",
                             p->name),
                  "declare a `protocol` whose framing tells where a message ends");
    } else if (node_says(n, "anything") && n->style == STYLE_PLAIN) {
        out->skipping = SKIP_ANYTHING;
    } else if (p && p->kind == PEER_RELAYS && node_says(n, "repeats")) {
        diag_note(l->diags,
                  diag_error(l->diags, n->mark, "`%s` gets nothing that could be repeated", p->name),
                  "write anything, or a list of messages that it may carry before");
    } else if (node_says(n, "repeats") && n->style == STYLE_PLAIN) {
        out->skipping = SKIP_REPEATS;
    } else if (!node_is(n, NODE_LIST)) {
        if (!n->bad)
            diag_note(l->diags, diag_error(l->diags, n->mark, "`skipping` cannot be %s", node_shape(n)),
                      "write anything, repeats, or a list of messages, like [\"PING\", !regex '^# ']");
    } else if (skips_read(r, n, &scope, &out->skips)) {
        out->skipping = SKIP_LISTED;
        if (p)
            typed_check_coming(l, p, &out->skips);
    }
}

/* ---- sends ... until ----------------------------------------------------------------------------- */

static void again_every(struct loader *l, const struct node *n, void *into)
{
    read_duration(l, n, "`every`", WAIT_MAX, &((struct step *)into)->again_every);
}

static void again_times(struct loader *l, const struct node *n, void *into)
{
    uint64_t times;

    if (read_int(l, n, "`times`", 1, 1000, &times))
        ((struct step *)into)->again_times = (uint32_t)times;
}

static void check_again(const struct reading *r, const struct node *n, const struct sentence *s,
                        struct step *out)
{
    static const struct field fields[] = {{"every", again_every, true}, {"times", again_times, true}};

    if (s->rule->verb != VERB_SENDS)
        diag_error(r->l->diags, n->key->mark, "`again` is for `sends`, with `until`");
    else
        map_read(r->l, n, "`again`", fields, array_len(fields), out);
}

static void check_until(const struct reading *r, const struct node *n, const struct sentence *s,
                        struct step *out)
{
    struct scope scope = step_scope(r, s);

    if (s->rule->verb != VERB_SENDS || s->kind != ACTOR_PEER)
        diag_error(r->l->diags, n->key->mark, "`until` is for `sends`: it sends again until that came");
    else if (!named_read(r->l, n, &scope, &out->until))
        out->until.kind = VALUE_NONE;
    else
        typed_check_coming(r->l, &r->t->peers[s->index], &out->until);
    if (out->until.kind != VALUE_NONE && out->again_times == 0)
        diag_note(r->l->diags, diag_error(r->l->diags, n->key->mark, "`until` needs `again`"),
                  "how often, like `again: {every: 200ms, times: 5}`");
}

/* ---- split, as, when ----------------------------------------------------------------------------- */

static void own_cuts(struct loader *l, const struct node *n, struct cuts *out)
{
    struct node *self = (struct node *)n;
    struct nodes all = nodes_of(&self);

    out->at = arena_new(l->arena, (all.n + 1) * sizeof *out->at);
    for (size_t i = 0; i < all.n; i++) {
        uint64_t at;

        if (!read_int(l, all.item[i], "where to cut", 1, UINT32_MAX, &at))
            continue;
        if (out->n && at <= out->at[out->n - 1])
            diag_error(l->diags, all.item[i]->mark, "cuts are written in their order");
        else
            out->at[out->n++] = (uint32_t)at;
    }
}

static void check_split(const struct reading *r, const struct node *n, const struct sentence *s,
                        struct step *out)
{
    const struct peer *p = s->kind == ACTOR_PEER ? &r->t->peers[s->index] : NULL;

    if (!p || s->rule->verb != VERB_SENDS || !transport_is_stream(p->transport))
        diag_error(r->l->diags, n->key->mark, "`split` is for `sends` on a stream");
    else if (node_says(n, "bytes"))
        out->own_bytes = true;
    else if (node_is(n, NODE_SCALAR) && n->style == STYLE_PLAIN && !strchr("0123456789", n->text.data[0]))
        diag_note(r->l->diags,
                  diag_error(r->l->diags, n->mark, "`split` cannot be %s", quoted(r->l, n->text)),
                  "write bytes, or where to cut, like [4, 9]");
    else
        own_cuts(r->l, n, &out->own_cuts);
}

static void check_as(const struct reading *r, const struct node *n, const struct sentence *s,
                     struct step *out)
{
    enum verb v = s->rule->verb;

    if (v != VERB_GETS && v != VERB_GETS_ONE_OF && v != VERB_PRINTS)
        diag_error(r->l->diags, n->key->mark,
                   "`as` names what came: it is for `gets`, `gets one of` and `prints`");
    else if (read_scalar(r->l, n, "a name"))
        out->as = names_capture(r->l, r->names, (const char *)n->text.data, n->mark);
}

static void check_when(const struct reading *r, const struct node *n, const struct sentence *s,
                       struct step *out)
{
    struct scope scope = step_scope(r, s);

    if (s->rule->takes == TAKES_STEPS)
        diag_error(r->l->diags, n->key->mark, "`when` stands under a single step");
    else if (!(node_is(n, NODE_SCALAR) && n->style == STYLE_DOUBLE &&
               template_read(r->l, n, n->text, &scope, &out->when) && out->when.n == 1 &&
               out->when.pieces[0].kind != PIECE_TEXT))
        diag_note(r->l->diags, diag_error(r->l->diags, n->mark, "`when` takes one expression"),
                  "like `when: \"${total > 10}\"`");
}

/* ---- answers ... except -------------------------------------------------------------------------- */

static void except_nth(struct loader *l, const struct node *n, void *into)
{
    struct step *s = into;
    struct node *self = (struct node *)n;
    struct nodes all = nodes_of(&self);

    s->except = arena_new(l->arena, (all.n + 1) * sizeof *s->except);
    for (size_t i = 0; i < all.n; i++) {
        uint64_t nth;

        if (read_int(l, all.item[i], "`nth`", 1, UINT32_MAX, &nth))
            s->except[s->n_except++] = (uint32_t)nth;
    }
}

static void check_except(const struct reading *r, const struct node *n, const struct sentence *s,
                         struct step *out)
{
    static const struct field fields[] = {{"nth", except_nth, true}};

    if (s->rule->verb != VERB_ANSWERS)
        diag_error(r->l->diags, n->key->mark,
                   "`except` is for `answers`: which messages it leaves without one");
    else
        map_read(r->l, n, "`except`", fields, array_len(fields), out);
}

void modifiers_check(const struct reading *r, const struct node *map, const struct sentence *s,
                     struct step *out)
{
    static const struct {
        const char *name;
        void (*check)(const struct reading *r, const struct node *n, const struct sentence *s,
                      struct step *out);
    } late[] = {{"from", check_from},   {"to", check_to},       {"skipping", check_skipping},
                {"again", check_again}, {"until", check_until}, {"except", check_except},
                {"split", check_split}, {"as", check_as},       {"when", check_when}};
    static const char *const of_peers[] = {"connects", "protocol"};
    struct loader *l = r->l;
    const struct node *n;

    for (size_t i = 0; i < array_len(late); i++)
        if ((n = map_get(map, late[i].name)) && !n->bad)
            late[i].check(r, n, s, out);
    if (out->within && !s->rule->waits)
        diag_error(l->diags, map_get(map, "within")->key->mark,
                   "`%s` waits for nothing, so `within` is of no use", s->rule->name);
    if ((out->after_min || out->after_max) && !s->rule->waits)
        diag_error(l->diags, map_get(map, "after")->key->mark,
                   "`%s` waits for nothing, so `after` is of no use", s->rule->name);
    if ((n = map_get(map, "points")) && s->rule->verb != VERB_MILESTONE)
        diag_error(l->diags, n->key->mark, "`points` stands under a `milestone`, or in the test itself");
    if ((n = map_get(map, "steps")))
        diag_error(l->diags, n->key->mark, "`steps` stands under `repeat` or `crowd`");
    for (size_t i = 0; i < array_len(of_peers); i++)
        if ((n = map_get(map, of_peers[i])))
            diag_error(l->diags, n->key->mark, "`%s` stands under `crowd`, or in a peer", of_peers[i]);
}

/*
 * impairments.c - `impairments`: bad networks by name, each a list of what they do to datagrams.
 *
 *     lossy:
 *       - {drop: {nth: [2, 5]}, to: rrecv}
 *       - {delay: {by: 80ms, share: 10%}}
 */
#include "base/clock.h"
#include "base/mem.h"
#include "spec/parts.h"

#include <stdlib.h>
#include <string.h>

#define NTH_MAX 1000000u
#define BEHIND_MAX 1000u
#define DELAY_MAX (10 * NS_PER_S)

struct reading {
    struct impair_rule *rule;
    size_t kinds;          /* how many words of impair_word the item has: one */
    const struct node *by; /* what reorder and delay need */
};

/* ---- which datagrams ----------------------------------------------------------------------------- */

static void select_nth(struct loader *l, const struct node *n, void *into)
{
    struct impairment *what = &((struct reading *)into)->rule->what;
    struct node *self = (struct node *)n;
    struct nodes numbers = nodes_of(&self);
    uint32_t *nth = arena_new(l->arena, (numbers.n + 1) * sizeof *nth);
    uint64_t value;

    if (numbers.n == 0)
        diag_note(l->diags, diag_error(l->diags, n->mark, "`nth` names no datagram"),
                  "like [2, 5]: the first of a direction is 1");
    for (size_t i = 0; i < numbers.n; i++)
        if (read_int(l, numbers.item[i], "a datagram's number", 1, NTH_MAX, &value))
            nth[what->n_nth++] = (uint32_t)value;
    what->nth = nth;
}

/* Of any protocol: whoever goes by another has no such message. */
static void select_message(struct loader *l, const struct node *n, void *into)
{
    const struct spec *s = l->spec;
    const char **names = NULL, *name;
    size_t n_names = 0, cap = 0;
    bool found = false;
    struct diag *d;

    if (!read_name(l, n, "a message", &name))
        return;
    for (size_t i = 0; i < s->n_protocols; i++)
        for (size_t k = 0; k < s->protocols[i].messages.n; k++) {
            *array_push(names, n_names, cap) = s->protocols[i].messages.defs[k].name;
            found |= strcmp(names[n_names - 1], name) == 0;
        }
    ((struct reading *)into)->rule->what.message = name;
    d = found ? NULL : diag_error(l->diags, n->mark, "there is no message `%s`", name);
    if (d && n_names)
        suggest(l, d, name, names, n_names);
    else if (d)
        diag_note(l->diags, d, "declare it under the protocol's `messages`");
    mem_free(names);
}

static void select_times(struct loader *l, const struct node *n, void *into)
{
    uint64_t times;

    if (read_int(l, n, "`times`", 1, NTH_MAX, &times))
        ((struct reading *)into)->rule->what.times = (uint32_t)times;
}

/* In hundredths of a percent; 0: it is no share. */
static uint32_t parse_share(const char *text)
{
    char *end;
    double percent = text[0] >= '0' && text[0] <= '9' ? strtod(text, &end) : -1;

    if (percent < 0 || percent > 100 || strcmp(end, "%") != 0 ||
        strspn(text, "0123456789.") + 1 != strlen(text))
        return 0;
    return (uint32_t)(percent * (IMPAIR_ALL / 100) + 0.5);
}

static void select_share(struct loader *l, const struct node *n, void *into)
{
    const char *text;
    uint32_t share;

    if (!read_text(l, n, "`share`", &text))
        return;
    share = parse_share(text);
    if (share)
        ((struct reading *)into)->rule->what.share = share;
    else
        diag_note(l->diags, diag_error(l->diags, n->mark, "`share` is no share: %s", quoted(l, n->text)),
                  "write a percentage of at most 100%%, like 20%% or 0.5%%");
}

/* Of reorder a number, of delay a duration: read when it is known which. */
static void select_by(struct loader *l, const struct node *n, void *into)
{
    (void)l;
    ((struct reading *)into)->by = n;
}

static const struct field select_fields[] = {
    {"nth", select_nth},     {"message", select_message}, {"share", select_share},
    {"times", select_times}, {"by", select_by},
};

/* ---- what is done to them ------------------------------------------------------------------------ */

static const char *const kind_names[] = {"drop", "duplicate", "reorder", "delay", "corrupt"};

const char *impair_name(enum impair_kind k)
{
    return kind_names[k];
}

static void read_by(struct loader *l, const struct node *n, struct reading *r)
{
    struct impairment *what = &r->rule->what;
    bool needed = what->kind == IMPAIR_REORDER || what->kind == IMPAIR_DELAY;
    uint64_t behind;

    if (needed && !r->by)
        diag_note(l->diags, diag_error(l->diags, n->key->mark, "`%s` needs `by:`", impair_name(what->kind)),
                  what->kind == IMPAIR_DELAY ? "for how long, like `by: 80ms`"
                                             : "how many later datagrams overtake it, like `by: 2`");
    else if (!needed && r->by)
        diag_note(l->diags,
                  diag_error(l->diags, r->by->key->mark, "`%s` takes no `by`", impair_name(what->kind)),
                  "`by` is for `reorder` and `delay`");
    else if (what->kind == IMPAIR_DELAY)
        read_duration(l, r->by, "`by`", DELAY_MAX, &what->delay);
    else if (needed && read_int(l, r->by, "`by`", 1, BEHIND_MAX, &behind))
        what->by = (uint32_t)behind;
}

static void kind_read(struct loader *l, const struct node *n, void *into)
{
    struct reading *r = into;
    const struct impairment *what = &r->rule->what;
    size_t errors = l->diags->errors;

    for (size_t i = 0; i < array_len(kind_names); i++)
        if (bytes_equal(n->key->text, bytes_of(kind_names[i])))
            r->rule->what.kind = (enum impair_kind)i;
    if (r->kinds++ > 0) {
        diag_note(l->diags, diag_error(l->diags, n->key->mark, "one item does one thing to datagrams"),
                  "begin another: `- {%s: ...}`", (const char *)n->key->text.data);
        return;
    }
    map_read(l, n, arena_printf(l->arena, "`%s`", impair_name(what->kind)), select_fields,
             array_len(select_fields), r);
    if (l->diags->errors > errors)
        return;
    read_by(l, n, r);
    if (!what->n_nth && !what->message && what->share == IMPAIR_ALL && !map_get(n, "share") &&
        what->kind != IMPAIR_DELAY)
        diag_note(l->diags,
                  diag_error(l->diags, n->key->mark, "`%s` does not say to which datagrams",
                             impair_name(what->kind)),
                  "by `nth: [2]`, `message: NAME` or `share: 20%%`; to all of them by `share: 100%%`");
}

static void impair_to(struct loader *l, const struct node *n, void *into)
{
    const struct spec *s = l->spec;
    const char **names = mem_new(s->n_programs * sizeof *names + 1);
    size_t i;

    for (i = 0; i < s->n_programs; i++)
        names[i] = s->programs[i].name;
    if (read_choice(l, n, "`to`", names, s->n_programs, &i))
        ((struct reading *)into)->rule->to = i;
    mem_free(names);
}

static const struct field rule_fields[] = {
    {"drop", kind_read},  {"duplicate", kind_read}, {"reorder", kind_read},
    {"delay", kind_read}, {"corrupt", kind_read},   {"to", impair_to},
};

static void rule_read(struct loader *l, const struct node *n, struct impair_list *list)
{
    struct impair_rule *rule = &list->rules[list->n];
    struct reading r = {.rule = rule};
    size_t errors = l->diags->errors;

    *rule = (struct impair_rule){.mark = n->mark, .to = SIZE_MAX, .what = {.share = IMPAIR_ALL}};
    map_read(l, n, "an impairment", rule_fields, array_len(rule_fields), &r);
    if (l->diags->errors == errors && r.kinds == 0)
        diag_note(l->diags, diag_error(l->diags, n->mark, "this does nothing to any datagram"),
                  "like {drop: {nth: [2]}, to: server}");
    list->n++;
}

static bool list_name(struct loader *l, const struct node *key, const char **out)
{
    if (!read_name(l, key, "an impairment", out))
        return false;
    if (!plan_is_word(*out))
        return true;
    diag_note(l->diags, diag_error(l->diags, key->mark, "`%s` is a variation of the language's own", *out),
              "give this one another name");
    return false;
}

static void list_read(struct loader *l, const struct node *n)
{
    struct node *self = (struct node *)n;
    struct nodes rules = nodes_of(&self);
    struct impair_list list = {.mark = n->key->mark};

    if (n->bad || !list_name(l, n->key, &list.name))
        return;
    if (rules.n == 0)
        diag_note(l->diags, diag_error(l->diags, n->key->mark, "`%s` does nothing", list.name),
                  "like [{drop: {nth: [2]}}]");
    list.rules = arena_new(l->arena, (rules.n + 1) * sizeof *list.rules);
    for (size_t i = 0; i < rules.n; i++)
        rule_read(l, rules.item[i], &list);
    l->spec->impairments[l->spec->n_impairments++] = list;
}

void impairments_read(struct loader *l, const struct node *n)
{
    if (!node_is(n, NODE_MAP)) {
        if (!n->bad)
            diag_note(l->diags, diag_error(l->diags, n->mark, "`impairments` is a map of names"),
                      "like lossy: [{drop: {nth: [2]}}]; tests say `under: lossy`");
        return;
    }
    l->spec->impairments = arena_new(l->arena, (n->n + 1) * sizeof *l->spec->impairments);
    for (size_t i = 0; i < n->n; i++)
        list_read(l, n->items[i]);
}

/* ---- who uses them ------------------------------------------------------------------------------- */

size_t spec_impairment(const struct spec *s, struct bytes name)
{
    for (size_t i = 0; i < s->n_impairments; i++)
        if (bytes_equal(bytes_of(s->impairments[i].name), name))
            return i;
    return SIZE_MAX;
}

void peer_impair(struct loader *l, const struct node *n, struct peer *p)
{
    const struct spec *s = l->spec;
    const char **names = mem_new(s->n_impairments * sizeof *names + 1);
    size_t i;

    for (i = 0; i < s->n_impairments; i++)
        names[i] = s->impairments[i].name;
    if (s->n_impairments == 0)
        diag_note(l->diags, diag_error(l->diags, n->mark, "this spec declares no impairments"),
                  "at its top level: `impairments: {lossy: [{drop: {nth: [2]}}]}`");
    else if (read_choice(l, n, "what impairs a peer", names, s->n_impairments, &i))
        p->impair = i;
    mem_free(names);
}

bool impair_ways(const struct spec *s, const struct test *t, size_t peer, const struct impair_rule *rule,
                 bool ways[2])
{
    const struct peer *p = &t->peers[peer];
    bool to_program = rule->to == SIZE_MAX || rule->to == p->program;

    ways[IMPAIR_BACK] = rule->to == SIZE_MAX;
    switch (p->kind) {
    case PEER_CONNECTS: break;
    case PEER_LISTENS:
        to_program |= rule->to != SIZE_MAX && program_names_peer(test_program(s, t, rule->to), peer);
        break;
    case PEER_RELAYS:
        ways[IMPAIR_BACK] |= rule->to != SIZE_MAX && program_names_peer(test_program(s, t, rule->to), peer);
        break;
    case PEER_ACCEPTED: to_program = ways[IMPAIR_BACK] = false; break; /* it shares the listener's socket */
    }
    ways[IMPAIR_THERE] = to_program;
    return ways[IMPAIR_THERE] || ways[IMPAIR_BACK];
}

bool peer_is_impairable(const struct test *t, size_t peer)
{
    return t->peers[peer].transport == TRANSPORT_UDP && t->peers[peer].kind != PEER_ACCEPTED;
}

bool peer_is_impaired(const struct test *t, size_t peer)
{
    bool relayed = false;

    for (size_t i = 0; i < t->n_peers; i++)
        relayed |= t->peers[i].kind == PEER_RELAYS && peer_is_impairable(t, i);
    return peer_is_impairable(t, peer) && (!relayed || t->peers[peer].kind == PEER_RELAYS);
}

static bool is_meant(const struct test *t, size_t peer, size_t only)
{
    return only == SIZE_MAX ? peer_is_impaired(t, peer) : peer == only && peer_is_impairable(t, peer);
}

/* Each of its rules finds a direction in which somebody's datagrams go. */
void impair_check(struct loader *l, const struct test *t, size_t impairment, size_t only, struct mark at)
{
    const struct impair_list *list = &l->spec->impairments[impairment];
    bool datagrams = false;

    for (size_t i = 0; i < t->n_peers; i++)
        datagrams |= is_meant(t, i, only);
    if (!datagrams)
        diag_note(l->diags, diag_error(l->diags, at, "`%s` finds no datagrams", list->name),
                  "impairments are for peers that speak UDP");
    for (size_t r = 0; r < list->n && datagrams; r++) {
        bool found = false, ways[2];

        for (size_t i = 0; i < t->n_peers; i++)
            found |= is_meant(t, i, only) && impair_ways(l->spec, t, i, &list->rules[r], ways);
        if (!found)
            diag_note(l->diags,
                      diag_error(l->diags, at, "nobody sends datagrams to `%s` here",
                                 l->spec->programs[list->rules[r].to].name),
                      "`%s` says so in %s", list->name, diag_place(l->diags, list->rules[r].mark, at));
    }
}

static bool is_used(const struct spec *s, size_t impairment)
{
    for (size_t i = 0; i < s->n_tests; i++) {
        const struct test *t = &s->tests[i];

        for (size_t k = 0; k < t->n_under; k++)
            if (t->under[k].kind == PLAN_IMPAIRED && t->under[k].impairment == impairment)
                return true;
        for (size_t k = 0; k < t->n_peers; k++)
            if (t->peers[k].impair == impairment)
                return true;
    }
    return false;
}

void impairments_check(struct loader *l)
{
    const struct spec *s = l->spec;

    for (size_t i = 0; i < s->n_impairments && s->absent.n + l->diags->errors == 0; i++)
        if (!is_used(s, i))
            diag_note(l->diags,
                      diag_warning(l->diags, s->impairments[i].mark, "no test is played under `%s`",
                                   s->impairments[i].name),
                      "write `under: %s` in a test, or `impair: %s` in a peer", s->impairments[i].name,
                      s->impairments[i].name);
}

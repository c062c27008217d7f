/* step_value.c - what stands behind a sentence's colon, and whether its verb can use that. */
#include "base/clock.h"
#include "base/mem.h"
#include "spec/reading.h"
#include "spec/typed.h"

#include <string.h>

#define WAIT_MAX (600 * NS_PER_S)
#define RATE_MAX 1e6 /* messages a second */

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

static bool check_kind(struct loader *l, const struct value *v, enum takes takes, const char *verb);

/* What can only be expected. */
static bool check_expecting(struct loader *l, const struct value *v, enum takes takes, const char *verb)
{
    bool fine = true;

    if (takes == TAKES_MESSAGES || takes == TAKES_TYPED) {
        diag_error(l->diags, v->mark, "`%s` cannot take what is only a condition: what would be sent?", verb);
        return false;
    }
    if (v->kind == VALUE_PART && takes != TAKES_GOT) {
        diag_note(l->diags, diag_error(l->diags, v->mark, "`%s` takes no !part-of", verb),
                  "it is for `has got`: all that came so far");
        return false;
    }
    for (size_t i = 0; v->kind == VALUE_ONE_OF && i < v->n; i++)
        fine &= check_kind(l, &v->items[i], takes, verb);
    return fine;
}

/* What a field may be worth where the message is sent. */
static bool check_sent(struct loader *l, const struct value *v)
{
    bool fine = true;

    if (v->kind == VALUE_REGEX || v->kind == VALUE_LUA || v->kind == VALUE_ONE_OF || v->kind == VALUE_RANGE) {
        diag_error(l->diags, v->mark, "this is a condition, and the message is sent: what would stand here?");
        return false;
    }
    for (size_t i = 0; v->kind == VALUE_LIST && i < v->n; i++)
        fine &= check_sent(l, &v->items[i]);
    for (size_t i = 0; i < v->n_fields; i++)
        fine &= check_sent(l, &v->fields[i].value);
    return fine;
}

static bool check_fields(struct loader *l, const struct value *v, enum takes takes, const char *verb)
{
    if (takes == TAKES_FILE) {
        diag_error(l->diags, v->mark, "`%s` takes a text, not a message", verb);
        return false;
    }
    return takes != TAKES_MESSAGES || check_sent(l, v);
}

/* As stat(1) shows it. With a name in it nobody knows yet. */
static bool is_mode(const struct template *t)
{
    const struct bytes *text = &t->pieces[0].text;

    if (t->n != 1 || t->pieces[0].kind != PIECE_TEXT)
        return t->n > 0;
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] < '0' || text->data[i] > '7')
            return false;
    return text->len == 4;
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
        if (takes == TAKES_FILE && strcmp(verb, "has mode") == 0 && !is_mode(&v->text)) {
            diag_note(l->diags, diag_error(l->diags, v->mark, "a mode is four octal digits"),
                      "like \"0600\", which lets only its owner read and write");
            return false;
        }
        if (takes != TAKES_FILE || strcmp(verb, "matches") != 0)
            return true;
        diag_note(l->diags, diag_error(l->diags, v->mark, "a file matches a pattern, not a text"),
                  "write !regex '...', or `file NAME equals: ...`");
        return false;
    case VALUE_LUA:
    case VALUE_ONE_OF:
    case VALUE_LIKE:
    case VALUE_PART: return check_expecting(l, v, takes, verb);
    case VALUE_TYPED: return check_fields(l, v, takes, verb);
    case VALUE_RECORD:
    case VALUE_RANGE:
    case VALUE_ABSENT: return true; /* they stand in fields alone */
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

struct scope step_scope(const struct reading *r, const struct sentence *s)
{
    struct scope scope = {.what = "a step", .test = r->t, .used = r->used, .seed = true, .names = r->names};
    const struct spec *spec = r->l->spec;

    if (s->kind == ACTOR_PEER && r->t->peers[s->index].speaks < spec->n_protocols)
        scope.protocol = &spec->protocols[r->t->peers[s->index].speaks];
    if (s->kind == ACTOR_PROGRAM && spec->programs[s->index].prints < spec->n_protocols)
        scope.protocol = &spec->protocols[spec->programs[s->index].prints];
    if (s->kind == ACTOR_PROGRAM)
        scope.self = &spec->programs[s->index];
    else if (s->kind == ACTOR_PEER && r->t->peers[s->index].program < spec->n_programs)
        scope.self = &spec->programs[r->t->peers[s->index].program];
    return scope;
}

static bool message_read(const struct reading *r, const struct sentence *s, struct value *out)
{
    struct scope scope = step_scope(r, s);
    struct loader *l = r->l;

    scope.events = s->rule->verb == VERB_GETS_ONE_OF;
    scope.in_turn = s->rule->verb == VERB_GETS || s->rule->verb == VERB_CARRIES;
    if (node_is_empty(s->node)) {
        diag_note(l->diags, diag_error(l->diags, s->node->key->mark, "`%s` needs a value", s->text),
                  "like `%s: \"text\"`; an empty message is \"\"", s->text);
        return false;
    }
    if (!value_read(l, s->node, &scope, out))
        return false;
    if (s->kind == ACTOR_PEER && s->rule->takes != TAKES_MESSAGES)
        typed_check_coming(l, &r->t->peers[s->index], out);
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

static void rate_min(struct loader *l, const struct node *n, void *into)
{
    read_number(l, n, "`min`", RATE_MAX, &((struct pace *)into)->min);
}

static void rate_max(struct loader *l, const struct node *n, void *into)
{
    read_number(l, n, "`max`", RATE_MAX, &((struct pace *)into)->max);
}

static void pace_rate(struct loader *l, const struct node *n, void *into)
{
    static const struct field fields[] = {{"min", rate_min}, {"max", rate_max}};
    struct pace *p = &((struct step *)into)->pace;

    map_read(l, n, "`rate`", fields, array_len(fields), p);
    if (node_is(n, NODE_MAP) && n->n == 0)
        diag_note(l->diags, diag_error(l->diags, n->mark, "`rate` needs `min:` or `max:`"),
                  "in messages a second, like {min: 45, max: 55}");
    if (p->max > 0 && p->min > p->max)
        diag_error(l->diags, n->mark, "no rate is %g or more, and %g or less", p->min, p->max);
}

static void pace_gap(struct loader *l, const struct node *n, void *into)
{
    read_duration(l, n, "`longest-gap`", WAIT_MAX, &((struct step *)into)->pace.longest_gap);
}

/* `measures`: how long, and what is right. */
static void pace_read(const struct reading *r, const struct sentence *s, struct step *out)
{
    static const struct field fields[] = {
        {"for", span_for, true}, {"rate", pace_rate}, {"longest-gap", pace_gap}};
    const struct node *n = s->node, *gap = map_get(n, "longest-gap");
    struct diags *d = r->l->diags;

    if (n->bad)
        return;
    if (!node_is(n, NODE_MAP)) {
        diag_note(d, diag_error(d, n->mark, "`%s` needs a time, and what is right", s->text),
                  "like {for: 2s, rate: {min: 45, max: 55}, longest-gap: 40ms}");
        return;
    }
    map_read(r->l, n, arena_printf(r->l->arena, "`%s`", s->text), fields, array_len(fields), out);
    if (n->n == 1 && map_get(n, "for"))
        diag_note(d, diag_error(d, n->mark, "`%s` does not say what is right", s->text),
                  "add `rate: {min: , max: }`, in messages a second, or `longest-gap:`");
    if (gap && out->span && out->pace.longest_gap >= out->span)
        diag_error(d, gap->mark, "no gap is that long: all that is measured is shorter");
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
    struct scope scope = step_scope(r, s);
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
    if (message && !named_read(r->l, message, &scope, &out->value))
        out->value.kind = VALUE_NONE;
}

/* `let: {name: value}`: each is known to those behind it. */
static void let_read(const struct reading *r, const struct sentence *s, struct step *out)
{
    struct scope scope = step_scope(r, s);
    const struct node *n = s->node;

    if (!node_is(n, NODE_MAP) || n->n == 0) {
        if (!n->bad)
            diag_note(r->l->diags, diag_error(r->l->diags, n->mark, "`let` takes names and their values"),
                      "like `let: {sum: \"${a + b}\"}`");
        return;
    }
    out->lets = arena_new(r->l->arena, n->n * sizeof *out->lets);
    for (size_t i = 0; i < n->n; i++) {
        struct let *let = &out->lets[out->n_lets];

        if (n->items[i]->bad || !cell_read(r->l, n->items[i], &scope, &let->value))
            continue;
        if (!value_is_message(&let->value))
            diag_note(r->l->diags,
                      diag_error(r->l->diags, n->items[i]->mark, "`let` names a text or a number"),
                      "like \"${a + b}\"");
        let->slot =
            names_capture(r->l, r->names, (const char *)n->items[i]->key->text.data, n->items[i]->key->mark);
        names_settle(r->names);
        out->n_lets += let->slot != SIZE_MAX;
    }
}

static void port_text(struct loader *l, const struct node *n, void *into)
{
    (void)l, (void)n, (void)into; /* read by port_read, which knows the names */
}

/* `connects:` to its program, or to {port: "${hi * 256 + lo}"}, which somebody has told it. */
static void port_read(const struct reading *r, const struct sentence *s, struct step *out)
{
    static const struct field fields[] = {{"port", port_text, true}};
    struct scope scope = step_scope(r, s);
    const struct node *port = map_get(s->node, "port");

    if (!node_is(s->node, NODE_MAP)) {
        takes_nothing(r->l, s);
        return;
    }
    map_read(r->l, s->node, arena_printf(r->l->arena, "`%s`", s->text), fields, 1, NULL);
    if (!port || port->bad || !cell_read(r->l, port, &scope, &out->value) || !value_is_message(&out->value))
        out->value = (struct value){.kind = VALUE_BYTES}; /* a port, if none that can be read */
}

/* `speaks: NAME`: from here on. */
static void speaks_read(const struct reading *r, const struct sentence *s, struct step *out)
{
    const struct spec *spec = r->l->spec;
    const char **names = mem_new((spec->n_protocols + 1) * sizeof *names);

    for (size_t i = 0; i < spec->n_protocols; i++)
        names[i] = spec->protocols[i].name;
    if (spec->n_protocols < 2)
        diag_note(r->l->diags,
                  diag_error(r->l->diags, s->node->mark, "this spec has no second protocol to speak"),
                  "declare both under `protocols`, each with its name");
    else if (read_choice(r->l, s->node, "a protocol", names, spec->n_protocols, &out->protocol) &&
             s->kind == ACTOR_PEER)
        r->t->peers[s->index].speaks = out->protocol;
    mem_free(names);
}

static void reply_read(const struct reading *r, const struct sentence *s, const struct node *n,
                       const struct scope *scope, struct reply *out)
{
    struct scope with_got = *scope;

    with_got.got = true;
    with_got.names = NULL;
    out->with.kind = VALUE_NONE;
    if (!typed_named(r->l, n->key, scope, &out->to))
        return;
    if (s->kind == ACTOR_PEER)
        typed_check_coming(r->l, &r->t->peers[s->index], &out->to);
    if (node_is_empty(n) || !value_read(r->l, n, &with_got, &out->with))
        out->with.kind = VALUE_NONE;
    else
        check_kind(r->l, &out->with, TAKES_MESSAGES, "answers");
}

/* `answers: {ADD: {SUM: {total: "${got.a + got.b}"}}}` */
static void answers_read(const struct reading *r, const struct sentence *s, struct step *out)
{
    struct scope scope = step_scope(r, s);
    const struct node *n = s->node;

    if (!node_is(n, NODE_MAP) || n->n == 0) {
        if (!n->bad)
            diag_note(r->l->diags,
                      diag_error(r->l->diags, n->mark, "`answers` takes messages and their replies"),
                      "like `%s: {PING: {PONG: {seq: \"${got.seq}\"}}}`", s->text);
        return;
    }
    out->replies = arena_new(r->l->arena, n->n * sizeof *out->replies);
    for (size_t i = 0; i < n->n; i++)
        if (!n->items[i]->bad)
            reply_read(r, s, n->items[i], &scope, &out->replies[out->n_replies++]);
}

/* `check:` one hole, or a block of Lua. */
static void check_read(const struct reading *r, const struct sentence *s, struct step *out)
{
    struct scope scope = step_scope(r, s);
    const struct node *n = s->node;
    bool is_lua = n->tag && strcmp(n->tag, "lua") == 0;

    if (!n->bad && (is_lua || (node_is(n, NODE_SCALAR) && n->style == STYLE_DOUBLE)) &&
        value_read(r->l, n, &scope, &out->value) &&
        (is_lua || (out->value.kind == VALUE_BYTES && out->value.text.n == 1 &&
                    out->value.text.pieces[0].kind != PIECE_TEXT)))
        return;
    if (!n->bad)
        diag_note(r->l->diags, diag_error(r->l->diags, n->mark, "`check` takes one expression"),
                  "like `check: \"${total > 10}\"`, or !lua 'return total > 10, \"too few\"'");
}

void step_value_read(const struct reading *r, const struct sentence *s, struct step *out)
{
    struct loader *l = r->l;
    struct scope scope;

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
    case TAKES_PACE: pace_read(r, s, out); break;
    case TAKES_ORDER: order_read(r, s, out); break;
    case TAKES_NAME:
        if (s->kind == ACTOR_PEER && r->t->peers[s->index].kind == PEER_LISTENS)
            peer_accepted(l, s->node, r->t, s->index, &out->accepted);
        break;
    case TAKES_TITLE: read_text(l, s->node, "a milestone", &out->value.source); break;
    case TAKES_EXIT:
        scope = step_scope(r, s);
        exit_read(l, s->node, &scope, &out->value);
        break;
    case TAKES_SIGNAL:
        scope = step_scope(r, s);
        signal_read(l, s->node, &scope, &out->value);
        break;
    case TAKES_DURATION: read_duration(l, s->node, "the pause", 10 * NS_PER_S, &out->span); break;
    case TAKES_PORT: port_read(r, s, out); break;
    case TAKES_PROTOCOL: speaks_read(r, s, out); break;
    case TAKES_ANSWERS: answers_read(r, s, out); break;
    case TAKES_LET: let_read(r, s, out); break;
    case TAKES_CHECK: check_read(r, s, out); break;
    case TAKES_STEPS: break; /* they become steps of their own */
    }
}

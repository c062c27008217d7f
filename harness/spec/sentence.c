/*
 * sentence.c - who does what: ACTOR VERB.
 *
 * The rest of a sentence after its actor must be a verb as a whole, so that the longest verb wins by itself.
 */
#include "spec/sentence.h"
#include "base/mem.h"

#include <string.h>

#define VERBS_MAX 64u

static void find_actor(const struct spec *s, const struct test *t, struct sentence *out)
{
    for (size_t i = 0; i < t->n_peers; i++)
        if (strcmp(t->peers[i].name, out->actor) == 0) {
            out->kind = ACTOR_PEER;
            out->index = i;
        }
    for (size_t i = 0; i < s->n_programs; i++)
        if (strcmp(s->programs[i].name, out->actor) == 0) {
            out->kind = ACTOR_PROGRAM;
            out->index = i;
        }
}

/* What stands without an actor. */
static const char *nearest_structure(const char *text)
{
    static const char *const words[] = {"unordered", "same order", "at the same time",
                                        "repeat",    "milestone",  "pause",
                                        "let",       "check",      "crowd"};

    return diag_nearest(text, words, array_len(words));
}

static void unknown_actor(struct loader *l, const struct test *t, const struct sentence *s)
{
    const struct spec *spec = l->spec;
    struct diag *d;
    const char **names = mem_new((t->n_peers + spec->n_programs) * sizeof *names + 1);
    size_t n = 0;

    for (size_t i = 0; i < t->n_peers; i++)
        names[n++] = t->peers[i].name;
    for (size_t i = 0; i < spec->n_programs; i++)
        names[n++] = spec->programs[i].name;
    if (verb_find(s->text, ACTOR_NONE)) {
        d = diag_error(l->diags, s->node->key->mark, "who %s?", s->text);
        diag_note(l->diags, d, "a step is ACTOR VERB: VALUE, like `%s %s:`", n ? names[0] : "alice", s->text);
    } else {
        const char *structure = nearest_structure(s->text);

        d = diag_error(l->diags, s->node->key->mark, "there is no peer or program %s",
                       quoted(l, bytes_of(s->actor)));
        if (structure)
            diag_note(l->diags, d, "did you mean `%s:`?", structure);
        else
            suggest(l, d, s->actor, names, n);
    }
    mem_free(names);
}

static const char *kind_name(enum actor_kind kind)
{
    switch (kind) {
    case ACTOR_PEER: return "peer";
    case ACTOR_PROGRAM: return "program";
    case ACTOR_FILE: return "file";
    case ACTOR_NONE: break;
    }
    return "thing";
}

/* `accepts conn`: the longest verb that it begins with, or NULL. */
static const char *begins_with_verb(const char *text, const char *const *names, size_t n)
{
    const char *best = NULL;

    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(names[i]);

        if (strncmp(text, names[i], len) == 0 && text[len] == ' ' && (!best || len > strlen(best)))
            best = names[i];
    }
    return best;
}

static void unknown_verb(struct loader *l, const struct sentence *s)
{
    const char *names[VERBS_MAX];
    const struct mark at = node_mark(s->node->key, s->verb[0] ? s->verb : s->actor);
    const struct verb_rule *other = verb_find(s->verb, ACTOR_NONE);
    struct diag *d;
    size_t n = verb_names(s->kind, names, array_len(names));

    if (strcmp(s->verb, "sends until") == 0) {
        report_later(l, at, arena_printf(l->arena, "the verb `%s`", s->verb));
        return;
    }
    if (other) {
        d = diag_error(l->diags, at, "`%s` is a %s, and `%s` is for %ss", s->actor, kind_name(s->kind),
                       s->verb, kind_name(other->kind));
        diag_note(l->diags, d,
                  s->kind == ACTOR_PROGRAM ? "programs type, print and exit; peers send and get"
                  : s->kind == ACTOR_FILE  ? "a file equals, matches, is absent, or has a mode"
                                           : "peers send and get, programs type and print");
        return;
    }
    if (s->kind == ACTOR_FILE && !s->verb[0]) {
        diag_note(l->diags, diag_error(l->diags, s->node->key->mark, "which file does what?"),
                  "like `file out.bin equals: \"text\"`");
        return;
    }
    if (s->verb[0])
        d = diag_error(l->diags, at, "there is no verb %s", quoted(l, bytes_of(s->verb)));
    else
        d = diag_error(l->diags, at, "`%s` does what?", s->actor);
    if (!diag_nearest(s->verb, names, n) && begins_with_verb(s->verb, names, n))
        diag_note(l->diags, d, "what follows the verb stands behind the colon: `%s: ...`",
                  arena_printf(l->arena, "%s %s", s->actor, begins_with_verb(s->verb, names, n)));
    else
        suggest(l, d, s->verb, names, n);
}

const char *sentence_text(struct loader *l, const struct node *key)
{
    struct bytes text = key->text;
    char *out = (char *)arena_bytes(l->arena, text).data;
    size_t n = 0;

    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == 0)
            out[n++] = '?';
        else if (text.data[i] != ' ' || (n > 0 && out[n - 1] != ' '))
            out[n++] = (char)text.data[i];
    while (n > 0 && out[n - 1] == ' ')
        n--;
    out[n] = 0;
    return out;
}

/* `file NAME of PROGRAM equals`: the folder of whose program that is. */
static void find_owner(struct loader *l, struct sentence *out)
{
    const char *name = out->verb + strlen("of "), *blank = strchr(name, ' ');
    const struct spec *s = l->spec;
    const char **names = arena_new(l->arena, (s->n_programs + 1) * sizeof *names);
    size_t found = s->n_programs;

    name = blank ? arena_printf(l->arena, "%.*s", (int)(blank - name), name) : name;
    out->verb = blank ? blank + 1 : "";
    for (size_t i = 0; i < s->n_programs; i++) {
        names[i] = s->programs[i].name;
        found = strcmp(names[i], name) == 0 ? i : found;
    }
    if (found < s->n_programs)
        out->owner = s->programs[found].owner;
    else
        suggest(l,
                diag_error(l->diags, node_mark(out->node->key, name), "there is no program %s",
                           quoted(l, bytes_of(name))),
                name, names, s->n_programs);
}

/* `file NAME equals`: the path is the second word. */
static void find_file(struct loader *l, struct sentence *out)
{
    const char *path = out->verb, *blank = strchr(path, ' ');

    out->kind = ACTOR_FILE;
    out->path = blank ? arena_printf(l->arena, "%.*s", (int)(blank - path), path) : path;
    out->verb = blank ? blank + 1 : "";
    if (blank && !path_is_inside(out->path))
        diag_note(l->diags,
                  diag_error(l->diags, node_mark(out->node->key, out->path),
                             "this file is outside of the working "
                             "directory"),
                  "write a relative path without `.` and `..`, like data/out.bin");
    if (strncmp(out->verb, "of ", 3) == 0)
        find_owner(l, out);
}

/* The language's own words for what stands without an actor. False: it is none of these. */
static bool find_structure(struct sentence *out)
{
    out->rule = verb_structure(out->text);
    return out->rule != NULL;
}

bool sentence_read(struct loader *l, const struct node *n, const struct test *t, const char *word,
                   const char *actor, struct sentence *out)
{
    const char *text = sentence_text(l, n->key), *blank = strchr(text, ' ');

    *out = (struct sentence){.node = n, .text = text, .verb = "", .kind = ACTOR_NONE};
    out->actor = blank ? arena_printf(l->arena, "%.*s", (int)(blank - text), text) : text;
    if (word && strcmp(out->actor, word) == 0) {
        out->actor = actor;
        out->text = blank ? arena_printf(l->arena, "%s%s", actor, blank) : actor;
    }
    if (blank)
        out->verb = blank + 1;
    if (find_structure(out))
        return true;
    if (strcmp(out->actor, "file") == 0)
        find_file(l, out);
    else
        find_actor(l->spec, t, out);
    if (out->kind == ACTOR_NONE)
        unknown_actor(l, t, out);
    out->rule = verb_find(out->verb, out->kind);
    if (!out->rule && out->kind != ACTOR_NONE)
        unknown_verb(l, out);
    return out->rule != NULL;
}

/* phrases.c - names, numbers and quotations. What is of hostile origin is escaped here, once and for all. */
#include "judge/phrases.h"
#include "base/clock.h"
#include "base/escape.h"
#include "judge/story.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static const char *text_of(struct arena *a, const struct buf *b)
{
    return (const char *)arena_bytes(a, buf_view(b)).data;
}

const char *story_quote(struct arena *a, const struct excerpt *e)
{
    _cleanup_buf_ struct buf out = BUF_INIT;
    struct bytes head = bytes_slice(e->head, 0, STORY_QUOTE_MAX);

    if (head.len == 0 && e->total)
        return phrase_bytes(a, e->total); /* they were too many to be kept */
    buf_byte(&out, '`');
    escape_c(&out, head);
    buf_byte(&out, '`');
    if (e->total > head.len)
        buf_printf(&out, "… (%llu bytes)", (unsigned long long)e->total);
    return text_of(a, &out);
}

const char *story_status(struct arena *a, int status)
{
    int sig = WTERMSIG(status);

    if (status < 0)
        return "ended";
    if (!WIFSIGNALED(status))
        return arena_printf(a, "exited with status %d", WEXITSTATUS(status));
    if (!sigabbrev_np(sig))
        return arena_printf(a, "was ended by signal %d", sig);
    return arena_printf(a, "was ended by SIG%s (%s)", sigabbrev_np(sig), sigdescr_np(sig));
}

const char *phrase_duration(struct arena *a, int64_t ns)
{
    if (ns < 10 * NS_PER_MS)
        return arena_printf(a, "%.1f ms", (double)ns / NS_PER_MS);
    if (ns < NS_PER_S)
        return arena_printf(a, "%lld ms", (long long)(ns / NS_PER_MS));
    return arena_printf(a, "%.1f s", (double)ns / NS_PER_S);
}

const char *phrase_bytes(struct arena *a, uint64_t n)
{
    return arena_printf(a, "%llu byte%s", (unsigned long long)n, n == 1 ? "" : "s");
}

const char *phrase_text(struct arena *a, const char *text)
{
    _cleanup_buf_ struct buf out = BUF_INIT;

    escape_text(&out, bytes_of(text));
    return text_of(a, &out);
}

const char *phrase_program(const struct evidence *e)
{
    const struct program *p = e->program ? &e->spec->programs[e->program->program] : NULL;

    if (!p)
        return "the program";
    return arena_printf(e->arena, "the %sprogram “%s”", p->owner ? "assignment's own " : "", p->name);
}

const char *phrase_actor(const struct evidence *e)
{
    if (!e->step)
        return "a peer";
    if (e->step->actor_kind == ACTOR_FILE)
        return arena_printf(e->arena, "the file %s", phrase_text(e->arena, e->step->path));
    return e->step->actor_kind == ACTOR_PEER ? e->test->peers[e->step->actor].name : phrase_program(e);
}

/* ---- what was expected --------------------------------------------------------------------------------- */

/* All that the failed step expects in the shown case. */
static struct messages expected_messages(const struct evidence *e)
{
    size_t ports = port_count(e->spec);
    struct bindings b = {.spec = e->spec,
                         .test = e->test,
                         .row = e->shown->key.row,
                         .seed = e->shown->key.seed,
                         .ports = arena_new(e->arena, (ports + 1) * sizeof *b.ports)};

    return messages_resolve(&e->step->value, &b, e->arena);
}

/* The message that decided the step; NULL: the step expects none. */
static const struct message *expected_message(const struct evidence *e)
{
    struct messages m;

    if (!e->step || !e->shown || !e->failed)
        return NULL;
    m = expected_messages(e);
    return e->failed->item < m.n ? &m.items[e->failed->item] : NULL;
}

bool phrase_expects_regex(const struct evidence *e)
{
    const struct message *m = expected_message(e);

    return (m && m->regex) || (e->failed && e->failed->described);
}

struct bytes phrase_wanted_field(const struct evidence *e, const char *name)
{
    const struct message *m = expected_message(e);
    const struct datum *d = m ? datum_get(&m->fields, name) : NULL;

    return d && d->kind == DATUM_BYTES ? d->bytes : (struct bytes){0};
}

/* `!regex '^ERR .'` without its tag. */
static const char *pattern_of(const struct message *m)
{
    const char *source = m->source;

    if (*source == '!')
        source += strcspn(source, " ");
    return source + strspn(source, " ");
}

static const char *matching(const struct evidence *e, const struct message *m)
{
    const char *noun = "bytes that match";

    if (e->step->actor_kind == ACTOR_FILE)
        noun = "content that matches";
    else if (e->step->verb == VERB_PRINTED)
        noun = "output that matches";
    else if (e->step->actor_kind == ACTOR_PROGRAM)
        noun = "a line that matches";
    else if (m->framed && step_framing(e->spec, e->test, e->step)->kind != FRAMING_NONE)
        noun = "a message that matches";
    return arena_printf(e->arena, "%s %s", noun, pattern_of(m));
}

/* What the step expects, where that is not just bytes. */
static const char *described(const struct evidence *e, const struct message *m)
{
    if (m->regex)
        return matching(e, m);
    if (m->value && (m->value->kind == VALUE_TYPED || m->value->kind == VALUE_LIKE))
        return phrase_text(e->arena, (const char *)arena_bytes(e->arena, e->failed->expected.head).data);
    return arena_printf(e->arena, "what satisfies %s", phrase_text(e->arena, m->source));
}

static const char *any_order(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (f->item == 0 || f->item >= f->items)
        return arena_printf(e->arena, "%u answers in any order", f->items);
    return arena_printf(e->arena, "%u more of %u answers in any order", f->items - f->item, f->items);
}

const char *phrase_expected(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const struct message *m = expected_message(e);
    const char *what;

    if (m && e->step->verb == VERB_GETS_ONE_OF && expected_messages(e).n > 1)
        return arena_printf(e->arena, "one of %zu answers", expected_messages(e).n);
    if (m && e->step->verb == VERB_GETS_ANY_ORDER && f->items > 1)
        return any_order(e);
    what = m && (m->regex || f->described) ? described(e, m) : story_quote(e->arena, &f->expected);
    if (f->items < 2)
        return what;
    return arena_printf(e->arena, "%s as answer %u of %u", what, f->item + 1, f->items);
}

/* ---- out of place -------------------------------------------------------------------------------------- */

static bool is_what_came(const struct evidence *e, struct bytes content)
{
    return content.len && bytes_equal(e->failed->came.head, content);
}

/* Its actor had got it in an earlier step. */
static bool came_before(const struct evidence *e)
{
    for (size_t i = 0; i < e->shown->n_steps; i++) {
        const struct step_record *r = &e->shown->steps[i];
        const struct step *s = r->step < e->test->n_steps ? &e->test->steps[r->step] : NULL;

        if (s && s->verb == VERB_GETS && s->actor_kind == e->step->actor_kind && s->actor == e->step->actor &&
            r->outcome == STEP_PASSED && !r->described && excerpt_is_whole(&r->expected) &&
            is_what_came(e, r->expected.head))
            return true;
    }
    return false;
}

const char *phrase_out_of_place(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    struct messages m;

    if (!e->step || e->step->verb != VERB_GETS || e->step->actor_kind != ACTOR_PEER || !e->shown ||
        !f->came_is_message || !excerpt_is_whole(&f->came))
        return NULL;
    m = expected_messages(e);
    for (uint32_t i = 0; i < m.n; i++) {
        if (!m.items[i].exact || !is_what_came(e, m.items[i].content))
            continue;
        if (i < f->item)
            return arena_printf(e->arena, "answer %u came once more", i + 1);
        if (i > f->item)
            return arena_printf(e->arena, "that is answer %u, and %s missing", i + 1,
                                i - f->item > 1 ? "those before it are" : "the one before it is");
    }
    return came_before(e) ? "it came once more" : NULL;
}

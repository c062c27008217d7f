/*
 * split.c - splits as values: built, compared, written, read, drawn, and made smaller.
 *
 * Shrinking replays its whole search at each call, and asks only what `tried` does not answer yet. That costs
 * little next to a play, needs no state to be kept, and cannot ask the same question twice.
 */
#include "wire/split.h"
#include "base/mem.h"

#include <errno.h>
#include <string.h>

static const char *const words[] = {
    [SPLIT_WHOLE] = "whole",
    [SPLIT_BYTES] = "bytes",
    [SPLIT_COALESCED] = "coalesced",
    [SPLIT_APART] = "apart",
};

void split_deinit(struct split *s)
{
    for (size_t i = 0; i < s->n; i++)
        mem_free(s->cuts[i].at);
    mem_free(s->cuts);
    *s = (struct split){0};
}

static uint32_t *copy_offsets(const uint32_t *at, size_t n)
{
    return memcpy(mem_new(n * sizeof *at), at, n * sizeof *at);
}

struct split split_copy(const struct split *s)
{
    struct split copy = {.kind = s->kind, .chunk = s->chunk, .n = s->n};

    if (s->n)
        copy.cuts = mem_new(s->n * sizeof *copy.cuts);
    for (size_t i = 0; i < s->n; i++) {
        const struct cuts *c = &s->cuts[i];
        copy.cuts[i] = (struct cuts){c->step, c->n, copy_offsets(c->at, c->n)};
    }
    return copy;
}

bool split_equal(const struct split *a, const struct split *b)
{
    if (a->kind != b->kind || a->chunk != b->chunk || a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct cuts *x = &a->cuts[i], *y = &b->cuts[i];

        if (x->step != y->step || x->n != y->n || memcmp(x->at, y->at, x->n * sizeof *x->at) != 0)
            return false;
    }
    return true;
}

/* Makes room for one more element of `size` bytes at index `at` of n. */
static void *insert_room(void *array, size_t n, size_t at, size_t size)
{
    char *p = mem_grow(array, (n + 1) * size);

    memmove(p + (at + 1) * size, p + at * size, (n - at) * size);
    return p;
}

/* Index of the step's cuts; where there are none, of where they would stand. Looks from the end: most add
 * there. */
static size_t find_step(const struct split *s, uint32_t step)
{
    size_t i = s->n;

    while (i && s->cuts[i - 1].step >= step)
        i--;
    return i;
}

void split_add(struct split *s, uint32_t step, uint32_t at)
{
    size_t i = find_step(s, step), k;
    struct cuts *c;

    s->kind = SPLIT_CUTS;
    s->chunk = 0;
    if (i == s->n || s->cuts[i].step != step) {
        s->cuts = insert_room(s->cuts, s->n++, i, sizeof *s->cuts);
        s->cuts[i] = (struct cuts){.step = step};
    }
    c = &s->cuts[i];
    k = c->n;
    while (k && c->at[k - 1] >= at)
        k--;
    if (k < c->n && c->at[k] == at)
        return;
    c->at = insert_room(c->at, c->n++, k, sizeof *c->at);
    c->at[k] = at;
}

size_t split_count(const struct split *s)
{
    size_t count = 0;

    for (size_t i = 0; i < s->n; i++)
        count += s->cuts[i].n;
    return count;
}

const struct cuts *split_at(const struct split *s, uint32_t step)
{
    size_t i = find_step(s, step);

    return i < s->n && s->cuts[i].step == step ? &s->cuts[i] : NULL;
}

uint32_t split_every(const struct split *s)
{
    return s->kind == SPLIT_BYTES ? 1 : s->chunk;
}

/* ---- text ---------------------------------------------------------------------------------------------- */

#define RELAY "relay"
#define CHUNKS "chunks:"

void split_text(const struct split *s, struct buf *out)
{
    if (s->kind == SPLIT_CHUNKS) {
        buf_printf(out, CHUNKS "%u", s->chunk);
        return;
    }
    if (s->kind != SPLIT_CUTS || s->n == 0) {
        buf_text(out, s->kind == SPLIT_CUTS ? words[SPLIT_WHOLE] : words[s->kind]);
        return;
    }
    for (size_t i = 0; i < s->n; i++) {
        buf_text(out, i ? ";" : "");
        if (s->cuts[i].step == SPLIT_RELAYED)
            buf_text(out, RELAY ":at:");
        else
            buf_printf(out, "%u:at:", s->cuts[i].step + 1);
        for (size_t k = 0; k < s->cuts[i].n; k++)
            buf_printf(out, "%s%u", k ? "," : "", s->cuts[i].at[k]);
    }
}

/* A number from 1 to max at *p, which is moved behind it; 0 for anything else. */
static uint64_t parse_number(const char **p, uint64_t max)
{
    const char *at = *p;
    uint64_t number = 0;

    for (; *at >= '0' && *at <= '9'; at++) {
        number = 10 * number + (uint64_t)(*at - '0');
        if (number > max)
            return 0;
    }
    if (number)
        *p = at;
    return number;
}

/* The step, from 0, at *p, which is moved behind it. */
static bool parse_whose(const char **p, uint32_t *step)
{
    uint64_t number;

    if (strncmp(*p, RELAY, sizeof RELAY - 1) == 0) {
        *p += sizeof RELAY - 1;
        *step = SPLIT_RELAYED;
        return true;
    }
    number = parse_number(p, UINT32_MAX);
    *step = (uint32_t)(number - 1);
    return number > 0;
}

/* "2:at:4,9" at *p, which is moved behind what could be read. */
static bool parse_step(const char **p, struct split *out)
{
    uint32_t step;

    if (!parse_whose(p, &step))
        return false;
    for (const char *want = ":at:"; *want; want++, (*p)++)
        if (**p != *want)
            return false;
    for (;;) {
        uint64_t at = parse_number(p, UINT32_MAX);

        if (!at)
            return false;
        split_add(out, step, (uint32_t)at);
        if (**p != ',')
            return true;
        (*p)++;
    }
}

static int parse_chunks(const char *text, struct split *out, size_t *wrong)
{
    const char *p = text + strlen(CHUNKS);

    *out = (struct split){.kind = SPLIT_CHUNKS, .chunk = (uint32_t)parse_number(&p, UINT32_MAX)};
    if (out->chunk && !*p)
        return 0;
    *wrong = (size_t)(p - text);
    *out = (struct split){0};
    return -EINVAL;
}

int split_parse(const char *text, struct split *out, size_t *wrong)
{
    const char *p = text;

    if (strncmp(text, CHUNKS, strlen(CHUNKS)) == 0)
        return parse_chunks(text, out, wrong);
    *out = (struct split){0};
    for (size_t i = 0; i < array_len(words); i++)
        if (strcmp(text, words[i]) == 0) {
            out->kind = (enum split_kind)i;
            return 0;
        }
    while (parse_step(&p, out)) {
        if (!*p)
            return 0;
        if (*p++ != ';') {
            p--;
            break;
        }
    }
    *wrong = (size_t)(p - text);
    split_deinit(out);
    return -EINVAL;
}

#define RELAYED_CUTS 8
#define RELAYED_GAP 24 /* bytes between two of them at most: short messages shall be cut, too */

void split_random_relayed(struct split *s, struct rng *r)
{
    uint32_t at = 0;

    for (int i = 0; i < RELAYED_CUTS; i++) {
        at += (uint32_t)(1 + rng_below(r, RELAYED_GAP));
        split_add(s, SPLIT_RELAYED, at);
    }
}

void split_random(struct split *s, const uint32_t *lengths, size_t n, struct rng *r)
{
    *s = (struct split){.kind = SPLIT_CUTS};
    for (size_t i = 0; i < n; i++) {
        if (lengths[i] < 2)
            continue;
        for (uint64_t places = 1 + rng_below(r, 4); places; places--)
            split_add(s, (uint32_t)i, (uint32_t)(1 + rng_below(r, lengths[i] - 1)));
    }
}

/* ---- shrinking ----------------------------------------------------------------------------------------- */

/* How many steps are asked first for a cut in their middle: most mistakes show at any cut. */
#define PROBES 3

struct cut {
    uint32_t step, at;
};

struct search {
    struct cut *cuts; /* fails with these; ascending */
    size_t n;
    size_t *bounds;     /* where in `cuts` each unit begins that is kept or left out as one; and the end */
    struct cut *subset; /* room for a question */
    const struct split_trial *tried;
    size_t n_tried;
    struct split *next;
};

enum answer { PASSES, FAILS, UNKNOWN };

static struct split split_of(const struct cut *cuts, size_t n)
{
    struct split s = {.kind = SPLIT_CUTS};
    size_t cap = 0;

    for (size_t i = 0, end; i < n; i = end) {
        struct cuts *c = array_push(s.cuts, s.n, cap);

        for (end = i; end < n && cuts[end].step == cuts[i].step; end++)
            ;
        *c = (struct cuts){cuts[i].step, (uint32_t)(end - i), mem_new((end - i) * sizeof *c->at)};
        for (size_t k = i; k < end; k++)
            c->at[k - i] = cuts[k].at;
    }
    return s;
}

/* Does it fail with the first n of `cuts`? If that is not known, it becomes the question; if it does, the new
 * least. */
static enum answer ask(struct search *s, const struct cut *cuts, size_t n)
{
    struct split question = split_of(cuts, n);

    for (size_t i = 0; i < s->n_tried; i++) {
        if (!split_equal(&question, &s->tried[i].split))
            continue;
        split_deinit(&question);
        if (!s->tried[i].failed)
            return PASSES;
        memmove(s->cuts, cuts, n * sizeof *cuts);
        s->n = n;
        return FAILS;
    }
    *s->next = question;
    return UNKNOWN;
}

/* Divides the cuts in units: the steps, or each cut for itself. Returns how many. */
static size_t find_units(struct search *s, bool steps)
{
    size_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        if (i == 0 || !steps || s->cuts[i].step != s->cuts[i - 1].step)
            s->bounds[n++] = i;
    s->bounds[n] = s->n;
    return n;
}

/* Asks for each of `chunks` equal parts of the units, or for what remains without it, until one fails. */
static enum answer ask_chunks(struct search *s, size_t units, size_t chunks, bool without)
{
    for (size_t i = 0; i < chunks; i++) {
        size_t from = s->bounds[i * units / chunks], to = s->bounds[(i + 1) * units / chunks];
        enum answer answer;

        memcpy(s->subset, s->cuts, s->n * sizeof *s->subset);
        if (without) {
            memmove(s->subset + from, s->subset + to, (s->n - to) * sizeof *s->subset);
            answer = ask(s, s->subset, s->n - (to - from));
        } else {
            answer = ask(s, s->subset + from, to - from);
        }
        if (answer != PASSES)
            return answer;
    }
    return PASSES;
}

/* ddmin (Zeller, Hildebrandt: "Simplifying and isolating failure-inducing input", 2002). False: there is a
 * question. */
static bool minimize(struct search *s, bool steps)
{
    size_t chunks = 2, units;

    while ((units = find_units(s, steps)) > 1) {
        enum answer answer;

        if (chunks > units)
            chunks = units;
        answer = ask_chunks(s, units, chunks, false);
        if (answer == FAILS) {
            chunks = 2;
            continue;
        }
        if (answer == PASSES && chunks > 2) /* of two parts, each is what remains without the other */
            answer = ask_chunks(s, units, chunks, true);
        if (answer == UNKNOWN)
            return false;
        if (answer == FAILS)
            chunks = chunks - 1;
        else if (chunks == units)
            return true;
        else
            chunks *= 2;
    }
    return true;
}

/* The likeliest first: one cut in the middle of a step. False: there is a question. */
static bool probe(struct search *s)
{
    size_t units = find_units(s, true);

    for (size_t i = 0; i < units && i < PROBES && s->n > 2; i++) {
        const struct cut *middle = &s->cuts[(s->bounds[i] + s->bounds[i + 1] - 1) / 2];

        switch (ask(s, middle, 1)) {
        case PASSES: break;
        case FAILS: return true;
        case UNKNOWN: return false;
        }
    }
    return true;
}

/* Between parts of `every` bytes. */
static uint32_t places(uint32_t length, uint32_t every)
{
    return length ? (length - 1) / every : 0;
}

static size_t count_cuts(const struct split *from, const uint32_t *lengths, size_t n_lengths)
{
    size_t n = 0;

    if (from->kind == SPLIT_CUTS)
        return split_count(from);
    for (size_t i = 0; i < n_lengths; i++)
        n += places(lengths[i], split_every(from));
    return n;
}

static void list_cuts(struct search *s, const struct split *from, const uint32_t *lengths, size_t n_lengths)
{
    size_t total = count_cuts(from, lengths, n_lengths);

    s->cuts = mem_new(total * sizeof *s->cuts);
    s->subset = mem_new(total * sizeof *s->subset);
    s->bounds = mem_new((total + 1) * sizeof *s->bounds);
    if (from->kind == SPLIT_CUTS) {
        for (size_t i = 0; i < from->n; i++)
            for (size_t k = 0; k < from->cuts[i].n; k++)
                s->cuts[s->n++] = (struct cut){from->cuts[i].step, from->cuts[i].at[k]};
        return;
    }
    for (size_t i = 0; i < n_lengths; i++)
        for (uint32_t k = 1; k <= places(lengths[i], split_every(from)); k++)
            s->cuts[s->n++] = (struct cut){(uint32_t)i, k * split_every(from)};
}

/* What it came to: `from` as it is when nothing less fails, so that "bytes" stays "bytes". */
static void conclude(struct search *s, const struct split *from, size_t total)
{
    *s->next = s->n < total ? split_of(s->cuts, s->n) : split_copy(from);
}

enum shrunk split_shrink(const struct split *from, const uint32_t *lengths, size_t n_lengths,
                         const struct split_trial *tried, size_t n, struct split *next)
{
    struct search s = {.tried = tried, .n_tried = n, .next = next};
    size_t total;
    bool done;

    if (from->kind != SPLIT_CUTS && !split_every(from)) {
        *next = split_copy(from);
        return SHRINK_DONE;
    }
    list_cuts(&s, from, lengths, n_lengths);
    total = s.n;
    done = probe(&s) && minimize(&s, true) && minimize(&s, false);
    if (done)
        conclude(&s, from, total);
    mem_free(s.cuts);
    mem_free(s.subset);
    mem_free(s.bounds);
    return done ? SHRINK_DONE : SHRINK_TRY;
}

/*
 * network.c - what a bad network shows: who takes the same twice, or in the order in which it comes.
 *
 * A network is blamed only where the same case passes on a good one. Our peers may send the same twice, too.
 */
#include "judge/diagnose/arrival.h"
#include "judge/diagnose/diagnose.h"
#include "judge/phrases.h"

const struct impaired_record *network_last(const struct evidence *e, enum impair_kind kind)
{
    const struct impaired_record *last = NULL;

    for (size_t i = 0; e->shown && i < e->shown->n_impaired; i++)
        if (e->shown->impaired[i].kind == (uint8_t)kind)
            last = &e->shown->impaired[i];
    return last;
}

const char *network_name(const struct evidence *e, const struct impaired_record *r)
{
    size_t program = r->peer < e->test->n_peers ? e->test->peers[r->peer].program : SIZE_MAX;

    return arena_printf(e->arena, "datagram %u %s %s", r->nth, r->back ? "from" : "to",
                        program < e->spec->n_programs ? e->spec->programs[program].name : "the program");
}

/* Something came, or was written, that is not what should have been. */
static bool is_wrong_content(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!f || e->sound != ANSWER_PASSED)
        return false;
    return f->outcome == STEP_OTHER_FILE || f->outcome == STEP_OTHER_CAME || f->outcome == STEP_NOT_PRINTED;
}

/* Of what makes a datagram come twice: the network itself, or the other side, whose answer was lost or late.
 */
static const struct impaired_record *repeats(const struct evidence *e)
{
    const struct impaired_record *r = network_last(e, IMPAIR_DUPLICATE);

    if (!r)
        r = network_last(e, IMPAIR_DROP);
    if (!r)
        r = network_last(e, IMPAIR_DELAY);
    return r ? r : network_last(e, IMPAIR_REORDER);
}

/* ---- the same again from our own peer ------------------------------------------------------------------ */

#define REPEAT_LEAST 3u /* bytes: fewer are alike by chance */

/* How many bytes at the front of `came` stand somewhere in `before`, too: the longest run. */
static size_t repeats_of(struct bytes before, struct bytes came)
{
    size_t most = 0;

    for (size_t from = 0; from + most < before.len; from++) {
        size_t n = 0;

        while (n < came.len && from + n < before.len && came.data[n] == before.data[from + n])
            n++;
        most = n > most ? n : most;
    }
    return most;
}

/* Is it what was expected, but for parts that come once more? Then *first is where the first of them begins.
 * Both may be cut off, behind something that is right. */
static bool has_repeats(struct bytes expected, struct bytes came, size_t *first)
{
    size_t done = 0; /* of expected */
    bool right = false;

    *first = SIZE_MAX;
    for (size_t i = 0; i < came.len && done < expected.len + 1;) {
        size_t again;

        right = done < expected.len && came.data[i] == expected.data[done];
        if (right) {
            i++, done++;
            continue;
        }
        again = repeats_of(bytes_slice(expected, 0, done), bytes_slice(came, i, SIZE_MAX));
        if (again < REPEAT_LEAST)
            return false;
        *first = *first == SIZE_MAX ? i : *first;
        i += again;
    }
    return (done == expected.len || right) && *first != SIZE_MAX;
}

/* One of our peers sent the same a second time: in another step, or in the list of one. */
static bool sent_again(const struct evidence *e)
{
    const struct arrivals all = arrivals_of(e);

    for (size_t i = 0; e->shown && i < e->shown->n_steps; i++)
        for (size_t k = 0; k < i; k++) {
            const struct step_record *a = &e->shown->steps[i], *b = &e->shown->steps[k];

            if (a->sent.total && a->sent.total == b->sent.total && a->sent.hash == b->sent.hash)
                return true;
        }
    for (size_t i = 0; i < all.n; i++)
        for (size_t k = 0; k < i && all.all[i].datagram.len; k++)
            if (all.all[i].step == all.all[k].step && bytes_equal(all.all[i].datagram, all.all[k].datagram))
                return true;
    return false;
}

/* A file, or what was printed, that holds twice what our peer sent twice. */
static const char *written_twice(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    size_t at;

    if (!f || (f->outcome != STEP_OTHER_FILE && f->outcome != STEP_NOT_PRINTED) || phrase_expects_regex(e) ||
        f->described || !sent_again(e) || !has_repeats(f->expected.head, f->came.head, &at))
        return NULL;
    return arena_printf(
        e->arena, "the same datagram was sent to it twice, and so its bytes are in %s: from byte %zu on",
        f->outcome == STEP_OTHER_FILE ? e->step->path : "what it printed", at);
}

/* ---- in the order of arrival --------------------------------------------------------------------------- */

/* The places of what datagrams carried, in what should have been written and in what was. */
struct places {
    size_t wanted, came; /* SIZE_MAX: nowhere */
};

static size_t place_in(struct bytes text, struct bytes part)
{
    const uint8_t *at = bytes_find(text, part);

    return at ? (size_t)(at - text.data) : SIZE_MAX;
}

/* It came before, with the same number. */
static bool came_before(const struct arrivals *a, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (a->all[k].body.len && a->all[k].number == a->all[i].number)
            return true;
    return false;
}

/* All that was written stands there in the order in which it came, and not in that of its numbers: *early
 * came before *late, and belongs behind it. */
static bool follows_arrival(const struct evidence *e, const struct arrivals *a, size_t *early, size_t *late)
{
    const struct step_record *f = e->failed;
    struct places last = {0};
    size_t before = SIZE_MAX;

    *early = *late = SIZE_MAX;
    for (size_t i = 0; i < a->n; i++) {
        struct bytes body = a->all[i].body;
        struct places now = {place_in(f->expected.head, body), place_in(f->came.head, body)};

        if (body.len < REPEAT_LEAST || now.wanted == SIZE_MAX || now.came == SIZE_MAX || came_before(a, i))
            continue;
        if (before != SIZE_MAX && now.came <= last.came)
            return false;
        if (before != SIZE_MAX && now.wanted < last.wanted && a->all[i].number < a->all[before].number) {
            *early = before;
            *late = i;
        }
        last = now;
        before = i;
    }
    return *early != SIZE_MAX;
}

static const char *written_as_it_came(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    struct arrivals a;
    size_t early, late;

    if (!f || (f->outcome != STEP_OTHER_FILE && f->outcome != STEP_NOT_PRINTED) || phrase_expects_regex(e) ||
        f->described)
        return NULL;
    a = arrivals_of(e);
    if (!follows_arrival(e, &a, &early, &late))
        return NULL;
    return arena_printf(e->arena,
                        "number %llu came before number %llu, and so it stands in %s before it, too",
                        (unsigned long long)a.all[early].number, (unsigned long long)a.all[late].number,
                        f->outcome == STEP_OTHER_FILE ? e->step->path : "what it printed");
}

/* ---- detectors ----------------------------------------------------------------------------------------- */

/* Nothing else has happened to datagrams but that: what is wrong, is wrong for it. */
static bool only(const struct evidence *e, enum impair_kind kind)
{
    for (size_t i = 0; e->shown && i < e->shown->n_impaired; i++)
        if (e->shown->impaired[i].kind != (uint8_t)kind)
            return false;
    return e->shown && e->shown->n_impaired > 0;
}

static const char *detect_no_deduplication(const struct evidence *e)
{
    const struct impaired_record *r = is_wrong_content(e) ? repeats(e) : NULL;
    const char *twice = written_twice(e);

    if (twice)
        return twice;
    if (r && only(e, IMPAIR_DUPLICATE))
        return arena_printf(e->arena, "%s was sent twice; when each comes once it passes",
                            network_name(e, r));
    if (!r || e->failed->described || e->failed->came.total <= e->failed->expected.total ||
        e->failed->expected.total == 0)
        return NULL;
    return arena_printf(e->arena, "%s was %s, and there are %llu bytes too many; on a good network it passes",
                        network_name(e, r),
                        r->kind == IMPAIR_DUPLICATE ? "sent twice"
                        : r->kind == IMPAIR_DROP    ? "dropped, so that something was sent again"
                                                    : "late, so that something was sent again",
                        (unsigned long long)(e->failed->came.total - e->failed->expected.total));
}

static const char *detect_assumes_order(const struct evidence *e)
{
    const struct impaired_record *r = is_wrong_content(e) ? network_last(e, IMPAIR_REORDER) : NULL;

    if (written_as_it_came(e))
        return written_as_it_came(e);
    if (!r || network_last(e, IMPAIR_DROP) || network_last(e, IMPAIR_DUPLICATE) ||
        network_last(e, IMPAIR_CORRUPT))
        return NULL;
    return arena_printf(e->arena, "%s was overtaken by later ones; in their order it passes",
                        network_name(e, r));
}

static const struct diagnosis no_deduplication = {
    "no-deduplication", FAMILY_DATAGRAM, "what comes a second time is delivered a second time",
    "Acknowledge a duplicate again, but do not deliver it again.", 'T'};
static const struct diagnosis assumes_order = {
    "assumes-order", FAMILY_DATAGRAM, "datagrams are taken in the order in which they come",
    "Place data by its sequence number: datagrams may overtake each other.", 'T'};

const struct detector network_detectors[] = {
    {&no_deduplication, detect_no_deduplication},
    {&assumes_order, detect_assumes_order},
    {NULL, NULL},
};

/*
 * network.c - what a bad network shows: who takes the same twice, or in the order in which it comes.
 *
 * A network is blamed only where the same case passes on a good one.
 */
#include "judge/diagnose/diagnose.h"

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
    return r ? r : network_last(e, IMPAIR_DELAY);
}

static const char *detect_no_deduplication(const struct evidence *e)
{
    const struct impaired_record *r = is_wrong_content(e) ? repeats(e) : NULL;

    if (!r || e->failed->came.total <= e->failed->expected.total || e->failed->expected.total == 0)
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

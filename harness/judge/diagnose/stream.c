/* stream.c - a byte stream has no message boundaries. */
#include "judge/diagnose/diagnose.h"
#include "judge/phrases.h"
#include "run/plan.h"

static const char *detect_short_header(const struct evidence *e)
{
    if (!evidence_only_cut(e) || e->cut_in_header != ANSWER_FAILED || e->cut_in_body != ANSWER_PASSED)
        return NULL;
    return "it passes when a message is cut behind its length field, and fails when the cut falls inside it";
}

static const char *detect_split_delimiter(const struct evidence *e)
{
    if (!e->cut_in_delimiter || e->cut_in_body != ANSWER_PASSED)
        return NULL;
    return "it passes when a message is cut, and fails when the cut falls inside the delimiter that ends it";
}

/* A cut exactly between two messages parts nothing: then it is no partial message that was acted on. Nor is
 * one that is too long, and to be refused before its end. The cut is evidence_only_cut's. */
static bool parts_a_message(const struct evidence *e, const struct cuts *cut)
{
    const struct case_key *k = &e->shown->key;
    struct outgoing o =
        plan_outgoing(e->spec, (size_t)(e->test - e->spec->tests), cut->step, k->row, k->seed, e->arena);

    const struct framing *f = evidence_framing(e, &e->test->steps[cut->step]);
    uint32_t begin = 0;

    for (size_t i = 0; i < o.n; i++) {
        if (o.ends[i] == cut->at[0])
            return false;
        if (begin < cut->at[0] && cut->at[0] < o.ends[i] && f && f->max &&
            o.ends[i] - begin > f->max + f->delimiter.len + f->width)
            return false;
        begin = o.ends[i];
    }
    return true;
}

static uint64_t sent_by(const struct evidence *e, const struct case_record *play, size_t peer)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < play->n_steps; i++) {
        const struct step *s = evidence_step(e, &play->steps[i]);

        if (s && s->verb == VERB_SENDS && s->actor_kind == ACTOR_PEER && s->actor == peer)
            sum += play->steps[i].sent.total;
    }
    return sum;
}

/* A file, or what is printed, ends where the only read of a stream ended. */
static const char *read_once(const struct evidence *e)
{
    const struct step_record *f = e->traced ? case_failed_step(e->traced) : NULL;

    if (!f || !e->failed || f->step != e->failed->step || !evidence_is_cut_off(f) ||
        e->traced->xray.more_calls)
        return NULL;
    for (size_t p = 0; p < e->test->n_peers; p++) {
        uint64_t n, sent = sent_by(e, e->traced, p);
        const struct call_record *read = evidence_last_read(e->traced, p, &n);
        uint64_t got = read && read->result > 0 ? (uint64_t)read->result : 0;

        if (e->test->peers[p].program != e->program->program ||
            !transport_is_stream(e->test->peers[p].transport) || n != 1 || got != f->came.total ||
            got >= sent)
            continue;
        return arena_printf(e->arena,
                            "played again while its calls were traced, %s read once of what %s sent: %s of "
                            "%llu, and it kept no more",
                            e->spec->programs[e->program->program].name, e->test->peers[p].name,
                            phrase_bytes(e->arena, got), (unsigned long long)sent);
    }
    return NULL;
}

static const char *detect_one_read(const struct evidence *e)
{
    const struct cuts *cut = evidence_only_cut(e);

    if (e->program && read_once(e))
        return read_once(e);
    if (e->whole != ANSWER_PASSED || !e->shown || e->shown->key.split.kind == SPLIT_COALESCED ||
        detect_short_header(e))
        return NULL;
    if (!cut)
        return "the same bytes pass when they are sent in one piece, and fail when they come in several";
    if (!parts_a_message(e, cut))
        return NULL;
    if (cut->at[0] == 1)
        return "the same bytes pass in one piece, and fail when the first of them is read alone";
    return arena_printf(e->arena,
                        "the same bytes pass in one piece, and fail when the first %u of them are read alone",
                        cut->at[0]);
}

static const struct diagnosis one_read_one_message = {
    "one-read-one-message", FAMILY_STREAM, "one read is taken for one message",
    "Keep what arrives in a buffer until the whole message is there, and only then act on it.", 'S'};
static const struct diagnosis drops_rest_of_read = {
    "drops-rest-of-read", FAMILY_STREAM, "what a read brings behind the first message is thrown away",
    "Keep the bytes left over after one message: they begin the next.", 'S'};
static const struct diagnosis split_delimiter = {
    "split-delimiter", FAMILY_STREAM, "the delimiter is expected to arrive in one piece",
    "Look for the delimiter in all that you have buffered, not in the last read alone.", 'S'};
static const struct diagnosis short_header_read = {
    "short-header-read", FAMILY_STREAM, "the length field is expected to arrive in one piece",
    "A length field can arrive in pieces too: read until you have all of its bytes.", 'S'};

/* Several cuts make it fail, and none of them alone. */
static const char *rival_of_one_read(const struct evidence *e)
{
    const struct framing *f = e->step ? evidence_framing(e, e->step) : NULL;

    if (!f || evidence_only_cut(e))
        return NULL;
    if (f->kind == FRAMING_LENGTH && f->width > 1)
        return short_header_read.id;
    return f->kind == FRAMING_DELIMITER && f->delimiter.len > 1 ? split_delimiter.id : NULL;
}

static const char *detect_drops_rest(const struct evidence *e)
{
    if (e->apart == ANSWER_PASSED)
        return "the same messages pass when each is sent alone, and fail when one read brings several of "
               "them";
    if (e->shown && e->shown->key.split.kind == SPLIT_COALESCED && e->whole == ANSWER_PASSED)
        return "the same messages pass one at a time, and fail when they come in one piece";
    if (e->whole == ANSWER_PASSED && e->parted == ANSWER_PASSED)
        return "a part of a message passes when it is read by itself, and is lost when whole messages come "
               "before it";
    return NULL;
}

const struct detector stream_detectors[] = {
    {&short_header_read, detect_short_header},
    {&split_delimiter, detect_split_delimiter},
    {&drops_rest_of_read, detect_drops_rest},
    {&one_read_one_message, detect_one_read, rival_of_one_read},
    {NULL},
};

/* ---- advice -------------------------------------------------------------------------------------------- */

#define STALLS_TOLD 3u /* once is no habit */

/* How often it happened to this program; *first is where it did first. */
static uint64_t stalls_of(const struct evidence *e, size_t program, const struct stall_record **first)
{
    uint64_t times = 0;

    *first = NULL;
    for (size_t i = 0; i < e->trials->n; i++) {
        const struct stall_record *s = &e->trials->trials[i].play->stall;

        if (s->peer == 0 || e->test->peers[s->peer - 1].program != program)
            continue;
        times += s->times;
        *first = *first ? *first : s;
    }
    return times;
}

static const char *detect_nagle_stall(const struct evidence *e)
{
    const struct stall_record *first = NULL;
    size_t program = 0;
    uint64_t times = 0;

    for (; program < e->spec->n_programs; program++) {
        times = e->spec->programs[program].owner ? 0 : stalls_of(e, program, &first);
        if (times >= STALLS_TOLD)
            break;
    }
    if (times < STALLS_TOLD)
        return NULL;
    return arena_printf(e->arena,
                        "%llu times %s wrote the beginning of a message by itself, and its kernel held the "
                        "rest back until that was acknowledged: first of all %s, and then %s, to %s",
                        (unsigned long long)times, e->spec->programs[program].name,
                        phrase_bytes(e->arena, first->came), phrase_bytes(e->arena, first->held),
                        e->test->peers[first->peer - 1].name);
}

static const struct diagnosis nagle_stall = {
    "nagle-stall", FAMILY_STREAM, "a small message is written in pieces, and the second has to wait",
    "Send a message in one write: put its parts together in a buffer first, or use writev.", 'T'};

const struct detector stream_advice[] = {
    {&nagle_stall, detect_nagle_stall},
    {NULL, NULL},
};

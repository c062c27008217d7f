/* message.c - what a message looks like on the wire. */
#include "wire/message.h"
#include "judge/diagnose/diagnose.h"
#include "judge/phrases.h"
#include "judge/story.h"

#include <string.h>

/* ---- what the detectors look at ------------------------------------------------------------------------ */

/* Bytes of a message that are not its content: its length field, or its delimiter (that of a line, for what
 * is printed). */
static size_t overhead(const struct evidence *e, const struct step *s)
{
    const struct framing *f = evidence_framing(e, s);

    if (!f)
        return s && s->actor_kind == ACTOR_PROGRAM ? 1 : 0;
    return f->kind == FRAMING_LENGTH ? f->width : f->kind == FRAMING_DELIMITER ? f->delimiter.len : 0;
}

/* The beginning of what came, without a length field. */
static struct bytes came_content(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const struct framing *framing = evidence_framing(e, e->step);

    if (!f->came_is_message && framing && framing->kind == FRAMING_LENGTH)
        return bytes_slice(f->came.head, framing->width, f->came.head.len);
    return f->came.head;
}

/* It fails only where bytes are cut apart, or come together: then it is no matter of how a message looks. */
static bool depends_on_pieces(const struct evidence *e)
{
    return e->whole == ANSWER_PASSED || e->apart == ANSWER_PASSED;
}

static bool begins_with(struct bytes b, struct bytes with)
{
    return b.len >= with.len && bytes_equal(bytes_slice(b, 0, with.len), with);
}

static bool ends_with(struct bytes b, struct bytes with)
{
    return b.len >= with.len && bytes_equal(bytes_slice(b, b.len - with.len, with.len), with);
}

static struct bytes skip(struct bytes b, size_t n)
{
    return bytes_slice(b, n, b.len);
}

static bool all_are(struct bytes b, uint8_t value)
{
    for (size_t i = 0; i < b.len; i++)
        if (b.data[i] != value)
            return false;
    return b.len > 0;
}

/* The latest step before the failed one in which this verb was played by this actor; NULL: there is none. */
static const struct step_record *latest(const struct evidence *e, enum verb verb, enum actor_kind kind,
                                        size_t actor)
{
    const struct step_record *found = NULL;

    for (size_t i = 0; e->shown && i < e->shown->n_steps && &e->shown->steps[i] != e->failed; i++) {
        const struct step *s = evidence_step(e, &e->shown->steps[i]);
        if (s && s->verb == verb && s->actor_kind == kind && s->actor == actor)
            found = &e->shown->steps[i];
    }
    return found;
}

/* What a passed step got or printed last, where that stands in the record and not a pattern; else empty. */
static struct bytes seen_in(const struct evidence *e, const struct step_record *r)
{
    const struct step *s = evidence_step(e, r);
    const struct value *v = s ? &s->value : NULL;
    bool known = s && (s->verb == VERB_GETS || s->verb == VERB_PRINTS) && r->outcome == STEP_PASSED;

    if (known && v->kind == VALUE_CELL && e->shown->key.row < e->test->n_rows)
        v = &e->test->cells[e->shown->key.row * e->test->n_columns + v->index];
    if (known && v->kind == VALUE_LIST && v->n)
        v = &v->items[v->n - 1];
    known = known && v->kind == VALUE_BYTES && excerpt_is_whole(&r->expected);
    return known ? r->expected.head : (struct bytes){0};
}

/* ---- nul-on-the-wire ----------------------------------------------------------------------------------- */

/* a is b with one NUL byte before or behind it. */
static bool is_with_nul(struct bytes a, struct bytes b)
{
    if (a.len != b.len + 1 || a.data == NULL)
        return false;
    return (a.data[b.len] == 0 && begins_with(a, b)) || (a.data[0] == 0 && ends_with(a, b));
}

/* Not all that was expected is known, but without its last byte what came would be a message. */
static bool is_typed_with_nul(const struct step_record *f)
{
    struct bytes came = f->came.head;

    return f->syntax.mistake == MISTAKE_EXTRA_NUL && came.len > 1 && came.data[came.len - 1] == 0 &&
           came.data[came.len - 2] != 0;
}

/* Where nothing tells messages apart: the zero bytes that stand before what was expected are those of the
 * message before it. How many. */
static size_t zeros_before(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const struct framing *framing = evidence_framing(e, e->step);
    struct bytes want = evidence_wanted(e);
    size_t n = 0;

    if (!f || f->outcome != STEP_OTHER_CAME || !want.len || want.data[0] == 0 || depends_on_pieces(e) ||
        !framing || framing->kind != FRAMING_NONE || !latest(e, VERB_GETS, ACTOR_PEER, e->step->actor))
        return 0;
    while (n < f->came.head.len && f->came.head.data[n] == 0)
        n++;
    return n;
}

static const char *detect_nul(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (zeros_before(e) == 1 && begins_with(evidence_wanted(e), skip(f->came.head, 1)))
        return "behind the message before, one byte 0x00 came";
    if (!f || f->came.total == 0 || !excerpt_is_whole(&f->came) || !excerpt_is_whole(&f->expected))
        return NULL;
    if ((f->expected.total || f->outcome == STEP_OTHER_CAME) && is_with_nul(f->came.head, f->expected.head))
        return "what came is the expected message and one byte 0x00";
    if (is_typed_with_nul(f))
        return "what came is a message and one byte 0x00";
    if (f->outcome == STEP_CAME_UNASKED && f->came.total == 1 && f->came.head.data[0] == 0)
        return "behind the last message one byte 0x00 was left over";
    return NULL;
}

/* ---- strlen-on-binary ---------------------------------------------------------------------------------- */

/* Where the first zero byte is; b.len: there is none. */
static size_t first_zero(struct bytes b)
{
    const uint8_t *zero = b.len ? memchr(b.data, 0, b.len) : NULL;

    return zero ? (size_t)(zero - b.data) : b.len;
}

/* Of a whole message of HTTP: strings are a matter of its body. */
static struct bytes came_body(const struct evidence *e)
{
    bool asks = e->test->peers[e->step->actor].kind == PEER_CONNECTS;
    struct http_context c = {.kind = asks ? HTTP_RESPONSE : HTTP_REQUEST};
    struct http_found found;
    struct datum d;

    if (!excerpt_is_whole(&e->failed->came) || !http_decode(c, e->failed->came.head, e->arena, &d, &found))
        return (struct bytes){0};
    return datum_get(&d, "body")->bytes;
}

/* The message that the failed step's peer had sent, and which the missing one should have answered. */
static struct bytes request(const struct evidence *e)
{
    const struct framing *framing = evidence_framing(e, e->step);
    const struct step_record *sent = framing ? latest(e, VERB_SENDS, ACTOR_PEER, e->step->actor) : NULL;
    struct bytes rest = sent && excerpt_is_whole(&sent->sent) ? sent->sent.head : (struct bytes){0};
    struct frame frame;

    if (!rest.len || framing->kind == FRAMING_NONE || framing->kind == FRAMING_DATAGRAM)
        return rest;
    for (uint32_t i = 0;; i++) {
        if (framing_next(framing, rest, &frame) != FRAMED_MESSAGE)
            return (struct bytes){0};
        if (i == e->failed->item)
            return frame.body;
        rest = skip(rest, frame.total);
    }
}

static const char *detect_strlen(const struct evidence *e)
{
    const struct framing *framing = evidence_framing(e, e->step);
    bool http = framing && framing->kind == FRAMING_HTTP;
    struct bytes want = http ? phrase_wanted_field(e, "body") : evidence_wanted(e), asked, got;
    size_t zero;

    if (!want.len || depends_on_pieces(e))
        return NULL;
    got = http ? came_body(e) : came_content(e);
    zero = first_zero(want);
    if (zero < want.len && got.len == zero && (got.len || e->failed->came_is_message) &&
        begins_with(want, got))
        return arena_printf(e->arena, "it ends after %s, where the first byte 0x00 of the message should be",
                            phrase_bytes(e->arena, zero));
    asked = request(e);
    zero = first_zero(asked);
    if (zero < asked.len && asked.len == want.len && e->failed->came_is_message && got.len == zero &&
        excerpt_is_whole(&e->failed->came))
        return arena_printf(e->arena,
                            "%s came: as many as there are before the first byte 0x00 of what was sent",
                            phrase_bytes(e->arena, zero));
    return NULL;
}

/* ---- sends-whole-buffer -------------------------------------------------------------------------------- */

/* Is it how large one makes a buffer? Powers of two, whole hundreds, and one less, for a terminator. */
static bool is_buffer_size(uint64_t n)
{
    uint64_t sizes[] = {n, n + 1};

    for (size_t i = 0; i < 2; i++)
        if (sizes[i] >= 32 && ((sizes[i] & (sizes[i] - 1)) == 0 || sizes[i] % 100 == 0))
            return true;
    return false;
}

/* Bytes on the wire of the last answer before leftovers; 0: it is not known. */
static uint64_t last_answer(const struct evidence *e)
{
    size_t peer = e->step ? e->step->actor : e->failed->item;
    const struct step_record *r = latest(e, VERB_GETS, ACTOR_PEER, peer);

    return r && r->items == 1 && seen_in(e, r).len ? seen_in(e, r).len + overhead(e, evidence_step(e, r)) : 0;
}

/* What came beside the message itself: behind it, before it, or after all was said. */
struct surplus {
    struct bytes bytes;
    uint64_t all; /* together with the message before it, on the wire; 0: not known */
};

static struct surplus surplus_of(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    struct bytes want = evidence_wanted(e), came;
    struct surplus none = {{0}, 0};

    if (!f || depends_on_pieces(e))
        return none;
    came = f->came.head;
    if (f->outcome == STEP_CAME_UNASKED) {
        uint64_t last = last_answer(e);
        return (struct surplus){came, last ? last + f->came.total : 0};
    }
    if (!want.len || (f->outcome != STEP_OTHER_CAME && f->outcome != STEP_NOT_PRINTED))
        return none;
    if (begins_with(came, want))
        return (struct surplus){skip(came, want.len), overhead(e, e->step) + f->came.total};
    if (excerpt_is_whole(&f->came) && ends_with(came, want))
        return (struct surplus){bytes_slice(came, 0, came.len - want.len), 0};
    return none;
}

/* What nobody has written there: mostly numbers and addresses, with many zero bytes. */
static bool looks_like_memory(struct bytes b)
{
    size_t zeros = 0;

    for (size_t i = 0; i < b.len; i++)
        zeros += b.data[i] == 0;
    return all_are(bytes_slice(b, 0, 4), 0) || (b.len >= 16 && zeros >= b.len / 4);
}

static const char *detect_whole_buffer(const struct evidence *e)
{
    struct surplus s = surplus_of(e);

    if (zeros_before(e) >= 4)
        return arena_printf(e->arena, "behind the message before, %s came, or more, all 0x00",
                            phrase_bytes(e->arena, zeros_before(e)));
    if (s.bytes.len >= 4 && all_are(s.bytes, 0)) /* fewer may be strings' ends */
        return arena_printf(e->arena, "beside the message itself %s came, all 0x00",
                            phrase_bytes(e->arena, s.bytes.len));
    if (s.bytes.len >= 8 && s.all && looks_like_memory(s.bytes))
        return arena_printf(e->arena,
                            "behind the message %s came, many of them 0x00: what lay in memory behind it",
                            phrase_bytes(e->arena, s.bytes.len));
    if (s.bytes.len < 8 || !s.all || !is_buffer_size(s.all))
        return NULL;
    return arena_printf(e->arena, "%s came, the size of a buffer; the message is only its beginning",
                        phrase_bytes(e->arena, s.all));
}

/* ---- stale-bytes --------------------------------------------------------------------------------------- */

/* `got` is the wanted message and, where that is too short for it, what is left of the older one; or the
 * other way round, in a protocol that reverses. */
static bool shows_old(struct bytes got, struct bytes want, struct bytes old)
{
    size_t left = old.len > want.len ? old.len - want.len : 0;

    if (!left || !want.len || got.len != old.len)
        return false;
    if (begins_with(got, want) && !begins_with(old, want))
        return bytes_equal(skip(got, want.len), skip(old, want.len));
    return ends_with(got, want) && !ends_with(old, want) &&
           bytes_equal(bytes_slice(got, 0, left), bytes_slice(old, 0, left));
}

/* Behind the last message, which is shorter than the older one, there is the end of that: not all of it. */
static bool is_old_end(struct bytes got, struct bytes last, struct bytes old, size_t end)
{
    return last.len + end > 0 && last.len + end < old.len && got.len &&
           bytes_equal(got, skip(old, last.len + end));
}

/* What came unasked includes its delimiter. */
static struct bytes leftover(const struct evidence *e)
{
    struct bytes b = e->failed->came.head;

    if (e->failed->outcome == STEP_CAME_UNASKED && b.len && b.data[b.len - 1] == '\n')
        b.len--;
    return b;
}

static const char *detect_stale(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    struct bytes want = evidence_wanted(e), last = {0}, old;

    if (!f || !e->shown || !f->came.total || !excerpt_is_whole(&f->came) || depends_on_pieces(e) ||
        (f->outcome != STEP_OTHER_CAME && f->outcome != STEP_CAME_UNASKED && f->outcome != STEP_NOT_PRINTED))
        return NULL;
    for (size_t i = e->shown->n_steps; i-- > 0;) {
        const struct step_record *r = &e->shown->steps[i];
        size_t end = overhead(e, evidence_step(e, r));

        old = r == f ? (struct bytes){0} : seen_in(e, r);
        if (!old.len)
            continue;
        if (shows_old(f->came.head, want, old) || is_old_end(leftover(e), last, old, end))
            return arena_printf(e->arena, "it shows %s belonging to the longer message before: %s",
                                phrase_bytes(e->arena, want.len && shows_old(f->came.head, want, old)
                                                           ? old.len - want.len
                                                           : leftover(e).len),
                                story_quote(e->arena, &r->expected));
        if (!last.len)
            last = old;
    }
    return NULL;
}

/* ---- wrong-line-ending --------------------------------------------------------------------------------- */

static bool is_line_end(uint8_t c)
{
    return c == '\r' || c == '\n';
}

/* What exactly should come is not known, but a line came, and its CR did not. */
static const char *detect_bare_lf(const struct evidence *e)
{
    const struct framing *framing = evidence_framing(e, e->step);
    struct bytes got = e->failed->came.head;

    if (e->failed->outcome != STEP_TOO_LITTLE || !excerpt_is_whole(&e->failed->came) ||
        depends_on_pieces(e) || !framing || framing->kind != FRAMING_DELIMITER ||
        !bytes_equal(framing->delimiter, bytes_of("\r\n")) || got.len < 2 || got.data[got.len - 1] != '\n' ||
        got.data[got.len - 2] == '\r')
        return NULL;
    return "what came ends with LF (0x0a) alone, where CR LF should be";
}

/* Where nothing tells lines apart, as many bytes came as were awaited. */
static bool goes_wrong_at_cr(struct bytes got, struct bytes want)
{
    size_t n = bytes_common(got, want);

    return n < want.len && want.data[n] == '\n' && n < got.len && got.data[n] == '\r' &&
           (n + 1 == got.len || got.data[n + 1] == '\n');
}

static const char *detect_line_ending(const struct evidence *e)
{
    const struct framing *framing = evidence_framing(e, e->step);
    struct bytes want = evidence_wanted(e), got;
    size_t n;

    if (framing && framing->kind == FRAMING_HTTP)
        return http_bare_lf(e);
    if (!want.len)
        return e->failed ? detect_bare_lf(e) : NULL;
    if (!excerpt_is_whole(&e->failed->came) || depends_on_pieces(e))
        return NULL;
    got = e->failed->came.head;
    if ((!framing || framing->kind == FRAMING_NONE) && goes_wrong_at_cr(got, want))
        return "it is what was expected up to a line's end, which is CR LF (0x0d 0x0a), where LF alone "
               "should be";
    if (framing && framing->kind != FRAMING_DELIMITER)
        return NULL;
    n = got.len;
    if (n > want.len && got.data[0] == '\r' && ends_with(got, want) && want.data[0] != '\r' &&
        n == want.len + 1)
        return "it is the expected line, but for a CR (0x0d) before it: the line before ended with LF CR";
    while (n > want.len && is_line_end(got.data[n - 1]))
        n--;
    if (n == got.len || !bytes_equal(bytes_slice(got, 0, n), want))
        return NULL;
    if (got.data[n] == '\n' && !framing && e->step->actor_kind == ACTOR_PROGRAM)
        return arena_printf(
            e->arena,
            "it is what was expected, and behind it a line end (0x0a) more, as puts and println add one");
    if (got.data[n] == '\n')
        return "it is the expected line, but ends with LF (0x0a) alone, where CR LF should be";
    if (got.len == n + 1 && framing && framing->delimiter.len > 1)
        return "it is the expected line, but ends with CR (0x0d) alone, where CR LF should be";
    return "it is the expected line, but ends with CR LF (0x0d 0x0a), where LF alone should be";
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static const struct diagnosis nul_on_the_wire = {
    "nul-on-the-wire", FAMILY_MESSAGE, "the string's terminator is sent along",
    "The NUL at the end of a C string is not part of the message: send strlen(s) bytes, not strlen(s) + 1.",
    'M'};
static const struct diagnosis strlen_on_binary = {
    "strlen-on-binary", FAMILY_MESSAGE,
    "binary data is handled as a string, which ends at the first zero byte",
    "Use the count that recv or the length field gave you, not strlen: a zero byte is data like any other.",
    'M'};
static const struct diagnosis sends_whole_buffer = {
    "sends-whole-buffer", FAMILY_MESSAGE, "the whole buffer is sent, and not only the message in it",
    "Send only the bytes that are valid, not sizeof(buffer).", 'M'};
static const struct diagnosis stale_bytes = {
    "stale-bytes", FAMILY_STREAM, "bytes of an older message are taken for a part of this one",
    "Terminate what you received: buf[n] = 0, and read at most sizeof(buf) - 1 bytes.", 'S'};
static const struct diagnosis wrong_line_ending = {
    "wrong-line-ending", FAMILY_MESSAGE, "lines end with other bytes than the protocol says",
    "End lines exactly as the protocol says: CR LF (\"\\r\\n\") is not LF (\"\\n\").", 'M'};
const struct detector message_detectors[] = {
    {&nul_on_the_wire, detect_nul},
    {&wrong_line_ending, detect_line_ending},
    {&strlen_on_binary, detect_strlen},
    {&stale_bytes, detect_stale},
    {&sends_whole_buffer, detect_whole_buffer},
    {NULL, NULL},
};

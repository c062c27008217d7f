/*
 * network.c - see network.h.
 *
 *        ┊ link: each byte apart, both ways
 *     1  client           exit: 0
 *        ✂ link: datagram 5 to server dropped  "DATA 17 …"
 */
#include "report/network.h"
#include "report/payload.h"
#include "report/wording.h"

#include <inttypes.h>
#include <stdio.h>

#define SHOWN_FIRST 3u /* of a step; then a fold, and the last ones: what was done last has mattered most */
#define SHOWN_LAST 5u
#define ROOM 16u /* columns that a quotation needs at least */

void network_words(struct buf *out, const struct impaired_record *r)
{
    switch ((enum impair_kind)r->kind) {
    case IMPAIR_DROP: buf_text(out, "dropped"); break;
    case IMPAIR_DUPLICATE: buf_text(out, "sent twice"); break;
    case IMPAIR_REORDER:
        buf_text(out, "put behind the next");
        if (r->detail > 1)
            buf_printf(out, " %" PRIu64, r->detail);
        break;
    case IMPAIR_DELAY:
        buf_text(out, "delayed by ");
        wording_duration(out, (int64_t)r->detail);
        break;
    case IMPAIR_CORRUPT: buf_printf(out, "corrupted in byte %" PRIu64, r->detail + 1); break;
    }
}

static void put_one(const struct ladder *l, const struct impaired_record *r)
{
    const struct peer *peer = &l->test->peers[r->peer];
    const struct excerpt payload = {.total = r->len, .head = r->head};
    _cleanup_buf_ struct buf text = BUF_INIT;

    buf_printf(&text, "%s: datagram %u %s %s ", peer->name, r->nth, r->back ? "from" : "to",
               rung_program(l, peer->program));
    if (r->message)
        buf_printf(&text, "(%s) ", r->message);
    network_words(&text, r);
    buf_byte(&text, 0);
    pen_to(l->pen, l->who);
    pen_glyph(l->pen, INK_CUT, GLYPH_SCISSORS);
    pen_to(l->pen, l->pen->column + 1);
    l->pen->indent = l->pen->column;
    pen_wrap(l->pen, INK_CUT, (const char *)text.data);
    if (l->pen->column + 2 + ROOM <= l->pen->width) {
        pen_to(l->pen, l->pen->column + 2);
        payload_quote(l->pen, INK_FAINT, &payload, 0, l->pen->width);
    }
    pen_end(l->pen);
}

static void put_more(const struct ladder *l, uint64_t n)
{
    char text[64];

    snprintf(text, sizeof text, "%" PRIu64 " more datagrams", n);
    pen_to(l->pen, l->who);
    pen_glyph(l->pen, INK_FAINT, GLYPH_MORE);
    pen_to(l->pen, l->pen->column + 1);
    pen_text(l->pen, INK_FAINT, text);
    pen_end(l->pen);
}

#define CUTS_SHOWN 12u

static bool put_cuts(struct buf *out, const struct split *s)
{
    const struct cuts *cuts = split_at(s, SPLIT_RELAYED);

    if (split_every(s)) {
        wording_every(out, split_every(s));
        buf_text(out, ", both ways");
        return true;
    }
    for (uint32_t i = 0; cuts && i < cuts->n && i < CUTS_SHOWN; i++)
        buf_printf(out, "%s%u", i ? ", " : "cut behind byte ", cuts->at[i]);
    if (cuts)
        buf_text(out, cuts->n > CUTS_SHOWN ? " …, both ways" : ", both ways");
    return cuts;
}

static void put_line(const struct ladder *l, struct buf *text)
{
    buf_byte(text, 0);
    pen_to(l->pen, l->who);
    pen_glyph(l->pen, INK_CUT, GLYPH_CUT);
    pen_to(l->pen, l->pen->column + 1);
    l->pen->indent = l->pen->column;
    pen_wrap(l->pen, INK_CUT, (const char *)text->data);
    pen_end(l->pen);
}

static void put_handshakes(const struct ladder *l)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    buf_text(&text, "TLS: ");
    wording_every(&text, split_every(&l->shown->key.split));
    buf_text(&text, ", from the handshake on");
    put_line(l, &text);
}

void network_put_cuts(const struct ladder *l)
{
    for (size_t i = 0; i < l->test->n_peers; i++) {
        _cleanup_buf_ struct buf text = BUF_INIT;

        if (!peer_relays_stream(&l->test->peers[i]))
            continue;
        buf_printf(&text, "%s: ", l->test->peers[i].name);
        if (put_cuts(&text, &l->shown->key.split))
            put_line(l, &text);
    }
    if (split_every(&l->shown->key.split) && test_shakes_hands(l->test))
        put_handshakes(l);
}

void network_put(const struct ladder *l, uint32_t step)
{
    const struct case_record *c = l->shown;
    size_t n = 0, at = 0;

    for (size_t i = 0; i < c->n_impaired; i++)
        n += c->impaired[i].step == step;
    for (size_t i = 0; i < c->n_impaired; i++) {
        if (c->impaired[i].step != step || c->impaired[i].peer >= l->test->n_peers)
            continue;
        if (at < SHOWN_FIRST || at + SHOWN_LAST >= n)
            put_one(l, &c->impaired[i]);
        else if (at == SHOWN_FIRST)
            put_more(l, n - SHOWN_FIRST - SHOWN_LAST);
        at++;
    }
    if (n && c->n_more_impaired && c->impaired[c->n_impaired - 1].step == step)
        put_more(l, c->n_more_impaired);
}

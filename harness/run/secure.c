/*
 * secure.c - TLS in a play: certificates made for it, files of them for the programs, and the conversations
 * of peers.
 */
#include "run/stage.h"

#include <errno.h>

static int place(struct stage *st, const char *path, int made, const struct buf *content)
{
    return made < 0 ? made : owners_place(st, path, buf_view(content));
}

int secure_begin(struct stage *st)
{
    _cleanup_buf_ struct buf authority = BUF_INIT;
    _cleanup_buf_ struct buf cert = BUF_INIT;
    _cleanup_buf_ struct buf key = BUF_INIT;
    int r;

    if (!spec_uses_tls(st->spec))
        return 0;
    if (certs_init(&st->certs, &st->err) < 0)
        return st->err.code;
    r = place(st, SPEC_TLS_CA, certs_put_authority(&st->certs, &authority), &authority);
    if (r == 0)
        r = place(st, SPEC_TLS_CERT, certs_put_server(&st->certs, &cert), &cert);
    if (r == 0)
        r = place(st, SPEC_TLS_KEY, certs_put_key(&st->certs, &key), &key);
    return r < 0 ? err_set(&st->err, r, "placing certificates") : 0;
}

int peer_secure(struct stage *st, struct peer_run *p)
{
    const struct peer *spec = p->spec;
    struct tls *t;

    if (!spec->tls.on || !p->is_stream || p->stream.fd < 0)
        return 0;
    t = spec->kind == PEER_CONNECTS ? tls_client(&st->certs, spec->tls.name ? spec->tls.name : "localhost")
                                    : tls_server(&st->certs, spec->tls.cert, spec->tls.name, spec->host);
    if (!t)
        return -EIO;
    stream_cut_handshake(&p->stream, st->request->distrust ? 0 : split_every(&st->key->split));
    stream_secure(&p->stream, t);
    return 0;
}

bool handshakes_flow(struct stage *st)
{
    bool any = false;

    for (size_t i = 0; i < st->test->n_peers && !st->err.code; i++) {
        struct peer_run *p = &st->peers[i];
        int passed = p->stream.held.len ? gate_passed(&p->stream, &st->diag) : 0;

        if (passed < 0)
            err_set(&st->err, passed, "looking up a socket");
        any |= passed > 0 && stream_let_on(&p->stream, false);
    }
    return any;
}

bool handshakes_release(struct stage *st)
{
    bool any = false;

    for (size_t i = 0; i < st->test->n_peers; i++)
        any |= stream_let_on(&st->peers[i].stream, true);
    return any;
}

bool peer_is_ready(const struct peer_run *p)
{
    return stream_is_ready(&p->stream) || p->stream.error || p->stream.reset;
}

static bool is_ready(struct stage *st, void *arg)
{
    (void)st;
    return peer_is_ready(arg);
}

bool peer_greet(struct stage *st, struct peer_run *p, int64_t within, enum decided *decided)
{
    struct wait w = {.done = is_ready, .arg = p, .within = within};

    if (p->stream.tls && !peer_is_ready(p))
        *decided = await(st, &w);
    return !p->stream.tls || p->stream.tls->opened;
}

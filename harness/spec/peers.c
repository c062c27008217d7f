/* peers.c - `peers`: who speaks to the student's programs, from where, and to which of their ports. */
#include "base/mem.h"
#include "spec/parts.h"

#include <arpa/inet.h>
#include <string.h>

struct peer_read {
    struct peer *peer;
    bool connected; /* `connects` was understood */
};

static size_t program_index(const struct spec *s, const char *name, size_t len)
{
    for (size_t i = 0; i < s->n_programs; i++)
        if (strlen(s->programs[i].name) == len && memcmp(s->programs[i].name, name, len) == 0)
            return i;
    return SIZE_MAX;
}

static void unknown_program(struct loader *l, const struct node *n, const char *name)
{
    const struct spec *s = l->spec;
    const char **names = mem_new(s->n_programs * sizeof *names + 1);

    for (size_t i = 0; i < s->n_programs; i++)
        names[i] = s->programs[i].name;
    suggest(l, diag_error(l->diags, n->mark, "there is no program %s", quoted(l, n->text)), name, names,
            s->n_programs);
    mem_free(names);
}

static bool find_endpoint(struct loader *l, const struct node *n, const struct program *p, const char *name,
                          size_t *out)
{
    struct diag *d;

    if (p->n_listens == 0) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "`%s` does not listen", p->name),
                  "add `listens: tcp` or `listens: udp` to it");
        return false;
    }
    *out = 0;
    if (!name && p->n_listens == 1)
        return true;
    for (size_t i = 0; name && i < p->n_listens; i++)
        if (p->listens[i].name && strcmp(p->listens[i].name, name) == 0) {
            *out = i;
            return true;
        }
    if (name)
        d = diag_error(l->diags, n->mark, "`%s` has no port `%s`", p->name, name);
    else
        d = diag_error(l->diags, n->mark, "`%s` listens on several ports", p->name);
    if (p->listens[0].name)
        diag_note(l->diags, d, "name one of them, like `%s.%s`", p->name, p->listens[0].name);
    else
        diag_note(l->diags, d, "its only port has no name: `connects: %s`", p->name);
    return false;
}

static void peer_connects(struct loader *l, const struct node *n, void *into)
{
    struct peer_read *r = into;
    const char *text, *dot;
    size_t len;

    if (!read_text(l, n, "`connects`", &text))
        return;
    len = strcspn(text, ".");
    dot = text[len] ? text + len + 1 : NULL;
    r->peer->program = program_index(l->spec, text, len);
    if (r->peer->program == SIZE_MAX)
        unknown_program(l, n, text);
    else
        r->connected = find_endpoint(l, n, &l->spec->programs[r->peer->program], dot, &r->peer->endpoint);
}

static void peer_protocol(struct loader *l, const struct node *n, void *into)
{
    struct peer_read *r = into;
    const struct spec *s = l->spec;
    const char **names = mem_new(s->n_protocols * sizeof *names + 1);

    for (size_t i = 0; i < s->n_protocols; i++)
        names[i] = s->protocols[i].name;
    if (s->n_protocols == 0)
        diag_error(l->diags, n->mark, "this spec declares no protocols");
    else
        read_choice(l, n, "a peer's protocol", names, s->n_protocols, &r->peer->protocol);
    mem_free(names);
}

static void read_loopback(struct loader *l, const struct node *n, const char *what, uint32_t *out)
{
    struct in_addr a;
    const char *text;
    uint32_t host;

    if (!read_text(l, n, what, &text))
        return;
    host = inet_pton(AF_INET, text, &a) == 1 ? ntohl(a.s_addr) : 0;
    if (host >> 24 == 127 && host != 0x7f000000u && host != 0x7fffffffu)
        *out = host;
    else
        diag_note(l->diags, diag_error(l->diags, n->mark, "%s cannot be %s", what, quoted(l, n->text)),
                  "write an address of this machine, 127.0.0.1 to 127.255.255.254");
}

static void peer_host(struct loader *l, const struct node *n, void *into)
{
    struct peer_read *r = into;

    read_loopback(l, n, "`host`", &r->peer->host);
}

static void peer_at(struct loader *l, const struct node *n, void *into)
{
    struct peer_read *r = into;

    read_loopback(l, n, "`at`", &r->peer->target);
}

static const struct field peer_fields[] = {
    {"connects", peer_connects},
    {"protocol", peer_protocol},
    {"host", peer_host},
    {"at", peer_at},
    {"listens", NULL},
    {"relays", NULL},
    {"ignores", NULL},
    {"tls", NULL},
    {"impair", NULL},
};

/* Framing and transport must agree: a datagram has its edges, a stream has none. */
static void check_framing(struct loader *l, const struct peer *p)
{
    enum transport transport = l->spec->programs[p->program].listens[p->endpoint].transport;
    enum framing_kind kind = spec_framing(l->spec, p)->kind;

    if (transport == TRANSPORT_TCP && kind == FRAMING_DATAGRAM)
        diag_note(l->diags,
                  diag_error(l->diags, p->mark, "`%s` speaks TCP, and its framing is `datagram`", p->name),
                  "TCP is a stream of bytes: choose a framing that marks where messages end");
    if (transport == TRANSPORT_UDP && kind != FRAMING_DATAGRAM)
        diag_note(
            l->diags,
            diag_error(l->diags, p->mark, "`%s` speaks UDP, and its framing is one of streams", p->name),
            "choose `framing: datagram`; with several protocols, name them under `protocols` and say "
            "`protocol:` in each peer");
}

static void peer_read(struct loader *l, const struct node *n, const char *name)
{
    struct peer peer = {
        .name = name, .mark = n->key->mark, .host = INADDR_LOOPBACK, .target = INADDR_LOOPBACK};
    struct peer_read r = {&peer, false};
    const struct spec *s = l->spec;

    peer.protocol = s->n_protocols == 1 && strcmp(s->protocols[0].name, "protocol") == 0 ? 0 : SIZE_MAX;
    map_read(l, n, "a peer", peer_fields, array_len(peer_fields), &r);
    if (node_is(n, NODE_MAP) && !map_get(n, "connects") && !map_get(n, "listens") && !map_get(n, "relays"))
        diag_error(l->diags, n->key->mark, "a peer needs `connects:`");
    if (!r.connected) /* it keeps its name, so that steps are not blamed for it */
        peer.program = SIZE_MAX;
    else
        check_framing(l, &peer);
    l->spec->peers[l->spec->n_peers++] = peer;
}

void peers_read(struct loader *l, const struct node *n)
{
    struct spec *s = l->spec;
    const char *name;

    if (!node_is(n, NODE_MAP)) {
        if (!n->bad)
            diag_note(l->diags, diag_error(l->diags, n->mark, "`peers` is a map of names"),
                      "like alice: {connects: server}");
        return;
    }
    s->peers = arena_new(l->arena, n->n * sizeof *s->peers);
    for (size_t i = 0; i < n->n; i++)
        if (!n->items[i]->bad && actor_name(l, n->items[i]->key, "a peer", &name))
            peer_read(l, n->items[i], name);
}

/* ---- what others ask ----------------------------------------------------------------------------- */

const struct framing *spec_framing(const struct spec *s, const struct peer *p)
{
    static const struct framing none = {.kind = FRAMING_NONE}, datagram = {.kind = FRAMING_DATAGRAM};
    const struct framing *f = p->protocol < s->n_protocols ? &s->protocols[p->protocol].framing : &none;

    if (f->kind == FRAMING_NONE && p->program < s->n_programs &&
        s->programs[p->program].listens[p->endpoint].transport == TRANSPORT_UDP)
        return &datagram;
    return f;
}

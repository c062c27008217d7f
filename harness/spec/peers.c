/* peers.c - `peers`: who speaks to the student's programs, or waits for them, from where, and to which of
 * their ports. */
#include "base/mem.h"
#include "spec/parts.h"
#include "spec/typed.h"

#include <arpa/inet.h>
#include <string.h>

struct peer_read {
    struct peer *peer;
    bool understood; /* `connects` or `listens` was */
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

/* The program, and which of its ports, that `connects` or `relays` names. */
static void find_target(struct loader *l, const struct node *n, const char *what, struct peer_read *r)
{
    const char *text, *dot;
    size_t len;

    if (!read_text(l, n, what, &text))
        return;
    len = strcspn(text, ".");
    dot = text[len] ? text + len + 1 : NULL;
    r->peer->program = program_index(l->spec, text, len);
    if (r->peer->program == SIZE_MAX)
        unknown_program(l, n, text);
    else if (find_endpoint(l, n, &l->spec->programs[r->peer->program], dot, &r->peer->endpoint)) {
        const struct endpoint *e = &l->spec->programs[r->peer->program].listens[r->peer->endpoint];

        r->peer->transport = e->transport;
        r->peer->tls.on = e->tls;
        r->understood = true;
    }
}

static void peer_connects(struct loader *l, const struct node *n, void *into)
{
    find_target(l, n, "`connects`", into);
}

static void peer_relays(struct loader *l, const struct node *n, void *into)
{
    struct peer_read *r = into;

    r->peer->kind = PEER_RELAYS;
    find_target(l, n, "`relays`", r);
    if (r->understood && r->peer->transport == TRANSPORT_UNIX) {
        diag_error(l->diags, n->mark, "a relay is for TCP and UDP: nobody relays Unix sockets");
        r->understood = false;
    }
}

static void peer_listens(struct loader *l, const struct node *n, void *into)
{
    struct peer_read *r = into;

    r->peer->kind = PEER_LISTENS;
    r->understood = transport_read(l, n, "what a peer listens on", &r->peer->transport, &r->peer->tls.on);
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

/* RFC 1918: nobody's on the Internet, so a spec can name none that is somebody's. */
static bool is_private(uint32_t host)
{
    bool network = host >> 24 == 10 || host >> 20 == 0xac1 || host >> 16 == 0xc0a8;

    return network && (host & 0xff) != 0 && (host & 0xff) != 0xff;
}

static bool is_loopback(uint32_t host, bool broadcast)
{
    return host >> 24 == 127 && host != 0x7f000000u && (host != ADDR_LOOPBACK_BROADCAST || broadcast);
}

static void read_host(struct loader *l, const struct node *n, const char *what, bool broadcast, uint32_t *out)
{
    struct in_addr a;
    const char *text;
    uint32_t host;

    if (!read_text(l, n, what, &text))
        return;
    host = inet_pton(AF_INET, text, &a) == 1 ? ntohl(a.s_addr) : 0;
    if (is_loopback(host, broadcast) || is_private(host))
        *out = host;
    else
        diag_note(
            l->diags, diag_error(l->diags, n->mark, "%s cannot be %s", what, quoted(l, n->text)),
            "write an address of this machine, 127.0.0.1 to 127.255.255.254, or of a private network, like "
            "10.0.0.7%s",
            broadcast ? "; or 127.255.255.255 to broadcast" : "");
}

static void peer_host(struct loader *l, const struct node *n, void *into)
{
    struct peer_read *r = into;

    read_host(l, n, "`host`", false, &r->peer->host);
}

static void peer_at(struct loader *l, const struct node *n, void *into)
{
    struct peer_read *r = into;

    read_host(l, n, "`at`", true, &r->peer->target);
}

static void peer_impairment(struct loader *l, const struct node *n, void *into)
{
    peer_impair(l, n, ((struct peer_read *)into)->peer);
}

static void peer_port(struct loader *l, const struct node *n, void *into)
{
    struct peer_read *r = into;
    uint64_t port = 0;

    if (read_int(l, n, "a peer's `port`", 1, 65535, &port))
        r->peer->port = (uint16_t)port;
}

static void peer_path(struct loader *l, const struct node *n, void *into)
{
    read_path(l, n, "`path`", &((struct peer_read *)into)->peer->path);
}

static void peer_broadcast(struct loader *l, const struct node *n, void *into)
{
    read_bool(l, n, "`broadcast`", &((struct peer_read *)into)->peer->broadcast);
}

/* Read when it is known what the peer speaks. */
static void peer_later(struct loader *l, const struct node *n, void *into)
{
    (void)l, (void)n, (void)into;
}

static const struct field peer_fields[] = {
    {"connects", peer_connects}, {"protocol", peer_protocol},
    {"host", peer_host},         {"at", peer_at},
    {"port", peer_port},         {"path", peer_path},
    {"listens", peer_listens},   {"relays", peer_relays},
    {"ignores", peer_later},     {"tls", peer_later},
    {"impair", peer_impairment}, {"broadcast", peer_broadcast},
    {"name", peer_later},
};

static const char *speech(enum transport t)
{
    return t == TRANSPORT_UNIX ? "over a Unix socket" : transport_name(t);
}

/* Framing and transport must agree: a datagram has its edges, a stream has none. */
static void check_framing(struct loader *l, const struct peer *p)
{
    enum transport transport = p->transport;
    enum framing_kind kind = spec_framing(l->spec, p)->kind;

    if (transport_is_stream(transport) && kind == FRAMING_DATAGRAM)
        diag_note(l->diags,
                  diag_error(l->diags, p->mark, "`%s` speaks %s, and its framing is `datagram`", p->name,
                             speech(transport)),
                  "%s is a stream of bytes: choose a framing that marks where messages end",
                  transport == TRANSPORT_UNIX ? "it" : transport_name(transport));
    if (transport == TRANSPORT_UDP && kind != FRAMING_DATAGRAM)
        diag_note(
            l->diags,
            diag_error(l->diags, p->mark, "`%s` speaks UDP, and its framing is one of streams", p->name),
            "choose `framing: datagram`; with several protocols, name them under `protocols` and say "
            "`protocol:` in each peer");
}

static void check_kind(struct loader *l, const struct node *n)
{
    const struct node *at = map_get(n, "at"), *connects = map_get(n, "connects"),
                      *listens = map_get(n, "listens"), *port = map_get(n, "port"),
                      *relays = map_get(n, "relays");

    if (!node_is(n, NODE_MAP))
        return;
    if (!connects && !listens && !relays)
        diag_note(
            l->diags, diag_error(l->diags, n->key->mark, "a peer needs `connects:`, `listens:` or `relays:`"),
            "`connects: PROGRAM` goes to a server, `listens: tcp` waits for a client, `relays: PROGRAM` "
            "stands between both");
    if ((connects && listens) || (relays && (connects || listens)))
        diag_note(l->diags,
                  diag_error(l->diags, (relays ? relays : listens)->key->mark,
                             "a peer either connects, listens or relays"),
                  "give each its own name");
    if (at && listens)
        diag_note(l->diags, diag_error(l->diags, at->key->mark, "`at` is for peers that connect"),
                  "`host: 127.0.0.2` says where a peer listens");
    if (port && !listens)
        diag_note(l->diags, diag_error(l->diags, port->key->mark, "`port` is for peers that listen"),
                  "a peer that connects goes to the port of its program");
}

static void check_impair(struct loader *l, const struct node *n, const struct peer *p)
{
    const struct node *impair = map_get(n, "impair");

    if (impair && p->transport != TRANSPORT_UDP)
        diag_note(l->diags,
                  diag_error(l->diags, impair->key->mark, "`%s` speaks %s, which makes good what networks do",
                             p->name, speech(p->transport)),
                  "impairments are for datagrams; a stream is split by `under`");
}

static struct peer peer_new(const struct spec *s, const struct node *at, const char *name)
{
    bool one = s->n_protocols == 1 && strcmp(s->protocols[0].name, "protocol") == 0;

    return (struct peer){.name = name,
                         .mark = at->key->mark,
                         .host = INADDR_LOOPBACK,
                         .target = INADDR_LOOPBACK,
                         .impair = SIZE_MAX,
                         .protocol = one ? 0 : SIZE_MAX};
}

struct peer peer_to_connect(struct loader *l, const struct node *at, const struct node *map)
{
    const struct node *connects = map_get(map, "connects"), *protocol = map_get(map, "protocol");
    struct peer peer = peer_new(l->spec, at, "");
    struct peer_read r = {&peer, false};

    if (connects)
        peer_connects(l, connects, &r);
    if (protocol)
        peer_protocol(l, protocol, &r);
    if (!r.understood)
        peer.program = SIZE_MAX;
    return peer;
}

/* Only datagrams go to everybody. */
static void check_broadcast(struct loader *l, const struct node *n, struct peer *p)
{
    const struct node *broadcast = map_get(n, "broadcast"), *at = map_get(n, "at");

    if (broadcast && (p->kind != PEER_LISTENS || p->transport != TRANSPORT_UDP))
        diag_note(
            l->diags,
            diag_error(l->diags, broadcast->key->mark, "`broadcast` is for a peer that hears datagrams"),
            p->kind == PEER_LISTENS ? "say `listens: udp`"
                                    : "`at: 127.255.255.255` sends to everybody on a port");
    if (at && p->target == ADDR_LOOPBACK_BROADCAST && p->transport != TRANSPORT_UDP)
        diag_error(l->diags, at->mark, "only datagrams can be broadcast, and `%s` speaks %s", p->name,
                   speech(p->transport));
}

/* Addresses are for peers on a network, paths for those on none. */
static void check_place(struct loader *l, const struct node *n, struct peer *p)
{
    static const char *const keys[] = {"host", "at"};
    const struct node *path = map_get(n, "path");
    bool listens = p->kind == PEER_LISTENS && p->transport == TRANSPORT_UNIX;

    for (size_t i = 0; i < array_len(keys) && p->transport == TRANSPORT_UNIX; i++)
        if (map_get(n, keys[i]))
            diag_error(l->diags, map_get(n, keys[i])->key->mark,
                       "a Unix socket has no address: `%s` means "
                       "nothing here",
                       keys[i]);
    if (path && !listens)
        diag_note(l->diags,
                  diag_error(l->diags, path->key->mark, "`path` is for a peer that listens on a Unix socket"),
                  "like `listens: unix`");
    if (listens && !p->path)
        p->path = arena_printf(l->arena, "%s.sock", p->name);
}

/* `ignores: [PING]`: names of messages. n may be NULL. */
static void ignores_read(struct loader *l, const struct node *n, struct peer *p)
{
    const struct spec *s = l->spec;
    struct scope scope = {.what = "`ignores`",
                          .protocol = p->protocol < s->n_protocols ? &s->protocols[p->protocol] : NULL};
    struct node *self = (struct node *)n;
    struct nodes names = n && !n->bad ? nodes_of(&self) : (struct nodes){0};

    if (names.n == 0)
        return;
    p->ignores.items = arena_new(l->arena, names.n * sizeof *p->ignores.items);
    for (size_t i = 0; i < names.n; i++)
        if (node_is(names.item[i], NODE_SCALAR) &&
            typed_named(l, names.item[i], &scope, &p->ignores.items[p->ignores.n]))
            p->ignores.n++;
    p->ignores.kind = VALUE_LIST;
    typed_check_coming(l, p, &p->ignores);
}

struct peer peer_read(struct loader *l, const struct node *n, const char *name)
{
    struct peer peer = peer_new(l->spec, n, name);
    struct peer_read r = {&peer, false};

    map_read(l, n, "a peer", peer_fields, array_len(peer_fields), &r);
    check_kind(l, n);
    if (!r.understood) /* it keeps its name, so that steps are not blamed for it */
        peer.program = SIZE_MAX;
    else {
        check_framing(l, &peer);
        check_impair(l, n, &peer);
        check_place(l, n, &peer);
        check_broadcast(l, n, &peer);
        peer_domain_read(l, map_get(n, "name"), &peer);
        if (peer.kind == PEER_RELAYS && peer.tls.on)
            relay_seals(l, n, &peer);
        else
            peer_tls_read(l, map_get(n, "tls"), &peer);
    }
    peer.speaks = peer.protocol;
    ignores_read(l, map_get(n, "ignores"), &peer);
    return peer;
}

bool is_map_of_peers(struct loader *l, const struct node *n)
{
    if (!node_is(n, NODE_MAP) && !n->bad)
        diag_note(l->diags, diag_error(l->diags, n->mark, "`peers` is a map of names"),
                  "like alice: {connects: server}");
    return node_is(n, NODE_MAP);
}

/* Two listening peers at one address could not both be there. */
static void check_ports(struct loader *l)
{
    const struct spec *s = l->spec;

    for (size_t i = 0; i < s->n_peers; i++)
        for (size_t k = 0; k < i; k++) {
            const struct peer *a = &s->peers[k], *b = &s->peers[i];

            if (b->port && !b->broadcast && a->port == b->port && a->host == b->host &&
                a->transport == b->transport)
                diag_note(
                    l->diags,
                    diag_error(l->diags, b->mark, "`%s` and `%s` listen on the same port", a->name, b->name),
                    "give one of them another `host`, like 127.0.0.2");
        }
}

void peers_read(struct loader *l, const struct node *n)
{
    struct spec *s = l->spec;
    const char *name;

    if (!is_map_of_peers(l, n))
        return;
    s->peers = arena_new(l->arena, n->n * sizeof *s->peers);
    for (size_t i = 0; i < n->n; i++)
        if (!n->items[i]->bad && actor_name(l, n->items[i]->key, "a peer", &name))
            s->peers[s->n_peers++] = peer_read(l, n->items[i], name);
    check_ports(l);
}

/* ---- who is told of a listening peer --------------------------------------------------------------- */

bool program_names_peer(const struct program *p, size_t peer)
{
    const struct template *t;

    for (size_t i = 0; (t = program_text(p, i)); i++)
        for (size_t k = 0; k < t->n; k++) {
            const struct piece *piece = &t->pieces[k];

            if ((piece->kind == PIECE_PEER_PORT || piece->kind == PIECE_PEER_HOST ||
                 piece->kind == PIECE_PEER_NAME || piece->kind == PIECE_PEER_PATH) &&
                piece->program == peer)
                return true;
        }
    return false;
}

/* Who is told where broadcasts go is told of all peers that hear them there. */
static bool is_told_of(const struct spec *s, const struct test *t, size_t program, size_t peer)
{
    const struct peer *p = &s->peers[peer];

    for (size_t i = 0; i < s->n_peers; i++) {
        bool same = i == peer || (p->broadcast && s->peers[i].broadcast && s->peers[i].port == p->port);

        if (same && program_names_peer(test_program(s, t, program), i))
            return true;
    }
    return false;
}

/* A port of its own, of which nobody is told: who comes there has it in its source. */
static bool is_known(const struct spec *s, const struct test *t, size_t peer)
{
    for (size_t i = 0; i < s->n_programs; i++)
        if (is_told_of(s, t, i, peer))
            return false;
    return s->peers[peer].port != 0;
}

/* It listens nowhere, and is told of nobody: where it goes only its source says. */
static bool goes_by_itself(const struct spec *s, const struct test *t, size_t program)
{
    const struct program *p = test_program(s, t, program);

    for (size_t i = 0; i < s->n_peers; i++)
        if (program_names_peer(p, i))
            return false;
    for (size_t i = 0; i < s->n_programs; i++)
        if (program_is_told_of(s, p, i))
            return false;
    return p->n_listens == 0;
}

static bool goes_to(const struct spec *s, const struct test *t, size_t program, size_t peer)
{
    return is_told_of(s, t, program, peer) || (is_known(s, t, peer) && goes_by_itself(s, t, program));
}

bool test_has_actor(const struct test *t, enum actor_kind kind, size_t index)
{
    for (size_t i = 0; i < t->n_steps; i++)
        if (t->steps[i].actor_kind == kind && t->steps[i].actor == index)
            return true;
    return false;
}

bool program_visits(const struct spec *s, const struct test *t, size_t index, size_t peer)
{
    if (!goes_to(s, t, index, peer))
        return false;
    for (size_t i = 0; i < s->n_programs && !test_has_actor(t, ACTOR_PROGRAM, index); i++)
        if (goes_to(s, t, i, peer) && test_has_actor(t, ACTOR_PROGRAM, i))
            return false;
    return true;
}

/* SIZE_MAX: none that is known beforehand. */
static size_t visitor_of(const struct spec *s, const struct test *t, size_t peer)
{
    const struct peer *p = &t->peers[peer];
    size_t listener = p->kind == PEER_ACCEPTED ? p->listener : peer;

    for (size_t k = 0; k < s->n_programs; k++)
        if (program_visits(s, t, k, listener))
            return k;
    return SIZE_MAX;
}

static bool is_visited(const struct peer *p)
{
    return (p->kind == PEER_LISTENS || p->kind == PEER_ACCEPTED) && p->program != SIZE_MAX;
}

/* The program that the test is about: the first that a step names, or a peer in it. */
static size_t first_program(const struct spec *s, const struct test *t)
{
    for (size_t i = 0; i < t->n_steps; i++) {
        const struct step *step = &t->steps[i];
        size_t found = step->actor_kind == ACTOR_PROGRAM ? step->actor : SIZE_MAX;

        if (step->actor_kind == ACTOR_PEER && step->actor < t->n_peers)
            found = is_visited(&t->peers[step->actor]) ? visitor_of(s, t, step->actor)
                                                       : t->peers[step->actor].program;
        if (found < s->n_programs)
            return found;
    }
    return 0;
}

void peers_find_visitors(struct loader *l, struct test *t)
{
    size_t first = first_program(l->spec, t);

    for (size_t i = 0; i < t->n_peers; i++) {
        size_t visitor = is_visited(&t->peers[i]) ? visitor_of(l->spec, t, i) : SIZE_MAX;

        if (is_visited(&t->peers[i])) /* where no arguments tell of it, messages do */
            t->peers[i].program = visitor != SIZE_MAX ? visitor : first;
    }
}

void peers_find_programs(struct loader *l)
{
    struct spec *s = l->spec;

    for (size_t i = 0; i < s->n_peers; i++)
        for (size_t p = s->n_programs; s->peers[i].kind == PEER_LISTENS && p-- > 0;)
            if (is_told_of(s, NULL, p, i))
                s->peers[i].program = p;
}

/* ---- what others ask ----------------------------------------------------------------------------- */

bool peer_has_port(const struct peer *p)
{
    return p->kind == PEER_LISTENS || p->kind == PEER_RELAYS;
}

bool peer_relays_stream(const struct peer *p)
{
    return p->kind == PEER_RELAYS && p->program != SIZE_MAX && p->transport == TRANSPORT_TCP;
}

bool test_relays_stream(const struct test *t)
{
    for (size_t i = 0; i < t->n_peers; i++)
        if (peer_relays_stream(&t->peers[i]))
            return true;
    return false;
}

const struct framing *spec_framing(const struct spec *s, const struct peer *p)
{
    static const struct framing none = {.kind = FRAMING_NONE}, datagram = {.kind = FRAMING_DATAGRAM};
    const struct framing *f = p->protocol < s->n_protocols ? &s->protocols[p->protocol].framing : &none;

    return f->kind == FRAMING_NONE && p->transport == TRANSPORT_UDP ? &datagram : f;
}

const struct framing *step_framing(const struct spec *s, const struct test *t, const struct step *step)
{
    struct peer as = t->peers[step->actor];

    as.protocol = step->protocol;
    return spec_framing(s, &as);
}

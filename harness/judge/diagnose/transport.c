/* transport.c - kinds of sockets: TCP in place of UDP, Unix sockets and their files, broadcast. */
#include "judge/diagnose/diagnose.h"
#include "kernel/calls.h"

#include <string.h>

/* ---- Unix sockets -------------------------------------------------------------------------------------- */

/* Is it an argument of the program that goes on behind all of `path`? */
static bool begins_with(const struct template *argument, struct bytes path)
{
    const struct piece *first = argument->n == 1 ? &argument->pieces[0] : NULL;

    return first && first->kind == PIECE_TEXT && first->text.len > path.len &&
           bytes_equal(bytes_slice(first->text, 0, path.len), path);
}

/* The test made sure that there is nothing where a path of its arguments would be cut off. */
static const char *cut_path(const struct evidence *e)
{
    struct bytes made;

    if (!e->failed || e->failed->outcome != STEP_FILE_THERE || !e->step || !e->step->path)
        return NULL;
    made = bytes_of(e->step->path);
    if (made.len != PATH_MOST)
        return NULL;
    for (size_t i = 0; i < e->record->n_programs; i++) {
        const struct program *p = &e->spec->programs[e->record->programs[i].program];

        for (size_t k = 0; k < p->n_args; k++)
            if (begins_with(&p->args[k], made))
                return arena_printf(e->arena,
                                    "%s was given a path of %zu bytes, and made a file at the first %zu",
                                    p->name, p->args[k].pieces[0].text.len, made.len);
    }
    return NULL;
}

/* It gave its kernel what it could of a path that does not fit; of that a trace shows the first bytes. */
static const char *took_long_path(const struct evidence *e)
{
    const struct xray_record *x = e->traced ? &e->traced->xray : NULL;
    struct bytes path = x && e->program ? evidence_long_path(e->program) : (struct bytes){0};

    for (size_t i = 0; path.len && i < x->n_calls; i++) {
        const struct call_record *c = &x->calls[i];
        struct bytes used = bytes_of(c->address ? c->address : "");

        if ((c->kind == CALL_BIND || c->kind == CALL_CONNECT) && c->program == e->program->program &&
            used.len && bytes_equal(bytes_slice(path, 0, used.len), used))
            return arena_printf(e->arena,
                                "played again while its calls were traced, %s, which was given a path of %zu "
                                "bytes, called %s() all the same; a socket's address has room for %u",
                                e->spec->programs[e->program->program].name, path.len,
                                call_name((enum call_kind)c->kind), PATH_MOST);
    }
    return NULL;
}

static const char *detect_unix_path(const struct evidence *e)
{
    const char *cut = cut_path(e);
    const struct endpoint *missing;
    uint16_t port;

    if (cut || took_long_path(e))
        return cut ? cut : took_long_path(e);
    if (!e->failed || e->failed->outcome != STEP_NOT_LISTENING || !e->program || !e->program->path_left)
        return NULL;
    missing = evidence_missing(e, &port);
    if (!missing || !missing->path)
        return NULL;
    return arena_printf(e->arena,
                        "the socket of its last run was still there as %s, and it did not come up again",
                        missing->path);
}

/* ---- another kind of socket ---------------------------------------------------------------------------- */

static bool wrote(const struct program_record *p, const char *words)
{
    return bytes_find(p->err.head, bytes_of(words)) || bytes_find(p->err.tail, bytes_of(words));
}

/* What the kernel says of a call that is for sockets of the other kind, in the words of most languages:
 * recvfrom on a stream is not connected, and listen is no operation of datagrams. */
static const char *complaint(const struct program_record *p, const struct endpoint *missing)
{
    static const char stream[] = "endpoint is not connected", datagram[] = "peration not supported";

    if (missing->transport == TRANSPORT_UDP)
        return wrote(p, stream) ? stream : NULL;
    return !missing->path && wrote(p, datagram) ? datagram : NULL;
}

static const char *detect_wrong_transport(const struct evidence *e)
{
    const struct endpoint *missing;
    uint16_t port;

    if (!e->failed || e->failed->outcome != STEP_NOT_LISTENING || !e->program ||
        !(missing = evidence_missing(e, &port)))
        return NULL;
    if (e->program->readiness == READY_OTHER_TRANSPORT)
        return missing->path
                   ? "it listens on a port, where a path was asked for: that needs AF_UNIX and a sockaddr_un"
                   : "its socket on that port is of the other kind: SOCK_STREAM is TCP, SOCK_DGRAM is UDP";
    return complaint(e->program, missing)
               ? arena_printf(e->arena, "it was to serve %s, and wrote “…%s”: so its socket is none of %s",
                              transport_name(missing->transport), complaint(e->program, missing),
                              transport_name(missing->transport))
               : NULL;
}

/* ---- broadcast ----------------------------------------------------------------------------------------- */

static const char *detect_no_so_broadcast(const struct evidence *e)
{
    const struct peer *p;

    if (!e->failed || !e->program || !e->step || e->step->actor_kind != ACTOR_PEER)
        return NULL;
    p = &e->test->peers[e->step->actor];
    if (!p->broadcast || !(wrote(e->program, "ermission denied") || wrote(e->program, "EACCES")) ||
        (e->failed->outcome != STEP_TOO_LITTLE && e->failed->outcome != STEP_NO_CONNECTION))
        return NULL;
    return arena_printf(e->arena, "%s heard nothing, and the program wrote that it was denied permission",
                        p->name);
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static const struct diagnosis unix_path = {
    "unix-path", FAMILY_ADDRESS, "a path is taken for an address like any other",
    "Remove your own path with unlink() before you bind it, and check that it fits into sun_path.", 'I'};
static const struct diagnosis wrong_transport = {"wrong-transport", FAMILY_ADDRESS,
                                                 "the socket is of the wrong kind",
                                                 "TCP needs SOCK_STREAM, UDP needs SOCK_DGRAM.", 'T'};
static const struct diagnosis no_so_broadcast = {"no-so-broadcast", FAMILY_ADDRESS,
                                                 "the socket may not send broadcasts",
                                                 "Turn SO_BROADCAST on before you send to everybody.", 'A'};

const struct detector transport_detectors[] = {
    {&unix_path, detect_unix_path},
    {&wrong_transport, detect_wrong_transport},
    {&no_so_broadcast, detect_no_so_broadcast},
    {NULL, NULL},
};

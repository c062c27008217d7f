/* transport.c - what is beyond TCP and UDP: Unix sockets and their files, broadcast. */
#include "judge/diagnose/diagnose.h"

#include <string.h>
#include <sys/un.h>

/* ---- Unix sockets -------------------------------------------------------------------------------------- */

#define PATH_MOST (sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1) /* its end is a NUL */

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

static const char *detect_unix_path(const struct evidence *e)
{
    const char *cut = cut_path(e);
    const struct endpoint *missing;
    uint16_t port;

    if (cut)
        return cut;
    if (!e->failed || e->failed->outcome != STEP_NOT_LISTENING || !e->program || !e->program->path_left)
        return NULL;
    missing = evidence_missing(e, &port);
    if (!missing || !missing->path)
        return NULL;
    return arena_printf(e->arena,
                        "the socket of its last run was still there as %s, and it did not come up again",
                        missing->path);
}

/* ---- broadcast ----------------------------------------------------------------------------------------- */

static bool was_denied(const struct program_record *p)
{
    static const char denied[] = "ermission denied"; /* strerror(EACCES), in the words of most languages */

    return bytes_find(p->err.head, bytes_of(denied)) || bytes_find(p->err.tail, bytes_of(denied));
}

static const char *detect_no_so_broadcast(const struct evidence *e)
{
    const struct peer *p;

    if (!e->failed || !e->program || !e->step || e->step->actor_kind != ACTOR_PEER)
        return NULL;
    p = &e->test->peers[e->step->actor];
    if (!p->broadcast || !was_denied(e->program) ||
        (e->failed->outcome != STEP_TOO_LITTLE && e->failed->outcome != STEP_NO_CONNECTION))
        return NULL;
    return arena_printf(e->arena, "%s heard nothing, and the program wrote that it was denied permission",
                        p->name);
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static const struct diagnosis unix_path = {
    "unix-path", FAMILY_ADDRESS, "a path is taken for an address like any other",
    "Remove your own path with unlink() before you bind it, and check that it fits into sun_path.", 'I'};
static const struct diagnosis no_so_broadcast = {"no-so-broadcast", FAMILY_ADDRESS,
                                                 "the socket may not send broadcasts",
                                                 "Turn SO_BROADCAST on before you send to everybody.", 'A'};

const struct detector transport_detectors[] = {
    {&unix_path, detect_unix_path},
    {&no_so_broadcast, detect_no_so_broadcast},
    {NULL, NULL},
};

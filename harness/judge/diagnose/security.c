/* security.c - TLS: whether it is spoken at all, with whom, and how it ends. */
#include "judge/diagnose/diagnose.h"
#include "judge/phrases.h"
#include "judge/story.h"
#include "peer/tls.h"

#include <sys/wait.h>

#include <string.h>

static const char *name(const struct evidence *e)
{
    return e->program ? e->spec->programs[e->program->program].name : "the program";
}

/* The peer of the failed step, where that is one on a stream; else NULL. */
static const struct peer *stream_peer(const struct evidence *e)
{
    const struct peer *p =
        e->step && e->step->actor_kind == ACTOR_PEER ? &e->test->peers[e->step->actor] : NULL;

    return p && transport_is_stream(p->transport) ? p : NULL;
}

static const struct peer *tls_peer(const struct evidence *e)
{
    const struct peer *p = stream_peer(e);

    return p && p->tls.on ? p : NULL;
}

/* What the note says behind `what`, with which it has to begin; else NULL. */
static const char *tls_says(const struct evidence *e, const char *what)
{
    size_t len = strlen(what);

    return e->failed && e->failed->tls && strncmp(e->failed->tls, what, len) == 0 ? e->failed->tls + len
                                                                                  : NULL;
}

/* ---- certificates -------------------------------------------------------------------------------------- */

static const char *shown_wrong(enum cert_kind kind)
{
    switch (kind) {
    case CERT_GOOD: return NULL;
    case CERT_OTHER_CA: return "from an authority that it was not told to trust";
    case CERT_OTHER_NAME: return "of another host";
    case CERT_EXPIRED: return "that has expired";
    }
    return NULL;
}

/* A peer with a wrong certificate that the program comes to; NULL: there is none. */
static const struct peer *impostor(const struct evidence *e)
{
    const struct step *s = e->step;

    if (s && s->actor_kind == ACTOR_PEER)
        return shown_wrong(e->test->peers[s->actor].tls.cert) ? &e->test->peers[s->actor] : NULL;
    for (size_t i = 0; s && s->actor_kind == ACTOR_PROGRAM && i < e->spec->n_peers; i++)
        if (shown_wrong(e->test->peers[i].tls.cert) &&
            program_names_peer(test_program(e->spec, e->test, s->actor), i))
            return &e->test->peers[i];
    return NULL;
}

/* It has sent something to such a peer, or found nothing wrong. */
static const char *detect_no_certificate_check(const struct evidence *e)
{
    const struct peer *p = impostor(e);
    const struct step_record *f = e->failed;
    bool talks = f && (f->outcome == STEP_CAME_UNASKED || f->outcome == STEP_OTHER_CAME);

    if (!p || !f || !p->tls.on || !(talks || (f->outcome == STEP_OTHER_EXIT && f->exit_status == 0)))
        return NULL;
    return arena_printf(e->arena, "%s showed a certificate %s, and the program went on", p->name,
                        shown_wrong(p->tls.cert));
}

/* A client; a server is shown no certificate. */
static const char *detect_refuses_certificate(const struct evidence *e)
{
    const struct peer *p = tls_peer(e);
    const char *alert = tls_says(e, TLS_ALERT);

    if (!p || !alert || p->kind == PEER_CONNECTS || p->tls.cert != CERT_GOOD ||
        !(strstr(alert, "certificate") || strstr(alert, "unknown CA")))
        return NULL;
    return arena_printf(e->arena, "%s showed a good certificate, and %s refused it: %s", p->name, name(e),
                        phrase_text(e->arena, alert));
}

static const char *detect_wrong_certificate(const struct evidence *e)
{
    const char *reason = tls_says(e, TLS_WRONG_CERT);

    if (!reason || !tls_peer(e))
        return NULL;
    return arena_printf(e->arena, "%s looked at the certificate of %s, and it is not the right one: %s",
                        tls_peer(e)->name, name(e), phrase_text(e->arena, reason));
}

/* ---- encryption ---------------------------------------------------------------------------------------- */

/* The first byte of a record (RFC 8446, 5.1). */
static bool is_record(struct bytes b)
{
    return b.len >= 1 && b.data[0] >= 20 && b.data[0] <= 24;
}

/* A peer without TLS, of a program that listens for TLS. */
static bool is_plain_client(const struct evidence *e, const struct peer *p)
{
    return p->kind == PEER_CONNECTS && !p->tls.on && p->endpoint < e->spec->programs[p->program].n_listens &&
           e->spec->programs[p->program].listens[p->endpoint].tls;
}

static const char *detect_not_encrypted(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const struct peer *p = stream_peer(e);

    if (tls_says(e, TLS_FOREIGN))
        return phrase_text(e->arena, f->tls);
    if (!p || !is_plain_client(e, p) || !f ||
        (f->outcome != STEP_OTHER_CAME && f->outcome != STEP_CAME_UNASKED) || f->came.total == 0 ||
        is_record(f->came.head))
        return NULL;
    return arena_printf(e->arena, "%s speaks no TLS, and %s sent it %s in the clear", p->name, name(e),
                        story_quote(e->arena, &f->came));
}

static bool lives(const struct evidence *e)
{
    return e->program && !e->program->exited;
}

static bool released(const struct evidence *e)
{
    return e->release && e->release->answered;
}

static const char *detect_no_handshake(const struct evidence *e)
{
    const struct peer *p = tls_peer(e);
    const struct step_record *f = e->failed;

    if (!p || p->kind != PEER_CONNECTS || !f || f->outcome != STEP_NO_TLS || f->tls || !f->accepted ||
        f->unread || f->decided == BY_DEADLINE || !lives(e) || released(e))
        return NULL;
    return arena_printf(e->arena, "%s has read how %s begins the handshake, and waits for more", name(e),
                        p->name);
}

/* Its last read of this peer's connection brought something: it went to wait without another, in which the
 * TLS library would have given out what it had, or found that there is nothing more. */
static bool waits_unasked(const struct evidence *e)
{
    uint64_t n;
    const struct call_record *last = e->traced ? evidence_last_read(e->traced, e->step->actor, &n) : NULL;

    return last && last->ended >= 0 && last->result > 0;
}

/* It answers no sooner than its socket has something to read again: so it had all that it needed. */
static const char *detect_forgets_pending(const struct evidence *e)
{
    const struct peer *p = tls_peer(e);

    if (!p || !e->ending || !e->ending->answered ||
        !(e->apart == ANSWER_PASSED || evidence_was_answered(e, e->step->actor) || waits_unasked(e)))
        return NULL;
    return arena_printf(
        e->arena,
        "%s had read all that %s sent, and answered only when its socket had something to read "
        "again: the rest waited inside of the TLS library",
        name(e), p->name);
}

/* ---- ends ---------------------------------------------------------------------------------------------- */

static const char *detect_no_close_notify(const struct evidence *e)
{
    if (!tls_says(e, TLS_NO_CLOSE_NOTIFY) || !e->step || e->step->verb != VERB_GETS_END)
        return NULL;
    return "the connection ended, and no close_notify had come before";
}

/* Who cut its connection to the program off before the failed step; NULL: nobody did. */
static const struct peer *who_cut(const struct evidence *e)
{
    const struct peer *who = NULL;

    for (size_t i = 0; e->shown && i < e->shown->n_steps; i++) {
        const struct step *s = evidence_step(e, &e->shown->steps[i]);

        if (s && s->verb == VERB_CUTS_OFF)
            who = &e->test->peers[s->actor];
    }
    return who;
}

/* Is it with this status that the program should end in `t`, where a peer says goodbye? */
static bool is_for_goodbye(const struct test *t, size_t program, int status)
{
    bool goodbye = false;

    for (size_t i = 0; i < t->n_steps; i++) {
        const struct step *s = &t->steps[i];

        if (s->verb == VERB_CUTS_OFF)
            return false;
        goodbye |= s->verb == VERB_HALF_CLOSES || s->verb == VERB_CLOSES;
        if (goodbye && s->verb == VERB_EXITS && s->actor == program && s->value.kind == VALUE_CODE &&
            s->value.number == status)
            return true;
    }
    return false;
}

/* A status that is for ends in good order, too, tells that it took this one for such an end. */
static const char *detect_cut_as_end(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!f || f->outcome != STEP_OTHER_EXIT || f->exit_status < 0 || !WIFEXITED(f->exit_status) ||
        !who_cut(e) || !e->step)
        return NULL;
    for (size_t i = 0; f->exit_status != 0 && i < e->spec->n_tests; i++)
        if (is_for_goodbye(&e->spec->tests[i], e->step->actor, WEXITSTATUS(f->exit_status)))
            return arena_printf(e->arena,
                                "%s cut the connection off without a close_notify, and %s ended with status "
                                "%d, as where one comes",
                                who_cut(e)->name, name(e), WEXITSTATUS(f->exit_status));
    if (f->exit_status != 0)
        return NULL;
    return arena_printf(e->arena,
                        "%s cut the connection off without a close_notify, and %s ended as if all were well",
                        who_cut(e)->name, name(e));
}

/* ---- names --------------------------------------------------------------------------------------------- */

static const struct diagnosis no_certificate_check = {"no-certificate-check", FAMILY_MESSAGE,
                                                      "the server's certificate is not checked",
                                                      "Verify the chain against the authority that you were "
                                                      "given, and the name against the host you asked for.",
                                                      'E'};
static const struct diagnosis refuses_good_certificate = {
    "refuses-good-certificate", FAMILY_MESSAGE, "the right certificate is refused",
    "Trust the authority that you were given, and compare the host that you asked for with the names and the "
    "addresses of the certificate (subjectAltName).",
    'E'};
static const struct diagnosis wrong_certificate = {
    "wrong-certificate", FAMILY_MESSAGE, "the server shows another certificate than the one it was given",
    "Load the certificate and the key from the files that you were given.", 'E'};
static const struct diagnosis not_encrypted = {
    "not-encrypted", FAMILY_MESSAGE, "bytes go out beside TLS",
    "Read and write through the TLS library alone, never through the socket itself.", 'E'};
static const struct diagnosis no_handshake = {"no-handshake", FAMILY_MESSAGE, "the handshake is not answered",
                                              "Hand each connection to the TLS library (SSL_accept) before "
                                              "you read from it, and where it does not block "
                                              "do so again whenever it has more to read.",
                                              'E'};
static const struct diagnosis forgets_pending = {
    "forgets-pending", FAMILY_STREAM, "what is left of a record is waited for at the socket",
    "poll() knows nothing of what the TLS library has taken from the socket: read until it wants more "
    "(SSL_ERROR_WANT_READ), or ask SSL_pending().",
    'E'};
static const struct diagnosis no_close_notify = {
    "no-close-notify", FAMILY_STREAM, "the end of a TLS connection is not announced",
    "Shut TLS down before you close the socket: without it the other side cannot tell an end from a cut.",
    'E'};
static const struct diagnosis cut_as_end = {
    "cut-taken-for-end", FAMILY_STREAM,
    "an end without close_notify is taken for the end of all that was said",
    "Anybody on the way can end a TCP connection: only a close_notify (SSL_ERROR_ZERO_RETURN) says that you "
    "have all.",
    'E'};

const struct detector security_detectors[] = {
    {&no_certificate_check, detect_no_certificate_check},
    {&refuses_good_certificate, detect_refuses_certificate},
    {&wrong_certificate, detect_wrong_certificate},
    {&not_encrypted, detect_not_encrypted},
    {&no_handshake, detect_no_handshake},
    {&forgets_pending, detect_forgets_pending},
    {&no_close_notify, detect_no_close_notify},
    {&cut_as_end, detect_cut_as_end},
    {NULL, NULL},
};

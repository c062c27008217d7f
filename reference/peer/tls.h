/*
 * tls.h - one end of a TLS conversation without I/O: bytes of the wire in, bytes of the wire out.
 *
 * So whoever has the connection decides where these are cut, and sees when they are read. Each tls_seal makes
 * records of their own. TLS 1.2 at least.
 */
#pragma once
#include "base/buf.h"
#include "peer/certs.h"

enum tls_state {
    TLS_HANDSHAKE,
    TLS_OPEN,
    TLS_ENDED,  /* their close_notify came: they will send no more */
    TLS_BROKEN, /* a fatal alert came, or what is none of TLS, or their certificate is not the right one; or
                   the stream was cut off: `note` tells */
};

#define TLS_NOTE_MAX 160
/* How some of the notes begin. */
#define TLS_NO_CLOSE_NOTIFY "it ended the connection without close_notify"
#define TLS_FOREIGN "it sent what is not TLS: "
#define TLS_WRONG_CERT "its certificate is not the right one: "
#define TLS_ALERT "it sent the alert "

struct tls {
    struct ssl_st *ssl;      /* owned */
    struct bio_st *in, *out; /* ssl's */
    struct buf early;        /* to be sent once the handshake is done */
    enum tls_state state;
    bool opened;             /* the handshake was done once */
    bool ends;               /* ours is to end after `early` */
    uint32_t n_head, left;   /* of the record that is coming: bytes of its head, and those behind it */
    char note[TLS_NOTE_MAX]; /* "" while all is well */
};

/* A client that trusts the authority and expects `name` there. NULL: a fault. */
struct tls *tls_client(const struct certs *c, const char *name);
/* A server with a certificate as certs_issue makes it. NULL: a fault. */
struct tls *tls_server(const struct certs *c, enum cert_kind kind, const char *name, uint32_t host);
void tls_free(struct tls *t); /* accepts NULL */

/* A client's first words, into out. */
void tls_begin(struct tls *t, struct buf *out);
/* Takes what came. What it says goes into `plain`, what is to be answered to it into `out`. */
void tls_feed(struct tls *t, struct bytes wire, struct buf *plain, struct buf *out);
void tls_feed_end(struct tls *t); /* the stream ended */
/* Makes records of b: into out, or later, once the handshake is done. */
void tls_seal(struct tls *t, struct bytes b, struct buf *out);
void tls_end(struct tls *t, struct buf *out); /* close_notify, once the handshake is done */

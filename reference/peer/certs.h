/*
 * certs.h - a certificate authority of one's own, made anew each time: nothing secret is kept in a
 * repository, and nothing that is kept can expire.
 *
 * One authority is trusted, a second one is not. A server's certificate is issued when it is needed, right or
 * wrong in one way.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"

/* OpenSSL's, whose headers only what is behind this one needs. */
struct evp_pkey_st;
struct x509_st;

enum cert_kind {
    CERT_GOOD,
    CERT_OTHER_CA,   /* issued by an authority that nobody trusts */
    CERT_OTHER_NAME, /* for "elsewhere.example" */
    CERT_EXPIRED,    /* since yesterday */
};

struct certs {
    struct evp_pkey_st *authority_key, *other_key, *server_key; /* owned */
    struct x509_st *authority, *other;                          /* owned */
};

int certs_init(struct certs *c, struct err *e); /* 0 or a fault; deinit in any case */
void certs_deinit(struct certs *c);             /* accepts a zeroed one */
/*
 * A server's certificate, with the key server_key, for `name` (NULL: only the following), for "localhost" and
 * for the IPv4 addresses 127.0.0.1 and host. The caller's, for tls.c; NULL: a fault.
 */
struct x509_st *certs_issue(const struct certs *c, enum cert_kind kind, const char *name, uint32_t host);
/* What programs are given, as PEM files hold it: the authority's certificate, a good one of a server, and its
 * key. 0 or -errno. */
int certs_put_authority(const struct certs *c, struct buf *out);
int certs_put_server(const struct certs *c, struct buf *out);
int certs_put_key(const struct certs *c, struct buf *out);

#include "peer/certs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <time.h>

#define DAY (24L * 60 * 60)

struct subject {
    const char *name, *alternatives; /* NULL: an authority */
    long from, to;                   /* s from now */
};

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
    X509_EXTENSION *x;
    X509V3_CTX ctx;
    bool added;

    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
    x = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    added = x && X509_add_ext(cert, x, -1) == 1;
    X509_EXTENSION_free(x);
    return added;
}

static bool add_extensions(X509 *cert, X509 *issuer, const char *alternatives)
{
    if (!alternatives)
        return add_extension(cert, issuer, NID_basic_constraints, "critical,CA:TRUE") &&
               add_extension(cert, issuer, NID_key_usage, "critical,keyCertSign,cRLSign") &&
               add_extension(cert, issuer, NID_subject_key_identifier, "hash");
    return add_extension(cert, issuer, NID_basic_constraints, "CA:FALSE") &&
           add_extension(cert, issuer, NID_key_usage, "critical,digitalSignature") &&
           add_extension(cert, issuer, NID_ext_key_usage, "serverAuth") &&
           add_extension(cert, issuer, NID_subject_key_identifier, "hash") &&
           add_extension(cert, issuer, NID_authority_key_identifier, "keyid") &&
           add_extension(cert, issuer, NID_subject_alt_name, alternatives);
}

static bool name_it(X509 *cert, const char *name)
{
    return X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC,
                                      (const unsigned char *)name, -1, -1, 0) == 1;
}

/* Serial numbers differ, as two certificates of one issuer must. */
static bool number_it(X509 *cert)
{
    BIGNUM *n = BN_new();
    bool done = n && BN_rand(n, 63, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
                BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert));

    BN_free(n);
    return done;
}

/* issuer NULL: it signs itself. */
static X509 *make(const struct subject *s, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key)
{
    X509 *cert = X509_new();

    if (cert && X509_set_version(cert, X509_VERSION_3) == 1 && number_it(cert) && name_it(cert, s->name) &&
        X509_gmtime_adj(X509_getm_notBefore(cert), s->from) &&
        X509_gmtime_adj(X509_getm_notAfter(cert), s->to) && X509_set_pubkey(cert, key) == 1 &&
        X509_set_issuer_name(cert, X509_get_subject_name(issuer ? issuer : cert)) == 1 &&
        add_extensions(cert, issuer ? issuer : cert, s->alternatives) &&
        X509_sign(cert, issuer_key, EVP_sha256()) > 0)
        return cert;
    X509_free(cert);
    return NULL;
}

int certs_init(struct certs *c, struct err *e)
{
    struct subject trusted = {.name = "sockgrade test authority", .from = -DAY, .to = 30 * DAY};
    struct subject other = {.name = "another authority", .from = -DAY, .to = 30 * DAY};

    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL); /* the same on every machine */
    *c = (struct certs){.authority_key = EVP_EC_gen("P-256"),
                        .other_key = EVP_EC_gen("P-256"),
                        .server_key = EVP_EC_gen("P-256")};
    if (c->authority_key && c->other_key && c->server_key) {
        c->authority = make(&trusted, c->authority_key, NULL, c->authority_key);
        c->other = make(&other, c->other_key, NULL, c->other_key);
    }
    return c->authority && c->other ? 0 : err_set(e, -EIO, "making certificates");
}

void certs_deinit(struct certs *c)
{
    EVP_PKEY_free(c->authority_key);
    EVP_PKEY_free(c->other_key);
    EVP_PKEY_free(c->server_key);
    X509_free(c->authority);
    X509_free(c->other);
    *c = (struct certs){0};
}

static bool is_address(const char *name)
{
    struct in6_addr any;

    return inet_pton(AF_INET, name, &any) == 1 || inet_pton(AF_INET6, name, &any) == 1;
}

static void put_alternatives(struct buf *out, const char *name, uint32_t host)
{
    if (name)
        buf_printf(out, "%s:%s,", is_address(name) ? "IP" : "DNS", name);
    if (host != INADDR_LOOPBACK)
        buf_printf(out, "IP:%u.%u.%u.%u,", host >> 24, host >> 16 & 255, host >> 8 & 255, host & 255);
    buf_text(out, "DNS:localhost,IP:127.0.0.1");
    buf_byte(out, 0);
}

X509 *certs_issue(const struct certs *c, enum cert_kind kind, const char *name, uint32_t host)
{
    _cleanup_buf_ struct buf alternatives = BUF_INIT;
    struct subject s = {.name = name ? name : "localhost", .from = -DAY, .to = 30 * DAY};
    bool other = kind == CERT_OTHER_CA;

    switch (kind) {
    case CERT_GOOD:
    case CERT_OTHER_CA: put_alternatives(&alternatives, name, host); break;
    case CERT_OTHER_NAME:
        s.name = "elsewhere.example";
        buf_text(&alternatives, "DNS:elsewhere.example");
        buf_byte(&alternatives, 0);
        break;
    case CERT_EXPIRED:
        put_alternatives(&alternatives, name, host);
        s.from = -30 * DAY;
        s.to = -DAY;
        break;
    }
    s.alternatives = (const char *)alternatives.data;
    return make(&s, c->server_key, other ? c->other : c->authority, other ? c->other_key : c->authority_key);
}

/* ---- PEM ----------------------------------------------------------------------------------------------- */

static int take_all(BIO *bio, bool written, struct buf *out)
{
    char *data;
    long n = bio && written ? BIO_get_mem_data(bio, &data) : 0;

    if (n > 0)
        buf_append(out, (struct bytes){(const uint8_t *)data, (size_t)n});
    BIO_free(bio);
    return n > 0 ? 0 : -EIO;
}

static int put_cert(X509 *cert, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());

    return take_all(bio, bio && cert && PEM_write_bio_X509(bio, cert) == 1, out);
}

int certs_put_authority(const struct certs *c, struct buf *out)
{
    return put_cert(c->authority, out);
}

int certs_put_server(const struct certs *c, struct buf *out)
{
    X509 *cert = certs_issue(c, CERT_GOOD, NULL, INADDR_LOOPBACK);
    int r = put_cert(cert, out);

    X509_free(cert);
    return r;
}

int certs_put_key(const struct certs *c, struct buf *out)
{
    BIO *bio = BIO_new(BIO_s_mem());

    return take_all(bio, bio && PEM_write_bio_PrivateKey(bio, c->server_key, NULL, NULL, 0, NULL, NULL) == 1,
                    out);
}

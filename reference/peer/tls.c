#include "peer/tls.h"

#include "base/escape.h"
#include "base/mem.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#define SHOWN 24 /* bytes of what is no TLS */
#define RECORD_HEAD 5

/* ---- making -------------------------------------------------------------------------------------------- */

static struct tls *tls_new(SSL_CTX *ctx, bool server)
{
    struct tls *t = mem_new(sizeof *t);

    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    t->ssl = SSL_new(ctx);
    t->in = BIO_new(BIO_s_mem());
    t->out = BIO_new(BIO_s_mem());
    SSL_CTX_free(ctx); /* ssl holds it */
    if (!t->ssl || !t->in || !t->out) {
        BIO_free(t->in);
        BIO_free(t->out);
        SSL_free(t->ssl);
        mem_free(t);
        return NULL;
    }
    SSL_set_bio(t->ssl, t->in, t->out);
    if (server)
        SSL_set_accept_state(t->ssl);
    else
        SSL_set_connect_state(t->ssl);
    return t;
}

static bool expect_name(SSL *ssl, const char *name)
{
    struct in_addr v4;

    if (inet_pton(AF_INET, name, &v4) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
    return SSL_set_tlsext_host_name(ssl, name) == 1 && SSL_set1_host(ssl, name) == 1;
}

struct tls *tls_client(const struct certs *c, const char *name)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    struct tls *t;

    if (!ctx)
        return NULL;
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), c->authority) != 1) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    t = tls_new(ctx, false);
    if (t && !expect_name(t->ssl, name)) {
        tls_free(t);
        return NULL;
    }
    return t;
}

struct tls *tls_server(const struct certs *c, enum cert_kind kind, const char *name, uint32_t host)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    X509 *cert = certs_issue(c, kind, name, host);
    bool made = ctx && cert && SSL_CTX_use_certificate(ctx, cert) == 1 &&
                SSL_CTX_use_PrivateKey(ctx, c->server_key) == 1;

    X509_free(cert);
    if (!made) {
        SSL_CTX_free(ctx);
        return NULL;
    }
    /* Tickets would be sent after the handshake, to whoever may not be reading any more. */
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    return tls_new(ctx, true);
}

void tls_free(struct tls *t)
{
    if (!t)
        return;
    SSL_free(t->ssl);
    buf_deinit(&t->early);
    mem_free(t);
}

/* ---- what went wrong ----------------------------------------------------------------------------------- */

static void say(struct tls *t, const char *what, const char *detail)
{
    if (!t->note[0])
        snprintf(t->note, sizeof t->note, "%s%s", what, detail ? detail : "");
}

/* Their alert: SSL_R_SSLV3_ALERT_… and TLSV1_ALERT_… are its number and 1000 (openssl/sslerr.h). */
static const char *alert_of(unsigned long error)
{
    int reason = ERR_GET_REASON(error);

    return ERR_GET_LIB(error) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET &&
                   reason < SSL_AD_REASON_OFFSET + 256
               ? SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET)
               : NULL;
}

static void broke(struct tls *t)
{
    unsigned long error = ERR_peek_error();
    const char *alert = alert_of(error), *reason = ERR_reason_error_string(error);
    long verdict = SSL_get_verify_result(t->ssl);

    t->state = TLS_BROKEN;
    if (alert)
        say(t, TLS_ALERT, alert);
    else if (verdict != X509_V_OK)
        say(t, TLS_WRONG_CERT, X509_verify_cert_error_string(verdict));
    else
        say(t, "what it sent is wrong in TLS: ", reason ? reason : "nobody knows how");
}

/* A record begins with its type, 20 to 24, and 3, the major version of all that is TLS; then come its minor
 * version and its length (RFC 8446, 5.1). Returns how many bytes are such records, or their parts. */
static size_t scan(struct tls *t, struct bytes wire)
{
    for (size_t i = 0; i < wire.len; i++) {
        uint8_t byte = wire.data[i];

        if (t->n_head == RECORD_HEAD && t->left > 0) {
            size_t n = wire.len - i < t->left ? wire.len - i : t->left;

            t->left -= (uint32_t)n;
            i += n - 1;
            continue;
        }
        if (t->n_head == RECORD_HEAD)
            t->n_head = t->left = 0;
        if ((t->n_head == 0 && (byte < 20 || byte > 24)) || (t->n_head == 1 && byte != 3))
            return i - (i < t->n_head ? i : t->n_head);
        if (t->n_head >= 3)
            t->left = t->left << 8 | byte;
        t->n_head++;
    }
    return wire.len;
}

static void say_foreign(struct tls *t, struct bytes from)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    buf_byte(&text, '"');
    escape_c(&text, bytes_slice(from, 0, SHOWN));
    buf_text(&text, from.len > SHOWN ? "\" and more" : "\"");
    buf_byte(&text, 0);
    say(t, TLS_FOREIGN, (const char *)text.data);
}

/* ---- talking ------------------------------------------------------------------------------------------- */

static void take_output(struct tls *t, struct buf *out)
{
    char *data;
    long n = BIO_get_mem_data(t->out, &data);

    if (n > 0)
        buf_append(out, (struct bytes){(const uint8_t *)data, (size_t)n});
    BIO_reset(t->out);
}

static bool fails(struct tls *t, int result)
{
    switch (SSL_get_error(t->ssl, result)) {
    case SSL_ERROR_NONE:
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return false;
    case SSL_ERROR_ZERO_RETURN: t->state = TLS_ENDED; return false;
    default: break; /* numbers of a foreign library */
    }
    broke(t);
    return true;
}

static void shake_hands(struct tls *t, struct buf *out)
{
    int r;

    ERR_clear_error();
    r = SSL_do_handshake(t->ssl);
    if (r != 1) {
        fails(t, r);
        return;
    }
    t->state = TLS_OPEN;
    t->opened = true;
    tls_seal(t, buf_view(&t->early), out);
    t->early.len = 0;
    if (t->ends)
        tls_end(t, out);
}

static void read_all(struct tls *t, struct buf *plain)
{
    int n = 1;

    while (n > 0) {
        buf_reserve(plain, SSL3_RT_MAX_PLAIN_LENGTH);
        ERR_clear_error();
        n = SSL_read(t->ssl, plain->data + plain->len, SSL3_RT_MAX_PLAIN_LENGTH);
        if (n > 0)
            plain->len += (size_t)n;
    }
    fails(t, n);
}

void tls_begin(struct tls *t, struct buf *out)
{
    shake_hands(t, out);
    take_output(t, out);
}

static void take_wire(struct tls *t, struct bytes wire, struct buf *plain, struct buf *out)
{
    if (wire.len && BIO_write(t->in, wire.data, (int)wire.len) != (int)wire.len) {
        t->state = TLS_BROKEN;
        return;
    }
    if (t->state == TLS_HANDSHAKE)
        shake_hands(t, out);
    if (t->state == TLS_OPEN)
        read_all(t, plain);
    take_output(t, out);
}

void tls_feed(struct tls *t, struct bytes wire, struct buf *plain, struct buf *out)
{
    size_t right;

    if (t->state == TLS_ENDED || t->state == TLS_BROKEN)
        return;
    right = scan(t, wire);
    take_wire(t, bytes_slice(wire, 0, right), plain, out);
    if (right == wire.len || t->state == TLS_ENDED || t->state == TLS_BROKEN)
        return;
    say_foreign(t, bytes_slice(wire, right, wire.len));
    t->state = TLS_BROKEN;
}

void tls_feed_end(struct tls *t)
{
    if (t->state == TLS_ENDED || t->state == TLS_BROKEN)
        return;
    say(t, t->opened ? TLS_NO_CLOSE_NOTIFY : "it ended the connection in the handshake", NULL);
    t->state = TLS_BROKEN;
}

/* After their close_notify ours may go on. */
static bool may_write(const struct tls *t)
{
    return t->opened && t->state != TLS_BROKEN;
}

void tls_seal(struct tls *t, struct bytes b, struct buf *out)
{
    size_t written;

    if (!t->opened && t->state == TLS_HANDSHAKE) {
        buf_append(&t->early, b);
        return;
    }
    ERR_clear_error();
    if (b.len && may_write(t))
        SSL_write_ex(t->ssl, b.data, b.len, &written);
    take_output(t, out);
}

void tls_end(struct tls *t, struct buf *out)
{
    t->ends = true;
    ERR_clear_error();
    if (may_write(t))
        SSL_shutdown(t->ssl);
    take_output(t, out);
}

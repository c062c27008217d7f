/*
 * fuzz_tls.c - any bytes as what the other side of TLS says. The first byte chooses our side and in which
 * pieces the rest comes; and, when it is odd, whether a true handshake comes before it.
 */
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "peer/tls.h"

#define CLIENT 2
#define STEP(choice) ((size_t)1 + (choice >> 2))

static void shake_hands(struct tls *client, struct tls *server)
{
    struct buf to_server = BUF_INIT, to_client = BUF_INIT, plain = BUF_INIT;

    tls_begin(client, &to_server);
    while (to_server.len || to_client.len) {
        tls_feed(server, buf_view(&to_server), &plain, &to_client);
        to_server.len = 0;
        tls_feed(client, buf_view(&to_client), &plain, &to_server);
        to_client.len = 0;
    }
    require(client->state == TLS_OPEN && server->state == TLS_OPEN);
    buf_deinit(&to_server);
    buf_deinit(&to_client);
    buf_deinit(&plain);
}

/* What is told of it can be shown to anybody, and what is broken stays so. */
static void check(const struct tls *t, enum tls_state before)
{
    require(before != TLS_BROKEN || t->state == TLS_BROKEN);
    require(strlen(t->note) < TLS_NOTE_MAX);
    for (const char *c = t->note; *c; c++)
        require(*c >= ' ' && *c <= '~');
}

static void feed(struct tls *t, const uint8_t *data, size_t size, size_t step)
{
    struct buf plain = BUF_INIT, out = BUF_INIT;

    for (size_t at = 0; at < size; at += step) {
        size_t n = size - at < step ? size - at : step;
        uint8_t *exact = mem_new(n); /* so that ASan sees whoever reads beyond it */
        enum tls_state before = t->state;

        memcpy(exact, data + at, n);
        tls_feed(t, (struct bytes){exact, n}, &plain, &out);
        mem_free(exact);
        check(t, before);
    }
    tls_seal(t, bytes_of("on"), &out);
    tls_end(t, &out);
    tls_feed_end(t);
    require(t->state == TLS_ENDED || t->state == TLS_BROKEN);
    buf_deinit(&plain);
    buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct certs certs; /* the same for all: they cost more than all the rest */
    struct err e = {0};
    struct tls *client = NULL, *server = NULL;
    bool begun = size && data[0] & 1, as_client = size && data[0] & CLIENT;

    if (size == 0)
        return 0;
    if (!certs.authority)
        require(certs_init(&certs, &e) == 0);
    if (begun || as_client)
        require((client = tls_client(&certs, "localhost")));
    if (begun || !as_client)
        require((server = tls_server(&certs, CERT_GOOD, NULL, 0x7f000001)));
    if (begun)
        shake_hands(client, server);
    feed(as_client ? client : server, data + 1, size - 1, STEP(data[0]));
    tls_free(client);
    tls_free(server);
    return 0;
}

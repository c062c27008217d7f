/* TLS without I/O, and what a stream makes of it. */
#include "peer_bench.h"

#include "peer/tls.h"

struct talk {
    struct certs certs;
    struct tls *client, *server;
    struct buf to_server, to_client; /* on the wire */
    struct buf at_server, at_client; /* in clear */
};

static void setup_talk(struct talk *t, enum cert_kind kind, const char *expects)
{
    struct err e = {0};

    *t = (struct talk){0};
    assert_int_equal(certs_init(&t->certs, &e), 0);
    t->client = tls_client(&t->certs, expects);
    t->server = tls_server(&t->certs, kind, NULL, INADDR_LOOPBACK);
    assert_true(t->client && t->server);
}

/* In pieces of `step` bytes. */
static void carry(struct tls *to, struct buf *wire, struct buf *plain, struct buf *answer, size_t step)
{
    for (size_t at = 0; at < wire->len; at += step)
        tls_feed(to, bytes_slice(buf_view(wire), at, step), plain, answer);
    wire->len = 0;
}

static void talk_on(struct talk *t, size_t step)
{
    while (t->to_server.len || t->to_client.len) {
        carry(t->server, &t->to_server, &t->at_server, &t->to_client, step);
        carry(t->client, &t->to_client, &t->at_client, &t->to_server, step);
    }
}

static void open_talk(struct talk *t, enum cert_kind kind, const char *expects, size_t step)
{
    setup_talk(t, kind, expects);
    tls_begin(t->client, &t->to_server);
    talk_on(t, step);
}

static void end_talk(struct talk *t)
{
    tls_free(t->client);
    tls_free(t->server);
    buf_deinit(&t->to_server);
    buf_deinit(&t->to_client);
    buf_deinit(&t->at_server);
    buf_deinit(&t->at_client);
    certs_deinit(&t->certs);
}

static bool heard(const struct buf *b, const char *text)
{
    return bytes_equal(buf_view(b), bytes_of(text));
}

static void both_ways_in_any_pieces(void **state)
{
    static const size_t steps[] = {1, 7, 100000};
    struct talk t;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        open_talk(&t, CERT_GOOD, "localhost", steps[i]);
        assert_int_equal(t.client->state, TLS_OPEN);
        assert_int_equal(t.server->state, TLS_OPEN);
        tls_seal(t.client, bytes_of("hello"), &t.to_server);
        assert_null(bytes_find(buf_view(&t.to_server), bytes_of("hello")));
        tls_seal(t.server, bytes_of("world"), &t.to_client);
        talk_on(&t, steps[i]);
        assert_true(heard(&t.at_server, "hello"));
        assert_true(heard(&t.at_client, "world"));
        end_talk(&t);
    }
}

/* What is said before the handshake is done waits, and so does the end. */
static void early_words_wait(void **state)
{
    struct talk t;

    (void)state;
    setup_talk(&t, CERT_GOOD, "127.0.0.1");
    tls_seal(t.server, bytes_of("welcome"), &t.to_client);
    tls_end(t.server, &t.to_client);
    assert_int_equal(t.to_client.len, 0);
    tls_begin(t.client, &t.to_server);
    talk_on(&t, 1000);
    assert_true(heard(&t.at_client, "welcome"));
    assert_int_equal(t.client->state, TLS_ENDED);
    tls_seal(t.client, bytes_of("on"), &t.to_server); /* the other way goes on */
    talk_on(&t, 1000);
    assert_true(heard(&t.at_server, "on"));
    end_talk(&t);
}

static size_t records_in(struct bytes wire)
{
    size_t n = 0;

    for (size_t at = 0; at + 5 <= wire.len; n++)
        at += 5 + (size_t)(wire.data[at + 3] << 8 | wire.data[at + 4]);
    return n;
}

static void each_part_is_a_record(void **state)
{
    struct talk t;

    (void)state;
    open_talk(&t, CERT_GOOD, "localhost", 1000);
    tls_seal(t.client, bytes_of("one"), &t.to_server);
    assert_int_equal(records_in(buf_view(&t.to_server)), 1);
    tls_seal(t.client, bytes_of("two"), &t.to_server);
    assert_int_equal(records_in(buf_view(&t.to_server)), 2);
    end_talk(&t);
}

static void certificates_are_checked(void **state)
{
    static const struct {
        enum cert_kind kind;
        const char *client, *server;
    } wrong[] = {{CERT_OTHER_CA, "unable to get local issuer", "unknown CA"},
                 {CERT_OTHER_NAME, "mismatch", "it sent the alert "},
                 {CERT_EXPIRED, "expired", "certificate expired"}};
    struct talk t;

    (void)state;
    for (size_t i = 0; i < array_len(wrong); i++) {
        open_talk(&t, wrong[i].kind, "localhost", 1000);
        assert_int_equal(t.client->state, TLS_BROKEN);
        assert_non_null(strstr(t.client->note, wrong[i].client));
        assert_int_equal(t.server->state, TLS_BROKEN);
        assert_non_null(strstr(t.server->note, wrong[i].server));
        end_talk(&t);
    }
}

static void an_end_must_be_said(void **state)
{
    struct talk t;

    (void)state;
    open_talk(&t, CERT_GOOD, "localhost", 1000);
    tls_feed_end(t.client);
    assert_int_equal(t.client->state, TLS_BROKEN);
    assert_string_equal(t.client->note, "it ended the connection without close_notify");
    tls_end(t.client, &t.to_server);
    tls_feed_end(t.server);
    assert_int_equal(t.server->state, TLS_BROKEN);
    end_talk(&t);
    open_talk(&t, CERT_GOOD, "localhost", 1000);
    tls_end(t.client, &t.to_server);
    talk_on(&t, 1000);
    tls_feed_end(t.server);
    assert_int_equal(t.server->state, TLS_ENDED);
    assert_string_equal(t.server->note, "");
    end_talk(&t);
}

static void plain_words_are_told(void **state)
{
    struct talk t;

    (void)state;
    setup_talk(&t, CERT_GOOD, "localhost");
    tls_feed(t.server, bytes_of("GET /\n"), &t.at_server, &t.to_client);
    assert_int_equal(t.server->state, TLS_BROKEN);
    assert_string_equal(t.server->note, "it sent what is not TLS: \"GET /\\n\"");
    end_talk(&t);
    open_talk(&t, CERT_GOOD, "localhost", 1000);
    tls_feed(t.client, bytes_of("HTTP/1.1 200 OK"), &t.at_client, &t.to_server);
    assert_int_equal(t.client->state, TLS_BROKEN);
    assert_string_equal(t.client->note, "it sent what is not TLS: \"HTTP/1.1 200 OK\"");
    end_talk(&t);
    for (size_t step = 1; step < 40; step += 13) { /* behind a record, and with too little to be one */
        open_talk(&t, CERT_GOOD, "localhost", 1000);
        tls_seal(t.server, bytes_of("sealed"), &t.to_client);
        buf_text(&t.to_client, "-");
        carry(t.client, &t.to_client, &t.at_client, &t.to_server, step);
        assert_true(heard(&t.at_client, "sealed"));
        assert_int_equal(t.client->state, TLS_BROKEN);
        assert_string_equal(t.client->note, "it sent what is not TLS: \"-\"");
        end_talk(&t);
    }
}

/* ---- a stream ------------------------------------------------------------------------------------------ */

/* Returns how much came. */
static size_t receive_into(struct bench *b, struct talk *t)
{
    char wire[4096];
    ssize_t n = recv(b->theirs, wire, sizeof wire, MSG_DONTWAIT);

    if (n > 0)
        tls_feed(t->server, (struct bytes){(uint8_t *)wire, (size_t)n}, &t->at_server, &t->to_client);
    if (t->to_client.len)
        assert_int_equal(send(b->theirs, t->to_client.data, t->to_client.len, 0), t->to_client.len);
    t->to_client.len = 0;
    return n > 0 ? (size_t)n : 0;
}

/* The stream is the client. */
static void connected_tls(struct bench *b, struct talk *t)
{
    setup_talk(t, CERT_GOOD, "localhost");
    connected(b);
    stream_secure(&b->s, t->client);
    t->client = NULL;
    for (int64_t deadline = clock_now() + BENCH_DEADLINE; !stream_is_ready(&b->s);) {
        assert_true(clock_now() < deadline);
        receive_into(b, t);
        loop_run(&b->loop, NS_PER_MS);
    }
}

static void a_stream_speaks_it(void **state)
{
    struct bench b;
    struct talk t;

    (void)state;
    connected_tls(&b, &t);
    stream_send(&b.s, bytes_of("hello"));
    receive_into(&b, &t);
    assert_true(heard(&t.at_server, "hello"));
    tls_seal(t.server, bytes_of("world"), &t.to_client);
    tls_end(t.server, &t.to_client);
    receive_into(&b, &t);
    RUN_UNTIL(&b, b.s.ended);
    assert_true(heard(&b.s.in, "world"));
    stream_half_close(&b.s);
    receive_into(&b, &t);
    assert_int_equal(t.server->state, TLS_ENDED);
    assert_int_equal(recv(b.theirs, (char[1]){0}, 1, 0), 0);
    teardown(&b);
    end_talk(&t);
}

static void a_cut_is_a_reset(void **state)
{
    struct bench b;
    struct talk t;

    (void)state;
    connected_tls(&b, &t);
    stream_cut(&b.s);
    receive_into(&b, &t);
    assert_int_equal(recv(b.theirs, (char[1]){0}, 1, 0), 0);
    assert_int_equal(t.server->state, TLS_OPEN); /* nothing was said of an end */
    fd_closep(&b.theirs);
    RUN_UNTIL(&b, b.s.reset);
    assert_false(b.s.ended);
    assert_non_null(strstr(b.s.tls->note, "without close_notify"));
    teardown(&b);
    end_talk(&t);
}

#define PIECE 10u

/* As connected_tls, up to the first words, which are held. */
static void held_tls(struct bench *b, struct talk *t, enum cert_kind kind)
{
    setup_talk(t, kind, "localhost");
    connected(b);
    stream_cut_handshake(&b->s, PIECE);
    stream_secure(&b->s, t->client);
    t->client = NULL;
    assert_int_equal(receive_into(b, t), 0);
}

/* No more than a piece comes at a time, from both flights, and what is said and ended meanwhile comes behind
 * them. */
static void a_handshake_goes_in_pieces(void **state)
{
    struct bench b;
    struct talk t;
    size_t pieces = 0;

    (void)state;
    held_tls(&b, &t, CERT_GOOD);
    while (!b.s.tls->opened) {
        pieces += stream_let_on(&b.s, false);
        assert_in_range(receive_into(&b, &t), 0, PIECE);
        loop_run(&b.loop, NS_PER_MS);
    }
    assert_true(pieces > 20 && b.s.held.len > PIECE);
    assert_false(stream_is_ready(&b.s));
    stream_send(&b.s, bytes_of("hello"));
    stream_half_close(&b.s);
    while (stream_let_on(&b.s, false))
        assert_in_range(receive_into(&b, &t), 1, PIECE);
    assert_true(stream_is_ready(&b.s));
    assert_true(heard(&t.at_server, "hello"));
    assert_int_equal(t.server->state, TLS_ENDED);
    assert_true(b.s.shut_sent);
    teardown(&b);
    end_talk(&t);
}

/* Who does not read is not waited for: then the rest comes as if nothing were cut. */
static void a_handshake_is_let_go(void **state)
{
    struct bench b;
    struct talk t;

    (void)state;
    held_tls(&b, &t, CERT_GOOD);
    assert_true(stream_let_on(&b.s, false));
    assert_true(stream_let_on(&b.s, true));
    assert_false(stream_let_on(&b.s, true));
    for (int64_t deadline = clock_now() + BENCH_DEADLINE; !stream_is_ready(&b.s);) {
        assert_true(clock_now() < deadline);
        receive_into(&b, &t);
        loop_run(&b.loop, NS_PER_MS);
    }
    teardown(&b);
    end_talk(&t);
}

/* It would never come where nobody asks any more. */
static void an_alert_is_not_held(void **state)
{
    struct bench b;
    struct talk t;

    (void)state;
    held_tls(&b, &t, CERT_EXPIRED);
    while (b.s.held.len) {
        stream_let_on(&b.s, false);
        receive_into(&b, &t);
    }
    RUN_UNTIL(&b, b.s.reset);
    receive_into(&b, &t);
    assert_non_null(strstr(t.server->note, "certificate expired"));
    teardown(&b);
    end_talk(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways_in_any_pieces),    cmocka_unit_test(early_words_wait),
        cmocka_unit_test(each_part_is_a_record),      cmocka_unit_test(certificates_are_checked),
        cmocka_unit_test(an_end_must_be_said),        cmocka_unit_test(plain_words_are_told),
        cmocka_unit_test(a_stream_speaks_it),         cmocka_unit_test(a_cut_is_a_reset),
        cmocka_unit_test(a_handshake_goes_in_pieces), cmocka_unit_test(a_handshake_is_let_go),
        cmocka_unit_test(an_alert_is_not_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

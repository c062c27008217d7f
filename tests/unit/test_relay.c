/* test_relay.c - a man in the middle: bytes, ends and resets both ways, in parts that are read apart, and
 * datagrams of several sources. Both other ends are played here. */
#include "peer_bench.h"

#include "peer/relay.h"

#include <fcntl.h>

enum { CLIENT, SERVER, FAR_ENDS };

struct rig {
    struct bench b; /* its listener is the server's */
    struct relay relay;
    struct impair network;
    struct split split;
    struct addr at; /* where clients come to */
    int ends[FAR_ENDS];
};

static void turn(struct rig *r, int64_t wait)
{
    loop_run(&r->b.loop, wait);
    for (int moved = 1; moved > 0;) {
        moved = relay_flow(&r->relay, &r->b.diag, clock_now());
        assert_true(moved >= 0);
    }
}

#define TURN_UNTIL(r, condition)                                                                             \
    for (int64_t until = clock_now() + BENCH_DEADLINE; !(condition);) {                                      \
        assert_true(clock_now() < until);                                                                    \
        turn(r, NS_PER_MS);                                                                                  \
    }

static void rig_open(struct rig *r, bool is_stream)
{
    struct addr any = addr_v4(INADDR_LOOPBACK, 0);

    *r = (struct rig){.ends = {-1, -1}};
    setup(&r->b);
    impair_init(&r->network, NULL, 0, 1);
    relay_init(&r->relay, &r->b.loop, is_stream);
    r->relay.split = &r->split;
    r->relay.network = &r->network;
    assert_int_equal(relay_open(&r->relay, &any), 0);
    assert_int_equal(addr_local(is_stream ? r->relay.listener.fd : r->relay.front.fd, &r->at), 0);
}

static void rig_close(struct rig *r)
{
    relay_deinit(&r->relay);
    impair_deinit(&r->network);
    split_deinit(&r->split);
    for (size_t i = 0; i < FAR_ENDS; i++)
        fd_close(r->ends[i]);
    teardown(&r->b);
}

static int client_of(const struct rig *r, int type)
{
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, &r->at.sa, r->at.len), 0);
    return fd;
}

/* One client, and its other half as the server has accepted it. */
static void linked(struct rig *r)
{
    rig_open(r, true);
    assert_int_equal(listen(r->b.listener, 4), 0);
    r->ends[CLIENT] = client_of(r, SOCK_STREAM);
    turn(r, 10 * NS_PER_MS);
    assert_false(relay_is_linked(&r->relay)); /* nobody knows yet where the server is */
    r->relay.server = r->b.at;
    TURN_UNTIL(r, relay_is_linked(&r->relay) && r->relay.links[0]->sides[IMPAIR_BACK].connected);
    r->ends[SERVER] = accept4(r->b.listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(r->ends[SERVER] >= 0);
    for (size_t i = 0; i < FAR_ENDS; i++)
        fd_nonblock(r->ends[i]);
}

static void says(struct rig *r, int who, const char *text)
{
    assert_int_equal(send(r->ends[who], text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* What one read brings, once it brings anything: its length, 0 for the end, or -errno. */
static ssize_t one_read(struct rig *r, int who, void *data, size_t size)
{
    ssize_t n;

    TURN_UNTIL(r, (n = recv(r->ends[who], data, size, 0)) >= 0 || errno != EAGAIN);
    return n < 0 ? -errno : n;
}

static void hears(struct rig *r, int who, const char *text)
{
    char data[100];

    assert_int_equal(one_read(r, who, data, sizeof data), strlen(text));
    assert_memory_equal(data, text, strlen(text));
}

static void both_ways(void **state)
{
    struct rig r;

    (void)state;
    linked(&r);
    says(&r, CLIENT, "question");
    hears(&r, SERVER, "question");
    says(&r, SERVER, "answer");
    hears(&r, CLIENT, "answer");
    assert_int_equal(relay_arrived(&r.relay, &r.b.diag), 1);
    rig_close(&r);
}

static void an_end_goes_on_and_the_other_way_stays(void **state)
{
    struct rig r;
    char data[8];

    (void)state;
    linked(&r);
    says(&r, CLIENT, "last");
    shutdown(r.ends[CLIENT], SHUT_WR);
    hears(&r, SERVER, "last");
    assert_int_equal(one_read(&r, SERVER, data, sizeof data), 0);
    says(&r, SERVER, "late");
    hears(&r, CLIENT, "late");
    assert_true(relay_is_linked(&r.relay));
    shutdown(r.ends[SERVER], SHUT_WR);
    assert_int_equal(one_read(&r, CLIENT, data, sizeof data), 0);
    TURN_UNTIL(&r, !relay_is_linked(&r.relay));
    rig_close(&r);
}

static void resets(struct rig *r, int who)
{
    const struct linger now = {.l_onoff = 1};

    setsockopt(r->ends[who], SOL_SOCKET, SO_LINGER, &now, sizeof now);
    fd_closep(&r->ends[who]);
}

static void a_reset_goes_on_behind_what_came_before(void **state)
{
    for (int who = CLIENT; who < FAR_ENDS; who++) {
        struct rig r;
        char data[8];

        (void)state;
        linked(&r);
        says(&r, who, "bye");
        TURN_UNTIL(&r, r.relay.links[0]->lanes[who == CLIENT ? IMPAIR_THERE : IMPAIR_BACK].passed == 3);
        hears(&r, 1 - who, "bye");
        resets(&r, who);
        assert_int_equal(one_read(&r, 1 - who, data, sizeof data), -ECONNRESET);
        assert_false(relay_is_linked(&r.relay));
        rig_close(&r);
    }
}

static void nobody_listens(void **state)
{
    struct rig r;
    char data[8];

    (void)state;
    rig_open(&r, true);
    r.relay.server = r.b.at; /* which is bound, and does not listen */
    r.ends[CLIENT] = client_of(&r, SOCK_STREAM);
    fd_nonblock(r.ends[CLIENT]);
    assert_int_equal(one_read(&r, CLIENT, data, sizeof data), -ECONNRESET);
    rig_close(&r);
}

static void cut_on_both_sides(void **state)
{
    struct rig r;
    char data[8];

    (void)state;
    linked(&r);
    says(&r, CLIENT, "x");
    hears(&r, SERVER, "x");
    relay_cut(&r.relay);
    assert_int_equal(one_read(&r, CLIENT, data, sizeof data), -ECONNRESET);
    assert_int_equal(one_read(&r, SERVER, data, sizeof data), -ECONNRESET);
    rig_close(&r);
}

/* ---- parts --------------------------------------------------------------------------------------------- */

static void each_byte_is_read_alone(void **state)
{
    struct rig r;

    (void)state;
    linked(&r);
    r.split.kind = SPLIT_BYTES;
    says(&r, CLIENT, "abc");
    hears(&r, SERVER, "a");
    hears(&r, SERVER, "b");
    hears(&r, SERVER, "c");
    says(&r, SERVER, "de");
    hears(&r, CLIENT, "d");
    hears(&r, CLIENT, "e");
    rig_close(&r);
}

/* … counted from the first on, however they come. */
static void chunks_are_read_alone(void **state)
{
    struct rig r;

    (void)state;
    linked(&r);
    r.split = (struct split){.kind = SPLIT_CHUNKS, .chunk = 3};
    says(&r, CLIENT, "abcde");
    hears(&r, SERVER, "abc");
    hears(&r, SERVER, "de");
    says(&r, CLIENT, "fghi");
    hears(&r, SERVER, "f");
    hears(&r, SERVER, "ghi");
    says(&r, SERVER, "1234");
    hears(&r, CLIENT, "123");
    hears(&r, CLIENT, "4");
    rig_close(&r);
}

static void cut_where_it_says(void **state)
{
    struct rig r;

    (void)state;
    linked(&r);
    split_add(&r.split, 0, 1); /* of a step: not a relay's */
    split_add(&r.split, SPLIT_RELAYED, 2);
    split_add(&r.split, SPLIT_RELAYED, 7);
    says(&r, CLIENT, "abcd");
    hears(&r, SERVER, "ab");
    hears(&r, SERVER, "cd");
    says(&r, CLIENT, "efghij");
    hears(&r, SERVER, "efg");
    hears(&r, SERVER, "hij");
    says(&r, SERVER, "12345"); /* each way counts by itself */
    hears(&r, CLIENT, "12");
    hears(&r, CLIENT, "345");
    rig_close(&r);
}

/* Who does not read gets the rest once that is known. */
static void who_sleeps_is_not_waited_for(void **state)
{
    struct rig r;

    (void)state;
    linked(&r);
    r.split.kind = SPLIT_BYTES;
    says(&r, CLIENT, "abc");
    TURN_UNTIL(&r, unread(r.ends[SERVER]) == 1);
    for (int i = 0; i < 5; i++)
        turn(&r, NS_PER_MS);
    assert_int_equal(unread(r.ends[SERVER]), 1);
    assert_int_equal(relay_arrived(&r.relay, &r.b.diag), 1);
    assert_true(relay_release(&r.relay));
    TURN_UNTIL(&r, unread(r.ends[SERVER]) == 3);
    assert_false(relay_release(&r.relay));
    says(&r, CLIENT, "de");
    TURN_UNTIL(&r, unread(r.ends[SERVER]) == 4);
    hears(&r, SERVER, "abcd");
    hears(&r, SERVER, "e"); /* from now on it reads */
    rig_close(&r);
}

/* What nobody reads at the other end is not taken for ever. */
static void no_more_is_read_than_can_be_written(void **state)
{
    struct buf all = BUF_INIT;
    struct rig r;
    size_t sent = 0, got = 0;
    ssize_t n;

    (void)state;
    linked(&r);
    many_bytes(&all, (size_t)48 << 20);
    for (int idle = 0; idle < 50; idle++) {
        while ((n = send(r.ends[CLIENT], all.data + sent, all.len - sent, 0)) > 0) {
            sent += (size_t)n;
            idle = 0;
        }
        turn(&r, NS_PER_MS / 10);
    }
    assert_true(sent < all.len);
    assert_true(r.relay.links[0]->sides[IMPAIR_THERE].in.len <= 2 * STREAM_ROOM);
    assert_true(stream_unsent(&r.relay.links[0]->sides[IMPAIR_BACK]) <= 2 * STREAM_ROOM);
    while (got < sent) {
        static uint8_t data[65536];

        n = one_read(&r, SERVER, data, sizeof data);
        assert_true(n > 0);
        assert_memory_equal(data, all.data + got, n);
        got += (size_t)n;
    }
    buf_deinit(&all);
    rig_close(&r);
}

/* Writes down "ask> <answer", in the order in which it is told: > came from the client, >> went on to the
 * server. */
static void note(void *arg, const struct relay_link *l, enum impair_way way, enum relay_moment moment,
                 struct bytes b)
{
    static const char *const arrows[2][3] = {{">", ">>", ">|"}, {"<", "<<", "|<"}};

    assert_int_equal(l->index, 0);
    buf_printf(arg, "%s%.*s ", arrows[way][moment], (int)b.len, (const char *)b.data);
}

static bool stand_in_order(struct bytes all, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const uint8_t *at = bytes_find(all, bytes_of(words[i]));

        if (!at)
            return false;
        all = bytes_slice(all, (size_t)(at - all.data) + strlen(words[i]), all.len);
    }
    return true;
}

static void what_passes_is_told(void **state)
{
    _cleanup_buf_ struct buf notes = BUF_INIT;
    struct rig r;

    (void)state;
    linked(&r);
    r.relay.tells = note;
    r.relay.arg = &notes;
    r.split.kind = SPLIT_BYTES;
    says(&r, CLIENT, "ask"); /* comes at once, and goes on in pieces */
    hears(&r, SERVER, "a");
    says(&r, SERVER, "no"); /* is told of before anything else goes on */
    hears(&r, CLIENT, "n");
    hears(&r, SERVER, "s");
    hears(&r, SERVER, "k");
    hears(&r, CLIENT, "o");
    shutdown(r.ends[CLIENT], SHUT_WR);
    TURN_UNTIL(&r, bytes_find(buf_view(&notes), bytes_of(">|")));
    assert_true(
        stand_in_order(buf_view(&notes), (const char *[]){">ask ", ">>a ", ">>s ", ">>k ", ">| "}, 5));
    assert_true(stand_in_order(buf_view(&notes), (const char *[]){"<no ", "<<n ", "<<o ", ">| "}, 4));
    rig_close(&r);
}

static void what_passes_is_heard(void **state)
{
    const struct relay_lane *lanes;
    struct rig r;

    (void)state;
    linked(&r);
    r.relay.listens = true;
    says(&r, CLIENT, "ask");
    hears(&r, SERVER, "ask");
    says(&r, SERVER, "answer");
    hears(&r, CLIENT, "answer");
    lanes = r.relay.links[0]->lanes;
    assert_true(bytes_equal(buf_view(&lanes[IMPAIR_THERE].heard), bytes_of("ask")));
    assert_true(bytes_equal(buf_view(&lanes[IMPAIR_BACK].heard), bytes_of("answer")));
    rig_close(&r);
}

/* ---- datagrams ----------------------------------------------------------------------------------------- */

static ssize_t datagram_from(struct rig *r, int fd, char *data, struct addr *from)
{
    ssize_t n;

    from->len = sizeof from->any;
    TURN_UNTIL(r, (n = recvfrom(fd, data, 100, MSG_DONTWAIT, &from->sa, &from->len)) >= 0);
    data[n] = 0;
    return n;
}

static void answers_find_their_way(void **state)
{
    char data[101];
    const struct relay_lane *lane;
    struct bytes heard;
    struct addr first, second, other;
    struct rig r;
    int clients[2], server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), elsewhere;

    (void)state;
    rig_open(&r, false);
    r.relay.listens = true;
    other = addr_v4(INADDR_LOOPBACK, 0);
    assert_int_equal(bind(server, &other.sa, other.len), 0);
    assert_int_equal(addr_local(server, &r.relay.server), 0);
    for (size_t i = 0; i < 2; i++)
        clients[i] = client_of(&r, SOCK_DGRAM);
    assert_int_equal(send(clients[0], "one", 3, 0), 3);
    datagram_from(&r, server, data, &first);
    assert_string_equal(data, "one");
    assert_int_equal(send(clients[1], "", 0, 0), 0);
    assert_int_equal(datagram_from(&r, server, data, &second), 0);
    assert_false(addr_equal(&first, &second)); /* each has a source of its own */
    sendto(server, "to two", 6, 0, &second.sa, second.len);
    datagram_from(&r, clients[1], data, &other);
    assert_string_equal(data, "to two");
    assert_true(addr_equal(&other, &r.at));
    elsewhere = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sendto(elsewhere, "to one", 6, 0, &first.sa, first.len);
    datagram_from(&r, clients[0], data, &other);
    assert_string_equal(data, "to one");
    assert_int_equal(send(clients[0], "there", 5, 0), 5); /* whoever answered hears what follows */
    datagram_from(&r, elsewhere, data, &other);
    assert_string_equal(data, "there");
    lane = &r.relay.links[0]->lanes[IMPAIR_THERE];
    assert_int_equal(relay_heard_datagram(lane, 0, &heard), sizeof(uint32_t) + 3);
    assert_true(bytes_equal(heard, bytes_of("one")));
    assert_int_equal(relay_heard_datagram(lane, sizeof(uint32_t) + 3, &heard), sizeof(uint32_t) + 5);
    assert_true(bytes_equal(heard, bytes_of("there")));
    assert_int_equal(relay_heard_datagram(lane, 2 * sizeof(uint32_t) + 8, &heard), 0);
    fd_close(elsewhere);
    fd_close(server);
    for (size_t i = 0; i < 2; i++)
        fd_close(clients[i]);
    rig_close(&r);
}

static void impaired_on_the_way(void **state)
{
    static const uint32_t first[] = {1};
    static const struct impairment list[] = {
        {.kind = IMPAIR_DROP, .ways = {true}, .nth = first, .n_nth = 1, .share = IMPAIR_ALL},
        {.kind = IMPAIR_DUPLICATE, .ways = {false, true}, .nth = first, .n_nth = 1, .share = IMPAIR_ALL},
    };
    char data[101];
    _cleanup_buf_ struct buf notes = BUF_INIT;
    struct addr from;
    struct rig r;
    int server = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    (void)state;
    rig_open(&r, false);
    impair_deinit(&r.network);
    impair_init(&r.network, list, 2, 1);
    r.relay.tells = note;
    r.relay.arg = &notes;
    from = addr_v4(INADDR_LOOPBACK, 0);
    assert_int_equal(bind(server, &from.sa, from.len), 0);
    assert_int_equal(addr_local(server, &r.relay.server), 0);
    r.ends[CLIENT] = client_of(&r, SOCK_DGRAM);
    says(&r, CLIENT, "lost");
    says(&r, CLIENT, "kept");
    datagram_from(&r, server, data, &from);
    assert_string_equal(data, "kept");
    sendto(server, "twice", 5, 0, &from.sa, from.len);
    for (size_t i = 0; i < 2; i++) {
        datagram_from(&r, r.ends[CLIENT], data, &from);
        assert_string_equal(data, "twice");
    }
    assert_true(bytes_equal(buf_view(&notes), bytes_of(">lost >kept >>kept <twice <<twice <<twice ")));
    fd_close(server);
    rig_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways),
        cmocka_unit_test(an_end_goes_on_and_the_other_way_stays),
        cmocka_unit_test(a_reset_goes_on_behind_what_came_before),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(cut_on_both_sides),
        cmocka_unit_test(each_byte_is_read_alone),
        cmocka_unit_test(chunks_are_read_alone),
        cmocka_unit_test(cut_where_it_says),
        cmocka_unit_test(who_sleeps_is_not_waited_for),
        cmocka_unit_test(no_more_is_read_than_can_be_written),
        cmocka_unit_test(what_passes_is_heard),
        cmocka_unit_test(what_passes_is_told),
        cmocka_unit_test(answers_find_their_way),
        cmocka_unit_test(impaired_on_the_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

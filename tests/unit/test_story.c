/* test_story.c - every failure in words, as a student reads them. Hostile bytes are escaped. */
#include "story_rig.h"

#include "base/clock.h"

/* ---- what came ----------------------------------------------------------------------------------------- */

static void other_came(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, GETS, STEP_OTHER_CAME);
    got(&b, "OK", "NO", 0);
    SAYS(&b, "alice expected `OK`, but `NO` came");
    got(&b, "OK", "", 0);
    SAYS(&b, "alice expected `OK`, but an empty message came");
    failed(&b, THREE, STEP_OTHER_CAME);
    got(&b, "3", "4", 0);
    b.f->item = 2;
    b.f->items = 3;
    SAYS(&b, "alice expected `3` as answer 3 of 3, but `4` came");
    b.f->item = 1;
    SAYS(&b, "alice expected a message that matches \"^2\" as answer 2 of 3, but `4` came");
    docket_deinit(&b.d);
}

static void patterns(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, REGEX, STEP_OTHER_CAME);
    got(&b, "!regex '^ERR .'", "OK 3", 0);
    SAYS(&b, "alice expected a message that matches '^ERR .', but `OK 3` came");
    failed(&b, REGEX, STEP_TOO_LITTLE);
    got(&b, "!regex '^ERR .'", "", 0);
    SAYS(&b, "alice expected a message that matches '^ERR .', but nothing came");
    failed(&b, CELL, STEP_OTHER_CAME);
    got(&b, "!regex '^b'", "a", 0);
    SAYS(&b, "alice expected a message that matches '^b', but `a` came");
    failed(&b, BYTES, STEP_TOO_LITTLE);
    got(&b, "!regex \"O+K\"", "KO", 0);
    SAYS(&b, "nora expected bytes that match \"O+K\", but only `KO` came");
    docket_deinit(&b.d);
}

static void choices(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, ANY_ORDER, STEP_OTHER_CAME);
    got(&b, "1", "4", 0);
    b.f->items = 3;
    SAYS(&b, "alice expected 3 answers in any order, but `4` came");
    b.f->item = 2;
    SAYS(&b, "alice expected 1 more of 3 answers in any order, but `4` came");
    failed(&b, ONE_OF, STEP_OTHER_CAME);
    got(&b, "1", "4", 0);
    SAYS(&b, "alice expected one of 2 answers, but `4` came");
    docket_deinit(&b.d);
}

static void too_little(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, GETS, STEP_TOO_LITTLE);
    got(&b, "OK", "", 0);
    SAYS(&b, "alice expected `OK`, but nothing came");
    got(&b, "OK 3", "OK", 2);
    SAYS(&b, "alice expected `OK 3`, but only the beginning came: `OK`");
    got(&b, "OK 3", "NO", 0);
    SAYS(&b, "alice expected `OK 3`, but only `NO` came");
    got(&b, "OK 3", "OK 3", 4);
    SAYS(&b, "alice expected `OK 3`, but it came without the `\\n` that ends it");
    failed(&b, EOF_GETS, STEP_TOO_LITTLE);
    got(&b, "OK", "O", 1);
    SAYS(&b, "eve expected `OK`, but only the beginning came: `O`");
    got(&b, "OK", "OK", 2);
    SAYS(&b, "eve expected `OK`, but it came without the end of the connection that ends it");
    docket_deinit(&b.d);
}

static void long_messages(void **state)
{
    char text[201];
    struct bench b;

    (void)state;
    setup(&b);
    memset(text, 'a', sizeof text - 1);
    text[200] = 0;
    failed(&b, GETS, STEP_OTHER_CAME);
    got(&b, text, text + 50, 150);
    assert_non_null(strstr(story_headline(&b.e), "a`… (200 bytes), but `aaa"));
    assert_non_null(
        strstr(story_headline(&b.e), "a`… (150 bytes) came, of which the first 150 bytes are right"));
    b.f->came.head = (struct bytes){0};
    assert_non_null(strstr(story_headline(&b.e), "(200 bytes), but 150 bytes came"));
    docket_deinit(&b.d);
}

static void bad_frames(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, GETS, STEP_BAD_FRAME);
    got(&b, "OK", "xxxx", 0);
    SAYS(&b, "alice expected `OK`, but what came is longer than a message may be: `xxxx`");
    failed(&b, LENGTH, STEP_BAD_FRAME);
    got(&b, "OK", "\xff\xfe", 0);
    b.f->frame = bytes_of("\xff\xfe");
    SAYS(&b, "lena expected `OK`, but a length of 65534 came, which is more than a message may have: "
             "`\\xff\\xfe`");
    b.f->frame = (struct bytes){(const uint8_t *)"\0\1", 2};
    SAYS(&b, "lena expected `OK`, but a length of 1 came, which is less than the length field itself");
    failed(&b, ASCII_GETS, STEP_BAD_FRAME);
    got(&b, "OK", "-2:OK", 0);
    SAYS(&b, "nat expected `OK`, but what came does not begin with a length: `-2:OK`");
    got(&b, "OK", "101:a", 0);
    b.f->frame = bytes_of("101:");
    SAYS(&b, "nat expected `OK`, but a length of 101 came, which is more than a message may have: `101:a`");
    docket_deinit(&b.d);
}

static void from_elsewhere(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, UDP_GETS, STEP_OTHER_CAME);
    got(&b, "OK", "OK", 2);
    b.f->from_port = 40000;
    SAYS(&b, "the answer to ulla came from port 40000, not from the port that was asked");
    got(&b, "", "", 0); /* an empty answer can be right too */
    SAYS(&b, "the answer to ulla came from port 40000, not from the port that was asked");
    got(&b, "OK", "NO", 0);
    SAYS(&b, "ulla expected `OK`, but `NO` came");
    failed(&b, UDP_REGEX, STEP_OTHER_CAME);
    got(&b, "!regex '^O'", "OK", 0);
    b.f->from_port = 40000;
    SAYS(&b, "the answer to ulla came from port 40000, not from the port that was asked");
    docket_deinit(&b.d);
}

static void unasked(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, NOTHING, STEP_CAME_UNASKED);
    got(&b, "", "x", 0);
    SAYS(&b, "alice expected nothing, but `x` came");
    failed(&b, END, STEP_CAME_UNASKED);
    got(&b, "", "x", 0);
    SAYS(&b, "alice expected the end of the connection, but `x` came");
    failed(&b, STEP_AFTER, STEP_CAME_UNASKED);
    got(&b, "", "x", 0);
    b.f->item = 3;
    SAYS(&b, "ulla got `x`, which nobody had asked for");
    b.f->item = 77;
    SAYS(&b, "a peer got `x`, which nobody had asked for");
    docket_deinit(&b.d);
}

static void hostile_bytes(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, GETS, STEP_OTHER_CAME);
    got(&b, "OK", "\x1b]0;pwned\a\r\n\xe2\x80\xae<b>\xff`", 0);
    SAYS(&b, "alice expected `OK`, but `\\x1b]0;pwned\\x07\\r\\n\\xe2\\x80\\xae<b>\\xff`` came");
    failed(&b, SENDS, STEP_NOT_LISTENING);
    b.p->readiness = READY_NOT_FOUND;
    b.p->limit = arena_text(&b.r->arena, "./server: \x1b[2J no such file");
    SAYS(&b, "the program “server” could not be started: ./server: \\x1b[2J no such file");
    b.p->limit = NULL;
    SAYS(&b, "the program “server” could not be started: nobody knows why");
    docket_deinit(&b.d);
}

/* ---- connections --------------------------------------------------------------------------------------- */

static void lost_connections(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, GETS, STEP_ENDED);
    got(&b, "OK", "", 0);
    SAYS(&b, "alice expected `OK`, but the program “server” closed the connection");
    got(&b, "OK", "O", 1);
    SAYS(&b, "alice expected `OK`, but the program “server” closed the connection after `O`");
    b.f->outcome = STEP_RESET;
    got(&b, "OK", "", 0);
    SAYS(&b, "alice expected `OK`, but the program “server” reset the connection");
    failed(&b, NOTHING, STEP_ENDED);
    SAYS(&b, "the program “server” closed the connection of alice too early");
    failed(&b, END, STEP_RESET);
    SAYS(&b, "alice expected the end of the connection, but the program “server” reset it");
    failed(&b, REGEX, STEP_RESET);
    got(&b, "!regex '^ERR .'", "", 0);
    b.p->exited = true;
    b.p->exit_status = SIGSEGV;
    SAYS(&b, "the program “server” was ended by SIGSEGV (Segmentation fault) while alice waited for a "
             "message that "
             "matches '^ERR .'");
    failed(&b, SENDS, STEP_RESET);
    SAYS(&b,
         "the program “server” was ended by SIGSEGV (Segmentation fault) while alice was still connected");
    docket_deinit(&b.d);
}

static void other_connections(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, END, STEP_STILL_OPEN);
    SAYS(&b, "the program “server” should have closed the connection of alice, but it is still open");
    failed(&b, RESET, STEP_STILL_OPEN);
    SAYS(&b, "the program “server” should have reset the connection of alice, but it is still open");
    failed(&b, RESET, STEP_ENDED_CLEANLY);
    SAYS(&b, "alice expected a reset, but the connection was closed in good order");
    failed(&b, SENDS, STEP_REFUSED);
    SAYS(&b, "the connection of alice was refused");
    failed(&b, UDP_GETS, STEP_REFUSED);
    SAYS(&b, "nobody listens on the port that ulla sends to");
    b.p->exited = true;
    b.p->exit_status = EXITED(0);
    SAYS(&b, "the program “echo” exited with status 0: nobody answers ulla any more");
    failed(&b, REFUSED, STEP_NOT_REFUSED);
    SAYS(&b, "the connection of alice should have been refused, but was not");
    failed(&b, STALLED, STEP_NOT_STALLED);
    SAYS(&b, "the program “server” should have stopped reading, but took all that alice sent");
    docket_deinit(&b.d);
}

/* ---- programs ------------------------------------------------------------------------------------------ */

static void unready(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, SENDS, STEP_NOT_LISTENING);
    b.p->ready_after = 0;
    b.p->readiness = READY_NEVER;
    b.p->listeners[0].port = 20001;
    SAYS(&b, "the program “server” never listened on port 20000");
    b.p->readiness = READY_OTHER_PORT;
    SAYS(&b, "the program “server” should listen on port 20000, but listens on port 20001");
    b.p->listeners[0].port = 20000;
    b.p->listeners[0].transport = TRANSPORT_UDP;
    b.p->readiness = READY_OTHER_TRANSPORT;
    SAYS(&b, "the program “server” should listen on TCP port 20000, but has a UDP socket there");
    b.p->readiness = READY_OTHER_ADDRESS;
    b.p->listeners[0].transport = TRANSPORT_TCP;
    b.p->listeners[0].ipv4 = 0x7f000009;
    b.p->listeners[0].address = arena_text(&b.r->arena, "127.0.0.9");
    SAYS(
        &b,
        "the program “server” listens on port 20000 only for the address 127.0.0.9, where its clients do not "
        "reach it");
    b.p->listeners[0].no_ipv4 = true;
    b.p->listeners[0].address = arena_text(&b.r->arena, "::\x1b");
    SAYS(&b, "the program “server” listens on port 20000 only for IPv6, at ::\\x1b, where clients that speak "
             "IPv4 do "
             "not reach it");
    b.p->ports[0] = 0; /* to be found */
    b.p->n_listeners = 0;
    b.p->readiness = READY_NEVER;
    SAYS(&b, "the program “server” never listened on a TCP port");
    b.p->ports[0] = 20000;
    b.p->n_listeners = 1;
    b.p->readiness = READY_EXITED;
    b.p->exited = true;
    b.p->exit_status = EXITED(1);
    SAYS(&b, "the program “server” exited with status 1 before it listened on port 20000");
    b.p->ready_after = 5;
    SAYS(&b, "the program “server” exited with status 1, and nobody could connect to it any more");
    failed(&b, STARTS, STEP_NOT_LISTENING);
    b.p->ready_after = 0;
    b.p->exited = true;
    b.p->exit_status = EXITED(2);
    SAYS(&b, "the program “tool” exited with status 2, but it should be running");
    b.e.program = NULL;
    SAYS(&b, "the program was not started");
    docket_deinit(&b.d);
}

static void prints(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, PRINTS, STEP_NOT_PRINTED);
    got(&b, "OK", "NO", 0);
    SAYS(&b, "the program “tool” should print `OK`, but printed `NO`");
    b.f->reason = (char *)"it is no number";
    SAYS(&b, "the program “tool” should print `OK`, but printed `NO`: it is no number");
    b.f->reason = NULL;
    got(&b, "OK", "", 0);
    SAYS(&b, "the program “tool” should print `OK`, but printed nothing");
    b.f->came_is_message = true;
    SAYS(&b, "the program “tool” should print `OK`, but printed an empty line");
    failed(&b, PRINTS_REGEX, STEP_NOT_PRINTED);
    got(&b, "!regex '^O'", "NO", 0);
    SAYS(&b, "the program “tool” should print a line that matches '^O', but printed `NO`");
    failed(&b, PRINTS_NOTHING, STEP_CAME_UNASKED);
    got(&b, "", "NO", 0);
    SAYS(&b, "the program “tool” should print nothing, but printed `NO`");
    docket_deinit(&b.d);
}

static void exits(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, EXITS, STEP_STILL_RUNS);
    SAYS(&b, "the program “tool” should have ended, but it still runs");
    failed(&b, EXITS, STEP_OTHER_EXIT);
    b.f->exit_status = EXITED(3);
    SAYS(&b, "the program “tool” exited with status 3, where status 0 was expected");
    failed(&b, EXITS_NOT, STEP_OTHER_EXIT);
    b.f->exit_status = EXITED(0);
    SAYS(&b, "the program “tool” exited with status 0, where any but status 0 was expected");
    failed(&b, EXITS_SIGNAL, STEP_OTHER_EXIT);
    b.f->exit_status = EXITED(0);
    SAYS(&b, "the program “tool” exited with status 0, where an end by SIGINT was expected");
    failed(&b, STEP_AFTER, STEP_EXITED);
    b.f->exit_status = SIGSEGV;
    SAYS(&b, "the program “server” was ended by SIGSEGV (Segmentation fault), but it should have gone on");
    failed(&b, GETS, STEP_LIMIT);
    SAYS(&b, "the step could not be decided");
    docket_deinit(&b.d);
}

static void bad_ends(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, GETS, STEP_PASSED);
    SAYS(&b, "");
    b.e.failed = NULL;
    b.e.step = NULL;
    b.p->exit_status = SIGABRT;
    SAYS(&b, "every answer was right, but the program “server” was ended by SIGABRT (Aborted) when it was "
             "told to end");
    b.p->terminated = false;
    SAYS(&b, "every answer was right, but the program “server” was ended by SIGABRT (Aborted)");
    b.p->err = excerpt_text(b.r, "ERROR: AddressSanitizer: SEGV");
    SAYS(&b, "every answer was right, but a sanitizer reported a mistake in the program “server”");
    assert_null(story_how(&b.e));
    docket_deinit(&b.d);
}

static void statuses(void **state)
{
    struct arena a = {0};

    (void)state;
    assert_string_equal(story_status(&a, -1), "ended");
    assert_string_equal(story_status(&a, EXITED(0)), "exited with status 0");
    assert_string_equal(story_status(&a, EXITED(255)), "exited with status 255");
    assert_string_equal(story_status(&a, SIGSEGV | 0x80), "was ended by SIGSEGV (Segmentation fault)");
    assert_string_equal(story_status(&a, 40), "was ended by signal 40");
    arena_deinit(&a);
}

/* ---- how it was decided -------------------------------------------------------------------------------- */

#define HOW(b, text) assert_string_equal(story_how(&(b)->e), text)

static void how(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, GETS, STEP_TOO_LITTLE);
    b.f->decided = BY_FACT;
    assert_null(story_how(&b.e));
    b.f->decided = BY_IDLE;
    b.f->took = 400 * NS_PER_US;
    HOW(&b, "after 0.4 ms: the program “server” sleeps until somebody sends more");
    b.f->tcp_state = 1;
    HOW(&b, "after 0.4 ms: the program “server” sleeps until somebody sends more, and has not accepted the "
            "connection "
            "of alice");
    b.f->accepted = true;
    HOW(&b, "after 0.4 ms: the program “server” sleeps until somebody sends more, and it has read all that "
            "alice sent");
    b.f->unread = 1;
    HOW(&b, "after 0.4 ms: the program “server” sleeps until somebody sends more, and has left 1 byte of "
            "alice unread");
    b.f->unread = 0;
    b.f->tcp_state = 8;
    b.f->took = 40 * NS_PER_MS;
    b.f->decided = BY_TIMER;
    HOW(&b, "after 40 ms: the program “server” sleeps, but for a timer of its own, though it has read the "
            "end of what "
            "we sent");
    b.f->tcp_state = 0;
    b.f->took = 5 * NS_PER_S;
    b.f->decided = BY_DEADLINE;
    b.f->cpu = 1500 * NS_PER_MS;
    HOW(&b, "after 5.0 s: the program “server” was still at work (1.5 s of CPU time)");
    b.f->timers = 1;
    HOW(&b, "after 5.0 s: the program “server” waits with a time-out of its own");
    b.f->decided = BY_SETTLING;
    HOW(&b, "by time: nothing happened for 5.0 s (this machine hides what programs do)");
    docket_deinit(&b.d);
}

static void paces(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, MEASURES, STEP_OTHER_PACE);
    SAYS(&b, "ulla got nothing, though something should have come at a steady pace");
    b.f->count = 89;
    b.f->gap = 41 * NS_PER_MS;
    SAYS(&b, "ulla got 44.5 messages a second, where 45 to 55 should come");
    b.f->count = 111;
    SAYS(&b, "ulla got 55.5 messages a second, where 45 to 55 should come");
    b.f->count = 110;
    SAYS(&b, "ulla got no message for 41 ms, where 40 ms at most should pass between two");
    failed(&b, MEASURES_RATE, STEP_OTHER_PACE);
    b.f->count = 4;
    SAYS(&b, "ulla got 8.0 messages a second, where 10 or more should come");
    docket_deinit(&b.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_came),
        cmocka_unit_test(patterns),
        cmocka_unit_test(choices),
        cmocka_unit_test(too_little),
        cmocka_unit_test(long_messages),
        cmocka_unit_test(bad_frames),
        cmocka_unit_test(from_elsewhere),
        cmocka_unit_test(unasked),
        cmocka_unit_test(hostile_bytes),
        cmocka_unit_test(lost_connections),
        cmocka_unit_test(other_connections),
        cmocka_unit_test(unready),
        cmocka_unit_test(prints),
        cmocka_unit_test(exits),
        cmocka_unit_test(bad_ends),
        cmocka_unit_test(statuses),
        cmocka_unit_test(how),
        cmocka_unit_test(paces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

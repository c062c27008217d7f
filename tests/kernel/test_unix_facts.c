/* The facts on which Unix sockets rest: what their queues tell from our side, and what UNIX_DIAG says of the
 * other. */
#include "rig.h"

#include "kernel/readers.h"
#include "kernel/unixdiag.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/un.h>

#define PARTS 3000

static int queued(int fd)
{
    int n = -1;

    assert_int_equal(ioctl(fd, SIOCOUTQ, &n), 0);
    return n;
}

static uint64_t inode_of(int fd)
{
    struct stat st;

    assert_int_equal(fstat(fd, &st), 0);
    return st.st_ino;
}

static struct unix_info look(struct rig *r, uint64_t inode)
{
    struct unix_info info;

    assert_int_equal(unixdiag_look(&r->diag, inode, &info), 1);
    return info;
}

static void pair(struct rig *r)
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, r->ends), 0);
}

/* Nothing is under way: what was written is there, and our side knows when it was read. */
static void test_queue_is_known_at_once(void **state)
{
    struct rig *r = *state;
    char room[8];

    pair(r);
    assert_int_equal(queued(r->ends[0]), 0);
    rig_send(r, "hello");
    assert_true(queued(r->ends[0]) > 0);
    assert_int_equal(look(r, look(r, inode_of(r->ends[0])).peer).rqueue, 5);
    assert_int_equal(recv(r->ends[1], room, 3, MSG_DONTWAIT), 3);
    assert_true(queued(r->ends[0]) > 0);
    assert_int_equal(look(r, inode_of(r->ends[1])).rqueue, 2);
    assert_int_equal(recv(r->ends[1], room, 3, MSG_DONTWAIT), 2);
    assert_int_equal(queued(r->ends[0]), 0);
}

/* Whoever closes with something unread resets; whoever has read all ends the stream. */
static void test_only_unread_bytes_reset(void **state)
{
    struct rig *r = *state;
    struct pollfd p;
    char room[8];

    pair(r);
    rig_send(r, "x");
    fd_closep(&r->ends[1]);
    assert_int_equal(recv(r->ends[0], room, sizeof room, 0), -1);
    assert_int_equal(errno, ECONNRESET);
    fd_closep(&r->ends[0]);
    pair(r);
    fd_closep(&r->ends[1]);
    p = (struct pollfd){.fd = r->ends[0]};
    assert_int_equal(poll(&p, 1, 0), 1);
    assert_true(p.revents & POLLHUP);
    assert_int_equal(recv(r->ends[0], room, sizeof room, 0), 0);
}

/* A listener is told by the file that it is bound to; whom it has not accepted has no other end. */
static void test_listener_has_file_and_name(void **state)
{
    static const char path[] = "/tmp/test-unix-facts.sock";
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct rig *r = *state;
    struct unix_infos all = {0};
    struct stat st;
    bool found = false;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), more;

    unlink(path);
    memcpy(at.sun_path, path, sizeof path);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 0), 0);
    r->ends[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(r->ends[0], (struct sockaddr *)&at, sizeof at), 0);
    more = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(more, (struct sockaddr *)&at, sizeof at), -1);
    assert_int_equal(errno, EAGAIN); /* the backlog is full, and nobody will tell when it is not */
    assert_int_equal(look(r, inode_of(r->ends[0])).peer, 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(unixdiag_list(&r->diag, 1u << TCP_STATE_LISTEN, &all), 0);
    for (size_t i = 0; i < all.n; i++)
        if (all.infos[i].inode == inode_of(listener)) {
            found = true;
            assert_string_equal(all.infos[i].name, path);
            assert_int_equal(all.infos[i].file, (uint32_t)st.st_ino);
            assert_int_equal(all.infos[i].rqueue, 1);
        }
    assert_true(found);
    r->ends[1] = accept(listener, NULL, NULL);
    assert_int_equal(look(r, inode_of(r->ends[0])).peer, inode_of(r->ends[1]));
    unix_infos_deinit(&all);
    fd_close(listener);
    fd_close(more);
    unlink(path);
}

/* A socket's file may be reached through a descriptor: its path may be of any length, and a link in its place
 * is not followed. */
static void test_connects_through_a_descriptor(void **state)
{
    static const char path[] = "/tmp/test-unix-facts.sock";
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct rig *r = *state;
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), file;

    unlink(path);
    memcpy(at.sun_path, path, sizeof path);
    assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(listener, 8), 0);
    file = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    snprintf(at.sun_path, sizeof at.sun_path, "/proc/self/fd/%d", file);
    r->ends[0] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(r->ends[0], (struct sockaddr *)&at, sizeof at), 0);
    fd_close(file);
    fd_close(listener);
    unlink(path);
}

/* The gate: the queue is empty, and then no thread is inside a read. */
static void send_gated(struct rig *r, const char *part)
{
    int64_t end = clock_now() + RIG_DEADLINE;
    struct readers readers = {0};

    rig_send(r, part);
    while (queued(r->ends[0]))
        sched_yield();
    do {
        assert_true(clock_now() < end);
        assert_int_equal(tree_sample(&r->tree, &r->a), 0);
    } while (!readers_left(&readers, &r->a));
    readers_deinit(&readers);
}

static void test_gated_parts_are_read_apart(void **state)
{
    static const char *const parts[] = {"a", "bc", "def", "ghijklmn", "\n"};
    const char *argv[] = {"@holder", "report", NULL};
    struct rig *r = *state;
    int report[2], merged = 0;
    int32_t size;

    pair(r);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, report), 0);
    r->pid = rig_spawn(argv, r->ends[1], report[1]);
    assert_true(r->pid > 0);
    fd_close(report[1]);
    for (int i = 0; i < PARTS; i++) {
        send_gated(r, parts[i % 5]);
        rig_read(report[0], &size, sizeof size);
        merged += size != (int32_t)strlen(parts[i % 5]);
    }
    assert_int_equal(merged, 0);
    fd_close(report[0]);
    rig_stop(r);
}

/* ---- readers, by made-up samples ---- */

static struct tree_sample sample_of(struct thread_sample *t, size_t n)
{
    return (struct tree_sample){.threads = t, .n = n, .cap = n};
}

static void test_readers_leave_by_sleep_or_work(void **state)
{
    struct thread_sample t[3] = {{.tid = 1, .kind = WAIT_RUNNING, .cpu = 5},
                                 {.tid = 2, .kind = WAIT_INPUT},
                                 {.tid = 3, .kind = WAIT_RUNNING, .cpu = 7}};
    struct tree_sample s = sample_of(t, 3);
    struct readers r = {0};

    (void)state;
    assert_false(readers_left(&r, &s));
    t[0].kind = WAIT_INPUT;
    t[1].kind = WAIT_RUNNING; /* it began after the queue was seen empty */
    assert_false(readers_left(&r, &s));
    t[0].kind = WAIT_RUNNING; /* it has been asleep: whatever it reads now is another read */
    t[2].cpu += NS_PER_MS - 1;
    assert_false(readers_left(&r, &s));
    t[2].cpu++;
    assert_true(readers_left(&r, &s));
    readers_deinit(&r);
    t[2].kind = WAIT_RUNNING;
    assert_false(readers_left(&r, &s));
    s.n = 0; /* all are gone */
    assert_true(readers_left(&r, &s));
    readers_deinit(&r);
}

#define RIGGED(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RIGGED(test_queue_is_known_at_once),     RIGGED(test_only_unread_bytes_reset),
        RIGGED(test_listener_has_file_and_name), RIGGED(test_connects_through_a_descriptor),
        RIGGED(test_gated_parts_are_read_apart), cmocka_unit_test(test_readers_leave_by_sleep_or_work),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

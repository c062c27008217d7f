/* Where copies of descriptors are forbidden, as in containers: which time-outs are seen all the same, and
 * which not. */
#include "rig.h"

#include "base/mem.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* For good, for this process and its children. */
static int forbid_copies(void **state)
{
    static struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_getfd, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {array_len(filter), filter};

    (void)state;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0;
}

/* What the fixture's tree says of a program that waits in this way, when this is known of sockets. */
static struct idle look_at(struct rig *r, const char *mode, const char *number, int64_t known)
{
    const char *argv[] = {"@sleeper", mode, number, NULL};
    struct idle i;

    rig_start(r, argv);
    r->tree.socket_timeout = known;
    i = rig_settle(r);
    rig_stop(r);
    return i;
}

static void test_socket(void **state)
{
    struct rig *r = *state;
    struct idle i;

    i = look_at(r, "receive-timeout", "0", SOCKETS_UNTIMED);
    assert_int_equal(i.state, IDLE_ASLEEP); /* told wrongly, it believes */
    i = look_at(r, "receive-timeout", "0", SOCKETS_UNSEEN);
    assert_int_equal(i.state, IDLE_UNTIL);
    assert_int_equal(i.until, -1);
    i = look_at(r, "receive-timeout", "0", 70 * NS_PER_S);
    assert_int_equal(i.state, IDLE_UNTIL);
    assert_in_range(i.until, 60 * NS_PER_S, 70 * NS_PER_S);
    i = look_at(r, "send", "0", SOCKETS_UNSEEN);
    assert_int_equal(i.state, IDLE_UNTIL);
}

static void test_others(void **state)
{
    struct rig *r = *state;

    assert_int_equal(look_at(r, "poll", "-1", SOCKETS_UNSEEN).state, IDLE_ASLEEP);
    assert_int_equal(look_at(r, "epoll", "-1", SOCKETS_UNSEEN).state, IDLE_ASLEEP);
    assert_int_equal(look_at(r, "cond", "-1", SOCKETS_UNSEEN).state, IDLE_ASLEEP);
    assert_in_range(look_at(r, "timerfd", "0", SOCKETS_UNTIMED).until, 50 * NS_PER_S, 100 * NS_PER_S);
    assert_in_range(look_at(r, "epoll-timerfd", "0", SOCKETS_UNTIMED).until, 50 * NS_PER_S, 100 * NS_PER_S);
}

#define RIGGED(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {RIGGED(test_socket), RIGGED(test_others)};

    return cmocka_run_group_tests(tests, forbid_copies, NULL);
}

/* What a thread that burns CPU time does can be told, and it goes on undisturbed. */
#include "rig.h"

#include "kernel/spin.h"

#include <fcntl.h>
#include <time.h>

#define PATIENCE (20 * NS_PER_S)

/* Until it has burned more time than it takes to be loaded. */
static void await_work(pid_t pid)
{
    struct timespec burned = {0};
    clockid_t clock;

    assert_int_equal(clock_getcpuclockid(pid, &clock), 0);
    while (burned.tv_sec == 0 && burned.tv_nsec < 30 * NS_PER_MS) {
        assert_int_equal(clock_gettime(clock, &burned), 0);
        sched_yield();
    }
}

static bool spins(struct rig *r, const char *how, const char *input, int64_t within)
{
    const char *argv[] = {"@burner", how, NULL};
    _cleanup_fd_ int in = open(input, O_RDONLY | O_CLOEXEC);
    _cleanup_fd_ int out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    bool found;

    r->pid = rig_spawn(argv, in, out);
    assert_true(r->pid > 0);
    await_work(r->pid);
    found = proc_reads_end(r->pid, within);
    assert_int_equal(kill(r->pid, 0), 0);
    rig_stop(r);
    return found;
}

static void test_reading_an_end(void **state)
{
    assert_true(spins(*state, "reads", "/dev/null", PATIENCE));
    assert_true(spins(*state, "polls", "/dev/null", PATIENCE));
}

static void test_being_at_work(void **state)
{
    assert_false(spins(*state, "copies", "/dev/zero", PATIENCE));
    assert_false(spins(*state, "reads", "/dev/zero", PATIENCE));
    assert_false(spins(*state, "computes", "/dev/null", NS_PER_S / 10));
}

/* Let go, it can be watched again, and ends like any other. */
static void test_letting_go(void **state)
{
    struct rig *r = *state;
    const char *argv[] = {"@burner", "reads", NULL};
    _cleanup_fd_ int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    _cleanup_fd_ int out = open("/dev/null", O_WRONLY | O_CLOEXEC);

    r->pid = rig_spawn(argv, in, out);
    await_work(r->pid);
    for (int i = 0; i < 10; i++)
        assert_true(proc_reads_end(r->pid, PATIENCE));
    rig_stop(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reading_an_end, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_being_at_work, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(test_letting_go, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_idle_compare.c - two samples of the same programs: what is sleep, and what only looks like it. */
#include "kernel/idle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct thread_sample thread(pid_t tid, enum wait_kind kind, uint64_t runs)
{
    return (struct thread_sample){.pid = tid, .tid = tid, .kind = kind, .call = 0, .fd = 3, .timeout = -1, .runs = runs};
}

static enum idle_state compare(struct thread_sample *a, size_t n_a, struct thread_sample *b, size_t n_b)
{
    struct tree_sample x = {a, n_a, n_a}, y = {b, n_b, n_b};
    struct idle idle;

    idle_compare(&x, &y, &idle);
    return idle.state;
}

static void test_unchanged_sleep_is_idle(void **state)
{
    struct thread_sample a[] = {thread(7, WAIT_INPUT, 3), thread(9, WAIT_ZOMBIE, 0), thread(11, WAIT_STOPPED, 1)};

    (void)state;
    assert_int_equal(compare(a, 3, a, 3), IDLE_ASLEEP);
    assert_int_equal(compare(a, 0, a, 0), IDLE_ASLEEP);
}

static void test_anything_that_ran_is_not(void **state)
{
    struct thread_sample a[] = {thread(7, WAIT_INPUT, 3)}, ran[] = {thread(7, WAIT_INPUT, 4)};
    struct thread_sample runs[] = {thread(7, WAIT_RUNNING, 3)}, other[] = {thread(8, WAIT_INPUT, 3)};

    (void)state;
    assert_int_equal(compare(a, 1, ran, 1), IDLE_BUSY);
    assert_int_equal(compare(a, 1, runs, 1), IDLE_BUSY);
    assert_int_equal(compare(runs, 1, a, 1), IDLE_BUSY);
    assert_int_equal(compare(a, 1, other, 1), IDLE_BUSY);
    assert_int_equal(compare(a, 1, a, 0), IDLE_BUSY);
}

/* A child was born after the first sample and ended within the second, just after its parent was looked at. */
static void test_a_new_zombie_is_not(void **state)
{
    struct thread_sample a[] = {thread(7, WAIT_INPUT, 3)};
    struct thread_sample b[] = {thread(7, WAIT_INPUT, 3), thread(9, WAIT_ZOMBIE, 1)};
    struct thread_sample lived[] = {thread(7, WAIT_INPUT, 3), thread(9, WAIT_INPUT, 1)};

    (void)state;
    assert_int_equal(compare(a, 1, b, 2), IDLE_BUSY);
    assert_int_equal(compare(lived, 2, b, 2), IDLE_BUSY);
    assert_int_equal(compare(b, 2, a, 1), IDLE_BUSY);
}

static void test_timers_are_told(void **state)
{
    struct thread_sample a[] = {thread(7, WAIT_TIMED, 3), thread(9, WAIT_TIMED, 1)};

    (void)state;
    a[0].timeout = 500;
    a[1].timeout = 200;
    assert_int_equal(compare(a, 2, a, 2), IDLE_UNTIL);
    a[0].excused = a[1].excused = 1;
    assert_int_equal(compare(a, 2, a, 2), IDLE_ASLEEP);
}

static void test_what_is_hidden_is_told(void **state)
{
    struct thread_sample a[] = {thread(7, WAIT_INPUT, 3)}, b[] = {thread(7, WAIT_HIDDEN, 3)};

    (void)state;
    assert_int_equal(compare(a, 1, b, 1), IDLE_HIDDEN);
    assert_int_equal(compare(b, 1, a, 1), IDLE_HIDDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unchanged_sleep_is_idle), cmocka_unit_test(test_anything_that_ran_is_not),
        cmocka_unit_test(test_a_new_zombie_is_not),     cmocka_unit_test(test_timers_are_told),
        cmocka_unit_test(test_what_is_hidden_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

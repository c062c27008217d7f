/* test_probe.c - the self-test of gate and idleness holds on every kernel that these tests run on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "kernel/probe.h"

static void holds(void **state)
{
    struct kernel_probe p;

    (void)state;
    assert_int_equal(kernel_probe(&p, 60000, 60000), 0);
    assert_string_equal(p.gate.cause, "");
    assert_true(p.gate.holds);
    assert_string_equal(p.idleness.cause, "");
    assert_true(p.idleness.holds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(holds)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}

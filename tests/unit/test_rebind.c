/* test_rebind.c - a program binds the port in its source, and gets another: in a box at every level that is
 * granted. */
#include "box_rig.h"

#include "base/addr.h"
#include "launch/rebind.h"

static uint16_t swapped(uint16_t port)
{
    return (uint16_t)(port << 8 | port >> 8);
}

/* What it says of port 80, when that is exchanged for `ours`. */
static struct box_exit bind_80(struct fixture *f, const char *type, uint16_t ours)
{
    struct box_command command = {.argv = (const char *[]){"./boxed", "bind", type, NULL},
                                  .in = f->in[0],
                                  .out = f->out[1],
                                  .err = f->out[1],
                                  .exchanges = {{8080, 9090}, {80, ours}},
                                  .n_exchanges = 2};
    struct box_exit x;
    int cause;

    if (!rebind_possible())
        skip();
    buf_deinit(&f->seen);
    assert_int_equal(box_spawn(&f->box, &command, &f->pid, &cause, &f->err), SPAWNED);
    x = await_exit(f);
    fd_nonblock(f->out[0]);
    read_until(f->out[0], "\n", &f->seen);
    return x;
}

/* A free port, kept by the caller's socket only while it is chosen. */
static uint16_t free_port(void)
{
    struct addr at = addr_v4(INADDR_ANY, 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, &at.sa, at.len), 0);
    assert_int_equal(addr_local(fd, &at), 0);
    fd_close(fd);
    return addr_port(&at);
}

static void the_program_sees_its_own(void **state)
{
    struct fixture *f = of(state);
    uint16_t port = free_port();
    char text[40];

    assert_int_equal(bind_80(f, "tcp", port).status, 0);
    snprintf(text, sizeof text, "80 80 %u\n", port);
    expect(f, text);
    assert_int_equal(bind_80(f, "udp", port).status, 0);
    expect(f, "80 0 0\n");
}

/* 20480 is 80 without htons: what is exchanged for that is swapped too. */
static void swapped_ports_too(void **state)
{
    struct fixture *f = of(state);
    struct box_command command = {.argv = (const char *[]){"./boxed", "bind", "tcp", NULL},
                                  .in = f->in[0],
                                  .out = f->out[1],
                                  .err = f->out[1],
                                  .n_exchanges = 1};
    uint16_t port = free_port();
    char text[40];
    int cause;

    if (!rebind_possible())
        skip();
    command.exchanges[0] = (struct box_exchange){swapped(80), swapped(port)};
    assert_int_equal(box_spawn(&f->box, &command, &f->pid, &cause, &f->err), SPAWNED);
    assert_int_equal(await_exit(f).status, 0);
    fd_nonblock(f->out[0]);
    read_until(f->out[0], "\n", &f->seen);
    snprintf(text, sizeof text, "80 80 %u\n", port);
    expect(f, text);
}

/* What goes wrong with the other port is what the program hears. */
static void errors_are_told(void **state)
{
    struct fixture *f = of(state);
    struct addr at = addr_v4(INADDR_ANY, 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, &at.sa, at.len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(addr_local(fd, &at), 0);
    bind_80(f, "tcp", addr_port(&at));
    expect(f, "Address already in use\n");
    fd_close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_ALL_LEVELS(the_program_sees_its_own),
        AT_ALL_LEVELS(swapped_ports_too),
        AT_ALL_LEVELS(errors_are_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* doctor.c - `sockgrade doctor`: what this machine lets the grader do, and what would let it do more. */
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "kernel/tracer.h"
#include "launch/isolation.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void put_fact(struct buf *b, const char *name, const char *what, const struct isolation_fact *f)
{
    buf_printf(b, "  %-6s %-3s  %s\n", name, f->granted ? "yes" : "no", what);
    if (!f->granted && f->cause[0])
        buf_printf(b, "              cause: %s\n", f->cause);
    if (!f->granted && f->cure[0])
        buf_printf(b, "              cure:  %s\n", f->cure);
}

static void put_xray(struct buf *b)
{
    int r = tracer_probe();

    buf_printf(b, "  %-6s %-3s  %s\n", "xray", r < 0 ? "no" : "yes",
               "a look at a program's own socket calls (grade --xray)");
    if (r < 0)
        buf_printf(b, "              cause: tracing a process: %s\n", strerror(-r));
    if (r == -EPERM || r == -EACCES)
        buf_printf(b, "              cure:  kernel.yama.ptrace_scope 0 or 1; docker run --security-opt "
                      "seccomp=unconfined\n");
}

int command_doctor(int argc, char **argv)
{
    static const struct option none[] = {{NULL}};
    static const struct command_line line = {"sockgrade doctor",
                                             "Tells what this machine lets the grader do.", none, 0, 0};
    _cleanup_buf_ struct buf b = BUF_INIT;
    struct isolation_probe p;
    const char *words[1];
    size_t n;
    int r;

    switch (options_parse(&line, argc, argv, words, &n)) {
    case PARSED_HELP: return EXIT_PASSED;
    case PARSED_WRONG: return EXIT_USAGE;
    case PARSED: break;
    }
    r = isolation_probe(&p);
    if (r < 0) {
        fprintf(stderr, "sockgrade: cannot probe this machine: %s\n", strerror(-r));
        return EXIT_FAULT;
    }
    buf_printf(&b, "isolation: %s\n", isolation_name(p.level));
    put_fact(&b, "net", "a network of its own for every test", &p.net);
    put_fact(&b, "pid", "processes that see, and outlive, nobody else's", &p.pid);
    put_fact(&b, "mount", "a file system with nothing but the system and the submission", &p.mount);
    put_fact(&b, "uid", "an identity of its own", &p.uid);
    if (p.level == ISOLATION_BASIC)
        buf_printf(&b, "  Submissions can read and end an assignment's own programs here (`trusted`).\n");
    put_xray(&b);
    if (p.landlock)
        buf_printf(&b, "  landlock: ABI %d\n", p.landlock);
    else
        buf_printf(&b, "  landlock: not in this kernel\n");
    return put_out(b.data, b.len, EXIT_PASSED);
}

/* test_build_hint.c - what is said about the usual failures of builds: of what compilers print, and of what
 * was handed in. */
#include "base/mem.h"
#include "launch/build.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define NOW 1700000000

static int set_up(void **state)
{
    char *dir = mem_text("/tmp/test-build-hint-XXXXXX");

    *state = dir;
    return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
    _cleanup_buf_ struct buf line = BUF_INIT;

    buf_printf(&line, "rm -r %s", (char *)*state);
    buf_byte(&line, 0);
    mem_free(*state);
    return system((char *)line.data);
}

struct path {
    char text[200];
};

static struct path inside(const char *dir, const char *name)
{
    struct path p;

    snprintf(p.text, sizeof p.text, "%s/%s", dir, name);
    return p;
}

static void put(const char *dir, const char *name, time_t changed)
{
    struct path path = inside(dir, name);
    FILE *f = fopen(path.text, "w");

    assert_non_null(f);
    fclose(f);
    assert_int_equal(utimensat(AT_FDCWD, path.text, (struct timespec[2]){{changed, 0}, {changed, 0}}, 0), 0);
}

static char *hint_for(const char *dir, const char *output)
{
    struct buf hint = BUF_INIT;

    build_hint(build_first_error(bytes_of(output)), bytes_of(output), dir, &hint);
    return buf_steal_text(&hint);
}

static void assert_hint(const char *dir, const char *output, const char *wanted)
{
    _cleanup_free_ char *hint = hint_for(dir, output);

    if (*wanted ? !strstr(hint, wanted) : *hint)
        fail_msg("%s\nhint: %s", output, hint);
}

/* What gcc 12, ld, make and javac print. */
static void usual_failures(void **state)
{
    static const struct {
        const char *output, *hint;
    } cases[] = {
        {"server.c:2:1: fatal error: opening dependency file obj/server.d: No such file or directory\n",
         "mkdir -p"},
        {"Assembler messages:\nFatal error: can't create obj/server.o: No such file or directory\n",
         "mkdir -p"},
        {"/usr/bin/ld: cannot open output file bin/server: No such file or directory\ncollect2: error: ld "
         "returned 1\n",
         "mkdir -p"},
        {"server.c:2:20: error: unused variable 'x' [-Werror=unused-variable]\n", "-Werror makes an error"},
        {"server.c:2:34: error: implicit declaration of function 'foo' "
         "[-Werror=implicit-function-declaration]\n",
         "Include the header"},
        {"c.cpp:1:25: error: 'memset' was not declared in this scope\n", "Include the header"},
        {"d.c:1:57: error: 'AF_INET' undeclared (first use in this function)\n", "Include the header"},
        {"server.c:1:10: fatal error: nope.h: No such file or directory\n", "is it handed in"},
        {"make: *** No rule to make target 'a.c', needed by 'server'.  Stop.\n", "is it handed in"},
        {"make: *** No targets specified and no makefile found.  Stop.\n", "no Makefile"},
        {"Makefile:2: *** missing separator.  Stop.\n", "tab"},
        {"/usr/bin/ld: cannot find -lfoo: No such file or directory\n", "library"},
        {"/usr/bin/ld: s.o: in function `main':\ns.c:(.text+0x19): undefined reference to `foo'\n",
         "None of the files"},
        {"/usr/bin/ld: b.o:(.bss+0x0): multiple definition of `buf'; a.o:(.bss+0x0): first defined here\n",
         "extern"},
        {"Server.java:1: error: class Srv is public, should be declared in a file named Srv.java\n",
         "its own name"},
        {"server.c:3:5: error: expected ';' before 'return'\n", ""},
        {"", ""},
    };

    for (size_t i = 0; i < array_len(cases); i++)
        assert_hint(*state, cases[i].output, cases[i].hint);
}

static void stale_objects(void **state)
{
    static const char elsewhere[] =
        "cc -o server server.o\nserver.o: file not recognized: file format not recognized\n";
    static const char in_folder[] = "/usr/bin/ld: obj/server.o: in function `main':\n"
                                    "server.c:(.text+0x19): undefined reference to `foo'\n";
    const char *dir = *state;

    assert_hint(dir, elsewhere, ""); /* the build made it itself */
    put(dir, "server.c", NOW);
    put(dir, "server.o", NOW - 1);
    assert_hint(dir, elsewhere, ""); /* make made it anew */
    put(dir, "server.o", NOW);
    assert_hint(dir, elsewhere, "server.o was handed in ready-made, and is not older than server.c");
    assert_hint(dir, "server.c:3:5: error: expected ';'\nserver.o\n", "");
    assert_hint(dir, "client.o: file not recognized: file format not recognized\n", "");
    put(dir, "client.o", NOW);
    assert_hint(dir, "client.o: file not recognized: file format not recognized\n",
                "client.o was handed in ready-made. Hand in sources");
    unlink(inside(dir, "server.o").text);
    mkdir(inside(dir, "obj").text, 0755);
    put(dir, "obj/server.o", NOW + 5);
    assert_hint(dir, in_folder, "obj/server.o was handed in ready-made, and is not older than server.c");
}

/* Links are not followed, and a loop of them ends. */
static void hostile_folder(void **state)
{
    const char *dir = *state;

    assert_int_equal(symlink(".", inside(dir, "loop").text), 0);
    assert_int_equal(symlink("/usr/lib", inside(dir, "out").text), 0);
    assert_int_equal(symlink("/etc/passwd", inside(dir, "server.o").text), 0);
    assert_hint(dir, "server.o: file not recognized: file format not recognized\n", "");
    assert_hint("/nowhere", "server.o: file not recognized: file format not recognized\n", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(usual_failures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stale_objects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hostile_folder, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

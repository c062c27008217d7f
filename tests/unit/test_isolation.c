/* test_isolation.c - the choice of a level, and which files of the host a box shows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launch/claim.h"
#include "launch/isolation.h"
#include "launch/visible.h"
#include "launch/workdir.h"

static void ids(void **state)
{
    uid_t uid;
    gid_t gid;

    (void)state;
    isolation_ids(3, &uid, &gid);
    assert_int_equal(uid, geteuid() == 0 ? 60004 : geteuid());
    assert_int_equal(gid, geteuid() == 0 ? 60004 : getegid());
}

static void claims_differ(void **state)
{
    struct claim a, b;
    struct err e;

    (void)state;
    assert_int_equal(claim_take(&a, &e), 0);
    assert_int_equal(claim_take(&b, &e), 0);
    if (geteuid() == 0)
        assert_int_not_equal(a.uid, b.uid);
    else
        assert_int_equal(a.uid, geteuid());
    claim_release(&a);
    claim_release(&a);
    claim_release(&b);
}

static void choice(void **state)
{
    struct isolation_probe p = {.level = ISOLATION_BASIC};
    struct err e = {0};

    (void)state;
    p.uid = (struct isolation_fact){.cause = "clone: not permitted", .cure = "allow it"};
    assert_int_equal(isolation_choose(&p, -1, &e), ISOLATION_BASIC);
    assert_int_equal(isolation_choose(&p, ISOLATION_BASIC, &e), ISOLATION_BASIC);
    assert_true(isolation_choose(&p, ISOLATION_FULL, &e) < 0);
    assert_non_null(strstr(e.text, "clone: not permitted; allow it"));
    assert_true(isolation_choose(&p, ISOLATION_UID, &e) < 0);
    p.level = ISOLATION_FULL;
    p.uid.granted = p.pid.granted = p.mount.granted = p.net.granted = true;
    assert_int_equal(isolation_choose(&p, -1, &e), ISOLATION_FULL);
    assert_int_equal(isolation_choose(&p, ISOLATION_FULL, &e), ISOLATION_FULL);
    assert_int_equal(isolation_choose(&p, ISOLATION_BASIC, &e), ISOLATION_BASIC);
}

static void probe_tells_causes(void **state)
{
    struct isolation_probe p;
    const struct isolation_fact *facts[] = {&p.net, &p.pid, &p.mount, &p.uid};
    bool all = true;

    (void)state;
    assert_int_equal(isolation_probe(&p), 0);
    for (size_t i = 0; i < 4; i++) {
        all &= facts[i]->granted;
        assert_int_equal(facts[i]->granted, facts[i]->cause[0] == 0);
    }
    assert_int_equal(p.level == ISOLATION_FULL, all);
}

/* ---- what a box shows ---- */

struct home {
    char dir[PATH_MAX], path[PATH_MAX + 64];
    char *old_home, *old_path;
};

static int set_up(void **state)
{
    struct home *h = calloc(1, sizeof *h);

    *state = h;
    h->old_home = strdup(getenv("HOME") ? getenv("HOME") : "/");
    h->old_path = strdup(getenv("PATH") ? getenv("PATH") : "/bin");
    if (workdir_new(h->path, sizeof h->dir, NULL) < 0 || !realpath(h->path, h->dir))
        return -1;
    return setenv("HOME", h->dir, 1);
}

static int tear_down(void **state)
{
    struct home *h = *state;

    setenv("HOME", h->old_home, 1);
    setenv("PATH", h->old_path, 1);
    free(h->old_home);
    free(h->old_path);
    workdir_remove(h->dir, NULL);
    free(h);
    return 0;
}

static const char *in(struct home *h, const char *name)
{
    snprintf(h->path, sizeof h->path, "%s/%s", h->dir, name);
    return h->path;
}

static void make(struct home *h, const char *name)
{
    assert_int_equal(mkdir(in(h, name), 0755), 0);
}

static bool shows(struct home *h, const struct visible *v, const char *name)
{
    return visible_covers(v, in(h, name));
}

static void inside(void **state)
{
    (void)state;
    assert_true(visible_inside("/usr/bin", "/usr"));
    assert_true(visible_inside("/usr", "/usr"));
    assert_true(visible_inside("/usr", "/usr/"));
    assert_true(visible_inside("/usr", "/"));
    assert_false(visible_inside("/usr2", "/usr"));
    assert_false(visible_inside("/us", "/usr"));
    assert_false(visible_inside("/usr", ""));
}

static void toolchains_of_a_home(void **state)
{
    struct home *h = *state;
    char path[5 * PATH_MAX];
    struct visible v;

    make(h, "tools");
    make(h, "tools/bin");
    make(h, "bin");
    make(h, "odd");
    make(h, ".cargo");
    make(h, ".cargo/bin");
    make(h, ".rustup");
    make(h, ".ssh");
    snprintf(path, sizeof path, "/usr/bin:%s/tools/bin:%s/bin:%s/odd:%s/.cargo/bin:.:relative:/no/such",
             h->dir, h->dir, h->dir, h->dir);
    setenv("PATH", path, 1);
    visible_collect(&v, NULL, NULL);
    assert_true(visible_covers(&v, "/usr/bin"));
    assert_true(visible_covers(&v, "/etc"));
    assert_true(shows(h, &v, "tools/lib")); /* the root of a toolchain, not just its bin */
    assert_true(shows(h, &v, "bin/x"));
    assert_true(shows(h, &v, "odd/x"));
    assert_true(shows(h, &v, ".cargo/bin"));
    assert_true(shows(h, &v, ".rustup"));
    assert_false(shows(h, &v, ".cargo/credentials.toml"));
    assert_false(shows(h, &v, ".ssh"));
    assert_false(shows(h, &v, "x"));
    for (size_t i = 0; i < v.n; i++)
        for (size_t j = 0; j < v.n; j++)
            assert_true(i == j || !visible_inside(v.paths[i], v.paths[j]));
    visible_deinit(&v);
}

static void links_in_path(void **state)
{
    struct home *h = *state;
    char target[PATH_MAX + 64];
    struct visible v;

    make(h, "bin");
    make(h, "node");
    make(h, "node/bin");
    make(h, "secret");
    snprintf(target, sizeof target, "%s/node/bin/node", h->dir);
    fd_close(creat(target, 0755));
    assert_int_equal(symlink(target, in(h, "bin/node")), 0);
    snprintf(target, sizeof target, "%s/secret/tool", h->dir);
    fd_close(creat(target, 0755));
    assert_int_equal(symlink(target, in(h, "bin/tool")), 0);
    setenv("PATH", in(h, "bin"), 1);
    visible_collect(&v, NULL, NULL);
    assert_true(shows(h, &v, "node/lib"));
    assert_true(shows(h, &v, "secret/tool"));
    assert_false(shows(h, &v, "secret/other"));
    visible_deinit(&v);
}

static void what_holds_the_work_is_never_shown(void **state)
{
    struct home *h = *state;
    char work[PATH_MAX + 64];
    struct visible v;

    make(h, "course");
    make(h, "course/bin");
    make(h, "course/work");
    memcpy(work, in(h, "course/work"), sizeof work);
    setenv("PATH", in(h, "course/bin"), 1);
    visible_collect(&v, NULL, work);
    assert_true(shows(h, &v, "course/bin"));
    assert_false(shows(h, &v, "course/solution"));
    visible_deinit(&v);
}

static void exposed(void **state)
{
    struct home *h = *state;
    struct visible v;
    char data[PATH_MAX + 64];

    make(h, "data");
    memcpy(data, in(h, "data"), sizeof data);
    visible_collect(&v, (const char *[]){data, "/no/such/thing", NULL}, NULL);
    assert_true(shows(h, &v, "data/x"));
    visible_deinit(&v);
    assert_int_equal(symlink(data, in(h, "link")), 0);
    visible_collect(&v, (const char *[]){h->path, NULL}, NULL);
    assert_true(shows(h, &v, "data/x"));
    assert_true(shows(h, &v, "link/x"));
    visible_deinit(&v);
}

#define AT_HOME(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids),    cmocka_unit_test(claims_differ),
        cmocka_unit_test(choice), cmocka_unit_test(probe_tells_causes),
        cmocka_unit_test(inside), AT_HOME(toolchains_of_a_home),
        AT_HOME(links_in_path),   AT_HOME(what_holds_the_work_is_never_shown),
        AT_HOME(exposed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

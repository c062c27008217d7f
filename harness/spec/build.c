/* build.c - `build`: how a submission is made. */
#include "base/clock.h"
#include "base/mem.h"
#include "spec/parts.h"

#define BUILD_TIME (120 * NS_PER_S)
#define POINTS_MAX 1e6

static void build_command(struct loader *l, const struct node *n, void *into)
{
    struct build *b = into;

    if (read_words(l, n, "the build command", false, &b->command))
        b->text = (const char *)arena_bytes(l->arena, n->kind == NODE_SCALAR ? n->text : n->source).data;
}

static void build_makes(struct loader *l, const struct node *n, void *into)
{
    struct build *b = into;
    struct node *self = (struct node *)n;
    struct nodes files = nodes_of(&self);
    const char **paths = arena_new(l->arena, (files.n + 1) * sizeof *paths);
    size_t fine = 0;

    for (size_t i = 0; i < files.n; i++)
        fine += read_path(l, files.item[i], "a file that the build makes", &paths[fine]);
    b->makes = (struct words){paths, fine};
}

static void build_time(struct loader *l, const struct node *n, void *into)
{
    struct build *b = into;

    read_duration(l, n, "`time`", 3600 * NS_PER_S, &b->time);
}

static void build_points(struct loader *l, const struct node *n, void *into)
{
    struct build *b = into;

    read_number(l, n, "`points`", POINTS_MAX, &b->points);
}

static const struct field build_fields[] = {
    {"command", build_command, true}, {"makes", build_makes}, {"time", build_time}, {"points", build_points}};

void build_read(struct loader *l, const struct node *n)
{
    struct build *b = &l->spec->build;

    b->time = BUILD_TIME;
    if (!n)
        return;
    b->mark = n->mark;
    if (n->kind == NODE_MAP)
        map_read(l, n, "`build`", build_fields, array_len(build_fields), b);
    else
        build_command(l, n, b);
}

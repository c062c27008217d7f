/*
 * driver.c - stands in for libFuzzer where the compiler has none: feeds a target each file of some folders,
 * and mutations of it that are the same every time. `fuzz_X FOLDER...`; options, which are libFuzzer's, are
 * passed over. `last-input` is what was tried last.
 */
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/rng.h"
#include "fuzz.h"

#define SIZE_MOST (1 << 20)
#define RUNS 5000 /* for a folder, of each file as many */

struct fuzzing {
    struct rng rng;
    unsigned long runs;
    int last; /* open for writing */
};

static void repeat_part(struct buf *b, struct rng *r)
{
    struct buf copy = BUF_INIT;
    size_t from = rng_below(r, b->len), len = rng_below(r, b->len - from) + 1, at = rng_below(r, b->len);

    buf_append(&copy, bytes_slice(buf_view(b), 0, at));
    buf_append(&copy, bytes_slice(buf_view(b), from, len));
    buf_append(&copy, bytes_slice(buf_view(b), at, b->len));
    buf_deinit(b);
    *b = copy;
}

static void mutate(struct buf *b, struct rng *r)
{
    static const char bytes[] = "{}[]:,-\"'!&*#|>%@`$\\ \n\t0a\xc3";

    for (uint64_t n = 1 + rng_below(r, 4); n > 0 && b->len > 0; n--) {
        size_t at = rng_below(r, b->len);

        switch (rng_below(r, 6)) {
        case 0: b->data[at] = (uint8_t)bytes[rng_below(r, sizeof bytes - 1)]; break;
        case 1: b->data[at] = (uint8_t)rng_next(r); break;
        case 2: b->data[at] ^= (uint8_t)(1u << rng_below(r, 8)); break;
        case 3: b->len = at; break;
        case 4: buf_byte(b, (uint8_t)rng_next(r)); break;
        case 5: repeat_part(b, r); break;
        }
    }
}

/* In memory of just that size, so that ASan sees whoever reads beyond it. */
static void try(struct fuzzing *f, struct bytes in)
{
    uint8_t *exact = malloc(in.len ? in.len : 1);

    if (!exact)
        errx(2, "out of memory");
    if (in.len)
        memcpy(exact, in.data, in.len);
    if (ftruncate(f->last, 0) < 0 || pwrite(f->last, exact, in.len, 0) < 0)
        err(2, "last-input");
    LLVMFuzzerTestOneInput(exact, in.len);
    free(exact);
    f->runs++;
}

static void fuzz_file(struct fuzzing *f, int folder, const char *name, int mutations)
{
    struct buf seed = BUF_INIT;

    if (fd_read_file(folder, name, SIZE_MOST, &seed) < 0)
        errx(2, "cannot read %s", name);
    try(f, buf_view(&seed));
    for (int i = 0; i < mutations; i++) {
        struct buf b = BUF_INIT;

        buf_append(&b, buf_view(&seed));
        mutate(&b, &f->rng);
        try(f, buf_view(&b));
        buf_deinit(&b);
    }
    buf_deinit(&seed);
}

static void fuzz_folder(struct fuzzing *f, const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, NULL, alphasort), folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (n < 0 || folder < 0)
        err(2, "%s", path);
    for (int i = 0; i < n; i++) {
        if (entries[i]->d_name[0] != '.')
            fuzz_file(f, folder, entries[i]->d_name, RUNS / n);
        free(entries[i]);
    }
    free(entries);
    close(folder);
}

int main(int argc, char **argv)
{
    struct fuzzing f = {.rng = rng_seed(1, 0)};

    f.last = open("last-input", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (f.last < 0)
        err(2, "last-input");
    for (int i = 1; i < argc; i++)
        if (argv[i][0] != '-')
            fuzz_folder(&f, argv[i]);
    printf("stat::number_of_executed_units: %lu\n", f.runs);
    close(f.last);
    return 0;
}

/*
 * fuzz_spec.c - the spec loader on any bytes: it must report, and never crash, hang or leak.
 *
 * clang -fsanitize=fuzzer,address: a libFuzzer target; seeds: tests/golden/specs/NAME/spec.yaml.
 * With -DSTANDALONE any compiler makes a driver that loads each file named on its command line, and mutations
 * of it.
 */
#include "base/fd.h"
#include "base/rng.h"
#include "spec/load.h"

#include <fcntl.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct diags diags = {0};
    struct buf out = BUF_INIT;
    struct spec *s = spec_load_bytes("/proc/self/fdinfo/spec.yaml", (struct bytes){data, size}, &diags);

    if (!s != (diags.errors > 0))
        abort(); /* a spec is either good or blamed */
    diags_render(&diags, size % 2, &out);
    for (size_t i = 0; i < out.len; i++)
        if (out.data[i] < ' ' && out.data[i] != '\n' && out.data[i] != '\t' &&
            !(size % 2 && out.data[i] == 033))
            abort(); /* hostile text came through */
    spec_free(s);
    buf_deinit(&out);
    diags_deinit(&diags);
    return 0;
}

#ifdef STANDALONE
#define ROUNDS 2000

static void mutate(struct buf *b, struct rng *r)
{
    static const char bytes[] = "{}[]:,-\"'!&*#|>%@`$\\ \n\t0a\xc3";

    for (uint64_t n = 1 + rng_below(r, 4); n > 0 && b->len > 0; n--) {
        size_t at = rng_below(r, b->len);

        switch (rng_below(r, 3)) {
        case 0: b->data[at] = (uint8_t)bytes[rng_below(r, sizeof bytes - 1)]; break;
        case 1: b->data[at] = (uint8_t)rng_next(r); break;
        case 2: b->len = at; break;
        }
    }
}

int main(int argc, char **argv)
{
    struct rng r = rng_seed(1, 0);

    for (int i = 1; i < argc; i++)
        for (int round = 0; round < ROUNDS; round++) {
            struct buf b = BUF_INIT;

            if (fd_read_file(AT_FDCWD, argv[i], 1 << 22, &b) < 0)
                return 1;
            if (round > 0)
                mutate(&b, &r);
            LLVMFuzzerTestOneInput(b.data, b.len);
            buf_deinit(&b);
        }
    return 0;
}
#endif

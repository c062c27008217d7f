/* fuzz_spec.c - the spec loader on any bytes: it must report, and never crash, hang or leak. */
#include <stdlib.h>

#include "fuzz.h"
#include "spec/load.h"

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

/* homes.c - where a key belongs that stands in a wrong place: most of them were only indented wrongly. */
#include "base/mem.h"
#include "spec/fields.h"

#include <string.h>

struct home {
    const char *where;
    const char *keys[16];
};

static const struct home homes[] = {
    {"the top level of the spec",
     {"spec", "handout", "include", "build", "programs", "protocol", "protocols", "peers", "limits", "groups",
      "defaults", "impairments", "tests"}},
    {"a test", {"id", "steps", "examples"}},
    {"a test, or to `defaults`",
     {"before", "after", "under", "score", "repeat", "timeout", "requires", "teaches", "points",
      "extra-credit", "visibility", "group", "tags"}},
    {"a program", {"run", "args", "listens", "stdin", "stdout", "start", "shares", "trusted"}},
    {"a peer", {"connects", "host", "at", "tls", "broadcast", "relays", "impair"}},
    {"a protocol", {"framing", "max", "messages", "rules", "header"}},
    {"a message", {"fields", "pad", "text"}},
    {"`framing`", {"delimiter", "counts"}},
    {"`build`", {"command", "makes"}},
    {"`limits`", {"cpu", "memory", "disk", "processes", "open-files", "output", "case-time", "total-time"}},
    {"a step, under its sentence", {"within", "hint"}},
    {"an entry of `include`", {"optional"}},
    {"an item of `impairments`", {"drop", "duplicate", "reorder", "delay", "corrupt"}},
};

const char *key_home(const char *key)
{
    for (size_t i = 0; i < array_len(homes); i++)
        for (size_t k = 0; k < array_len(homes[i].keys) && homes[i].keys[k]; k++)
            if (strcmp(homes[i].keys[k], key) == 0)
                return homes[i].where;
    return NULL;
}

#include "spec/concepts.h"
#include "base/embed.h"
#include "spec/fields.h"

#define CONCEPTS "assignments/concepts.yaml"

extern const char concepts_yaml[];
extern const size_t concepts_yaml_len;
EMBED(concepts_yaml, CONCEPTS);

static const char *text_under(const struct node *map, const char *key)
{
    const struct node *n = map_get(map, key);

    return n && node_is(n, NODE_SCALAR) ? (const char *)n->text.data : NULL;
}

bool concept_find(struct arena *arena, char letter, struct concept *out)
{
    const struct bytes yaml = {(const uint8_t *)concepts_yaml, concepts_yaml_len};
    const char name[] = {letter, 0};
    struct diags diags = {0};
    const struct node *all = yaml_parse(arena, CONCEPTS, yaml, &diags);
    const struct node *one = all ? map_get(all, name) : NULL;

    diags_deinit(&diags);
    if (!one)
        return false;
    *out = (struct concept){text_under(one, "title"), text_under(one, "text")};
    return out->title && out->text;
}

/* keys.c - see keys.h. The items of a map may come from several files. */
#include "spec/keys.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static int by_key(const void *pa, const void *pb)
{
    const struct keyed *a = pa, *b = pb;
    int order = bytes_compare(a->node->key->text, b->node->key->text);

    return order ? order : a->index < b->index ? -1 : a->index > b->index;
}

struct keyed *keys_sorted(struct node *const *items, size_t n)
{
    struct keyed *sorted = mem_new((n + 1) * sizeof *sorted);

    for (size_t i = 0; i < n; i++)
        sorted[i] = (struct keyed){items[i], i};
    qsort(sorted, n, sizeof *sorted, by_key);
    return sorted;
}

void keys_check(const struct node *map, struct diags *d)
{
    struct keyed *sorted = keys_sorted(map->items, map->n);

    for (size_t i = 1; i < map->n; i++) {
        const struct node *before = sorted[i - 1].node->key;
        struct node *item = sorted[i].node;
        bool sentence = memchr(item->key->text.data, ' ', item->key->text.len);

        if (item->bad || !bytes_equal(before->text, item->key->text))
            continue;
        diag_note(d, diag_error(d, item->key->mark, "`%s` stands here twice", item->key->text.data),
                  sentence ? "the first is in %s; a step of its own begins with `- `"
                           : "the first is in %s; one of them would be ignored",
                  diag_place(d, before->mark, item->key->mark));
        item->bad = true;
    }
    mem_free(sorted);
}

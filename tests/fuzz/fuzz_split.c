/*
 * fuzz_split.c - splits as text, and shrinking for any way in which a program may fail: it comes to an end,
 * with a split that was found to fail, and no question is asked twice.
 */
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "wire/split.h"

#define CUTS_MAX 12
#define STEPS 3
#define QUESTIONS_MAX 400

static void check_text(struct bytes in)
{
    struct buf text = BUF_INIT, again = BUF_INIT;
    struct split s, same;
    size_t wrong = 0;

    buf_append(&text, in);
    buf_byte(&text, 0);
    if (split_parse((const char *)text.data, &s, &wrong) < 0) {
        require(wrong <= strlen((const char *)text.data));
        buf_deinit(&text);
        return;
    }
    split_text(&s, &again);
    buf_byte(&again, 0);
    require(split_parse((const char *)again.data, &same, &wrong) == 0 && split_equal(&s, &same));
    split_deinit(&s);
    split_deinit(&same);
    buf_deinit(&text);
    buf_deinit(&again);
}

/* Does a program fail at these cuts? At all that it needs, or, with a salt, as a throw of dice. */
static bool fails(const struct split *s, const struct split *needs, uint8_t salt)
{
    struct buf text = BUF_INIT;
    uint64_t hash;

    for (size_t i = 0; i < needs->n; i++)
        for (size_t k = 0; k < needs->cuts[i].n; k++) {
            const struct cuts *there = split_at(s, needs->cuts[i].step);
            bool found = false;

            for (size_t m = 0; there && m < there->n; m++)
                found |= there->at[m] == needs->cuts[i].at[k];
            if (!found)
                return false;
        }
    split_text(s, &text);
    hash = bytes_hash(buf_view(&text));
    buf_deinit(&text);
    return !(salt & 7) || (hash >> (salt & 31)) & 1;
}

static void check_shrink(const struct split *from, const struct split *needs, uint8_t salt)
{
    struct split_trial tried[QUESTIONS_MAX] = {{.split = split_copy(from), .failed = true}};
    struct split next;
    size_t n = 1;

    while (split_shrink(from, NULL, 0, tried, n, &next) == SHRINK_TRY) {
        require(n < QUESTIONS_MAX && split_count(&next) > 0);
        for (size_t i = 0; i < n; i++)
            require(!split_equal(&tried[i].split, &next));
        tried[n].split = next;
        tried[n++].failed = fails(&next, needs, salt);
    }
    require(split_equal(&next, from) || fails(&next, needs, salt));
    if (!(salt & 7) && needs->n && split_count(from) > split_count(needs))
        require(split_equal(&next, needs)); /* as few as can be, where less never fails */
    split_deinit(&next);
    while (n)
        split_deinit(&tried[--n].split);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct split from = {.kind = SPLIT_CUTS}, needs = {.kind = SPLIT_CUTS};

    check_text((struct bytes){data, size});
    for (size_t i = 1; i < size && i < CUTS_MAX; i++) {
        split_add(&from, data[i] % STEPS, 1 + data[i] / 8);
        if (data[i] & 4)
            split_add(&needs, data[i] % STEPS, 1 + data[i] / 8);
    }
    if (from.n)
        check_shrink(&from, &needs, data[0]);
    split_deinit(&from);
    split_deinit(&needs);
    return 0;
}

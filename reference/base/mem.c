#include "base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mem_exhausted(void)
{
    /* lint: allow print: there is nothing left to report through */
    fputs("sockgrade: out of memory\n", stderr);
    abort();
}

void *mem_new(size_t size)
{
    void *p = calloc(1, size ? size : 1);

    if (!p)
        mem_exhausted();
    return p;
}

void *mem_grow(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);

    if (!p)
        mem_exhausted();
    return p;
}

char *mem_text(const char *text)
{
    size_t size;

    if (!text)
        return NULL;
    size = strlen(text) + 1;
    return memcpy(mem_new(size), text, size);
}

void mem_free(void *p)
{
    free(p);
}

void mem_freep(void *pp)
{
    free(*(void **)pp);
}

void *mem_push(void *array, size_t *len, size_t *cap, size_t size)
{
    char *base;

    memcpy(&base, array, sizeof base);
    if (*len == *cap) {
        size_t bytes;

        *cap = *cap ? 2 * *cap : 8;
        if (__builtin_mul_overflow(*cap, size, &bytes))
            mem_exhausted();
        base = mem_grow(base, bytes);
        memcpy(array, &base, sizeof base);
    }
    return memset(base + (*len)++ * size, 0, size);
}

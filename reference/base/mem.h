/* mem.h - heap memory that is there or ends the process (see buf.h for why that is enough). */
#pragma once
#include <stddef.h>

void *mem_new(size_t size);             /* zeroed */
void *mem_grow(void *old, size_t size); /* like realloc; new bytes are not zeroed */
char *mem_text(const char *text);       /* a copy; NULL for NULL */
void mem_free(void *p);                 /* accepts NULL */
void mem_freep(void *pp);               /* for the cleanup attribute: frees *pp */
void mem_exhausted(void) __attribute__((noreturn));

#define _cleanup_free_ __attribute__((cleanup(mem_freep)))

/* Appends a zeroed element to {ptr, len, cap} and yields its address. */
void *mem_push(void *array, size_t *len, size_t *cap, size_t size);
#define array_push(ptr, len, cap) ((__typeof__(ptr))mem_push(&(ptr), &(len), &(cap), sizeof *(ptr)))
#define array_len(a) (sizeof(a) / sizeof *(a))

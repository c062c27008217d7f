/*
 * counters.c - numbers with names, which all threads share.
 *
 * "Add one" looks like one step and is three: read, add, write. When two threads do it at once both may read
 * the same number, and one increment is lost. The lock makes the three steps one. It covers the search as
 * well, or two threads could each make a counter of the same name.
 */
#include "counters.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct counter {
    struct counter *next;
    uint64_t value;
    char name[MAX_NAME + 1];
};

static struct counter *counters;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Returns the counter of that name, which may be a new one. The lock is held. */
static struct counter *find(const char *name)
{
    for (struct counter *c = counters; c; c = c->next)
        if (strcmp(c->name, name) == 0)
            return c;
    struct counter *c = calloc(1, sizeof(*c));
    if (!c)
        return NULL;
    strncpy(c->name, name, MAX_NAME);
    c->next = counters;
    counters = c;
    return c;
}

uint64_t counters_increment(const char *name)
{
    pthread_mutex_lock(&lock);
    struct counter *c = find(name);
    /* A copy, made while nobody else can write: c->value may be another number as soon as the lock is free.
     */
    uint64_t value = c ? ++c->value : 0;
    pthread_mutex_unlock(&lock);
    return value;
}

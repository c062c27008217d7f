/*
 * recorded.c - the times in saved records, as lines of numbers: recorded FILE...
 *
 *   play TEST CASES NS                      of each file: one play and its cases' time in all
 *   program TEST PROGRAM READY_NS CPU_NS    of each program in it
 *   step TEST STEP DECIDED NS               of each step in it, counted from 1
 *
 * Tests and programs are indices into the spec; DECIDED is a number of enum decided. All times are
 * nanoseconds.
 */
#include "base/fd.h"
#include "record/stream.h"

#include <fcntl.h>
#include <stdio.h>

#define FILE_MAX (64u << 20)

static void print_case(const struct record *r, const struct case_record *c)
{
    for (size_t i = 0; i < c->n_steps; i++)
        if (c->steps[i].step != STEP_AFTER)
            printf("step %u %u %d %lld\n", r->test, c->steps[i].step + 1, (int)c->steps[i].decided,
                   (long long)c->steps[i].took);
}

static void print_record(const struct record *r)
{
    int64_t took = 0;

    for (size_t i = 0; i < r->n_cases; i++)
        took += r->cases[i].took;
    printf("play %u %zu %lld\n", r->test, r->n_cases, (long long)took);
    for (size_t i = 0; i < r->n_programs; i++)
        printf("program %u %u %lld %lld\n", r->test, r->programs[i].program,
               (long long)r->programs[i].ready_after, (long long)r->programs[i].cpu);
    for (size_t i = 0; i < r->n_cases; i++)
        print_case(r, &r->cases[i]);
}

static int read_one(const char *path)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    struct record_reader reader;
    struct record *r;
    int error = fd_read_file(AT_FDCWD, path, FILE_MAX, &b);

    if (error < 0) {
        fprintf(stderr, "recorded: %s cannot be read\n", path);
        return 1;
    }
    record_reader_init(&reader);
    record_reader_feed(&reader, buf_view(&b));
    r = record_reader_take(&reader);
    record_reader_deinit(&reader);
    error = !r->complete || r->fault;
    if (error)
        fprintf(stderr, "recorded: %s is no whole record\n", path);
    else
        print_record(r);
    record_free(r);
    return error;
}

int main(int argc, char **argv)
{
    int status = argc < 2;

    for (int i = 1; i < argc; i++)
        status |= read_one(argv[i]);
    return status;
}

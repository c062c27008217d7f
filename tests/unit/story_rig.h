/* story_rig.h - a failed step of any kind, to be told in words: for test_story.c and test_grammar.c. */
#pragma once
#include "records.h"

#include "judge/story.h"

enum {
    SENDS,
    GETS,
    REGEX,
    THREE,
    ANY_ORDER,
    ONE_OF,
    NOTHING,
    END,
    RESET,
    REFUSED,
    STALLED, /* alice */
    CELL,
    LENGTH,
    BYTES,
    UDP_SENDS,
    UDP_GETS,
    UDP_REGEX,
    STARTS,
    PRINTS,
    PRINTS_REGEX,
    PRINTS_NOTHING,
    EXITS,
    EXITS_NOT,
    EXITS_SIGNAL,
    ASCII_GETS,
    EOF_GETS,
    MEASURES,
    MEASURES_RATE,
};

static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  server: {run: ./server, args: \"${port}\", listens: tcp}\n"
    "  echo: {run: ./echo, args: \"${port}\", listens: udp}\n"
    "  tool: {run: ./tool}\n"
    "protocols:\n  line: {framing: line, max: 100}\n  u16: {framing: {length: u16be, counts: all, max: "
    "100}}\n"
    "  none: {framing: none}\n  udp: {framing: datagram}\n"
    "  net: {framing: {ascii-length: int, until: \":\"}, max: 100}\n  eof: {framing: eof}\n"
    "peers:\n"
    "  alice: {connects: server, protocol: line}\n  lena: {connects: server, protocol: u16}\n"
    "  nora: {connects: server, protocol: none}\n  ulla: {connects: echo, protocol: udp}\n"
    "  nat: {connects: server, protocol: net}\n  eve: {connects: server, protocol: eof}\n"
    "tests:\n  - id: t\n    examples: [{x: !regex '^a'}, {x: !regex '^b'}]\n    steps:\n"
    "      - alice sends: \"ab\"\n"
    "      - alice gets: \"OK\"\n"
    "      - alice gets: !regex '^ERR .'\n"
    "      - alice gets: [\"1\", !regex \"^2\", \"3\"]\n"
    "      - alice gets any order: [\"1\", \"2\", \"3\"]\n"
    "      - alice gets one of: [\"1\", \"2\"]\n"
    "      - alice gets nothing:\n"
    "      - alice gets end:\n"
    "      - alice gets reset:\n"
    "      - alice is refused:\n"
    "      - alice is stalled:\n"
    "      - alice gets: \"${x}\"\n"
    "      - lena gets: \"OK\"\n"
    "      - nora gets: !regex \"O+K\"\n"
    "      - ulla sends: \"ab\"\n"
    "      - ulla gets: \"OK\"\n        from: echo\n"
    "      - ulla gets: !regex '^O'\n        from: echo\n"
    "      - tool starts:\n"
    "      - tool prints: \"OK\"\n"
    "      - tool prints: !regex '^O'\n"
    "      - tool prints nothing:\n"
    "      - tool exits: 0\n"
    "      - tool exits: {not: 0}\n"
    "      - tool exits: SIGINT\n"
    "      - nat gets: \"OK\"\n"
    "      - eve gets: \"OK\"\n"
    "      - ulla measures: {for: 2s, rate: {min: 45, max: 55}, longest-gap: 40ms}\n"
    "      - ulla measures: {for: 500ms, rate: {min: 10}}\n";

struct bench {
    struct docket d;
    struct record *r;
    struct case_record *c;
    struct step_record *f;
    struct program_record *p;
    struct evidence e;
};

static void setup(struct bench *b)
{
    static const struct case_key key = {.row = 1, .fresh = true};

    *b = (struct bench){0};
    docket_init(&b->d, spec_text);
    b->r = docket_record(&b->d);
    b->c = add_case(b->r, &key);
    b->f = add_step(b->r, b->c, 0, STEP_PASSED);
    b->e = (struct evidence){.spec = b->d.spec,
                             .test = &b->d.spec->tests[0],
                             .arena = &b->d.arena,
                             .record = b->r,
                             .shown = b->c,
                             .failed = b->f};
}

/* The step fails like this, with nothing else known. */
static void failed(struct bench *b, uint32_t step, enum outcome outcome)
{
    *b->f = (struct step_record){.step = step, .outcome = outcome, .exit_status = -1, .program = UINT32_MAX};
    b->e.step = step == STEP_AFTER ? NULL : &b->e.test->steps[step];
    b->e.failed = b->f;
    b->e.program = evidence_program(b->e.test, b->r, b->e.step, b->f);
    b->p = (struct program_record *)b->e.program;
}

static void got(struct bench *b, const char *expected, const char *came, uint64_t at)
{
    b->f->items = 1;
    b->f->expected = excerpt_text(b->r, expected);
    b->f->came = excerpt_text(b->r, came);
    b->f->at = at;
}

#define SAYS(b, text) assert_string_equal(story_headline(&(b)->e), text)

/*
 * report_samples.h - results made by hand for the tests of reports: each shows one thing that can happen.
 *
 * All is static and const where it can be; a sample is put together in a struct sample, which outlives its
 * result.
 */
#pragma once
#include "base/clock.h"
#include "base/mem.h"
#include "judge/groups.h"
#include "judge/result.h"

#include <netinet/in.h>
#include <signal.h>
#include <string.h>

#define TEXT(literal)                                                                                        \
    {                                                                                                        \
        (const uint8_t *)(literal), sizeof(literal) - 1                                                      \
    }
#define WHOLE(literal)                                                                                       \
    {                                                                                                        \
        .total = sizeof(literal) - 1, .head = TEXT(literal)                                                  \
    }
#define EXITED(code) ((code) << 8)

enum { SAMPLE_TESTS = 5, SAMPLE_STEPS = 24, SAMPLE_FINDINGS = 3, SAMPLE_NOTES = 14 };

struct sample {
    struct spec spec;
    struct program programs[2];
    struct endpoint endpoint;
    struct peer peers[2];
    struct test tests[SAMPLE_TESTS];
    struct test_group groups[3];
    struct step steps[SAMPLE_STEPS];
    struct result result;
    struct test_result results[SAMPLE_TESTS];
    struct finding findings[SAMPLE_FINDINGS];
    struct record record;
    struct case_record play;
    struct step_record played[SAMPLE_STEPS];
    struct program_record running[1];
    struct cuts cuts;
    uint32_t at[16];
    struct impair_list lists[2];
    struct impaired_record impaired[SAMPLE_NOTES];
    uint16_t port;
    struct listener_record listener;
};

static const struct diagnosis one_read = {
    "one-read-one-message", FAMILY_STREAM, "acts on a part of a message as if it were whole",
    "Buffer what arrives until the delimiter or the full length is there.", 'S'};
static const struct diagnosis host_order = {"host-order-integer", FAMILY_MESSAGE,
                                            "writes an integer in the order of this machine's memory",
                                            "Convert every integer field with htonl/htons and back.", 'M'};
static const struct diagnosis crashed = {
    "crashed", FAMILY_PROCESS, "the program crashed",
    "Build with -g -fsanitize=address and run it again: it names the line.", 'M'};
static const struct diagnosis missing_htons = {"missing-htons", FAMILY_ADDRESS,
                                               "listens on the byte-swapped port",
                                               "Put the port through htons().", 'A'};

static void sample_spec(struct sample *s)
{
    s->endpoint = (struct endpoint){.transport = TRANSPORT_TCP};
    s->programs[0] = (struct program){.name = "server", .listens = &s->endpoint, .n_listens = 1};
    s->programs[1] = (struct program){.name = "client"};
    s->peers[0] = (struct peer){.name = "alice"};
    s->peers[1] = (struct peer){.name = "bob"};
    s->spec = (struct spec){.path = "line-calc/spec.yaml",
                            .name = "line-calc",
                            .title = "A calculator that speaks lines",
                            .build = {.mark = {"line-calc/spec.yaml", 4, 1}, .text = "make"},
                            .programs = s->programs,
                            .n_programs = 2,
                            .peers = s->peers,
                            .n_peers = 2,
                            .tests = s->tests,
                            .n_tests = SAMPLE_TESTS};
}

static void sample_tests(struct sample *s)
{
    static const struct {
        const char *id, *title;
        double points;
        size_t cases;
    } rows[SAMPLE_TESTS] = {
        {"adds", "Adds two numbers", 2, 1},
        {"any-split", "A request may arrive in any pieces", 4, 87},
        {"coalesced", "Several requests may arrive in one piece", 3, 1},
        {"half", NULL, 2, 1},
        {"nobody-waits", "A client that stalls in mid-line holds nobody up", 3, 1204},
    };

    for (size_t i = 0; i < SAMPLE_TESTS; i++) {
        s->tests[i] = (struct test){.id = rows[i].id,
                                    .title = rows[i].title,
                                    .mark = {"line-calc/spec.yaml", (int)(21 + 9 * i), 5},
                                    .points = rows[i].points,
                                    .teaches = i == 1 ? "stream" : NULL,
                                    .steps = s->steps,
                                    .n_steps = SAMPLE_STEPS,
                                    .peers = s->peers,
                                    .n_peers = 2};
        s->results[i] = (struct test_result){.test = &s->tests[i],
                                             .index = i,
                                             .verdict = VERDICT_PASS,
                                             .score = rows[i].points,
                                             .max = rows[i].points,
                                             .cases = rows[i].cases,
                                             .passed = rows[i].cases,
                                             .took = (int64_t)(1 + i) * 1500 * NS_PER_US};
    }
}

/* Everything passes. */
static void sample_init(struct sample *s)
{
    memset(s, 0, sizeof *s);
    sample_spec(s);
    sample_tests(s);
    s->result = (struct result){.spec = &s->spec,
                                .submission = "hw3/alice",
                                .isolation = "full",
                                .facts = {{"net", true}, {"pid", true}, {"mount", true}, {"uid", true}},
                                .seed = UINT64_C(12345678901234567890),
                                .build = {.state = BUILD_OK, .command = "make", .took = 312 * NS_PER_MS},
                                .tests = s->results,
                                .n_tests = SAMPLE_TESTS,
                                .score = 14,
                                .max = 14,
                                .cases = 1294,
                                .took = 912 * NS_PER_MS,
                                .started = INT64_C(1767225600) * NS_PER_S};
}

/* ---- parts --------------------------------------------------------------------------------------------- */

static struct step sample_step(enum verb verb, size_t actor, const char *source)
{
    bool program = verb >= VERB_STARTS && verb < VERB_PAUSE;

    return (struct step){
        .mark = {"line-calc/spec.yaml", 40, 9},
        .text = program ? "server does"
                : actor ? "bob does"
                        : "alice does",
        .verb = verb,
        .actor_kind = program ? ACTOR_PROGRAM : ACTOR_PEER,
        .actor = actor,
        .value = {.kind = source ? VALUE_BYTES : VALUE_NONE, .source = source, .framed = true}};
}

/* Test i fails in the case that is being told; its conversation is added with sample_play. */
static struct test_result *sample_fail(struct sample *s, size_t i, const char *headline)
{
    struct test_result *t = &s->results[i];

    s->result.score -= t->score;
    t->verdict = VERDICT_FAIL;
    t->score = 0;
    t->passed = t->cases / 2;
    t->experiments = 7;
    t->headline = headline;
    t->how =
        "decided after 0.4 ms: the server sleeps in read, has read all that was sent, and keeps no timer";
    t->replay = "line-calc/spec.yaml hw3/alice --test any-split --split 1:at:6";
    t->record = &s->record;
    t->findings = s->findings;
    s->port = 20017;
    s->record = (struct record){.version = RECORD_VERSION,
                                .test = (uint32_t)i,
                                .net_private = true,
                                .programs = s->running,
                                .n_programs = 1,
                                .cases = &s->play,
                                .n_cases = 1,
                                .complete = true};
    s->running[0] = (struct program_record){.ports = &s->port,
                                            .n_ports = 1,
                                            .readiness = READY,
                                            .ready_after = 2 * NS_PER_MS,
                                            .exit_status = SIGTERM,
                                            .terminated = true};
    s->play = (struct case_record){.steps = s->played, .complete = true, .took = 5 * NS_PER_MS};
    return t;
}

static struct step_record *sample_play(struct sample *s, struct step step, struct step_record record)
{
    size_t i = s->play.n_steps++;

    s->steps[i] = step;
    record.step = (uint32_t)i;
    if (record.exit_status == 0)
        record.exit_status = -1;
    s->played[i] = record;
    for (size_t k = 0; k < SAMPLE_TESTS; k++)
        if (s->results[k].record) {
            s->results[k].shown = &s->play;
            s->results[k].failed = record.outcome == STEP_PASSED ? NULL : &s->played[i];
        }
    return &s->played[i];
}

static void sample_cut(struct sample *s, uint32_t step, uint32_t n, const uint32_t *at)
{
    memcpy(s->at, at, n * sizeof *at);
    s->cuts = (struct cuts){step, n, s->at};
    s->play.key.split = (struct split){SPLIT_CUTS, &s->cuts, 1};
}

static void sample_find(struct sample *s, struct test_result *t, const struct diagnosis *d,
                        const char *evidence)
{
    bool one_of = t->n_findings > 0;

    s->findings[0].one_of = one_of;
    s->findings[t->n_findings++] = (struct finding){d, evidence, .one_of = one_of};
}

/* ---- what can happen ----------------------------------------------------------------------------------- */

static void sample_pass(struct sample *s)
{
    sample_init(s);
}

static void sample_split(struct sample *s)
{
    struct test_result *t;

    sample_init(s);
    t = sample_fail(s, 1, "alice expected `SUM 1200`, but nothing came");
    s->tests[1].hint = "The first test sends the same request in one piece: compare the two.";
    sample_find(s, t, &one_read, "the request passes in one piece, and fails when it is cut after 6 bytes");
    sample_cut(s, 0, 1, (uint32_t[]){6});
    sample_play(s, sample_step(VERB_SENDS, 0, "\"ADD 1234 -34\""),
                (struct step_record){.sent = WHOLE("ADD 1234 -34\n"), .parts = 2, .gated = 2});
    sample_play(s, sample_step(VERB_GETS, 0, "\"SUM 1200\""),
                (struct step_record){.outcome = STEP_TOO_LITTLE,
                                     .decided = BY_IDLE,
                                     .took = 400 * NS_PER_US,
                                     .items = 1,
                                     .expected = WHOLE("SUM 1200"),
                                     .accepted = true,
                                     .reading = 1});
}

static void sample_differs(struct sample *s)
{
    struct test_result *t;

    sample_init(s);
    t = sample_fail(s, 2, "alice expected `SUM 4` as answer 2 of 3, but `SUM 5` came");
    s->tests[2].score_share = true;
    t->cases = 3;
    t->passed = 1;
    t->score = 1;
    s->result.score += 1;
    t->sometimes = true;
    s->play.key.split = (struct split){.kind = SPLIT_COALESCED};
    sample_play(s, sample_step(VERB_CONNECTS, 0, NULL), (struct step_record){0});
    sample_play(s, sample_step(VERB_SENDS, 0, "\"ADD 1 1\""),
                (struct step_record){.sent = WHOLE("ADD 1 1\n"), .parts = 1});
    sample_play(s, sample_step(VERB_SENDS, 0, "[\"ADD 2 2\", \"ADD 3 3\"]"),
                (struct step_record){.sent = WHOLE("ADD 2 2\nADD 3 3\n"), .parts = 1});
    sample_play(s, sample_step(VERB_GETS, 0, "[\"SUM 2\", \"SUM 4\", \"SUM 6\"]"),
                (struct step_record){.outcome = STEP_OTHER_CAME,
                                     .item = 1,
                                     .items = 3,
                                     .expected = WHOLE("SUM 4"),
                                     .came = WHOLE("SUM 5"),
                                     .came_is_message = true,
                                     .at = 4});
}

/* Every byte apart, a long conversation that is folded, and an answer that stops short. */
static void sample_long(struct sample *s)
{
    struct test_result *t;

    sample_init(s);
    t = sample_fail(s, 4, "bob expected `SUM 10`, but only the beginning came: `SUM 1`");
    t->replay = "line-calc/spec.yaml 'submissions/of a long name/that goes on and on/alice' --test "
                "nobody-waits --split bytes";
    s->play.key.split = (struct split){.kind = SPLIT_BYTES};
    for (size_t i = 0; i < 8; i++) {
        sample_play(s, sample_step(VERB_SENDS, 0, "\"ADD 5 5\""),
                    (struct step_record){.sent = WHOLE("ADD 5 5\n"), .parts = 8, .gated = 8});
        sample_play(s, sample_step(VERB_GETS, 0, "\"SUM 10\""),
                    (struct step_record){.items = 1, .expected = WHOLE("SUM 10")});
    }
    sample_play(s, sample_step(VERB_GETS_NOTHING, 0, NULL), (struct step_record){0});
    sample_play(s, sample_step(VERB_HALF_CLOSES, 0, NULL), (struct step_record){0});
    sample_play(s, sample_step(VERB_SENDS, 1, "\"ADD 5 5\""),
                (struct step_record){.sent = WHOLE("ADD 5 5\n"), .parts = 8, .gated = 2});
    sample_play(
        s, sample_step(VERB_GETS, 1, "\"SUM 10\""),
        (struct step_record){
            .outcome = STEP_ENDED, .items = 1, .expected = WHOLE("SUM 10"), .came = WHOLE("SUM 1"), .at = 5});
}

static void sample_binary(struct sample *s)
{
    struct test_result *t;

    sample_init(s);
    t = sample_fail(s, 0,
                    "alice expected `\\0\\0\\0\\x14hello\\x01\\x02\\x03`…, but `\\x14\\0\\0\\0hello`… came");
    sample_find(s, t, &host_order, "the 4 bytes of the length came in reverse order");
    s->tests[0].extra_credit = true;
    sample_play(s, sample_step(VERB_SENDS, 0, "!hex 00000014"),
                (struct step_record){
                    .sent = WHOLE("\0\0\0\x14hello\1\2\3\4\5\6\7\x80\x81\xff\xfe\xfd\xfc\xfb"), .parts = 1});
    sample_play(s, sample_step(VERB_GETS, 0, "!hex 00000014"),
                (struct step_record){
                    .outcome = STEP_OTHER_CAME,
                    .items = 1,
                    .expected = WHOLE(
                        "\0\0\0\0\0\0\0\0\0\0\0\x14hello\1\2\3\4\5\6\7\x80\x81\xff\xfe\xfd\xfc\xfb#####"),
                    .came = WHOLE("\0\0\0\0\0\0\0\0\x14\0\0\0hello\1\2\3\4\5\6\7\x80"),
                    .came_is_message = true,
                    .at = 8});
}

static void sample_crash(struct sample *s)
{
    struct test_result *t;

    sample_init(s);
    t = sample_fail(s, 0, "server was ended by SIGSEGV (Segmentation fault) while alice waited for `SUM 42`");
    t->how = "decided at once: the process ended";
    sample_find(s, t, &crashed, "it was killed by SIGSEGV after it had read 9 bytes");
    s->running[0].exited = true;
    s->running[0].exit_status = SIGSEGV;
    s->running[0].err =
        (struct excerpt)WHOLE("listening on 20017\nclient 1\nread 9 bytes\nline 4\nline 5\nline 6\nline 7\n"
                              "line 8\nline 9\nline 10\nparsing \"ADD 2 40\"\r\nwriting to 0x0");
    sample_play(s, sample_step(VERB_SENDS, 0, "\"ADD 2 40\""),
                (struct step_record){.sent = WHOLE("ADD 2 40\n"), .parts = 1, .gated = 1});
    sample_play(
        s, sample_step(VERB_GETS, 0, "\"SUM 42\""),
        (struct step_record){.outcome = STEP_RESET, .items = 1, .expected = WHOLE("SUM 42"), .program = 0});
    for (size_t i = 1; i < SAMPLE_TESTS; i++) {
        s->results[i].verdict = VERDICT_NOT_RUN;
        s->results[i].score = 0;
        s->results[i].reason = i < 4 ? "not run: it requires `adds`, which failed"
                                     : "not run: it requires `half`, which was not run";
    }
    s->result.score = 0;
}

static void sample_deaf(struct sample *s)
{
    struct test_result *t;

    sample_init(s);
    t = sample_fail(s, 0, "server should listen on port 20017, but listens on port 12622");
    t->how = NULL;
    sample_find(s, t, &missing_htons, "20017 is 0x4e31; it listens on 12622, which is 0x314e");
    s->listener = (struct listener_record){.transport = TRANSPORT_TCP,
                                           .port = 12622,
                                           .loopback = true,
                                           .ipv4 = 0x7f000001,
                                           .address = (char *)"127.0.0.1"};
    s->running[0].readiness = READY_OTHER_PORT;
    s->running[0].listeners = &s->listener;
    s->running[0].n_listeners = 1;
    t->shown = &s->play;
}

static void sample_broken(struct sample *s)
{
    static const char output[] = "cc -Wall -c server.c\nserver.c: In function 'main':\n"
                                 "server.c:12:5: error: unknown type name 'sockaddr_in'\n"
                                 "   12 |     sockaddr_in me;\n      |     ^~~~~~~~~~~\n"
                                 "server.c:13:9: warning: unused variable 'x' [-Wunused-variable]\n"
                                 "make: *** [Makefile:3: server.o] Error 1\n";

    sample_init(s);
    s->result.build =
        (struct build_result){.state = BUILD_FAILED,
                              .command = "make",
                              .first_error = "server.c:12:5: error: unknown type name 'sockaddr_in'",
                              .hint = "Include the header that declares it.",
                              .output = TEXT(output),
                              .exit_status = EXITED(2),
                              .took = NS_PER_S / 3};
    for (size_t i = 0; i < SAMPLE_TESTS; i++) {
        s->results[i].verdict = VERDICT_NOT_RUN;
        s->results[i].score = 0;
        s->results[i].passed = 0;
        s->results[i].reason = "not run: the submission does not build";
    }
    s->result.score = 0;
    s->result.cases = 0;
}

static void sample_ungraded(struct sample *s)
{
    sample_init(s);
    s->results[2].verdict = VERDICT_ERROR;
    s->results[2].score = 0;
    s->results[2].reason = "the runner ended with signal 9 before it told how the case went, twice";
    s->result.ungraded = true;
}

static void sample_excused(struct sample *s)
{
    sample_init(s);
    s->results[4].verdict = VERDICT_EXCUSED;
    s->results[4].score = s->results[4].max = 0;
    s->results[4].reason = "this machine cannot give a test several hosts: that needs a network namespace";
    s->result.score = s->result.max = 10.5;
    s->results[3].max = s->results[3].score = 1.5;
    s->result.provisional = true;
    s->result.partial_run = true;
    s->result.isolation = "uid";
    s->result.facts[0] = (struct machine_fact){"net", false, "unshare(CLONE_NEWNET): Operation not permitted",
                                               "run the container with --security-opt seccomp=unconfined"};
    s->result.facts[1] =
        (struct machine_fact){"pid", false, "unshare(CLONE_NEWPID): Operation not permitted", NULL};
    s->record.settled = (char *)"/proc/PID/syscall cannot be read, so each wait took 250 ms";
    s->results[0].record = &s->record;
}

/* Long payloads that are cut and differ far from their beginnings. */
static void sample_far(struct sample *s)
{
    static char sent[3000], expected[300], came[300];
    struct test_result *t;
    struct step_record *r;

    sample_init(s);
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (char)('a' + i % 26);
    memcpy(expected, sent, sizeof expected);
    memcpy(came, sent, sizeof came);
    came[200] = '\n';
    t = sample_fail(s, 3,
                    "bob expected `abcdefghijklmnopqrstuvwxyz…`, but `abcdefghijklmnopqrstuvwxyz…` came");
    t->how = "decided at once: the answer was there";
    sample_cut(s, 1, 3, (uint32_t[]){4, 8, 1500});
    r = sample_play(s, sample_step(VERB_SENDS, 0, "!random"), (struct step_record){.parts = 1});
    r->sent = (struct excerpt){.total = 20000, .head = {(uint8_t *)sent, sizeof sent}};
    r = sample_play(s, sample_step(VERB_SENDS, 1, "!random"), (struct step_record){.parts = 4, .gated = 4});
    r->sent = (struct excerpt){.total = sizeof sent, .head = {(uint8_t *)sent, sizeof sent}};
    sample_play(s, sample_step(VERB_GETS, 0, "!regex '^a'"),
                (struct step_record){.items = 1, .expected = WHOLE("^a")});
    s->steps[2].value.kind = VALUE_REGEX;
    r = sample_play(
        s, sample_step(VERB_GETS, 1, "!random"),
        (struct step_record){.outcome = STEP_OTHER_CAME, .items = 1, .came_is_message = true, .at = 200});
    r->expected = (struct excerpt){.total = sizeof expected, .head = {(uint8_t *)expected, sizeof expected}};
    r->came = (struct excerpt){.total = sizeof came, .head = {(uint8_t *)came, sizeof came}};
}

/* The server is gone when bob comes, and of his message nothing went out. */
static void sample_refused(struct sample *s)
{
    struct test_result *t;

    sample_init(s);
    t = sample_fail(s, 0, "nobody answered bob: the connection was refused");
    t->how = "";
    t->replay = NULL;
    sample_play(s, sample_step(VERB_IS_REFUSED, 0, NULL), (struct step_record){0});
    sample_play(s, sample_step(VERB_SENDS, 1, "\"ADD 2 40\""),
                (struct step_record){.outcome = STEP_REFUSED, .decided = BY_FACT});
}

/* After the last step bob gets more than he asked for; and a diagnosis that costs nothing. */
static void sample_unasked(struct sample *s)
{
    struct test_result *t;
    struct step_record *r;

    sample_init(s);
    t = sample_fail(s, 2, "bob got `SUM 42\\n`, which nobody had asked for");
    sample_play(s, sample_step(VERB_GETS, 1, "\"SUM 42\""),
                (struct step_record){.items = 1, .expected = WHOLE("SUM 42")});
    r = sample_play(s, sample_step(VERB_GETS, 1, "\"SUM 42\""),
                    (struct step_record){.outcome = STEP_CAME_UNASKED, .item = 1, .came = WHOLE("SUM 42\n")});
    r->step = STEP_AFTER;
    t = &s->results[3];
    t->findings = &s->findings[1];
    t->findings[0] = (struct finding){&missing_htons, "it listens on every port there is", true};
    t->n_findings = 1;
}

#define EVIL                                                                                                 \
    "\x1b[2J\x1b]0;owned\x07\x9b[31m ]]>&<\"'>\x01\xff\xc0\xaf\xe2\x80\xae txt "                             \
    "\xed\xa0\x80\xf4\x90\x80\x80 ::error::"

/* All that can be hostile is; and it is long. */
static void sample_hostile(struct sample *s)
{
    static char long_line[6000], long_reply[EXCERPT_MAX];
    static struct chosen chosen = {"server", "run " EVIL, "language java"};
    struct test_result *t;
    struct step_record *r;

    sample_init(s);
    memset(long_line, 'A', sizeof long_line);
    memset(long_reply, 'z', sizeof long_reply);
    memcpy(long_line + 3000, EVIL, sizeof EVIL);
    s->result.submission = "evil/" EVIL;
    s->spec.title = "Title " EVIL;
    s->tests[1].title = "Test \xf0\x9f\x98\x80 \xe6\xbc\xa2\xe5\xad\x97 e\xcc\x81 " EVIL;
    s->result.build.output = (struct bytes)TEXT("building " EVIL "\n");
    s->result.chosen = &chosen;
    s->result.n_chosen = 1;
    s->result.unheard = "sockgrade.yaml counts for nothing here";
    t = sample_fail(s, 1, "headline " EVIL);
    t->replay = "spec.yaml " EVIL;
    sample_find(s, t, &one_read, "evidence " EVIL);
    sample_find(s, t, &crashed, "more evidence " EVIL);
    sample_cut(s, 0, 3, (uint32_t[]){2, 5, 4000});
    s->running[0].exited = true;
    s->running[0].exit_status = SIGABRT;
    s->running[0].limit = (char *)"memory " EVIL;
    s->running[0].err =
        (struct excerpt){.total = sizeof long_line, .head = {(uint8_t *)long_line, sizeof long_line}};
    r = sample_play(s, sample_step(VERB_SENDS, 0, "!raw " EVIL), (struct step_record){.parts = 4});
    r->sent = (struct excerpt){.total = sizeof long_line, .head = {(uint8_t *)long_line, sizeof long_line}};
    r = sample_play(s, sample_step(VERB_GETS, 0, "!raw " EVIL),
                    (struct step_record){.outcome = STEP_OTHER_CAME, .items = 1});
    r->expected = (struct excerpt)WHOLE(EVIL EVIL EVIL EVIL);
    r->came = (struct excerpt){.total = 20000,
                               .head = {(uint8_t *)long_reply, EXCERPT_MAX},
                               .tail = {(uint8_t *)long_reply, EXCERPT_MAX}};
    r->frame = (struct bytes)TEXT("\xff\xff");
}

/* Verbs of programs: typed, printed, ended. */
static void sample_client(struct sample *s)
{
    static struct chosen chosen[] = {{NULL, "", "sockgrade.yaml"},
                                     {"client", "python3 'my client.py'", "the command line"}};
    struct test_result *t;

    sample_init(s);
    s->result.chosen = chosen;
    s->result.n_chosen = 2;
    t = sample_fail(s, 0, "client exited with status 1, where 0 was expected");
    t->test = &s->tests[0];
    s->tests[0].steps[0] = (struct step){0};
    sample_play(s, sample_step(VERB_TYPES, 1, "\"2 40\\n\""), (struct step_record){0});
    sample_play(s, sample_step(VERB_PRINTS, 1, "\"42\""),
                (struct step_record){.items = 1, .expected = WHOLE("42")});
    sample_play(s, sample_step(VERB_TYPES_END, 1, NULL), (struct step_record){0});
    sample_play(s, sample_step(VERB_EXITS, 1, "0"),
                (struct step_record){.outcome = STEP_OTHER_EXIT, .exit_status = EXITED(1), .program = 1});
    s->steps[3].hint = "A client that has said all there is to say has succeeded.";
    s->steps[3].value.kind = VALUE_CODE;
}

/* Tests in groups, hidden ones, one for extra credit; another file of them is not here. */
static void sample_groups(struct sample *s)
{
    static const char *absent[] = {"line-calc/hidden.yaml"};
    struct test_result *t;

    sample_split(s);
    s->groups[0] = (struct test_group){.name = "basics", .title = "The basics", .declared = true};
    s->groups[1] = (struct test_group){.name = "robust", .title = "What breaks servers", .declared = true};
    s->groups[2] = (struct test_group){.name = "speed", .title = "Speed", .declared = true};
    s->spec.groups = s->groups;
    s->spec.n_groups = 3;
    s->spec.absent = (struct words){absent, 1};
    s->steps[1].shared = true;
    s->tests[0].group = s->tests[3].group = 1;
    s->tests[1].group = s->tests[2].group = 2;
    s->tests[1].visibility = AFTER_DUE_DATE;
    s->tests[2].visibility = HIDDEN;
    s->tests[3].visibility = AFTER_PUBLISHED;
    t = &s->results[3];
    s->tests[3].extra_credit = true;
    s->result.max -= t->max;
    t->max = 0;
    result_order(&s->result);
}

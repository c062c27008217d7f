/* report_network.h - more samples for the tests of reports: what was done to what is said on its way. */
#pragma once
#include "report_samples.h"

/* A network that dropped, doubled and delayed, and more of it than is shown. */
static void sample_network(struct sample *s)
{
    static const char *const names[] = {"lossy", "rough"};
    struct test_result *t;

    sample_init(s);
    for (size_t i = 0; i < 2; i++)
        s->lists[i].name = names[i];
    s->spec.impairments = s->lists;
    s->spec.n_impairments = 2;
    t = sample_fail(s, 2, "alice expected `ACK 12`, but nothing came");
    t->replay = "line-calc/spec.yaml hw3/alice --test coalesced --impair rough:7";
    s->play.key.impairment = 2;
    s->play.key.impaired_by = 7;
    sample_play(s, sample_step(VERB_SENDS, 0, "\"DATA 12\""),
                (struct step_record){.sent = WHOLE("DATA 12"), .parts = 1});
    sample_play(s, sample_step(VERB_GETS, 0, "\"ACK 12\""),
                (struct step_record){
                    .outcome = STEP_TOO_LITTLE, .decided = BY_IDLE, .items = 1, .expected = WHOLE("ACK 12")});
    for (uint32_t i = 0; i < SAMPLE_NOTES; i++)
        s->impaired[i] =
            (struct impaired_record){.step = i == 0 ? 0 : 1,
                                     .kind = (uint8_t)(i % (IMPAIR_CORRUPT + 1)),
                                     .back = i > 3,
                                     .nth = i + 1,
                                     .message = (char *)(i > 6 ? "ACK" : NULL),
                                     .detail = i % 5 == IMPAIR_DELAY ? 80 * NS_PER_MS : i / 5 + 1,
                                     .len = i ? 1000 : 7,
                                     .head = bytes_of(i ? "ACK \x1b[31m and so on" : "DATA 12")};
    s->play.impaired = s->impaired;
    s->play.n_impaired = SAMPLE_NOTES;
    s->play.n_more_impaired = 100;
}

/* Every so many bytes apart: few parts, many, and what TLS has sealed. */
static void sample_chunks(struct sample *s)
{
    struct test_result *t;

    sample_init(s);
    s->peers[1].tls.on = true;
    t = sample_fail(s, 1, "bob expected `SUM 1200`, but nothing came");
    t->replay = "line-calc/spec.yaml hw3/alice --test any-split --split chunks:6";
    s->play.key.split = (struct split){.kind = SPLIT_CHUNKS, .chunk = 6};
    sample_play(s, sample_step(VERB_SENDS, 0, "\"ADD 1234 -34\""),
                (struct step_record){.sent = WHOLE("ADD 1234 -34\n"), .parts = 3, .gated = 2});
    sample_play(s, sample_step(VERB_SENDS, 0, "\"ADD 7 7\""),
                (struct step_record){.sent = WHOLE("ADD 7 7\n"), .parts = 2, .gated = 1});
    sample_play(s, sample_step(VERB_SENDS, 0, "\"BYE\""),
                (struct step_record){.sent = WHOLE("BYE\n"), .parts = 1});
    sample_play(s, sample_step(VERB_SENDS, 0, "[\"ADD 1 1\", \"ADD 2 2\"]"),
                (struct step_record){.sent = WHOLE("ADD 1 1\nADD 2 2\nADD 3 3\nADD 4 4\nADD 5 5\nADD 6 6\n"
                                                   "ADD 7 7\nADD 8 8\nADD 9 9\nBYE BYE\n"),
                                     .parts = 14,
                                     .gated = 13});
    sample_play(s, sample_step(VERB_SENDS, 1, "\"ADD 1234 -34\""),
                (struct step_record){.sent = WHOLE("ADD 1234 -34\n"), .parts = 6, .gated = 5});
    sample_play(
        s, sample_step(VERB_GETS, 1, "\"SUM 1200\""),
        (struct step_record){
            .outcome = STEP_TOO_LITTLE, .decided = BY_IDLE, .items = 1, .expected = WHOLE("SUM 1200")});
}

/* Advice: told of a test that passed, not again of one that failed, for a mistake or for none that has a
 * name. */
static void sample_advice(struct sample *s)
{
    static const struct diagnosis other_address = {"multihomed-source", FAMILY_DATAGRAM,
                                                   "the answer leaves from another address than was asked",
                                                   "Answer from the address that was asked.", 'D'};
    const struct finding advice = {&other_address, "alice asked 127.0.0.2, and 127.0.0.1 answered", true};

    sample_split(s);
    s->results[0].findings = &s->findings[2];
    s->results[0].n_findings = 1;
    s->findings[2] = advice;
    s->results[1].findings[1] = advice;
    s->results[1].n_findings = 2;
    s->results[3].findings = &s->findings[2];
    s->results[3].n_findings = 1;
    s->results[3].verdict = VERDICT_FAIL;
    s->results[3].headline = "bob did not get it";
    s->tests[3].hint = "Look again.";
    s->results[3].score = 0;
    s->result.score -= 2;
}

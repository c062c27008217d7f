/* test_grammar.c - what is wrong in a message, in words: where it goes wrong, and what it would have meant.
 */
#include "story_rig.h"

#include "wire/message.h"

static void duplicates_and_gaps(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, THREE, STEP_OTHER_CAME);
    got(&b, "1", "3", 0);
    b.f->came_is_message = true;
    b.f->items = 3;
    SAYS(&b, "alice expected `1` as answer 1 of 3, but `3` came: that is answer 3, and those before it are "
             "missing");
    got(&b, "3", "1", 0);
    b.f->item = 2;
    b.f->items = 3;
    b.f->came_is_message = true;
    SAYS(&b, "alice expected `3` as answer 3 of 3, but `1` came: answer 1 came once more");
    docket_deinit(&b.d);
}

static void syntax(struct bench *b, struct syntax_record s)
{
    failed(b, GETS, STEP_OTHER_CAME);
    got(b, "OK", "NO", 0);
    b->f->syntax = s;
}

static void where_it_goes_wrong(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    syntax(&b, (struct syntax_record){.kind = SYNTAX_CONSTANT,
                                      .field = (char *)"total",
                                      .expected = (char *)"42",
                                      .came = (char *)"43"});
    SAYS(&b, "alice expected `OK`, but `NO` came: total should be 42, but is 43");
    syntax(&b, (struct syntax_record){.kind = SYNTAX_COMPUTED,
                                      .field = (char *)"size",
                                      .expected = (char *)"3",
                                      .came = (char *)"4"});
    SAYS(&b, "alice expected `OK`, but `NO` came: by the rest of the message, size should be 3, but is 4");
    syntax(&b, (struct syntax_record){.kind = SYNTAX_TYPE,
                                      .message = (char *)"SUM",
                                      .field = (char *)"total",
                                      .type = (char *)"int",
                                      .offset = 4});
    SAYS(&b, "alice expected `OK`, but `NO` came: as SUM, at byte 4, in the field total, there is no int");
    syntax(&b, (struct syntax_record){.kind = SYNTAX_MORE, .message = (char *)"SUM", .offset = 6});
    SAYS(&b, "alice expected `OK`, but `NO` came: as SUM, at byte 6, it should have ended");
    docket_deinit(&b.d);
}

/* What the bytes would have meant says more than where they go wrong. */
static void what_it_would_have_meant(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    syntax(&b, (struct syntax_record){.kind = SYNTAX_CONSTANT,
                                      .field = (char *)"seq",
                                      .mistake = MISTAKE_BYTE_ORDER,
                                      .mistake_field = (char *)"seq",
                                      .mistake_came = (char *)"256",
                                      .mistake_meant = (char *)"1"});
    SAYS(&b,
         "alice expected `OK`, but `NO` came: the field seq has its bytes the wrong way round: 256, which "
         "would be 1");
    syntax(&b, (struct syntax_record){.kind = SYNTAX_TYPE, .mistake = MISTAKE_STRUCT_PADDING});
    SAYS(&b, "alice expected `OK`, but `NO` came: its fields lie as in a C struct, with padding between them "
             "that the "
             "protocol does not have");
    syntax(&b, (struct syntax_record){.kind = SYNTAX_COMPUTED,
                                      .mistake = MISTAKE_LENGTH,
                                      .by = 1,
                                      .mistake_field = (char *)"size",
                                      .mistake_came = (char *)"4"});
    SAYS(&b, "alice expected `OK`, but `NO` came: the field size says 4: 1 byte too many");
    docket_deinit(&b.d);
}

static void rules_and_checks(void **state)
{
    struct bench b;

    (void)state;
    setup(&b);
    failed(&b, GETS, STEP_BROKE_RULES);
    b.f->breach = (struct breach_record){
        .state = (char *)"idle or asked", .came = (char *)"PING", .allowed = (char *)"PONG"};
    SAYS(&b, "the program “server” said PING in the state idle or asked, where it may say PONG");
    failed(&b, GETS, STEP_CHECK_FAILED);
    b.f->reason = (char *)"too\033few";
    SAYS(&b, "the check \"OK\" does not hold: too\\x1bfew");
    docket_deinit(&b.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(duplicates_and_gaps),
        cmocka_unit_test(where_it_goes_wrong),
        cmocka_unit_test(what_it_would_have_meant),
        cmocka_unit_test(rules_and_checks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

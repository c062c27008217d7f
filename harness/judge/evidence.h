/* evidence.h - all that speaks about one failed test, as the diagnoses see it. For judge/ alone. */
#pragma once
#include "judge/trials.h"

enum answer { ANSWER_UNKNOWN, ANSWER_PASSED, ANSWER_FAILED }; /* of an experiment */

struct evidence {
    const struct spec *spec;
    const struct test *test;
    struct arena *arena;
    const struct trials *trials;
    const struct record *record;
    const struct case_record *shown;
    const struct step_record *failed;     /* NULL: all steps passed, and a program ended badly afterwards */
    const struct step *step;              /* of failed; NULL for STEP_AFTER */
    const struct program_record *program; /* the program it is about: never NULL when one was started */
    enum answer whole, apart, cut_in_header, cut_in_body;
    bool cut_in_delimiter; /* the shown cut, and cut_in_body is of the message that this delimiter ends */
    enum answer parted;    /* the shown cut, and another where the message begins that it falls into */
    enum answer calm;      /* does the step pass when nobody stops reading, and nothing is paused? */
    /* calm, does it pass when each send of the program takes a byte less? Where it does not pass calm, failed
     * is what fails sooner so */
    enum answer short_sends;
    enum answer unended;     /* … when no peer half-closes, and no stdin ends? */
    enum answer none_empty;  /* does the step pass when no peer sends an empty datagram? */
    enum answer swapped;     /* does the step pass with length fields in the other byte order? */
    enum answer sound;       /* does the case pass on a network that does nothing to datagrams? */
    enum answer everywhere;  /* does the step pass when peers with a name are at all of its addresses? */
    enum answer on_terminal; /* stdout a terminal, where the spec makes it a pipe */
    const struct program_record *terminal; /* the program as it was then; NULL: not tried */
    const struct step_record
        *rested; /* the failed step where the programs were at rest first; NULL: not tried */
    const struct release_record *release; /* NULL: not tried */
    const struct case_record
        *traced; /* the shown case, with its programs' calls; NULL: not tried, or it passed */
    const struct release_record *ending; /* the waiting peer has half-closed; NULL: not tried */
};

/* The program of a failed step: the one it names, or the one its peer talks to. NULL: none was started. */
const struct program_record *evidence_program(const struct test *t, const struct record *r,
                                              const struct step *step, const struct step_record *failed);

/* NULL: it was not started. */
const struct program_record *evidence_record(const struct record *r, uint32_t program);

/* Did it still live when the failed step was decided, and end only afterwards, when its peers left? Its end
 * of the connection was open then. */
bool evidence_outlived(const struct evidence *e);

/* Bytes: nobody makes a smaller buffer for a datagram. */
#define DATAGRAM_CUT_LEAST 16

/* Does a peer wait for messages in this step? */
bool evidence_gets_answers(const struct step *step);
/* Is it a step of a connection, or of a program that has one? */
bool evidence_on_stream(const struct test *t, const struct step *step);

/* The only cut of the shown case, in a step whose bytes are known; NULL: it has none, or several. A record
 * may name any step, so whoever asks plan_outgoing about a cut got it from here. */
const struct cuts *evidence_only_cut(const struct evidence *e);

/* The step that a record of the shown case is about; NULL: the check after the last one. */
const struct step *evidence_step(const struct evidence *e, const struct step_record *r);
/* Are bytes missing? Messages that have lost their ends run into one; or peers did not get the same, or one
 * not what was said last of all, though the programs have read whatever was sent and sleep. */
bool evidence_lacks_some(const struct test *t, const struct step_record *r);
/* Is what was stored or printed the beginning of what was expected, and not all of it? */
bool evidence_is_cut_off(const struct step_record *r);
/* The last read of this peer's stream in a traced play, before its peers left, and how many there were; NULL:
 * there was none. */
const struct call_record *evidence_last_read(const struct case_record *traced, size_t peer, uint64_t *n);
/* Has this peer got something in the case that is shown? */
bool evidence_was_answered(const struct evidence *e, size_t peer);
/* NULL: it is no step of a peer on a stream. */
const struct framing *evidence_framing(const struct evidence *e, const struct step *s);
/* The bytes that the failed step waited for, where it was one message and not a pattern; empty: they are not
 * known, or none. */
struct bytes evidence_wanted(const struct evidence *e);

/* Of e->program: the first of its endpoints where it does not listen as its peers need; NULL: there is none.
 * *port is the one that it should listen on; 0: its own choice. */
const struct endpoint *evidence_missing(const struct evidence *e, uint16_t *port);
bool evidence_was_given(const struct program_record *p, uint16_t port);

#define PATH_MOST 107u /* bytes of a Unix socket's path: sun_path has 108, and its end is a NUL */
/* The first word that the program was started with which has more; empty: there is none. */
struct bytes evidence_long_path(const struct program_record *p);

/* Is it, as wait gives it, the end of a program that did what it must not? */
bool evidence_is_crash(int status);
/* What a sanitizer's report in its stderr begins with; NULL: there is no report. */
const char *evidence_sanitizer(const struct program_record *p);

/* Diagnoses the failure: findings, the best one first. */
void diagnose(const struct evidence *e, struct test_result *out);
/* What costs no points, be the test passed or failed: more findings. Of e only spec, test, arena and trials
 * are looked at. */
void advise(const struct evidence *e, struct test_result *out);

/*
 * finding.h - the third failure channel: something about the student's program, named.
 *
 * A diagnosis is a stable kebab-case id. It rests on evidence: what was observed, never what a test is
 * called.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum family {
    FAMILY_STREAM,  /* framing a byte stream */
    FAMILY_MESSAGE, /* what a message looks like */
    FAMILY_ADDRESS, /* ports and addresses */
    FAMILY_SERVER,  /* many clients, one server */
    FAMILY_DATAGRAM,
    FAMILY_PROCESS, /* life and death of the program itself */
};

struct diagnosis {
    const char *id;
    enum family family;
    const char
        *mistake;     /* what was done wrong, a clause: "acts on a part of a message as if it were whole" */
    const char *hint; /* one sentence to the student: what to do */
    char concept;     /* the letter of the idea behind it: S D A M R L O T P I E */
};

struct finding {
    const struct diagnosis *diagnosis; /* static */
    const char *evidence; /* what was observed, one sentence; student bytes in it are escaped already */
    bool advice;          /* it costs no points */
    bool one_of;          /* it, or the other one of which this is true: the facts do not decide */
};

/* What the test failed for, which may be followed by advice; NULL: no mistake was named. */
const struct diagnosis *findings_name(const struct finding *findings, size_t n);

const struct diagnosis *diagnosis_at(size_t index);     /* all there are, one after another; NULL: no more */
const struct diagnosis *diagnosis_find(const char *id); /* NULL: there is none */
bool diagnosis_is_advice(const struct diagnosis *d);    /* its findings cost no points */

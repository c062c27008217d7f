/*
 * diagnose.h - one detector for each named mistake, one file for each family.
 *
 * A detector looks at evidence and says yes, with a sentence about what was observed, or no. It never guesses
 * from what a test is called. The order of `detectors` is the order of trust: facts about the process first.
 */
#pragma once
#include "judge/evidence.h"

struct detector {
    const struct diagnosis *diagnosis;
    /* The evidence in a sentence, living in e->arena, or NULL when this is not the mistake. */
    const char *(*detect)(const struct evidence *e);
    /* Asked when it fits: the id of another mistake that these facts fit as well, where no experiment could
     * tell them apart; NULL: there is none. May be NULL itself. */
    const char *(*rival)(const struct evidence *e);
};

/* network.c: the last datagram that the network did this to in the shown case; NULL: it did so to none. */
const struct impaired_record *network_last(const struct evidence *e, enum impair_kind kind);
/* "datagram 5 to server" */
const char *network_name(const struct evidence *e, const struct impaired_record *r);

/* http.c: a line of a head ends with LF alone: where; NULL: none does. */
const char *http_bare_lf(const struct evidence *e);

/* Each ends with a NULL diagnosis. What advice rests on is in e->trials: e->failed may be NULL. */
extern const struct detector datagram_advice[], stream_advice[];
extern const struct detector security_detectors[], name_detectors[], transport_detectors[],
    length_detectors[], process_detectors[], watching_detectors[], address_detectors[], network_detectors[],
    output_detectors[], integer_detectors[], body_detectors[], http_detectors[], message_detectors[],
    server_detectors[], datagram_detectors[], connection_detectors[], stream_detectors[], ending_detectors[],
    number_detectors[];

/*
 * play.h - one play: the programs are started once, and one case or several are played against them.
 *
 * This is the runner: a process of its own, which owns the network namespace, the peers' sockets and a box,
 * and tells the supervisor what happened as a stream of events. It records facts and how each step ended;
 * what they mean is the judge's to say. Each case, a failing one too, ends in order: peers drained and
 * closed, programs told to end.
 */
#pragma once
#include "launch/box.h"
#include "record/record.h"
#include "spec/spec.h"

/* Where the programs of an owner live; see struct program. */
struct lodging {
    const char *built;   /* folder of what was built: copied, never written to. NULL: it is not here */
    char work[PATH_MAX]; /* an empty folder for this play */
    uid_t uid;           /* that the programs get; see box.h */
    gid_t gid;
};

struct play_request {
    const struct spec *spec;
    size_t test;
    const struct case_key *keys; /* at least one */
    size_t n_keys;
    uint64_t seed;
    uint64_t plays; /* of the test that were made before this one */
    enum isolation isolation;
    const struct lodging *lodgings; /* of each owner */
    const char *const *expose;
    const char
        *distrust;   /* why this kernel's facts cannot be trusted, and time decides instead; NULL: they can */
    bool keep_steps; /* records the steps of passing cases too */
};

/* Plays it all and writes the record's events to out. In a process that was forked for it; returns its exit
 * status. */
int play_run(const struct play_request *request, int out);

/*
 * err.h - the first of three failure channels: a fault of ours.
 *
 * Functions that can fault return 0 or more, or a negative errno. Those that cross a layer also take a
 * struct err, which says in words what was being done; callers add context on the way up. An expected outcome
 * of a call is an enum of that function, and what a student did wrong is a finding: neither is ever an err.
 */
#pragma once

#define ERR_TEXT 1024

struct err {
    int code;            /* negative errno, 0 while nothing went wrong */
    char text[ERR_TEXT]; /* "context: context: cause", truncated if need be */
};

/* Sets the text, with strerror of code appended when code is not 0. Returns code (made negative).
 * e may be NULL. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same without strerror: for faults that fmt tells wholly. */
int err_say(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Puts "context: " before the text. Returns the code; -EIO when e is NULL, so that a fault never becomes a
 * success. */
int err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* verbs.c - see verbs.h. */
#include "report/verbs.h"

enum way verb_way(enum verb v)
{
    switch (v) {
    case VERB_CONNECTS:
    case VERB_IS_REFUSED:
    case VERB_SENDS:
    case VERB_HALF_CLOSES:
    case VERB_CLOSES:
    case VERB_CUTS_OFF:
    case VERB_RESETS:
    case VERB_SPEAKS:
    case VERB_ANSWERS:
    case VERB_CUTS:
    case VERB_IS_STALLED: return WAY_TO;
    case VERB_ACCEPTS:
    case VERB_ACCEPTS_NOTHING:
    case VERB_HAS_GOT:
    case VERB_MEASURES:
    case VERB_GETS:
    case VERB_GETS_NOTHING:
    case VERB_GETS_END:
    case VERB_GETS_RESET:
    case VERB_GETS_NO_REPLY:
    case VERB_GETS_ANY_ORDER:
    case VERB_GETS_ONE_OF:
    case VERB_STOPS_READING:
    case VERB_CARRIES:
    case VERB_RESUMES: return WAY_FROM;
    case VERB_TYPES:
    case VERB_TYPES_END: return WAY_STDIN;
    case VERB_PRINTS:
    case VERB_PRINTED:
    case VERB_PRINTS_NOTHING: return WAY_STDOUT;
    case VERB_STARTS:
    case VERB_RESTARTS:
    case VERB_EXITS:
    case VERB_RECEIVES:
    case VERB_PAUSES:
    case VERB_CONTINUES:
    case VERB_KEEPS_RUNNING:
    case VERB_IS_STUCK_SENDING:
    case VERB_LEAKS_NOTHING:
    case VERB_HOLDS_NO_IP: return WAY_SELF;
    case VERB_EQUALS:
    case VERB_MATCHES:
    case VERB_IS_ABSENT:
    case VERB_HAS_MODE: return WAY_FILE;
    case VERB_PAUSE:
    case VERB_MILESTONE:
    case VERB_SAME_ORDER:
    case VERB_UNORDERED:
    case VERB_TOGETHER:
    case VERB_CROWD:
    case VERB_LET:
    case VERB_CHECK: return WAY_NOBODY;
    }
    return WAY_NOBODY;
}

bool verb_gives(enum verb v)
{
    switch (verb_way(v)) {
    case WAY_TO: return v != VERB_IS_REFUSED && v != VERB_IS_STALLED;
    case WAY_FROM: return v == VERB_STOPS_READING || v == VERB_RESUMES;
    case WAY_FILE:
    case WAY_STDOUT: return false;
    case WAY_SELF:
        return v != VERB_EXITS && v != VERB_KEEPS_RUNNING && v != VERB_IS_STUCK_SENDING &&
               v != VERB_LEAKS_NOTHING && v != VERB_HOLDS_NO_IP;
    case WAY_NOBODY: return v != VERB_SAME_ORDER;
    case WAY_STDIN: return true;
    }
    return true;
}

const char *verb_phrase(enum verb v)
{
    switch (v) {
    case VERB_CONNECTS: return "connects";
    case VERB_IS_REFUSED: return "a refusal";
    case VERB_SENDS: return NULL;
    case VERB_GETS: return NULL;
    case VERB_GETS_NOTHING: return "nothing";
    case VERB_GETS_END: return "the end of the connection";
    case VERB_GETS_RESET: return "a reset";
    case VERB_GETS_NO_REPLY: return "no reply";
    case VERB_GETS_ANY_ORDER: return NULL;
    case VERB_GETS_ONE_OF: return NULL;
    case VERB_HALF_CLOSES: return "half-closes: it sends no more, but still reads";
    case VERB_CLOSES: return "closes";
    case VERB_CUTS_OFF: return "ends the connection without close_notify";
    case VERB_RESETS: return "resets the connection";
    case VERB_STOPS_READING: return "stops reading";
    case VERB_RESUMES: return "reads again";
    case VERB_IS_STALLED: return "a stall: the program reads no more";
    case VERB_STARTS: return "starts";
    case VERB_RESTARTS: return "starts again";
    case VERB_TYPES: return NULL;
    case VERB_TYPES_END: return "end of input";
    case VERB_PRINTS: return NULL;
    case VERB_PRINTED: return NULL;
    case VERB_PRINTS_NOTHING: return "nothing";
    case VERB_EXITS: return "exit";
    case VERB_RECEIVES: return "receives";
    case VERB_PAUSES: return "is stopped";
    case VERB_CONTINUES: return "goes on";
    case VERB_KEEPS_RUNNING: return "no exit";
    case VERB_PAUSE: return "pause";
    case VERB_HAS_GOT: return NULL;
    case VERB_MEASURES: return "a pace";
    case VERB_ACCEPTS: return "a connection";
    case VERB_ACCEPTS_NOTHING: return "nobody";
    case VERB_CARRIES: return NULL;
    case VERB_CUTS: return "resets the connections on both sides";
    case VERB_IS_STUCK_SENDING: return "a program that waits to send";
    case VERB_LEAKS_NOTHING: return "nothing left over";
    case VERB_HOLDS_NO_IP: return "no IP sockets";
    case VERB_EQUALS:
    case VERB_MATCHES:
    case VERB_HAS_MODE: return NULL;
    case VERB_IS_ABSENT: return "no such file";
    case VERB_MILESTONE: return "milestone";
    case VERB_SPEAKS: return "speaks another protocol";
    case VERB_ANSWERS: return "answers from here on";
    case VERB_SAME_ORDER: return "the same order";
    case VERB_CHECK: return "check";
    case VERB_LET: return "let";
    case VERB_CROWD: return "a crowd";
    case VERB_UNORDERED:
    case VERB_TOGETHER: return "";
    }
    return NULL;
}

/* verbs.c - see verbs.h. In the order of enum verb. */
#include "spec/verbs.h"
#include "base/mem.h"

#include <assert.h>
#include <string.h>

static const struct verb_rule rules[] = {
    {"connects", VERB_CONNECTS, ACTOR_PEER, TAKES_PORT, .waits = true},
    {"is refused", VERB_IS_REFUSED, ACTOR_PEER, TAKES_PORT, .waits = true},
    {"sends", VERB_SENDS, ACTOR_PEER, TAKES_MESSAGES, .waits = true},
    {"gets", VERB_GETS, ACTOR_PEER, TAKES_EXPECTED, .waits = true},
    {"gets nothing", VERB_GETS_NOTHING, ACTOR_PEER, TAKES_SPAN, .waits = true},
    {"gets end", VERB_GETS_END, ACTOR_PEER, TAKES_NOTHING, .stream = true, .waits = true},
    {"gets reset", VERB_GETS_RESET, ACTOR_PEER, TAKES_NOTHING, .stream = true, .waits = true},
    {"gets no reply", VERB_GETS_NO_REPLY, ACTOR_PEER, TAKES_NOTHING, .waits = true},
    {"gets any order", VERB_GETS_ANY_ORDER, ACTOR_PEER, TAKES_LIST, .waits = true},
    {"gets one of", VERB_GETS_ONE_OF, ACTOR_PEER, TAKES_LIST, .waits = true},
    {"half-closes", VERB_HALF_CLOSES, ACTOR_PEER, TAKES_NOTHING, .stream = true},
    {"closes", VERB_CLOSES, ACTOR_PEER, TAKES_NOTHING, .side = SIDE_EITHER},
    {"cuts off", VERB_CUTS_OFF, ACTOR_PEER, TAKES_NOTHING, .stream = true},
    {"resets", VERB_RESETS, ACTOR_PEER, TAKES_NOTHING, .stream = true},
    {"stops reading", VERB_STOPS_READING, ACTOR_PEER, TAKES_NOTHING, .stream = true},
    {"resumes", VERB_RESUMES, ACTOR_PEER, TAKES_NOTHING, .stream = true},
    {"is stalled", VERB_IS_STALLED, ACTOR_PEER, TAKES_NOTHING, .stream = true, .waits = true},
    {"has got", VERB_HAS_GOT, ACTOR_PEER, TAKES_GOT, .waits = true},
    {"measures", VERB_MEASURES, ACTOR_PEER, TAKES_PACE, .datagrams = true, .waits = true},
    {"speaks", VERB_SPEAKS, ACTOR_PEER, TAKES_PROTOCOL},
    {"answers", VERB_ANSWERS, ACTOR_PEER, TAKES_ANSWERS, .side = SIDE_EITHER},
    {"accepts", VERB_ACCEPTS, ACTOR_PEER, TAKES_NAME, .waits = true, .side = SIDE_LISTENER},
    {"accepts nothing", VERB_ACCEPTS_NOTHING, ACTOR_PEER, TAKES_SPAN, .waits = true, .side = SIDE_LISTENER},
    {"carries", VERB_CARRIES, ACTOR_PEER, TAKES_EXPECTED, .waits = true, .side = SIDE_RELAY},
    {"cuts", VERB_CUTS, ACTOR_PEER, TAKES_NOTHING, .stream = true, .side = SIDE_RELAY},
    {"starts", VERB_STARTS, ACTOR_PROGRAM, TAKES_NOTHING, .waits = true},
    {"restarts", VERB_RESTARTS, ACTOR_PROGRAM, TAKES_NOTHING, .waits = true},
    {"types", VERB_TYPES, ACTOR_PROGRAM, TAKES_TYPED},
    {"types end", VERB_TYPES_END, ACTOR_PROGRAM, TAKES_NOTHING},
    {"prints", VERB_PRINTS, ACTOR_PROGRAM, TAKES_OUTPUT, .waits = true},
    {"printed", VERB_PRINTED, ACTOR_PROGRAM, TAKES_OUTPUT, .waits = true},
    {"prints nothing", VERB_PRINTS_NOTHING, ACTOR_PROGRAM, TAKES_SPAN, .waits = true},
    {"exits", VERB_EXITS, ACTOR_PROGRAM, TAKES_EXIT, .waits = true},
    {"receives", VERB_RECEIVES, ACTOR_PROGRAM, TAKES_SIGNAL},
    {"pauses", VERB_PAUSES, ACTOR_PROGRAM, TAKES_NOTHING},
    {"continues", VERB_CONTINUES, ACTOR_PROGRAM, TAKES_NOTHING},
    {"keeps running", VERB_KEEPS_RUNNING, ACTOR_PROGRAM, TAKES_NOTHING, .waits = true},
    {"is stuck sending", VERB_IS_STUCK_SENDING, ACTOR_PROGRAM, TAKES_NOTHING, .waits = true},
    {"leaks nothing", VERB_LEAKS_NOTHING, ACTOR_PROGRAM, TAKES_NOTHING, .waits = true},
    {"holds no IP sockets", VERB_HOLDS_NO_IP, ACTOR_PROGRAM, TAKES_NOTHING, .waits = true},
    {"equals", VERB_EQUALS, ACTOR_FILE, TAKES_FILE, .waits = true},
    {"matches", VERB_MATCHES, ACTOR_FILE, TAKES_FILE, .waits = true},
    {"is absent", VERB_IS_ABSENT, ACTOR_FILE, TAKES_NOTHING, .waits = true},
    {"has mode", VERB_HAS_MODE, ACTOR_FILE, TAKES_FILE, .waits = true},
    {"pause", VERB_PAUSE, ACTOR_NONE, TAKES_DURATION},
    {"milestone", VERB_MILESTONE, ACTOR_NONE, TAKES_TITLE},
    {"same order", VERB_SAME_ORDER, ACTOR_NONE, TAKES_ORDER},
    {"unordered", VERB_UNORDERED, ACTOR_NONE, TAKES_STEPS},
    {"at the same time", VERB_TOGETHER, ACTOR_NONE, TAKES_STEPS},
    {"crowd", VERB_CROWD, ACTOR_NONE, TAKES_STEPS},
    {"let", VERB_LET, ACTOR_NONE, TAKES_LET},
    {"check", VERB_CHECK, ACTOR_NONE, TAKES_CHECK},
};

_Static_assert(array_len(rules) == VERB_CHECK + 1, "a rule for each verb");

const struct verb_rule *verb_rule(enum verb v)
{
    assert(rules[v].verb == v);
    return &rules[v];
}

bool verb_waits(enum verb v)
{
    return verb_rule(v)->waits && v != VERB_SENDS;
}

bool test_measures(const struct test *t)
{
    for (size_t i = 0; i < t->n_steps; i++)
        if (t->steps[i].verb == VERB_MEASURES)
            return true;
    return false;
}

static bool is_of(const struct verb_rule *r, enum actor_kind kind)
{
    return kind == ACTOR_NONE ? r->kind != ACTOR_NONE : r->kind == kind;
}

const struct verb_rule *verb_find(const char *name, enum actor_kind kind)
{
    for (size_t i = 0; i < array_len(rules); i++)
        if (is_of(&rules[i], kind) && strcmp(rules[i].name, name) == 0)
            return &rules[i];
    return NULL;
}

const struct verb_rule *verb_structure(const char *text)
{
    for (size_t i = 0; i < array_len(rules); i++)
        if (rules[i].kind == ACTOR_NONE && strcmp(rules[i].name, text) == 0)
            return &rules[i];
    return NULL;
}

size_t verb_names(enum actor_kind kind, const char **names, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < array_len(rules) && n < max; i++)
        if (is_of(&rules[i], kind))
            names[n++] = rules[i].name;
    return n;
}

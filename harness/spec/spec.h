/*
 * spec.h - a spec as the grader sees it. Plain data with one lifetime: everything lives in the spec's arena.
 *
 * Only harness/spec knows YAML. Names are resolved when a spec is loaded: programs, peers, columns and tests
 * are indices here, and whoever runs a spec can fail for no name.
 */
#pragma once
#include "base/arena.h"
#include "expr/expr.h"
#include "peer/certs.h"
#include "wire/framing.h"
#include "wire/http.h"
#include "wire/impair.h"
#include "wire/match.h"
#include "wire/message.h"
#include "wire/rules.h"
#include "wire/split.h"

struct mark {
    const char *file;
    int line, col; /* both from 1; 0: nowhere in particular */
};

struct words {
    const char **word; /* NULL-terminated too */
    size_t n;
};

/* ---- text with holes: "ADD ${a} ${b}" --------------------------------------------------------------------
 */

enum piece_kind {
    PIECE_NONE,      /* of a name that is not known any more */
    PIECE_TEXT,      /* literal bytes */
    PIECE_NUMBER,    /* ${i}: `index` */
    PIECE_PORT,      /* ${port}, ${port.NAME}, ${prog.port}: a port of `program`, endpoint `index` */
    PIECE_HOST,      /* ${prog.host} */
    PIECE_PEER_PORT, /* ${peer.port}: of a listening peer, index `program` into peers */
    PIECE_PEER_HOST, /* ${peer.host} */
    PIECE_PEER_NAME, /* ${peer.name}: `text` */
    PIECE_PATH,      /* ${path}, ${path.NAME}, ${prog.path}: `text`, as whoever is told it sees it */
    PIECE_PEER_PATH, /* ${peer.path}: the same of a listening peer */
    PIECE_CELL,      /* a column of the test's examples: column `index` */
    PIECE_SEED,      /* ${seed}: the case's seed */
    PIECE_NAME,      /* what a step has captured or `let` has named: slot `index` of the test's names */
    PIECE_GIVEN,     /* what a verb of the spec's own was given: `value` */
    PIECE_GOT,       /* ${got…}: the message that is being answered */
    PIECE_PROGRAM,   /* in expressions: a program that listens, with its host and port */
    PIECE_PEER,      /* the same: a peer that listens */
    PIECE_EXPR,      /* a Lua expression: `expr` */
};

struct expression;
struct value;

struct piece {
    enum piece_kind kind;
    struct bytes text;
    size_t program, index;
    const struct value *value;
    const struct expression *expr;
};

/* What a free name of an expression stands for. */
struct used_name {
    const char *name;
    struct piece piece;
};

struct expression {
    struct mark mark;
    struct bytes text;
    bool is_block; /* of !lua: statements that return */
    struct used_name *uses;
    size_t n_uses;
};

struct template
{
    struct piece *pieces;
    size_t n;
};

/* ---- values: what a step sends or expects -------------------------------------------------------- */

enum value_kind {
    VALUE_NONE,   /* the step has no value (`gets end:`) */
    VALUE_BYTES,  /* a template; framed: one message's content, else bytes as they stand (!raw, !hex, !base64)
                   */
    VALUE_REGEX,  /* !regex: on one message's content */
    VALUE_LIST,   /* several messages */
    VALUE_CELL,   /* a whole cell of the examples: "${reply}" alone; column `index` */
    VALUE_CODE,   /* exits: a number; any; {not: N} */
    VALUE_SIGNAL, /* exits: SIGSEGV; receives: SIGINT. `number` is the signal */
    VALUE_HAPPENING, /* among the outcomes of `gets one of`: end, reset, nothing. `number` is the enum
                        happening */
    VALUE_TYPED,     /* {NAME: {field: value}}: `def`, `fields` */
    VALUE_LIKE,      /* !like "text {hole:type}": the same, of a text that stands here alone */
    VALUE_RECORD,    /* in a field: a map of `fields`: of a list's item, of headers */
    VALUE_RANGE,     /* in a field: {min: , max: }: `items`, in this order, VALUE_NONE where it is open */
    VALUE_ABSENT,    /* in a field: it is not there */
    VALUE_LUA,       /* !lua: `expr` says whether what came will do */
    VALUE_ONE_OF,    /* !one-of: any of `items` */
    VALUE_PART,      /* !part-of: what came is a part of `items`, of which there is one */
};

enum happening { HAPPENING_NONE, HAPPENING_END, HAPPENING_RESET, HAPPENING_NOTHING };

struct field_value;

struct value {
    enum value_kind kind;
    struct mark mark;
    const char *source; /* as a report names it: `"ADD 2 40"`, `!regex '^ERR'` */
    bool framed;        /* VALUE_BYTES */
    bool plain;         /* VALUE_BYTES: a word of the YAML without quotes */
    struct template text;
    struct regex *regex; /* freed with the spec */
    struct value *items; /* VALUE_LIST */
    size_t n;
    size_t *slots; /* VALUE_REGEX: where its named groups go, into the test's names; NULL: nowhere */
    const struct expression *expr; /* VALUE_LUA */
    const struct message_set *set; /* VALUE_TYPED, VALUE_LIKE: to which … */
    const struct message_def *def; /* … it belongs. VALUE_TYPED, VALUE_LIKE; NULL: an HTTP message, `http` */
    enum http_kind http;
    struct field_value *fields; /* VALUE_TYPED, VALUE_RECORD */
    size_t n_fields;
    size_t capture;   /* in a field: where what came there goes, into the test's names; SIZE_MAX: nowhere */
    size_t index;     /* VALUE_CELL */
    int number;       /* VALUE_CODE, VALUE_SIGNAL */
    bool any, unlike; /* VALUE_CODE: any exit; every code but `number` */
};

struct field_value {
    const char *name;
    struct mark mark;
    struct value value;
};

/* ---- what the student wrote ---------------------------------------------------------------------- */

enum transport { TRANSPORT_TCP, TRANSPORT_UDP, TRANSPORT_UNIX /* a stream */ };

/* What programs are told by ${ca}, ${cert} and ${key}: below the working directory. */
#define SPEC_TLS_CA "tls/ca.pem"
#define SPEC_TLS_CERT "tls/cert.pem"
#define SPEC_TLS_KEY "tls/key.pem"

struct endpoint;

bool endpoint_is_awaited(const struct endpoint *e); /* before its program counts as ready */
bool transport_is_stream(enum transport t);
const char *transport_name(enum transport t); /* "TCP" */

enum port_kind {
    PORT_GIVEN,  /* chosen by the grader, and told to the program */
    PORT_FIXED,  /* stands in the program's source */
    PORT_FOUND,  /* the program's own choice: found from its sockets once it listens */
    PORT_TOLD,   /* its own choice, too, and later: its messages say which, and `connects: {port: …}` */
    PORT_NONE,   /* a Unix socket: it has a path instead */
    PORT_SHARED, /* another program's, which listens there too: `shares` */
};

struct endpoint {
    const char *name; /* NULL for the only one */
    enum transport transport;
    bool tls; /* over it */
    enum port_kind port_kind;
    uint16_t port;    /* PORT_FIXED */
    const char *path; /* PORT_NONE: of its socket, below the working directory */
    size_t shares;    /* PORT_SHARED: that program, whose first port it is */
};

enum stdin_kind {
    STDIN_CLOSED,   /* at its end from the start */
    STDIN_OPEN,     /* a pipe; `types` writes to it. The default for programs that a step types to */
    STDIN_TEXT,     /* stdin_text, then its end */
    STDIN_TERMINAL, /* a terminal; `types` writes to it */
};

struct variable {
    const char *name;
    struct template value;
};

struct program {
    const char *name;
    struct mark mark;
    struct words run;      /* what to execute, split as a shell would: the submission's to decide */
    struct template *args; /* one word each, after run: the spec's to decide */
    size_t n_args;
    struct variable *env; /* besides what every program gets */
    size_t n_env;
    const char *cwd; /* below the working directory; NULL: that itself */
    size_t owner;    /* whose it is: 0, the student's; else one more than the index into the spec's trusted */
    struct endpoint *listens;
    size_t n_listens;
    bool start_per_case; /* start: per-case; listeners start per test by default, others per case */
    size_t prints;       /* stdout as messages of this protocol; SIZE_MAX: as lines */
    bool stdout_is_pipe; /* else a raw terminal */
    enum stdin_kind stdin_kind;
    bool stdin_given; /* by the spec; else chosen by what its steps need */
    struct template stdin_text;
    bool texts_bad; /* while it is loaded: not all that it is told could be read */
};

struct build {
    struct mark mark;
    struct words command; /* n 0: nothing is built */
    const char *text;     /* as written */
    struct words makes;   /* files that must be there afterwards */
    int64_t time;         /* ns; default 2 min */
    double points;        /* for building at all; 0 by default */
};

/* How a submission is built and run, as somebody other than the spec's `build` and `programs` says. */
struct manner {
    bool says_build;
    struct words build;     /* says_build; n 0: nothing is built */
    const char *build_text; /* as written */
    struct words *run;      /* one for each program; n 0: it says nothing of that one */
    const char **run_text;
};

struct language {
    const char *name;
    struct mark mark;
    struct words when; /* files of the submission: all are there */
    struct manner manner;
};

struct submission {
    struct mark mark;
    bool fixed;                 /* neither the submission nor the command line says how it is built and run */
    struct language *languages; /* the first whose files are there decides */
    size_t n_languages;
};

/* ---- the reference side -------------------------------------------------------------------------- */

struct protocol {
    const char *name; /* "protocol" for the only one */
    struct framing framing;
    bool broken;                 /* its messages are wrong, which was reported: there are none */
    struct message_set messages; /* n 0: none are defined */
    const struct rules *rules;   /* of these messages; NULL: none */
};

/* What the messages are called that it knows, by index: its own, and behind them those of HTTP. NULL: no
 * more. */
const char *protocol_message(const struct protocol *p, size_t index);

/* What a bad network does to datagrams, and to which. */
struct impair_rule {
    struct impairment what; /* its `ways` depend on the peer: see impair_ways */
    struct mark mark;
    size_t to; /* the program to which the datagrams go; SIZE_MAX: in both directions */
};

struct impair_list {
    const char *name;
    struct mark mark;
    struct impair_rule *rules; /* applied in order */
    size_t n;
};

enum peer_kind {
    PEER_CONNECTS, /* it comes to a program */
    PEER_LISTENS,  /* programs come to it */
    PEER_RELAYS,   /* programs come to it, and it goes to a program for them */
    PEER_ACCEPTED, /* what came to a listening peer, and was named by `accepts`: a connection, or a source of
                      datagrams */
};

struct peer_tls {
    bool on;
    enum cert_kind cert; /* what it shows to those who come to it */
    const char *name;    /* whom it expects, or is; NULL: localhost */
};

struct peer {
    const char *name;
    struct mark mark;
    enum peer_kind kind;
    enum transport transport;
    size_t
        program; /* connects, relays: to it; else the first program whose arguments name the listening peer */
    size_t endpoint; /* connects, relays: */
    size_t listener; /* PEER_ACCEPTED: index into the test's peers */
    size_t protocol; /* index; SIZE_MAX: none declared, then framing none (datagram on UDP) */
    size_t speaks;   /* while its test is read: the protocol at that point */
    uint32_t host;   /* where it speaks from or listens, IPv4 in host order; INADDR_LOOPBACK by default */
    const char
        *domain;      /* listens on TCP: `name: calc.test`, which stands for ::1 and for `host`; NULL: none */
    uint32_t target;  /* `at: 127.0.0.2`: which address of the program it speaks to */
    uint16_t port;    /* listens: on this one, which stands in the program's source; 0: the grader chooses */
    size_t impair;    /* in every case: index into the spec's impairments; SIZE_MAX: none */
    const char *path; /* of a Unix socket that it listens on, below the working directory */
    struct peer_tls tls;
    struct value ignores; /* messages that no step sees; VALUE_NONE: none */
    bool broadcast; /* listens: to what is broadcast; all such peers without a port of their own share one */
};

struct file {
    const char *path; /* relative, without `..` */
    struct bytes content;
    struct template text; /* with names in it: instead of content; n 0: none */
    struct mark mark;
};

struct limits {
    int64_t case_time, cpu;        /* ns */
    uint64_t memory, output, disk; /* bytes */
    uint32_t processes, open_files;
    int64_t total_time; /* ns, the whole grading */
};

/* ---- tests --------------------------------------------------------------------------------------- */

enum plan_kind {
    PLAN_WHOLE,
    PLAN_BYTES,
    PLAN_EVERY_CUT,
    PLAN_EVERY_2_CUTS,
    PLAN_RANDOM, /* `count` cases */
    PLAN_AT,     /* the offsets `at`, in each sends step that is longer */
    PLAN_CHUNKS, /* every `count` bytes */
    PLAN_FIELDS,
    PLAN_COALESCED,
    PLAN_IMPAIRED, /* `count` cases, one for each seed from 1 */
};

struct plan {
    enum plan_kind kind;
    struct mark mark;
    uint32_t count;
    uint32_t *at;
    size_t n_at;
    size_t impairment; /* PLAN_IMPAIRED: index into the spec's */
};

enum verb {
    /* a connecting peer */
    VERB_CONNECTS,
    VERB_IS_REFUSED,
    VERB_SENDS,
    VERB_GETS,
    VERB_GETS_NOTHING,
    VERB_GETS_END,
    VERB_GETS_RESET,
    VERB_GETS_NO_REPLY,
    VERB_GETS_ANY_ORDER,
    VERB_GETS_ONE_OF,
    VERB_HALF_CLOSES,
    VERB_CLOSES,
    VERB_CUTS_OFF,
    VERB_RESETS,
    VERB_STOPS_READING,
    VERB_RESUMES,
    VERB_IS_STALLED,
    VERB_HAS_GOT,
    VERB_MEASURES,
    VERB_SPEAKS,
    VERB_ANSWERS,
    /* a listening peer */
    VERB_ACCEPTS,
    VERB_ACCEPTS_NOTHING,
    /* a relay */
    VERB_CARRIES,
    VERB_CUTS,
    /* a program */
    VERB_STARTS,
    VERB_RESTARTS,
    VERB_TYPES,
    VERB_TYPES_END,
    VERB_PRINTS,
    VERB_PRINTED,
    VERB_PRINTS_NOTHING,
    VERB_EXITS,
    VERB_RECEIVES,
    VERB_PAUSES,
    VERB_CONTINUES,
    VERB_KEEPS_RUNNING,
    VERB_IS_STUCK_SENDING,
    VERB_LEAKS_NOTHING,
    VERB_HOLDS_NO_IP,
    /* a file in the working directory */
    VERB_EQUALS,
    VERB_MATCHES,
    VERB_IS_ABSENT,
    VERB_HAS_MODE,
    /* no actor */
    VERB_PAUSE,
    VERB_MILESTONE,
    VERB_SAME_ORDER,
    VERB_UNORDERED, /* `inner` steps follow that belong to it */
    VERB_TOGETHER,  /* the same: at the same time */
    VERB_CROWD,     /* the same: of many peers */
    VERB_LET,
    VERB_CHECK,
};

enum actor_kind { ACTOR_NONE, ACTOR_PEER, ACTOR_PROGRAM, ACTOR_FILE };

/* What a `gets` may pass over before what it expects. */
enum skipping {
    SKIP_NOTHING,
    SKIP_ANYTHING,
    SKIP_REPEATS, /* of what the peer got before */
    SKIP_LISTED,  /* `skips` */
};

/* What `let` names. */
struct let {
    size_t slot; /* of the test's names */
    struct value value;
};

/* What `measures` finds right. */
struct pace {
    double min, max;     /* messages a second; 0: not said */
    int64_t longest_gap; /* ns between one and the next; 0: not said */
};

/* A line of the table of `answers`: what is answered, and with what. */
struct reply {
    struct value to, with; /* with VALUE_NONE: it is taken, and that is all */
};

struct step {
    struct mark mark;
    const char *text; /* "alice gets", as written, without the value */
    enum verb verb;
    enum actor_kind actor_kind;
    size_t actor;     /* index into the test's peers, or into programs */
    const char *path; /* ACTOR_FILE: as the spec names it, below the working directory … */
    size_t owner;     /* … of this owner of programs */
    struct value value;
    size_t accepted; /* accepts: index into the test's peers */
    size_t to;       /* sends of datagrams: the peer whose address they go to; SIZE_MAX: the last sender's */
    size_t inner;    /* a structure: how many of the steps that follow belong to it */
    enum skipping skipping;
    struct value skips;
    int64_t after_min, after_max;     /* ns from the end of the step before; 0: free */
    double points;                    /* milestone */
    uint64_t got_messages, got_bytes; /* has got: how many; UINT64_MAX: not said */
    size_t *actors;                   /* same order: indices into the test's peers */
    size_t n_actors;
    size_t protocol;   /* that its peer speaks at this point; SIZE_MAX: none is declared */
    int64_t within;    /* ns; 0: the default, SPEC_WITHIN */
    bool from_service; /* gets on datagrams, `from: PROGRAM`: only from the port that was sent to */
    int64_t span;      /* ns: `gets nothing: {for: …}`, `measures: {for: …}`, `pause: …`; 0: none */
    struct pace pace;  /* measures */
    const char *hint;
    bool shared;          /* from `defaults`: every test has it */
    struct cuts own_cuts; /* sends: cut there, too, whatever the case says */
    bool own_bytes;       /* sends: each byte apart */
    size_t as; /* gets, prints: where all that came goes, into the test's names; SIZE_MAX: nowhere */
    struct template when;  /* only if that holds, which is one hole; n 0: always */
    struct value until;    /* sends: again, until this came; VALUE_NONE: once */
    int64_t again_every;   /* ns */
    uint32_t again_times;  /* at most so often again */
    struct reply *replies; /* answers: the table */
    size_t n_replies;
    uint32_t *except; /* answers: which of those that it could answer are passed over, from 1, ascending */
    size_t n_except;
    struct let *lets; /* let */
    size_t n_lets;
};

#define SPEC_WITHIN (5 * INT64_C(1000000000))

struct test_group {
    const char *name, *title;
    struct mark mark;
    bool declared; /* under `groups`; else by its first test */
};

/* Who may see a test's result where students' results are published: see Gradescope's words for it. */
enum visibility { VISIBLE, HIDDEN, AFTER_DUE_DATE, AFTER_PUBLISHED };

struct test {
    const char *id, *title;
    struct mark mark;
    double points;
    bool extra_credit;
    size_t group; /* into the spec's groups, from 1; 0: in none */
    enum visibility visibility;
    uint32_t repeat;  /* how often each case is played; at least 1 */
    size_t *requires; /* indices of earlier tests */
    size_t n_requires;
    struct words tags;   /* for whoever reads the spec */
    const char *teaches; /* NULL: none */
    const char *hint;
    struct file *files; /* all that its programs find: the spec's, and its own */
    size_t n_files;
    const char **columns; /* the names of the examples' columns */
    size_t n_columns;
    struct value *cells; /* n_rows * n_columns, row by row */
    size_t n_rows;       /* 0: no examples, which is one case without a row */
    struct plan *under;  /* at least one: `whole` where the spec has none */
    size_t n_under;
    bool score_share;
    int64_t timeout; /* ns for one case; 0: limits.case_time */
    struct program
        *programs;      /* the spec's, as this test has them; NULL: as they are. `run` counts there alone */
    struct peer *peers; /* the spec's, in its order, and behind them whom its steps accept */
    size_t n_peers, cap_peers;
    const char **names; /* what its steps capture or name by `let`: one slot each; a name may stand twice */
    size_t n_names, cap_names;
    struct step *steps;
    size_t n_steps, cap_steps;
};

struct spec {
    struct arena arena;
    const char *path;
    const char *name, *title, *handout;
    struct words trusted; /* folders of the assignment's own programs: each is an owner, as the student is */
    struct words absent;  /* optional files of `include` that are not there: paths */
    struct build build;
    struct submission submission;
    struct program *programs;
    size_t n_programs;
    struct peer *peers;
    size_t n_peers;
    struct protocol *protocols;
    size_t n_protocols;
    struct impair_list *impairments;
    size_t n_impairments;
    struct file *files;
    size_t n_files;
    struct limits limits;
    struct test_group *groups; /* in the order of reports */
    size_t n_groups;
    struct test *tests;
    size_t n_tests;
    struct regex **regexes; /* all, for spec_free */
    size_t n_regexes, cap_regexes;
    struct message_set **likes; /* those of !like, for spec_free */
    size_t n_likes, cap_likes;
    struct message_eval eval; /* of its messages, by `expr` */
    struct expr *expr;        /* evaluates its expressions; knows its `functions`. Owned */
};

void spec_free(struct spec *s); /* accepts NULL */

bool spec_uses_tls(const struct spec *s);
bool test_shakes_hands(const struct test *t); /* peers speak TLS in it: there is a handshake to be cut */
const struct framing *spec_framing(const struct spec *s, const struct peer *p); /* never NULL */
/* What the peer that a step of t names speaks by then. */
const struct framing *step_framing(const struct spec *s, const struct test *t, const struct step *step);
double spec_points(const struct spec *s); /* the maximum, build points too, without extra credit */
/* Do its arguments hold the port or host of a listening peer? */
/* All that a program is told when it starts, one after another: args, env, stdin. NULL: no more. */
const struct template *program_text(const struct program *p, size_t index);
bool program_names_peer(const struct program *p, size_t peer);
/* Is the other program, or a relay to it, named in what this one is told? */
bool program_is_told_of(const struct spec *s, const struct program *p, size_t other);
/* As the test has it. */
const struct program *test_program(const struct spec *s, const struct test *t, size_t index);
size_t spec_owners(const struct spec *s); /* of programs: the student, and each trusted folder */
bool test_has_actor(const struct test *t, enum actor_kind kind, size_t index); /* of a step */
/* Does program `index` come to listening peer `peer` in this test? One whose arguments name the peer does,
 * or, where it has a port of its own and nobody is told, one that listens nowhere and is told of nobody;
 * where the test's steps name some of these programs, the others do not. */
bool program_visits(const struct spec *s, const struct test *t, size_t index, size_t peer);
size_t spec_impairment(const struct spec *s, struct bytes name); /* index; SIZE_MAX: there is none */
const char *impair_name(enum impair_kind k);                     /* "drop" */
bool peer_has_port(const struct peer *p); /* programs come to it: it listens or relays */
/* Does it relay what can be split? */
bool peer_relays_stream(const struct peer *p);
bool test_relays_stream(const struct test *t); /* any peer of it */
/* Does `under` mean the network of this peer of the test? That of relays, where there are any. */
bool peer_is_impaired(const struct test *t, size_t peer);
/* May a network between this peer of the test and programs be a bad one? It has datagrams of its own. */
bool peer_is_impairable(const struct test *t, size_t peer);
/* In which directions the rule is for that peer of the test. False: in none. */
bool impair_ways(const struct spec *s, const struct test *t, size_t peer, const struct impair_rule *rule,
                 bool ways[2]);
bool verb_waits(enum verb v); /* for something that a program does */
/* What a text says of an exit: sets kind, number and any. False: no program exits so. The text ends with a
 * NUL. */
bool exit_parse(struct bytes text, struct value *out);
int signal_number(const char *name);      /* of SIGTERM and the like; 0: there is none of that name */
bool test_measures(const struct test *t); /* when its messages come, so that nothing else may run meanwhile */
const char *visibility_name(enum visibility v);

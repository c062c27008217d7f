/*
 * record.h - what happened in one play: one start of the programs, and the cases played against it.
 *
 * A runner streams events; the supervisor reads them with a reader that trusts nothing (stream.h), and
 * gathers them here. Judging needs a spec and records only, so a saved record can be judged again.
 */
#pragma once
#include "base/arena.h"
#include "wire/impair.h"
#include "wire/split.h"

#define RECORD_VERSION 11u

/* Of one record, about. From half of it on, the payloads of passed steps are dropped (`total` and `hash`
 * stay), when it is full all payloads, and at twice that all but ends and faults. Each sets `truncated`; a
 * case that lost a step is never `complete`. */
#define RECORD_MAX_BYTES (UINT64_C(8) << 20)

#define EXCERPT_MAX 4096u /* of each end of a payload */

/* Bytes of which there may be too many to keep: how many there were, their hash, the first and the last. */
struct excerpt {
    uint64_t total, hash;
    struct bytes head; /* all when total <= 2 * EXCERPT_MAX, else EXCERPT_MAX bytes; empty when dropped */
    struct bytes tail; /* the last EXCERPT_MAX, or empty */
};

/* What one play leaves out, adds or turns round to tell two mistakes apart. The judge names it, and reads
 * from the play whether that mattered. */
enum experiment {
    AS_PLANNED,
    RELEASED,    /* when a step finds nothing, the other peers close one by one; on datagrams, the peer sends
                    again    what it sent last */
    ENDING,      /* when a step finds nothing, its peer half-closes */
    UNENDED,     /* no peer half-closes, no stdin ends, and nobody waits for an end */
    CALM,        /* nobody stops reading, and no program is paused */
    SWAPPED,     /* peers read and write length fields in the other byte order */
    RESTED,      /* each program is at rest after its start before anybody does something to it */
    ON_TERMINAL, /* what the spec makes a pipe for stdout is a terminal */
    EVERYWHERE,  /* peers that have a name listen at all addresses that it stands for */
    NONE_EMPTY,  /* no peer sends an empty datagram */
    TRACED,      /* as planned, and the student's programs' socket calls are written down */
    INTERRUPTED, /* the same, and signals come while they wait */
    SHORT_SENDS, /* as TRACED, but calm; and each of their sends takes a byte less than it is given */
};

/* Nobody stops reading, and no program is paused. */
bool experiment_is_calm(enum experiment e);
/* The programs' calls are written down. */
bool experiment_traces(enum experiment e);

/* Which case was played: enough to play it again. */
struct case_key {
    uint32_t row;       /* of the examples; 0 when there are none */
    uint32_t plan;      /* index into test.under, of which the split was drawn */
    struct split split; /* of a record that was read: in its arena, not for split_deinit */
    bool fresh;         /* on a start of its own, not on one that other cases used before */
    enum experiment experiment;
    uint64_t seed;
    uint32_t impairment;  /* index into spec.impairments, from 1; 0: the network is a good one */
    uint32_t impaired_by; /* the seed of its own, from 1 */
};

/* How a step ended. What it means for a verdict is the judge's to say. */
enum outcome {
    STEP_PASSED,
    STEP_OTHER_CAME,    /* gets: something else came; `at` is the first differing byte */
    STEP_TOO_LITTLE,    /* gets: nothing, or only the beginning, came */
    STEP_BAD_FRAME,     /* gets: what came breaks the framing: too long, an impossible length */
    STEP_CAME_UNASKED,  /* gets nothing, gets end: bytes came */
    STEP_ENDED,         /* the program closed the connection where it should not have yet */
    STEP_RESET,         /* the same with a reset */
    STEP_STILL_OPEN,    /* gets end, gets reset, gets no reply: it did not happen */
    STEP_ENDED_CLEANLY, /* gets reset: an end came */
    STEP_REFUSED,       /* connects, sends: the connection was refused, or sent where nobody is */
    STEP_NOT_REFUSED,   /* is refused: it was accepted */
    STEP_NOT_LISTENING, /* the program does not listen where it should: see its program_record */
    STEP_EXITED,        /* a program ended that should go on */
    STEP_STILL_RUNS,    /* exits: it did not */
    STEP_OTHER_EXIT,    /* exits: with another status */
    STEP_NOT_PRINTED,   /* prints, printed: not so */
    STEP_NOT_STALLED,   /* is stalled: the program took all that was sent */
    STEP_NOT_STUCK,     /* is stuck sending: no thread of the program waits to send */
    STEP_NO_CONNECTION, /* accepts: nobody came */
    STEP_CONNECTED,     /* accepts nothing: somebody came */
    STEP_OTHER_COUNT,   /* has got: more, fewer, or other bytes */
    STEP_LEAKS,         /* leaks nothing: descriptors or children are left */
    STEP_OTHER_FILE,    /* file equals, matches: its content is another; `at` as for gets */
    STEP_NO_FILE,       /* file equals, matches: there is no such file, or it is none that can be read */
    STEP_FILE_THERE,    /* file is absent: it is there */
    STEP_OTHER_MODE,    /* file has mode: another one, which is in `came` */
    STEP_HOLDS_IP,      /* holds no IP sockets: it holds one, which is in `came` */
    STEP_NO_TLS,      /* connects, sends: no TLS came about; `tls` tells why, or the program did not answer */
    STEP_OTHER_ORDER, /* same order: `item` is the actor whose message number `count` differs */
    STEP_BROKE_RULES, /* gets: the message is well-formed, but not allowed in this state: `breach` */
    STEP_OTHER_PACE,  /* measures: too many, too few, or too far apart: `count`, `gap` */
    STEP_CHECK_FAILED, /* check: it does not hold: `reason` */
    STEP_TOO_SOON,     /* after: before its min */
    STEP_TOO_LATE,     /* after: past its max */
    STEP_LIMIT,        /* a regular expression gave up, or a payload was too large to keep: ours */
};

/* What a wait ended with. */
enum decided {
    BY_FACT,     /* the thing itself happened */
    BY_IDLE,     /* the programs sleep, waiting for input, and nothing is under way */
    BY_TIMER,    /* the same, but for a timer of a program's own: idle until then */
    BY_DEADLINE, /* `within` is over, and a program was still working or kept timers */
    BY_SETTLING, /* facts could not be had: nothing happened for the stated settle time */
};

/* Where bytes are no message, or not as expected, and what they would have meant: struct syntax, as texts. */
struct syntax_record {
    uint32_t kind;                      /* enum syntax_kind */
    char *message, *field, *type, *why; /* NULL: none */
    char *expected, *came;              /* values of the field, as a spec writes them; NULL: none */
    uint64_t offset, begin;             /* in the message's bytes */
    uint32_t mistake;                   /* enum mistake */
    char *mistake_field, *mistake_type;
    char *mistake_came, *mistake_meant;
    uint64_t mistake_at;
    int64_t by;
};

/* Who said what, where the rules of the protocol allow something else. */
struct breach_record {
    uint32_t side; /* enum rules_side */
    char *state; /* the states in which the conversation may have been, "a or b"; NULL: no rule was broken */
    char *came;  /* the message */
    char *allowed; /* what would have been; empty: nothing */
};

struct step_record {
    uint32_t step; /* index into test.steps; STEP_AFTER: the check after the last step */
    int64_t began; /* ns since the case began */
    enum outcome outcome;
    enum decided decided;
    int64_t took;            /* ns */
    struct excerpt sent;     /* sends: the bytes as they went out, framed; types: the text */
    uint32_t parts;          /* sends: how many writes */
    uint32_t gated;          /* sends: after how many of them the program was seen to have read it all */
    uint32_t item, items;    /* gets: the message of the list that decided it, from 0, of how many */
    struct excerpt expected; /* gets: content of the message, or what a pattern stands for; connects, where it
                                was refused: the port that the program had told of */
    bool described;          /* `expected` is words about it, not its bytes */
    struct excerpt came;     /* gets: content where a whole message came, else bytes as they stand */
    bool came_is_message;
    uint64_t at;                 /* first differing byte of `came` */
    struct bytes frame;          /* the header (of a length) that came, for what was announced */
    struct syntax_record syntax; /* what came, read as a message of its protocol */
    char *reason;                /* what a condition of the spec says of what came; NULL: nothing */
    struct breach_record breach; /* STEP_BROKE_RULES */
    /* the connection, as the kernel saw the program's end of it when the step ended */
    bool accepted;     /* the program has accepted it (stream) */
    uint32_t unread;   /* bytes that the program has not read, of a socket that is gone: when it was last
                          seen; of datagrams: the memory they take */
    uint64_t unheard;  /* bytes of all peers that programs have not read, and connections not accepted */
    uint8_t tcp_state; /* linux/tcp_states.h; 0: no such socket */
    uint64_t lost;     /* bytes that the peer still had to send when the connection broke */
    /* of a connection that was not taken: those that wait to be accepted, and the backlog asked for */
    uint32_t queued, backlog;
    char *
        tls; /* what was wrong with its TLS, in words that begin with "it"; NULL: nothing, or there is none */
    /* It came before its time: `due` is the step in which its peer was to get it, after the stream of another
     * had ended, which is not so yet */
    uint32_t unended;     /* that other peer, as its index + 1; 0: it is not so */
    uint32_t due;         /* with unended */
    uint64_t unended_got; /* bytes that the other peer had got by then */
    /* the same for datagrams */
    uint16_t from_port;    /* the reply's, where it is another than was sent to; else 0 */
    uint16_t connected_to; /* the port that the program's socket has for its only partner; 0: it has none */
    uint32_t astray;       /* the peer that got what was expected here, as its index + 1; 0: none did */
    uint32_t elsewhere;    /* datagrams that programs sent in this case, and none of our sockets got */
    int64_t waited; /* ns from the end of the step before, by the kernel's time stamps where it has them */
    uint64_t count; /* has got, measures: messages that came */
    int64_t gap;    /* measures: ns, the longest between two, by the kernel's time stamps */
    /* leaks nothing, and where no datagram came: descriptors of the program when it was ready, and now; how
     * many came to it in between */
    uint32_t fds_before, fds_now, visits;
    uint32_t stale; /* sockets that it still holds of connections that their other side has closed */
    /* the programs at that moment */
    int64_t cpu;        /* ns of CPU time that they used during the step */
    uint32_t timers;    /* threads that wait with a time-out of their own */
    int64_t next_timer; /* ns; the soonest, 0: none */
    uint32_t zombies;
    bool reads_end;    /* one reads the end of a stream over and over */
    uint32_t sending;  /* threads blocked in send or write */
    uint32_t reading;  /* threads blocked in a read of a socket or pipe */
    uint32_t on_stdin; /* of these, in one of standard input */
    /* Something waits to be read there, and the only thread of the program sleeps in a select that does not
     * look at it: descriptor + 1; 0: there is none */
    uint32_t unwatched;
    bool watched_before; /* an earlier select of this start looked at it */
    uint64_t selected;   /* what this one looks at, of the descriptors below 64: bit n is n */
    /* The connection that several threads of one process sleep in a read of: its peer, as index + 1, its
     * descriptor there, and how many they are; 0: there is none */
    uint32_t shared, shared_fd, sharers;
    uint32_t closed;     /* a thread sleeps in a read of this descriptor + 1, which the process has closed */
    int32_t exit_status; /* exits: as wait gives it; -1: none */
    uint32_t program;    /* which program exited, printed or does not listen; UINT32_MAX: none */
};

#define STEP_AFTER UINT32_MAX

/* release and ending experiments: after `closed` was closed, the step's peer got what it had waited for. On
 * datagrams that is the peer itself: it asked again. */
struct release_record {
    bool tried, answered;
    uint32_t closed; /* peer index */
};

/* A datagram was answered from another address than it went to. No step fails for that. */
struct detour_record {
    uint32_t peer;            /* who had asked, as its index + 1; 0: there was no such answer */
    uint32_t asked, answered; /* IPv4, host order */
};

/* A program wrote a message in pieces, and its kernel held the second one back until the first was
 * acknowledged (Nagle's algorithm). No step fails for that. */
struct stall_record {
    uint32_t peer;       /* who was to get it, as its index + 1; 0: that never happened */
    uint32_t times;      /* that it happened to this program, whoever was to get it */
    uint32_t came, held; /* bytes of a message that had come, and that were held back: the first time */
};

/* What a bad network did to a datagram. */
struct impaired_record {
    uint32_t step;   /* during which step */
    uint32_t peer;   /* whose network, index into test.peers */
    uint8_t kind;    /* enum impair_kind */
    bool back;       /* it came from the program that the peer speaks with, else it went there */
    uint32_t nth;    /* of its direction, from 1 */
    char *message;   /* its name; NULL: of none */
    uint64_t detail; /* reorder: by how many; delay: ns; corrupt: which byte, from 0 */
    uint32_t len;
    struct bytes head; /* its first bytes, as they came */
};

/* A socket call of a program's, of a case that was played TRACED. Times are ns since the case began. */
struct call_record {
    int64_t began, ended;     /* ended -1: it had not returned when it was looked at, or ever */
    int64_t asked, result;    /* as in struct call, kernel/call_log.h, like all that is not told here */
    uint32_t program;         /* index into spec.programs; UINT32_MAX: unknown */
    uint32_t process, thread; /* 0: its first */
    uint32_t kind;            /* enum call_kind */
    uint32_t more, cut;
    int32_t fd, level, option, value;
    uint16_t local, remote;
    uint32_t peer; /* whom it is connected with, as index + 1; 0: unknown, or none of the peers */
    char *address; /* NULL: none */
    struct bytes head;
};

/* What passed on a peer's socket meanwhile. */
struct wire_record {
    int64_t at;
    uint32_t peer;  /* index into test.peers */
    uint32_t event; /* enum tap_event, peer/tap.h */
    bool sealed;    /* by TLS */
    uint64_t total; /* bytes */
    struct bytes head;
};
#define WIRE_HEAD 48u   /* bytes */
#define WIRES_MAX 1000u /* of a case */

struct xray_record {
    struct call_record *calls; /* in the order in which they returned */
    size_t n_calls;
    uint64_t more_calls; /* that are left out between the first 200 and the last 800 */
    struct wire_record *wires;
    size_t n_wires;
    uint64_t more_wires; /* that came later */
    int64_t closed;      /* when its peers began to leave */
};

struct case_record {
    struct case_key key;
    struct step_record *steps;
    size_t n_steps, cap_steps;
    struct impaired_record *impaired; /* in the order in which it happened */
    size_t n_impaired;
    uint64_t n_more_impaired; /* that are not listed, as there were too many */
    struct release_record release;
    struct detour_record detour; /* the first */
    struct stall_record stall;
    struct xray_record xray; /* empty unless it was played TRACED */
    bool complete;           /* the case was played to its end, failed or not */
    bool spun_after; /* after its peers had closed, a program went on burning CPU instead of going to sleep */
    int64_t spun_cpu; /* ns that it burned */
    int64_t took;     /* ns */
};

enum readiness {
    READY_NOT_ASKED, /* it listens nowhere by its spec, or nobody waited for it */
    READY,
    READY_EXITED,     /* ended before it listened */
    READY_NEVER,      /* idle, or out of time, and listens nowhere */
    READY_OTHER_PORT, /* listens elsewhere: `listens_at` */
    READY_OTHER_TRANSPORT,
    READY_OTHER_ADDRESS, /* listens on the right port, but at no address that its peers speak to */
    READY_NOT_FOUND,     /* what `run` names is not there, or cannot be executed: `limit` says why */
};

struct listener_record {
    uint8_t transport; /* enum transport */
    bool ipv6;
    bool loopback; /* bound to a loopback address only */
    bool no_ipv4;  /* takes no IPv4: bound to an IPv6 address, or to all with IPV6_V6ONLY */
    uint32_t ipv4; /* the IPv4 address that it takes, host order; 0: any */
    uint16_t port;
    char *address; /* "0.0.0.0", "::1"; of a Unix socket its path, as the spec names it where it is that one's
                    */
};
bool listener_takes(const struct listener_record *l, uint32_t ipv4); /* whoever speaks to this address */

struct program_record {
    uint32_t program; /* index into spec.programs */
    char *command;    /* the words that it was started with, one blank between two; NULL: it was not */
    uint16_t *ports;  /* given, one for each endpoint */
    size_t n_ports;
    enum readiness readiness;
    enum decided ready_decided;
    struct listener_record *listeners; /* all that it was found to listen on */
    size_t n_listeners;
    int64_t ready_after;     /* ns from its start; 0: never */
    bool exited;             /* before it was told to */
    int32_t exit_status;     /* as wait gives it; -1: not ended */
    bool terminated;         /* we had sent SIGTERM before it ended */
    bool killed;             /* it did not end in time after SIGTERM: killed, which fails nothing */
    char *limit;             /* the limit that ended it ("cpu", "memory", "output", "disk"), or NULL */
    uint32_t left_behind;    /* processes that outlived it */
    struct excerpt out, err; /* what it wrote to stdout and stderr */
    int64_t cpu;             /* ns */
    /* when it was started once more and did not come up: what the earlier start had left on its ports */
    bool port_held;     /* a socket that still listens */
    uint32_t lingering; /* connections, TIME_WAIT among them */
    bool path_left;     /* the file of a Unix socket that nobody listens on any more */
    bool no_reuse;      /* made without SO_REUSEADDR: they keep out even who sets it */
};

struct record {
    struct arena arena; /* of all that is below */
    uint32_t version;
    uint32_t test; /* index into spec.tests */
    uint64_t seed;
    bool net_private; /* a network namespace of its own */
    char *settled;    /* why facts could not be had and time decided instead; NULL: they could */
    struct program_record *programs;
    size_t n_programs, cap_programs;
    struct case_record *cases;
    size_t n_cases, cap_cases;
    char *untraced; /* why a TRACED case was played without being traced; NULL: it was, or none was to be */
    char *excused;  /* what this machine lacks, so that nothing was played; NULL: nothing */
    char *fault;    /* why the runner gave up: ours, never the student's; NULL: it did not */
    bool complete;  /* the runner's last event was seen */
    bool truncated;
};

struct record *record_new(void);
void record_free(struct record *r); /* accepts NULL */

/* The only ways in which the three lists grow: they live in the arena, as all that is in a record. What is
 * returned is valid until the next call for the same list. */
struct program_record *record_program(struct record *r, uint32_t program); /* new if need be */
struct case_record *record_add_case(struct record *r);
struct step_record *record_add_step(struct record *r, struct case_record *c); /* c in r */

/* How many there are of what a record names by index; one test's for that which belongs to a test. */
struct record_bounds {
    size_t tests, programs, peers;
    size_t steps, rows, plans; /* of the test that the record is about */
    size_t impairments;
};
/* NULL when every index in r is within the bounds, else what is not (static). A reader cannot know: who holds
 * the spec asks before it judges. */
const char *record_within(const struct record *r, const struct record_bounds *bounds);

struct excerpt excerpt_of(struct arena *a, struct bytes b); /* copies what it keeps into a */
bool excerpt_is_whole(const struct excerpt *e);             /* head is all there was */

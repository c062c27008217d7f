/*
 * stage.h - what is on stage during a play: programs, peers, the box, and the means to look at them. For run/
 * alone.
 */
#pragma once
#include "base/loop.h"
#include "kernel/idle.h"
#include "kernel/netns.h"
#include "kernel/readers.h"
#include "kernel/sockdiag.h"
#include "kernel/unixdiag.h"
#include "launch/box.h"
#include "launch/capture.h"
#include "peer/certs.h"
#include "peer/datagram.h"
#include "peer/gate.h"
#include "peer/listener.h"
#include "peer/relay.h"
#include "peer/stream.h"
#include "run/play.h"
#include "run/typed.h"
#include "run/xray.h"

/* The descriptors of a program's processes at one moment. */
struct fd_base {
    uint32_t fds;
    bool taken;
};

/* What there was when a step that may be played next was last looked for: looking again would say the same.
 */
struct look {
    const struct step *step;
    uint64_t came, taken; /* bytes that nobody took yet; all that was taken */
    bool more, over;      /* something is there, be it empty; no more can come */
    bool ready;           /* what was found: the step would not have to wait */
};

struct program_run {
    const struct program *spec;
    size_t index;
    pid_t pid; /* 0: not started */
    bool running;
    bool starting;      /* while those are started that its arguments name */
    bool exit_expected; /* a step asked for its end, or caused it */
    bool sent_kill;     /* by us */
    bool paused;        /* by a step: it reads nothing */
    size_t waits_for;   /* the program that was not ready, so that this one was not started; itself: none */
    int64_t started;
    struct capture out, err;
    int in;     /* owned: our end of its stdin, -1: none */
    int in_far; /* owned: of a terminal its own end too, to be asked what has arrived; -1: no terminal */
    uint8_t typed_last;  /* the last byte that was written to it */
    struct buf to_type;  /* for its stdin … */
    size_t typed;        /* … of which so much is written */
    struct watch typing; /* for room in its stdin; in `loop`, which is borrowed */
    struct loop *loop;
    bool typing_ends;
    uint64_t selected; /* what its selects looked at so far, where they were seen; bit n is descriptor n */
    uint64_t *old;     /* sockets of an earlier start that still listen, by inode; in the arena */
    size_t n_old;
    struct look look;
    struct fd_base base;          /* what it held when it was ready */
    uint32_t visits;              /* connections and datagrams that came to it since */
    struct program_record record; /* in the play's arena */
};

/* HTTP: the requests of a connection, in order, and how many of them have their response. */
struct asked {
    struct buf heads; /* a byte for each: whether it is HEAD, so that its response has no body */
    size_t answered;
};

/* What a program says to us, held against the rules of the protocol. */
struct conversation {
    const struct protocol *protocol; /* NULL: it has no rules, and nothing is judged */
    struct rules_check rules;
    struct asked asked;          /* by either of us */
    bool begun;                  /* HTTP: the rules know of the message that our side is in the middle of */
    size_t program;              /* who speaks, index */
    bool spoken;                 /* it has sent something, and … */
    uint64_t last;               /* … the hash of the last of it */
    struct breach_record breach; /* by the program; state NULL: none */
    struct bytes breaking;       /* the message */
};

/* A connection through a relay. */
struct relayed {
    struct conversation with[2]; /* by enum rules_side: that program */
    struct buf came[2], went[2]; /* by enum impair_way: what came, and went on, and is no whole message yet */
    bool lost;                   /* nobody knows where messages begin any more */
    size_t carried;              /* HTTP: responses that steps have taken */
};

struct peer_run {
    const struct peer *spec;
    size_t index;
    bool is_stream;
    bool open;
    bool gate_due; /* what it sent last must have been read before it acts again */
    struct stream stream;
    struct datagram datagram;
    struct listener listener;
    struct relay relay;
    size_t siblings;      /* how many peers are on stage: they stand in one array, at their index */
    struct peer_run *via; /* a source of datagrams: the listening peer whose socket it shares; else NULL */
    struct addr source;   /* … and where its datagrams come from */
    struct buf held;      /* SPLIT_COALESCED: what adjacent sends steps write together */
    struct buf asked;     /* HTTP: the requests that it has sent, and that have no response yet */
    const struct step *answers; /* a standing table; NULL: none */
    uint32_t n_answered;        /* how many messages it would have answered */
    bool measured;              /* a step has measured when its messages come: more of them will */
    struct conversation talk;   /* of one that relays nothing */
    struct buf said;            /* what it has sent and is no whole message yet */
    size_t heard;               /* bytes of what came and was not taken that `talk` knows */
    struct look look;
    struct relayed *relayed; /* of each link of a relay */
    size_t n_relayed, cap_relayed;
    uint16_t told_port; /* that it connects to, where a step says which; else 0 */
    size_t protocol;    /* that it speaks by now, index; SIZE_MAX: none */
    /* what steps have taken in this case */
    struct got *got;
    size_t n_got, cap_got;
    uint64_t got_bytes;
};

/* A message that a peer got. In the case's arena where the test asks for it later, else empty. */
struct got {
    struct bytes content;
    bool to_head; /* HTTP: it answers HEAD */
};

/* The student, or a trusted folder of the assignment. Their programs share a box and a working directory. */
struct owner {
    struct stage *stage;
    const struct lodging *lodging;
    struct box box;
    bool open; /* from the first start of one of its programs on */
    struct watch watch;
    struct tree_sample sample; /* what its processes were doing when they were last looked at */
};

struct stage {
    const struct play_request *request;
    const struct spec *spec;
    const struct test *test;
    struct arena arena;      /* of the whole play */
    struct arena case_arena; /* of the case being played */
    struct loop loop;
    struct sockdiag diag;
    struct netns_wire wire;
    int64_t unheard; /* datagrams_unheard when the case began */
    bool net_private;
    struct owner *owners;
    size_t n_owners;
    struct program_run *programs;
    struct peer_run *peers;
    struct impair *networks;          /* of each peer; n 0: a good one */
    struct impaired_record *impaired; /* what they did in this case; in its arena */
    size_t n_impaired;
    uint64_t n_more_impaired;
    struct detour_record detour; /* see case_record */
    struct stall_record stall;
    bool flows;          /* something went on through them in the last turn of the loop: there may be more */
    uint16_t *ports;     /* see port_index: where programs listen in truth; 0: not found yet */
    uint16_t *told;      /* … and what stands for it in texts: another where a fixed port is exchanged */
    bool exchanges;      /* fixed ports are exchanged for others, for the network is shared */
    const char *excused; /* see record.excused */
    const char *names;   /* lines that /etc/hosts has besides, in the programs' eyes; NULL: none */
    int *port_locks;     /* owned: what keeps other gradings from these ports; -1 each at level A */
    struct rng rng;      /* for ports */
    struct bindings bindings;
    const struct case_key *key;
    int64_t case_begun, case_deadline;
    int64_t oom_kills;   /* by the kernel, when the play began */
    int64_t look_takes;  /* ns for which the programs were looked at last */
    int64_t memory_next; /* when the programs' memory is looked at next */
    struct tree_sample sample_a, sample_b;
    struct idle idle; /* what the last look at the programs said */
    bool talks; /* there are several threads or processes, which may talk to each other over the network */
    bool reads_end;      /* a program was seen to read the end of a stream over and over, in this step */
    bool spins;          /* a program of this start was seen to spin: waiting for it to fall asleep is over */
    bool timers_watched; /* the programs' own timers have had their period in this start, and brought nothing
                          */
    uint64_t left_unheard; /* what no tick of the programs' own made them take, in this case */
    bool spun;             /* one of an earlier start was: none is waited for any more */
    bool keeps_got;        /* the test asks later for what peers got */
    const void
        *acted;    /* the peer or program that did something to the programs since they rested; NULL: none */
    bool together; /* steps are played at the same time: none waits for what another did */
    int64_t last_step;    /* when the last step ended, ns since 1970: see clock_wall */
    int64_t came_at;      /* when what the step took came, by the kernel's time stamp; 0: it has none */
    struct certs certs;   /* where the spec uses TLS */
    struct xray xray;     /* of a case that is traced */
    const char *untraced; /* see record.untraced */
    struct err err;       /* a fault of ours: the play is over */
    const char *settled;  /* see record.settled */
};

/* ---- await.c: waiting for facts --------------------------------------------------------------------------
 */

struct wait {
    bool (*done)(struct stage *st, void *arg); /* looked at after each event */
    void *arg;
    int64_t within; /* ns */
    bool quiet; /* expects nothing: looks for idleness at once, and programs' own timers are not waited for …
                 */
    bool watches_timers; /* … but for one period where that is about a second or less … */
    bool heard;       /* … or as long as a program that polls takes, at each tick, more of what peers did */
    int64_t spin_cpu; /* ns of CPU time after which a program that never sleeps is given up; 0: never */
};

/* Ends with the first of: done, idleness, the deadline. A fault of ours sets st->err and counts as
 * BY_DEADLINE. */
enum decided await(struct stage *st, const struct wait *w);
/* Until the programs rest. */
enum decided await_rest(struct stage *st, int64_t within, int64_t spin_cpu);
/* Before `actor`, a peer or a program, does something to the programs: what another did before has had its
 * effect. Which of the two a program hears of first, and has done with first, would be up to its scheduler.
 */
void await_turn(struct stage *st, const void *actor);
int64_t programs_starved(struct stage *st); /* ns for which they have waited for a CPU so far */
/* Serves what is ready now, without waiting. Returns true if anything happened. */
bool stage_pump(struct stage *st);
/* The same, and waits up to `timeout` ns for it. Returns how much happened, or -errno. */
int stage_run(struct stage *st, int64_t timeout);

/* ---- owners.c ------------------------------------------------------------------------------------------ */

void owners_init(struct stage *st);
void owners_deinit(struct stage *st);
int owners_move_in(struct stage *st); /* copies what was built; 0 or a fault */
int owners_place(struct stage *st, const char *path, struct bytes content); /* a file; 0 or -errno */
/* For a program of the owner that is to start. 0 or negative: a fault, or st->excused says why. */
int owner_open(struct owner *o);
void owners_close_used(struct stage *st); /* boxes in which anything is left */
/* All programs' threads, in order; *until and the result as in box_hidden_timer. 0 or -errno. */
int owners_sample(struct stage *st, struct tree_sample *out);
int owners_hidden_timer(struct stage *st, int64_t *until);
struct owner *owner_of(const struct stage *st, const struct program_run *p);
int owner_sockets(struct owner *o, struct socket_list *out); /* of all its processes. 0 or -errno */
/* Does a program of the assignment's do what it never should? That is a fault, and whose it is. */
bool trusted_fails(struct stage *st, const struct program_run *p, const char *how);

/* ---- programs.c
 * -------------------------------------------------------------------------------------------- */

void programs_init(struct stage *st);
void programs_deinit(struct stage *st);
int program_start(struct stage *st,
                  size_t index); /* if it does not run: 0 or a fault; a failure is in its record */
uint32_t program_at_fault(const struct stage *st, size_t index); /* it, or the one that it waits for */
/* How many descriptors its processes hold that it had when it was ready, and how many of its sockets belong
 * to connections that their other side has closed. 0 or a fault. */
int program_holds(struct stage *st, struct program_run *p, uint32_t *fds, uint32_t *stale);
/* The program of which a process holds that socket; SIZE_MAX: none does, or who cannot be told. */
size_t program_holding(struct stage *st, uint64_t inode);
/* Whether it holds a socket of TCP or UDP that has an address: 1, with the first as "TCP 127.0.0.1:80" in
 * out; 0, or a fault. Of several programs which share a box it may be any's whose process it is. */
int program_holds_ip(struct stage *st, struct program_run *p, char *out, size_t size);
void program_signal(struct stage *st, struct program_run *p, int sig);
void programs_reap(struct stage *st);                     /* takes up exit reports */
void programs_stop(struct stage *st, bool per_case_only); /* SIGTERM, then the end of the whole tree */
void programs_forget(struct stage *st,
                     bool per_case_only); /* ended ones: the next step that needs them starts them anew */
void program_type(struct stage *st, struct program_run *p);          /* writes what its stdin takes now */
bool programs_typed(struct stage *st);                               /* all that was typed has been read */
void program_stream_record(struct stage *st, struct program_run *p); /* brings its record up to date */

/* ---- paths.c
 * ------------------------------------------------------------------------------------------------
 */

/* As stream_connect, to the Unix socket at this path; where there is none it is refused. */
int path_connect(struct stage *st, struct stream *s, const char *path);
int path_listen(struct stage *st, struct listener *l, const char *path); /* 0 or -errno */
void paths_clear(struct stage *st); /* what earlier cases left at the paths of programs that do not run */
bool path_is_left(struct stage *st, const struct program_run *p); /* a socket is at one of its paths */
/* Where a listening Unix socket of p is: a path as the spec names it, or else as it was bound. In the play's
 * arena. */
const char *path_of_listener(struct stage *st, const struct program_run *p, const struct unix_info *s);

/* ---- secure.c
 * -----------------------------------------------------------------------------------------------
 */

int secure_begin(struct stage *st); /* certificates, and the files that programs are told; 0 or a fault */
int peer_secure(struct stage *st, struct peer_run *p); /* a stream that has just been opened; 0 or -errno */
/* The handshakes that the case cuts: lets go on those whose last piece was read; true: there was one. */
bool handshakes_flow(struct stage *st);
bool handshakes_release(struct stage *st); /* what waits to be read apart. True: there was any */
bool peer_is_ready(
    const struct peer_run *p); /* it is connected, and its handshake done; or neither will be */
/* Waits for its handshake; false: it did not come about. */
bool peer_greet(struct stage *st, struct peer_run *p, int64_t within, enum decided *decided);

/* ---- leftovers.c -----------------------------------------------------------------------------------------
 */

void leftovers_note(struct stage *st, struct program_run *p); /* it has ended, and is about to start again */
bool leftovers_have(const struct program_run *p, uint64_t inode);
void leftovers_tell(struct stage *st, struct program_run *p); /* it did not come up: into its record */
/* ---- ready.c
 * ------------------------------------------------------------------------------------------------ */

void program_begin_record(struct stage *st, struct program_run *p);
/* Starts it and awaits its listeners; false: the record of program_at_fault tells why. */
bool program_ready(struct stage *st, size_t index);
/* Lists anew where it listens by now, in its record. 0 or -errno. */
int program_look_again(struct stage *st, size_t program);
/* Where one finds it who speaks to this address, host order. */
struct addr program_addr(struct stage *st, size_t program, size_t endpoint, uint32_t target);

/* ---- told.c
 * ------------------------------------------------------------------------------------------------- */

bool ports_any_fixed(const struct spec *s);
int ports_begin(struct stage *st); /* of a start; 0 or negative: a fault, or st->excused says why */
/* What a program is told: of its own ports what stands in its source, of others where they listen. */
struct bindings program_bindings(struct stage *st, const struct program_run *p);
size_t program_exchanges(struct stage *st, const struct program_run *p, struct box_exchange *out);
int files_place(struct stage *st, bool named); /* those that name ports, or the others; 0 or a fault */
bool program_ports_known(const struct stage *st, const struct program_run *p);
/* The ports that the step names are known; those that are found are awaited. False: STEP_NOT_LISTENING. */
bool step_ports_known(struct stage *st, const struct step *s, struct step_record *r);

/* ---- hosts.c */

int hosts_begin(struct stage *st); /* 0 or negative: a fault, or st->excused says why */

/* ---- peers.c
 * ------------------------------------------------------------------------------------------------ */

void peers_init(struct stage *st);
void peers_deinit(struct stage *st);
int peers_listen(struct stage *st); /* opens the listening peers of a case; 0 or a fault */
/* Begins to connect, to its program or to that port of it (0: its own). 0 or a fault. */
int peer_open(struct stage *st, struct peer_run *p, uint16_t port);
bool peer_was_visited(const struct peer_run *p); /* a listening peer: somebody new came */
int peer_accept(struct stage *st, struct peer_run *listener,
                struct peer_run *p);                  /* who came first; 0 or a fault */
int peer_knock(struct stage *st, struct peer_run *p); /* once more, where a backlog was full; 0 or -errno */
struct datagram *peer_socket(struct peer_run *p);     /* that it shares or has: of datagrams */
const struct arrival *peer_arrival(const struct peer_run *p); /* its next datagram; NULL: none */
/* p is about to write that to its stream. */
void peer_says(struct stage *st, struct peer_run *p, struct bytes wire);
/* NULL: to whom its socket sends by itself. 0 or -errno. */
int peer_send_datagram(struct stage *st, struct peer_run *p, struct bytes payload, const struct addr *to);
/* Takes the first message of what came: `total` bytes of a stream, or the first datagram. */
void peer_take(struct stage *st, struct peer_run *p, struct bytes content, size_t total);
/* A step has taken a message: `content` is copied where that is needed later. */
void peer_took(struct stage *st, struct peer_run *p, struct bytes content);
void peers_close(struct stage *st);          /* all, in good order */
bool peers_have_ended_one(struct stage *st); /* of their streams, and its end was read */
bool peers_arrived(struct stage *st);        /* nothing is under way on any of their streams */
bool peers_wire_quiet(struct stage *st);     /* … nor anywhere else on the network */
/* Waits until the program has read all that p sent, or will not. True: it has. */
bool peer_gate(struct stage *st, struct peer_run *p);
/* p leaves, in order or with a reset: waits until the program's kernel has heard of it. */
void peer_leave(struct stage *st, struct peer_run *p, bool reset);
void peer_turn(struct stage *st, struct peer_run *p); /* as await_turn; and what p itself sent was read */
struct framing peer_framing(const struct stage *st,
                            const struct peer_run *p); /* of what comes, in this case */
const struct protocol *peer_protocol(const struct stage *st,
                                     const struct peer_run *p); /* that it speaks by now; NULL: none */
/* The first message of what came from the program, or would be if nothing more came where the stream has
 * ended. */
enum framed peer_next(struct stage *st, const struct peer_run *p, struct bytes in, struct frame *out);
struct incoming peer_incoming(struct stage *st, const struct peer_run *p, struct bytes content);
bool peer_has_more(const struct peer_run *p);  /* something came that no step has taken */
bool peer_is_over(const struct peer_run *p);   /* no more can come */
bool peer_heard(struct stage *st, void *peer); /* for a wait: one of both */
struct bytes peer_pending(const struct peer_run *p);
/* Datagrams that a listening peer, or one of its sources, got before already: who asks again does so by a
 * timer of its own, and on a busy machine that may fire at any time. */
void peer_drop_repeats(struct stage *st, struct peer_run *p);

/* ---- networks.c ------------------------------------------------------------------------------------------
 */

void networks_begin(struct stage *st); /* as the case wants them */
void networks_end(struct stage *st);
struct impair *network_of(struct stage *st, const struct peer_run *p); /* NULL: nothing is done there */
bool networks_flow(struct stage *st);              /* hands on what is due. True: there was something */
int64_t networks_due(const struct stage *st);      /* ns until the next that is delayed; -1: none is */
bool networks_release(struct stage *st);           /* those that wait to be overtaken. True: there were any */
void networks_note(struct stage *st, size_t step); /* what was done since, for the record */

/* ---- conversation.c */

void conversation_begin(struct stage *st,
                        struct peer_run *p); /* it is connected, or speaks another protocol */
void conversation_end(struct peer_run *p);
/* Whatever is there by now; before anything is sent, and when a step ends. */
void conversation_hears(struct stage *st, struct peer_run *p);
void conversation_took(struct stage *st, struct peer_run *p, struct bytes content, size_t total);
void conversation_says(struct stage *st, struct peer_run *p,
                       struct bytes wire); /* a datagram, or bytes of a stream */
/* The same of a relay, as something passes it: a struct relay's `tells`. */
void conversation_passes(struct stage *st, struct peer_run *p, const struct relay_link *l,
                         enum impair_way way, enum relay_moment moment, struct bytes b);
/* HTTP: the response behind so many that no step has taken from that connection answers HEAD. */
bool relayed_asks_head(const struct peer_run *p, const struct relay_link *l, size_t behind);
void relayed_answered(struct peer_run *p, const struct relay_link *l, size_t n); /* so many were taken */
void conversations_end(struct peer_run *p);                                      /* all */
/* In which a program said what it may not, to that peer or through it; NULL: in none. */
const struct conversation *conversation_broken(const struct peer_run *p);

/* ---- answers.c */

/* Answers what the tables of `answers` know; returns how many messages were taken. */
int answers_flow(struct stage *st);

/* ---- relays.c --------------------------------------------------------------------------------------------
 */

int relay_begin(struct stage *st, struct peer_run *p, const struct addr *at); /* 0 or -errno */
/* The program at the client's end of that connection, as far as that can be told: index. */
size_t relay_client(struct stage *st, const struct peer_run *p, const struct relay_link *l);
/* What passes through relay p that way: how it is framed, and whose it is. `to_head`: of HTTP, a response
 * answers HEAD. */
struct framing relayed_framing(const struct stage *st, const struct peer_run *p, enum impair_way way,
                               bool to_head);
struct incoming relayed_incoming(const struct stage *st, const struct peer_run *p,
                                 const struct framing *framing, struct bytes content);
bool relays_flow(struct stage *st);    /* lets go on what can. True: something did */
bool relays_release(struct stage *st); /* what waits to be read apart. True: there was any */

/* ---- steps.c
 * -------------------------------------------------------------------------------------------------- */

/* Plays one step and says how it ended. r is complete but for `step`. */
enum outcome step_play(struct stage *st, size_t index, struct step_record *r);
bool step_is_ready(struct stage *st, size_t index); /* it would not have to wait */
/* After the last step: at idle nothing unasked for is there, and nothing has ended that should not have. */
enum outcome step_after(struct stage *st, struct step_record *r);
/* The kernel's view of a peer's connection and of the programs, for the record. */
void step_facts(struct stage *st, const struct peer_run *p, struct step_record *r);

/* ---- far.c: the other side of a stream connection, as the kernel tells of it */

struct far_end {
    uint64_t inode;  /* 0: the program has not accepted it */
    uint32_t unread; /* bytes; an end that waits counts one, of TCP */
    uint8_t state;   /* TCP's, or what it would be; 0: unknown */
};
struct far_listener {
    uint64_t inode;
    uint32_t queued, backlog; /* connections that wait to be accepted, and how many may */
};

bool far_end(struct stage *st, const struct peer_run *p, struct far_end *out); /* false: there is none */
/* Of all peers' streams, what the programs have yet to take: bytes, ends and connections. 0: nothing. */
uint64_t far_unheard(struct stage *st);
/* What p connects to. False: nothing listens there. */
bool far_listener(struct stage *st, const struct peer_run *p, struct far_listener *out);
/* Whoever listens on a TCP port, or has bound one of UDP. */
bool far_port(struct stage *st, bool stream, uint16_t port, struct far_listener *out);

/* ---- too_soon.c */

/* For the record, when step `index` of p has failed for what came: was that to come later, when another
 * connection of the program has ended? */
void too_soon_facts(struct stage *st, const struct peer_run *p, size_t index, struct step_record *r);

/* ---- watching.c */

void watching_note(struct stage *st); /* the programs are at rest: which descriptors they look at */
/* For the record, at rest: does nobody look where p's bytes, or p itself, wait? Do several read one
 * connection? */
void watching_facts(struct stage *st, const struct peer_run *p, struct step_record *r);

/* ---- datagrams.c
 * ------------------------------------------------------------------------------------------ */

/* Datagrams that no socket of ours has sent or got, so far; -1: not known. */
int64_t datagrams_unheard(struct stage *st);
/* For the record: what became of an answer that did not come, and of the program's socket. */
void datagram_facts(struct stage *st, const struct peer_run *p, struct step_record *r);
/* p takes an answer: did it come from another address than was asked? */
void datagram_note_detour(struct stage *st, const struct peer_run *p, const struct arrival *a);
/* Experiment: the peer of a step that found nothing sends again what it sent last. Does that bring it? */
bool datagram_asked_again(struct stage *st, size_t failed_step);

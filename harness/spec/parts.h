/* parts.h - the readers of a spec's parts, in the order in which they are called: each may use what came
 * before. */
#pragma once
#include "spec/fields.h"
#include "spec/names.h"

void build_read(struct loader *l, const struct node *n);
void programs_read(struct loader *l, const struct node *n);
void programs_read_args(struct loader *l, const struct node *n); /* of the same node, once peers are known */
void submission_read(struct loader *l, const struct node *n);    /* after programs and protocols */
void impairments_read(struct loader *l, const struct node *n);   /* after programs */
void peer_impair(struct loader *l, const struct node *n, struct peer *p); /* `impair`, once these are known */
/* Is there what it impairs, in this test, or of one peer only (SIZE_MAX: any)? `at` asks for it. */
void impair_check(struct loader *l, const struct test *t, size_t impairment, size_t only, struct mark at);
void impairments_check(struct loader *l); /* when all is read: warns of those that nobody uses */
void protocols_read(struct loader *l, const struct node *one, const struct node *many); /* both may be NULL */
void peers_read(struct loader *l, const struct node *n);
void peers_find_programs(struct loader *l); /* of listening peers: whose arguments name them? */
void peers_find_visitors(struct loader *l,
                         struct test *t); /* the same in one test, once its steps are known */
/* The test's peers: the spec's, until its steps accept more. */
void peers_of_test(struct loader *l, struct test *t);
void test_peers_read(struct loader *l, const struct node *n, struct test *t); /* and its own; n may be NULL */
/* `accepts`: the index of the peer of that name, new if need be. False when the name is another's: reported.
 */
bool peer_accepted(struct loader *l, const struct node *n, struct test *t, size_t listener, size_t *out);
/* One peer, and whether n can hold several; mistakes are reported. For those of a test. */
struct peer peer_read(struct loader *l, const struct node *n, const char *name);
bool is_map_of_peers(struct loader *l, const struct node *n);
/* A copy of `as` at the end of the test's peers, until the next is added. */
struct peer *peer_add(struct loader *l, struct test *t, const struct peer *as);
/* A peer for whom `at` stands, as `connects` and `protocol` of a map say: each may be missing. */
struct peer peer_to_connect(struct loader *l, const struct node *at, const struct node *map);
void files_read(struct loader *l, const struct node *n); /* n may be NULL; into the loader's files */
void files_fill(struct loader *l, const struct node *n); /* those that name programs, once these are known */
void limits_read(struct loader *l, const struct node *n);
void tests_read(struct loader *l, const struct node *n, const struct node *defaults,
                const struct node *groups); /* the others may be NULL */

/* ports.c, for programs.c */
void program_ports(struct loader *l, const struct node *n, struct program *p); /* `port`; n may be NULL */
/* Where the Unix sockets are that it listens on; n, of `path`, may be NULL. */
void program_paths(struct loader *l, const struct node *n, struct program *p);
void test_programs_read(struct loader *l, const struct node *n, struct test *t); /* n may be NULL */
/* What they are told, by names that its steps make. */
void test_programs_tell(struct loader *l, const struct node *n, struct test *t, struct names *names,
                        bool *used);
void test_programs_settle(struct spec *s); /* when it is known to which programs steps type */
/* Reads those keys that n gives into p, a test's copy of the spec's `self`: first all but what it is told. */
void program_changes(struct loader *l, const struct node *n, struct program *p);
void program_changes_tell(struct loader *l, const struct node *n, const struct program *self, struct test *t,
                          struct names *names, bool *used, struct program *p);
void program_trusted(struct loader *l, const struct node *n, void *program);         /* `trusted` */
void trusted_check(struct loader *l, const struct node *n, const struct program *p); /* of program n */
void program_shares(struct loader *l, const struct node *n, struct program *p); /* `shares`; n may be NULL */
void ports_check(struct loader *l); /* when all programs are known: whose port is found too late */

/* tests.c, for each test */
void test_keys_read(struct loader *l, const struct node *n, struct test *t); /* what stands for itself */
void defaults_keys_read(struct loader *l, const struct node *n); /* a map; marks what is wrong as bad */
void verbs_read(struct loader *l, const struct node *n);         /* structures.c; n may be NULL */
void groups_read(struct loader *l, const struct node *n, size_t n_tests);
void group_of_test(struct loader *l, const struct node *n, struct test *t);
void groups_check(struct loader *l);
void under_read(struct loader *l, const struct node *n, struct test *t); /* n NULL: `whole` */
bool plan_is_word(const char *word); /* a variation of the language's own */
void steps_read(struct loader *l, const struct node *n, struct test *t, struct names *names,
                bool *used); /* used: of each column */

/* checks.c, when all is read: what no part can see alone */
void test_check(struct loader *l, const struct test *t, bool whole); /* whole: every step could be read */
bool plan_fits(const struct spec *spec, const struct test *t,
               const struct plan *p);                        /* is there what it varies? */
void presence_check(struct loader *l, const struct test *t); /* no step of a peer that has left */
void visitors_check(struct loader *l); /* no step that waits for a program where none has started */
void spec_check(struct loader *l);
void ports_told_check(struct loader *l); /* ports.c: warns of programs that nobody tells their port */
void prompts_check(struct loader *l);    /* prompts.c: warns of prompts that a pipe for stdin holds back */

/* A word of `listens`; ports.c. False: reported. */
bool transport_read(struct loader *l, const struct node *n, const char *what, enum transport *out, bool *tls);
void peer_tls_read(struct loader *l, const struct node *n, struct peer *p);    /* secure.c: `tls` */
void peer_domain_read(struct loader *l, const struct node *n, struct peer *p); /* domain.c: `name`, or NULL */
/* A relay to a program that speaks TLS, and its node: it understands nothing of what passes. */
void relay_seals(struct loader *l, const struct node *n, const struct peer *p);
/* Programs and peers share their names. Reports names that are taken, reserved or no names. */
bool actor_name(struct loader *l, const struct node *key, const char *what, const char **out);

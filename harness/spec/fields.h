/*
 * fields.h - typed readers of nodes: a word, a number, a duration, a map with known keys.
 *
 * Each reports what is wrong with a node at its place and returns false; `*out` is then untouched, so
 * defaults survive. `what` names the value in messages ("a test's points"). Nodes that were reported already
 * are passed over in silence.
 */
#pragma once
#include "spec/diag.h"
#include "spec/yaml.h"

/* What is shared while one spec is loaded. */
struct loader {
    struct spec *spec;
    struct diags *diags;
    struct arena *arena; /* the spec's */
    struct file *files;  /* what !file can name: the spec's, and those of the test that is being read */
    size_t n_files;
    struct own_verb *verbs; /* the spec's `verbs` */
    size_t n_verbs;
    bool groups_declared; /* so tests may only be in those */
    uint64_t content;     /* bytes made so far by !random, !repeat, !file */
};

struct field {
    const char *name;
    /* NULL: the language has this key, but the grader not yet. */
    void (*read)(struct loader *l, const struct node *n, void *into);
    bool required;
};

/* Reads each key of a map by its field; `into` is handed on. Unknown, unsupported and missing keys are
 * reported. */
void map_read(struct loader *l, const struct node *n, const char *what, const struct field *fields,
              size_t n_fields, void *into);
const struct node *map_get(const struct node *map, const char *key); /* NULL: not there, or no map */

/* The items of a list; of anything else, the node itself: `requires: a` means `requires: [a]`. */
struct nodes {
    struct node *const *item;
    size_t n;
};
struct nodes nodes_of(struct node *const *n);

bool node_is(const struct node *n, enum node_kind kind); /* untagged, not reported */
bool node_is_empty(const struct node *n);                /* nothing was written after the colon */
bool node_says(const struct node *n, const char *word);  /* a scalar of just this text */
const char *node_shape(const struct node *n);            /* "a list", "a text" … */
/* Where `part` stands in the node as written; the node's own mark when it is not found. */
struct mark node_mark(const struct node *n, const char *part);

bool path_is_inside(const char *path); /* relative, without `.` and `..` */
/* The path of `name` as it is seen from the folder of `file`. */
const char *path_beside(struct arena *arena, const char *file, const char *name);

/* `text` in backquotes, printable and clipped: how messages quote. In the arena of the diagnostics. */
const char *quoted(struct loader *l, struct bytes text);

/* Where a key of this name belongs, like "a test"; NULL: nobody has it, or many. */
const char *key_home(const char *key);

/* "… is not supported yet". */
void report_later(struct loader *l, struct mark at, const char *what);
/* "did you mean …", if any word is near; else "one of …". */
void suggest(struct loader *l, struct diag *d, const char *word, const char *const *words, size_t n);

bool read_scalar(struct loader *l, const struct node *n,
                 const char *what); /* any untagged text that is not empty */
bool read_text(struct loader *l, const struct node *n, const char *what,
               const char **out); /* no NUL within */
bool read_name(struct loader *l, const struct node *n, const char *what,
               const char **out); /* A-Z a-z 0-9 _ - */
bool read_choice(struct loader *l, const struct node *n, const char *what, const char *const *words,
                 size_t n_words, size_t *out);
bool read_bool(struct loader *l, const struct node *n, const char *what, bool *out);
bool read_int(struct loader *l, const struct node *n, const char *what, uint64_t min, uint64_t max,
              uint64_t *out);
bool read_number(struct loader *l, const struct node *n, const char *what, double max,
                 double *out); /* from 0 */
bool read_duration(struct loader *l, const struct node *n, const char *what, int64_t max,
                   int64_t *out); /* ns, > 0 */
bool read_size(struct loader *l, const struct node *n, const char *what, uint64_t max,
               uint64_t *out); /* bytes */
/* Splits a text as a shell would, or takes a list as words. `template`: ${…} may be in it. */
bool read_words(struct loader *l, const struct node *n, const char *what, bool template, struct words *out);
/* A path below the spec's folder: relative, without empty parts, `.` or `..`. */
bool read_path(struct loader *l, const struct node *n, const char *what, const char **out);
bool is_name(const char *s); /* not empty, A-Z a-z 0-9 _ - */

/*
 * yaml.h - strict YAML as a tree of nodes, each knowing where it stands and how it was written.
 *
 * A small part of YAML is enough for specs, and the rest surprises people: there are no implicit types,
 * anchors, aliases, merges, or documents after the first. What is refused is reported with a cure.
 */
#pragma once
#include "spec/diag.h"

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

enum node_style {
    STYLE_PLAIN,
    STYLE_DOUBLE, /* "…" */
    STYLE_SINGLE, /* '…' */
    STYLE_BLOCK,  /* | or > */
};

struct node {
    enum node_kind kind;
    enum node_style style;  /* NODE_SCALAR */
    bool flow;              /* [a, b], {a: b} */
    bool bad;               /* was reported already: readers say nothing more */
    struct mark mark;       /* where it begins, its tag too */
    const char *tag;        /* without the `!`; NULL: none */
    struct bytes text;      /* NODE_SCALAR: what YAML makes of it; a NUL follows */
    struct bytes source;    /* as written, tag and quotes too */
    struct bytes comment;   /* NODE_SCALAR, plain: the ` # ...` behind it */
    const struct node *key; /* in a map: under which key; NULL elsewhere */
    struct node **items;    /* NODE_LIST, NODE_MAP */
    size_t n;
};

#define YAML_MAX (4u << 20)
#define YAML_DEPTH 64u

/* All but the diagnostics is in the arena, views of `text` included. NULL when there is no tree at all. */
const struct node *yaml_parse(struct arena *arena, const char *file, struct bytes text, struct diags *d);

/* In plain words, what libyaml's message means. */
struct yaml_advice {
    const char *message, *cure; /* cure: NULL when the message says enough */
};
struct yaml_advice yaml_reword(const char *problem, const char *context);
/* The same where the problem is a line that begins with `- `. */
struct yaml_advice yaml_reword_item(const char *problem, struct yaml_advice otherwise);

/* Reports bytes that no spec may hold (invalid UTF-8, controls, odd line ends); true when there are none. */
bool yaml_text_check(const char *file, struct bytes text, struct diags *d);

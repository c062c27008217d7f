/*
 * message.h - typed messages: from one definition bytes are read into named fields, and fields written as
 * bytes.
 *
 * A definition is a text ("ADD {a:int} {b:int}", in one spelling or several) or a layout (a list of typed
 * fields). Both are the same here: a *form* is a list of fields in wire order, and a literal is a field
 * without a name. Messages know nothing of framing, but framing may ask them where one ends (`fields`).
 *
 * Names that a definition gives can be used in its expressions. Integers, quoted texts, names, size(x) and
 * count(x) are understood here; anything else is handed to `eval`. In an expression the message's own name
 * in lower case, `packet` and `message` are all bytes of the message, with the field that is being computed
 * as zeros, and with its padding.
 *
 * Everything lives in the arena that it was parsed into, but for regular expressions: message_set_deinit.
 */
#pragma once
#include "wire/datum.h"
#include "wire/match.h"

/* ---- definitions --------------------------------------------------------------------------------- */

enum expr_kind {
    EXPR_ABSENT,
    EXPR_CONSTANT, /* an integer, a text in quotes, a member of an enum */
    EXPR_NAME,     /* what a field is worth; `name` */
    EXPR_SIZE,     /* size(name): the bytes it takes on the wire */
    EXPR_COUNT,    /* count(name): the items of a list */
    EXPR_OTHER,    /* for message_eval */
};

struct message_expr {
    enum expr_kind kind;
    const char *text; /* as written */
    const char *name;
    struct datum constant;
    const void *origin; /* of what was parsed */
    size_t at;          /* of the text, in that */
};

enum field_kind {
    FIELD_LITERAL,
    /* of text: each ends where the literal behind it begins, or where the message ends */
    FIELD_INT,     /* -?[0-9]+, of 64 bits */
    FIELD_UINT,    /* [0-9]+ */
    FIELD_DECIMAL, /* -?[0-9]+(.[0-9]+)? */
    FIELD_HEX,     /* [0-9A-Fa-f]+ */
    FIELD_WORD,    /* one byte or more, none of them a space or a control */
    FIELD_PATH,    /* one byte or more, none of them a control */
    FIELD_LINE,    /* any bytes but CR and LF; may be empty */
    FIELD_TEXT,    /* any bytes; may be empty */
    FIELD_REGEX,   /* what the pattern matches from its first byte to its last */
    /* of layout, where bytes and list may stand in texts too */
    FIELD_BYTES,   /* bytes(n), bytes(rest) */
    FIELD_INTEGER, /* u8 … i64le */
    FIELD_FLOAT,   /* f32, f64; big-endian unless `le` */
    FIELD_BITS,    /* bits(a:1, b:7): from the most significant bit of the first byte */
    FIELD_ASCII,   /* ascii(n): printable ASCII, zeros behind it up to n bytes, which are not its value */
    FIELD_CSTRING, /* bytes without NUL, then a NUL */
    FIELD_ENUM,    /* enum(A: 1), enum(u16be, A: 1): the value is the name, as bytes */
    FIELD_LIST,    /* list(ITEM, n), list(ITEM, until EXPR), list(ITEM, rest): a list of records */
};

struct message_bits { /* one member of bits(…) */
    const char *name; /* NULL: unnamed */
    unsigned width;   /* in bits, 1 … 64 */
    struct message_expr value;
};

struct message_choice { /* one member of enum(…) */
    const char *name;
    uint64_t number;
};

struct message_field {
    const char *name; /* NULL: a literal, or unnamed (`_`) */
    enum field_kind kind;
    const char *type;          /* as written, like `u16be`; NULL: a literal */
    struct bytes literal;      /* FIELD_LITERAL */
    unsigned width;            /* integer, enum, float, bits: in bytes */
    bool is_signed, little;    /* integer, enum, float */
    struct message_expr size;  /* bytes, ascii, list: how many; absent: `rest`, or `until` */
    struct message_expr until; /* list: holds of its last item */
    struct regex *regex;       /* FIELD_REGEX; owned by the set */
    struct message_bits *bits; /* members; their names stand among the message's own, too */
    size_t n_bits;
    struct message_choice *choices;
    size_t n_choices;
    const char *item; /* list: of which message */
    const struct message_def *item_def;
    struct message_expr value;     /* `= …`: a constant, or computed */
    struct message_expr condition; /* `if …`: not there (DATUM_NONE) unless that holds */
    const char *via;               /* a function that changes the bytes on their way to the wire */
    struct message_expr *args;
    size_t n_args;
    const void *origin; /* of what was parsed: whose text `at` counts in */
    size_t at;
};

struct message_form {
    struct message_field *fields; /* the set's header first, when it is linked */
    size_t n;
    size_t n_header; /* of these: what is left out within a list */
};

enum message_from { FROM_EITHER, FROM_CLIENT, FROM_SERVER };

struct message_def {
    const char *name;
    const char *lower; /* the same in lower case: the message's bytes in its expressions */
    enum message_from from;
    struct message_form *forms; /* tried in order; what is sent has the first that has all given names */
    size_t n_forms;
    size_t pad;                   /* zeros to a multiple of so many bytes; 0: none */
    bool is_text;                 /* a text, no layout */
    bool is_item;                 /* of some list: read by itself only where it is wanted, or has a `from` */
    struct message_field *header; /* name and value: what this message sets of the set's header */
    size_t n_header;
    const void *origin;
};

/* What expressions and transforms mean. On false, *why is a sentence part in the arena, or static. */
struct message_eval {
    void *ctx;
    /* `names` is a record of what is known so far, each item with its `wire`: what size() counts. */
    bool (*value)(void *ctx, const char *expression, const struct datum *names, struct arena *a,
                  struct datum *out, const char **why);
    /* `via function(args)`: `encode` to the wire, else back. */
    bool (*transform)(void *ctx, const char *function, const struct datum *args, size_t n_args,
                      struct bytes in, bool encode, struct arena *a, struct bytes *out, const char **why);
    /* Whether that is a name of its own in expressions: a function, a constant. */
    bool (*knows)(void *ctx, const char *name);
};

struct message_set {
    struct message_def *defs; /* in order of definition */
    size_t n;
    struct message_field *header; /* common to all, before their own */
    size_t n_header;
    const struct message_eval *eval; /* NULL: expressions for it fail, saying so */
};

#define MESSAGE_ITEMS_MAX 100000u /* of all lists of one message; each time that one is written counts */
#define MESSAGE_DEPTH_MAX 16u     /* of lists within lists */

/* ---- parsing ------------------------------------------------------------------------------------- */

struct message_problem {
    const void *origin;
    size_t offset;              /* in the text that was parsed as `origin` */
    const char *message, *cure; /* cure: NULL when there is none */
    const char *word;           /* not NULL: it is none of `words`, which may suggest the right one */
    const char *const *words;
    size_t n_words;
};

/* "ADD {a:int} {b:int}". `origin` is whatever lets the caller find the text again. All that is returned is
 * in the arena. */
bool message_parse_text(struct arena *a, struct bytes text, const void *origin, struct message_form *out,
                        struct message_problem *problem);
/* One field of a layout: "u16be = count(items)". `name` "_": unnamed. */
bool message_parse_field(struct arena *a, const char *name, struct bytes type, const void *origin,
                         struct message_field *out, struct message_problem *problem);
/* What stands behind `=`, alone: what a message sets of a header field. */
bool message_parse_expr(struct arena *a, struct bytes text, const void *origin, struct message_expr *out,
                        struct message_problem *problem);

/* Once all is parsed: joins header and items to the messages, and reports each mistake that no field shows
 * alone: unknown names, names twice, `rest` that is not last, items that never end. `ends`: each message
 * must say where it ends (framing `fields`). Returns whether there was none; else the set is not usable. */
bool message_set_link(struct message_set *set, struct arena *a, bool ends,
                      void (*report)(void *ctx, const struct message_problem *problem), void *ctx);
void message_set_deinit(struct message_set *set); /* regular expressions; accepts a zeroed one */

const struct message_def *message_find(const struct message_set *set, const char *name); /* NULL: none */
/* Names of all fields and bits, each once; in the arena. Returns how many. */
size_t message_names(const struct message_def *def, struct arena *a, const char ***names);
/* Makes of a value that a spec gives (bytes, lists and records of bytes) what the field `name` can be worth:
 * "42" is an integer for u8, a name for enum. False: there is no such field, or it cannot be worth that. */
bool message_value(const struct message_def *def, const char *name, const struct datum *given,
                   struct arena *a, struct datum *out, const char **why);

/* ---- reading ------------------------------------------------------------------------------------- */

enum syntax_kind {
    SYNTAX_NONE,
    SYNTAX_ENDS,       /* the message ends in this field, or before it */
    SYNTAX_MORE,       /* the message goes on behind its last field */
    SYNTAX_LITERAL,    /* `expected` should stand there */
    SYNTAX_TYPE,       /* the byte at `offset` cannot be in a value of this type, or it has none at all */
    SYNTAX_RANGE,      /* a number of more than 64 bits, or none of the enum's */
    SYNTAX_CONSTANT,   /* it is always `expected` */
    SYNTAX_COMPUTED,   /* `expected` is what the rest of the message makes of it: a size, a checksum */
    SYNTAX_PADDING,    /* the zeros at the end are none, or too few */
    SYNTAX_EXPRESSION, /* an expression or transform failed on these values: `why` */
    SYNTAX_LIMIT,      /* too many items, or lists within lists */
};

/* What the bytes would have meant. Each is only claimed when all of the message is right once it is read
 * so, every constant, computed and expected value included. */
enum mistake {
    MISTAKE_NONE,
    MISTAKE_BYTE_ORDER,     /* `field` has its bytes the other way round; NULL: all integers have */
    MISTAKE_STRUCT_PADDING, /* integers lie at multiples of their size, as in a C struct: `by` bytes more */
    MISTAKE_STRUCT,         /* both: a C struct as it lies in memory */
    MISTAKE_EXTRA_NUL,      /* at `at`; so are the next ones */
    MISTAKE_MISSING_NUL,
    MISTAKE_EXTRA_END, /* a line end too many */
    MISTAKE_MISSING_END,
    MISTAKE_CRLF,          /* CR LF where LF should be */
    MISTAKE_LF,            /* LF where CR LF should be */
    MISTAKE_LENGTH,        /* `field` counts `by` more than it should (less: negative) */
    MISTAKE_LENGTH_SELF,   /* `field` counts itself, too: `by` bytes */
    MISTAKE_LENGTH_HEADER, /* `field` counts itself and all before it: `by` bytes */
};

struct syntax {
    enum syntax_kind kind;
    const struct message_def *message; /* as what it was read; NULL: there are no messages */
    const char *field;                 /* "items[2].size"; NULL: a literal, or none */
    const char *type;                  /* its type as written; NULL likewise */
    size_t offset;                     /* in the message's bytes: where it goes wrong */
    size_t begin;                      /* where the field begins */
    struct datum expected, came;       /* DATUM_NONE where nothing can be named */
    const char *why;                   /* SYNTAX_EXPRESSION; else NULL */
    struct {
        enum mistake kind;
        const char *field, *type; /* as above; NULL: none */
        size_t at;                /* where it shows */
        int64_t by;
        struct datum came, meant; /* of `field`; else DATUM_NONE */
    } mistake;                    /* filled by message_explain alone */
};

enum decoded {
    DECODED,
    DECODE_PARTIAL, /* it may become one when more comes; only of a stream */
    DECODE_OTHER,   /* `syntax` says why it is none */
};

struct message_reading {
    const struct message_set *set;
    struct arena *arena; /* for all results. Values are views of the bytes, but where a transform made them */
    bool stream;         /* the bytes may go on: the message ends where its syntax does */
    bool framing;        /* only where it ends is asked: computed fields are not checked */
    const struct datum *explicit; /* a record, or NULL: constants and sums are not checked of fields that an
                                   * expectation names */
};

struct message_read {
    const struct message_def *def;
    struct datum fields; /* a record in wire order; DATUM_NONE for what is optional and not there */
    size_t used;         /* DECODED: bytes */
    size_t reached;      /* how far it fits: the bytes that could be read */
    struct syntax syntax;
};

enum decoded message_decode(const struct message_reading *how, const struct message_def *def, struct bytes in,
                            struct message_read *out);
/* As `wanted` first (may be NULL), then in order of definition as any that `from` may say. The first that is
 * not DECODE_OTHER decides; else `out` tells of the one that fits furthest. */
enum decoded message_decode_any(const struct message_reading *how, enum message_from from,
                                const struct message_def *wanted, struct bytes in, struct message_read *out);

/* What is wrong with bytes that are none of the messages, or not as expected: as `wanted`, or, if that is
 * NULL, as the message that they fit furthest; and which mistake would make them right. `expected` is a
 * record of values that its fields should have, or NULL: with it, a message without a mistake in its syntax
 * may be explained, too (SYNTAX_CONSTANT names the first field that differs). */
void message_explain(const struct message_reading *how, enum message_from from,
                     const struct message_def *wanted, const struct datum *expected, struct bytes in,
                     struct syntax *out);

/* Whether all that `expected` (a record) names is so in `fields`; items of lists and records likewise. */
bool message_agrees(const struct datum *fields, const struct datum *expected);

/* Where fields end, strictly inside the bytes of one message, ascending, in the arena; those of list items
 * too. Returns how many; of bytes that are no such message, those up to the mistake. */
size_t message_edges(const struct message_reading *how, const struct message_def *def, struct bytes in,
                     size_t **edges);

/* ---- writing ------------------------------------------------------------------------------------- */

/* Appends the message. `given` is a record of values (as message_value makes them, or as decoded) or NULL;
 * the others are computed, else constant, else zero or empty. What is given is written as it is, also where
 * that is wrong: a false size, another constant. False: a value has no such encoding, or an expression
 * failed; *why, in the arena, names the field. */
bool message_encode(const struct message_set *set, const struct message_def *def, const struct datum *given,
                    struct arena *a, struct buf *out, const char **why);

/* fields.c - see fields.h. Nothing here knows what a spec holds, only how numbers and words are written. */
#include "spec/fields.h"
#include "base/clock.h"
#include "base/mem.h"
#include "spec/words.h"

#include <stdlib.h>
#include <string.h>

static bool wrong_shape(struct loader *l, const struct node *n, const char *what, const char *wanted)
{
    if (!n->bad)
        diag_error(l->diags, n->mark, "%s is %s, but %s stands here", what, wanted, node_shape(n));
    return false;
}

/* ---- maps ---------------------------------------------------------------------------------------- */

/* Known keys, for suggestions: what works, not what is to come. */
static void suggest_key(struct loader *l, struct diag *d, const char *word, const struct field *fields,
                        size_t n)
{
    const char **names = mem_new(n * sizeof *names + 1);
    size_t known = 0;

    for (size_t i = 0; i < n; i++)
        if (fields[i].read)
            names[known++] = fields[i].name;
    suggest(l, d, word, names, known);
    mem_free(names);
}

/* `{points: 1,5}`: 5 is a key without a colon. */
static bool lacks_colon(const struct node *item)
{
    return node_is_empty(item) && item->mark.line == item->key->mark.line &&
           item->mark.col == item->key->mark.col + (int)item->key->source.len;
}

/* Returns the key that was probably meant, or NULL. */
static const char *report_unknown(struct loader *l, const struct node *item, const char *what,
                                  const struct field *fields, size_t n)
{
    struct diag *d =
        diag_error(l->diags, item->key->mark, "%s has no key %s", what, quoted(l, item->key->text));
    const char **names = mem_new(n * sizeof *names + 1), *word = (const char *)item->key->text.data, *meant;

    for (size_t i = 0; i < n; i++)
        names[i] = fields[i].name;
    meant = diag_nearest(word, names, n);
    if (meant)
        diag_note(l->diags, d, "did you mean `%s`?", meant);
    else if (key_home(word))
        diag_note(l->diags, d, "it belongs to %s: is it indented as it should be?", key_home(word));
    else if (lacks_colon(item))
        diag_note(l->diags, d,
                  "it has no colon: a comma ended the value before, so quote a text that holds one");
    else
        suggest_key(l, d, word, fields, n);
    mem_free(names);
    return meant;
}

static void report_missing(struct loader *l, const struct node *n, const char *what, const char *key)
{
    diag_error(l->diags, n->key && !n->flow ? n->key->mark : n->mark, "%s needs `%s:`", what, key);
}

/* An example is made of the keys that must be there. */
static void wrong_map(struct loader *l, const struct node *n, const char *what, const struct field *fields,
                      size_t n_fields)
{
    _cleanup_buf_ struct buf keys = BUF_INIT;

    if (n->bad)
        return;
    for (size_t i = 0; i < n_fields; i++)
        if (fields[i].required)
            buf_printf(&keys, "%s%s: ...", keys.len ? ", " : "", fields[i].name);
    if (keys.len == 0)
        buf_printf(&keys, "%s: ...", fields[0].name);
    buf_byte(&keys, 0);
    wrong_shape(l, n, what, "a map of keys");
    diag_note(l->diags, &l->diags->diags[l->diags->n - 1], "like {%s}", (const char *)keys.data);
}

/* Reads one key; returns the name of another that was probably meant, or NULL. */
static const char *key_read(struct loader *l, const struct node *item, const char *what,
                            const struct field *fields, size_t n_fields, void *into)
{
    size_t f = 0;

    while (f < n_fields && !bytes_equal(bytes_of(fields[f].name), item->key->text))
        f++;
    if (f == n_fields)
        return report_unknown(l, item, what, fields, n_fields);
    if (!fields[f].read)
        report_later(l, item->key->mark, quoted(l, item->key->text));
    else
        fields[f].read(l, item, into);
    return NULL;
}

void map_read(struct loader *l, const struct node *n, const char *what, const struct field *fields,
              size_t n_fields, void *into)
{
    bool *there; /* of each field, misspelt or not */

    if (!node_is(n, NODE_MAP)) {
        wrong_map(l, n, what, fields, n_fields);
        return;
    }
    there = mem_new(n_fields * sizeof *there);
    for (size_t i = 0; i < n->n; i++) {
        const char *meant = n->items[i]->bad ? NULL : key_read(l, n->items[i], what, fields, n_fields, into);

        for (size_t f = 0; meant && f < n_fields; f++)
            there[f] |= strcmp(fields[f].name, meant) == 0;
    }
    for (size_t f = 0; f < n_fields; f++)
        if (fields[f].required && !there[f] && !map_get(n, fields[f].name))
            report_missing(l, n, what, fields[f].name);
    mem_free(there);
}

/* ---- scalars ------------------------------------------------------------------------------------- */

bool read_scalar(struct loader *l, const struct node *n, const char *what)
{
    if (!node_is(n, NODE_SCALAR))
        return wrong_shape(l, n, what, "one value");
    if (n->text.len == 0) {
        diag_error(l->diags, n->mark, "%s is missing", what);
        return false;
    }
    return true;
}

bool read_text(struct loader *l, const struct node *n, const char *what, const char **out)
{
    if (!read_scalar(l, n, what))
        return false;
    if (memchr(n->text.data, 0, n->text.len)) {
        diag_error(l->diags, n->mark, "%s cannot hold a NUL", what);
        return false;
    }
    *out = (const char *)n->text.data;
    return true;
}

bool is_name(const char *s)
{
    size_t len = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    return len > 0 && s[len] == 0;
}

bool read_name(struct loader *l, const struct node *n, const char *what, const char **out)
{
    const char *text;

    if (!read_text(l, n, what, &text))
        return false;
    if (!is_name(text)) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "%s cannot be called %s", what, quoted(l, n->text)),
                  "names are made of A-Z a-z 0-9 _ -");
        return false;
    }
    *out = text;
    return true;
}

bool read_choice(struct loader *l, const struct node *n, const char *what, const char *const *words,
                 size_t n_words, size_t *out)
{
    if (!read_scalar(l, n, what))
        return false;
    for (size_t i = 0; i < n_words; i++)
        if (node_says(n, words[i])) {
            *out = i;
            return true;
        }
    suggest(l, diag_error(l->diags, n->mark, "%s cannot be %s", what, quoted(l, n->text)),
            (const char *)n->text.data, words, n_words);
    return false;
}

/* What other YAML takes for true or false. */
static const char *other_bool(const char *text)
{
    static const char *const yes[] = {"yes", "Yes", "YES", "on", "True", "TRUE", "1"}, *const no[] = {
                                                                                           "no",    "No",
                                                                                           "NO",    "off",
                                                                                           "False", "FALSE",
                                                                                           "0"};

    for (size_t i = 0; i < array_len(yes); i++)
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0)
            return strcmp(text, yes[i]) == 0 ? "true" : "false";
    return NULL;
}

bool read_bool(struct loader *l, const struct node *n, const char *what, bool *out)
{
    const char *text, *meant;
    struct diag *d;

    if (!read_text(l, n, what, &text))
        return false;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) {
        *out = text[0] == 't';
        return true;
    }
    d = diag_error(l->diags, n->mark, "%s is true or false, not %s", what, quoted(l, n->text));
    if ((meant = other_bool(text)))
        diag_note(l->diags, d, "write `%s`: YAML's other words for it are plain texts here", meant);
    return false;
}

/* Decimal digits only: no sign, no blanks, no 0x. */
static bool parse_digits(const char *s, const char **end, uint64_t *out)
{
    size_t n = strspn(s, "0123456789");

    if (n == 0 || n > 19)
        return false;
    *out = strtoull(s, NULL, 10);
    *end = s + n;
    return true;
}

static bool out_of_range(struct loader *l, const struct node *n, const char *what, uint64_t min, uint64_t max)
{
    diag_error(l->diags, n->mark, "%s is a number from %llu to %llu, not %s", what, (unsigned long long)min,
               (unsigned long long)max, quoted(l, n->text));
    return false;
}

bool read_int(struct loader *l, const struct node *n, const char *what, uint64_t min, uint64_t max,
              uint64_t *out)
{
    const char *text, *end;
    uint64_t value;

    if (!read_text(l, n, what, &text))
        return false;
    if (!parse_digits(text, &end, &value) || *end || value < min || value > max)
        return out_of_range(l, n, what, min, max);
    *out = value;
    return true;
}

bool read_number(struct loader *l, const struct node *n, const char *what, double max, double *out)
{
    const char *text;
    char *end;
    double value;

    if (!read_text(l, n, what, &text))
        return false;
    value = strtod(text, &end);
    if (*end || strspn(text, "0123456789.") != strlen(text) || !(value >= 0 && value <= max)) {
        diag_error(l->diags, n->mark, "%s is a number from 0 to %.0f, not %s", what, max, quoted(l, n->text));
        return false;
    }
    *out = value;
    return true;
}

struct unit {
    const char *name;
    uint64_t factor;
};

/* A number and its unit. */
static bool parse_unit(const char *text, const struct unit *units, size_t n, uint64_t *out)
{
    const char *end;
    uint64_t value;

    if (!parse_digits(text, &end, &value))
        return false;
    for (size_t i = 0; i < n; i++)
        if (strcmp(end, units[i].name) == 0)
            return !__builtin_mul_overflow(value, units[i].factor, out);
    return false;
}

bool read_duration(struct loader *l, const struct node *n, const char *what, int64_t max, int64_t *out)
{
    static const struct unit units[] = {
        {"us", NS_PER_US}, {"ms", NS_PER_MS}, {"s", NS_PER_S}, {"m", 60 * NS_PER_S}, {"h", 3600 * NS_PER_S}};
    const char *text;
    uint64_t value;

    if (!read_text(l, n, what, &text))
        return false;
    if (!parse_unit(text, units, array_len(units), &value)) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "%s is no duration: %s", what, quoted(l, n->text)),
                  "write a whole number and its unit, like 300ms, 5s, 2m");
        return false;
    }
    if (value == 0 || value > (uint64_t)max) {
        diag_error(l->diags, n->mark, "%s is more than 0 and at most %llds, not %s", what,
                   (long long)(max / NS_PER_S), quoted(l, n->text));
        return false;
    }
    *out = (int64_t)value;
    return true;
}

bool read_size(struct loader *l, const struct node *n, const char *what, uint64_t max, uint64_t *out)
{
    static const struct unit units[] = {
        {"", 1}, {"B", 1}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
    const char *text;
    uint64_t value;

    if (!read_text(l, n, what, &text))
        return false;
    if (!parse_unit(text, units, array_len(units), &value)) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "%s is no size: %s", what, quoted(l, n->text)),
                  "write bytes like 4096, 64KiB, 1MiB");
        return false;
    }
    if (value > max)
        return out_of_range(l, n, what, 0, max);
    *out = value;
    return true;
}

/* ---- words and paths ----------------------------------------------------------------------------- */

static bool report_words(struct loader *l, const struct node *n, const char *what, enum words_result r,
                         size_t where)
{
    struct bytes part = bytes_slice(n->text, where, 1), rest = bytes_slice(n->text, where, 16);
    struct mark at = node_mark(n, (const char *)arena_bytes(l->arena, rest).data);
    struct diag *d = NULL;

    switch (r) {
    case WORDS_OK: return true;
    case WORDS_QUOTE: diag_error(l->diags, at, "%s: a quote is never closed", what); break;
    case WORDS_OPERATOR:
    case WORDS_PATTERN:
        d = diag_error(l->diags, at, "%s: %s would need a shell, and none is run", what, quoted(l, part));
        diag_note(l->diags, d,
                  "quote it if it is meant as it stands; else put the command into a script or Makefile");
        break;
    case WORDS_VARIABLE:
        d = diag_error(l->diags, at, "%s: `$` begins neither ${name} nor $$", what);
        diag_note(l->diags, d, "no shell is run, so there are no variables; $$ is a dollar");
        break;
    }
    return false;
}

static bool list_words(struct loader *l, const struct node *n, const char *what, struct words *out)
{
    const char **words = arena_new(l->arena, (n->n + 1) * sizeof *words);

    for (size_t i = 0; i < n->n; i++) {
        if (node_is(n->items[i], NODE_SCALAR) && n->items[i]->text.len == 0 &&
            n->items[i]->style != STYLE_PLAIN)
            words[i] = ""; /* an empty argument is one that was asked for */
        else if (!read_text(l, n->items[i], what, &words[i]))
            return false;
    }
    *out = (struct words){words, n->n};
    return true;
}

/* `$$` is a dollar, where no template is read that would know. */
static const char *single_dollars(struct arena *arena, const char *word)
{
    char *copy = arena_text(arena, word), *to = copy;

    for (const char *from = word; *from; from++) {
        *to++ = *from;
        from += from[0] == '$' && from[1] == '$';
    }
    *to = 0;
    return copy;
}

static bool refuse_templates(struct loader *l, const struct node *n, const char *what, struct words *words)
{
    for (size_t i = 0; i < words->n; i++) {
        const char *hole = words->word[i];

        while ((hole = strchr(hole, '$')) && hole[1] == '$')
            hole += 2;
        if (hole && hole[1] == '{') {
            diag_note(l->diags, diag_error(l->diags, node_mark(n, "${"), "%s takes no ${...}", what),
                      "what the grader decides, like ports, belongs into `args`");
            return false;
        }
        words->word[i] = single_dollars(l->arena, words->word[i]);
    }
    return true;
}

bool read_words(struct loader *l, const struct node *n, const char *what, bool template, struct words *out)
{
    const char *text;
    size_t where = 0;
    enum words_result r;
    struct words words;

    if (node_is(n, NODE_LIST)) {
        if (!list_words(l, n, what, &words))
            return false;
    } else {
        if (!read_text(l, n, what, &text))
            return false;
        r = words_split(l->arena, n->text, &words, &where);
        if (r != WORDS_OK)
            return report_words(l, n, what, r, where);
    }
    if (!template && !refuse_templates(l, n, what, &words))
        return false;
    *out = words;
    return true;
}

bool path_is_inside(const char *path)
{
    for (const char *part = path;; part++) {
        size_t len = strcspn(part, "/");

        if (len == 0 || (len == 1 && part[0] == '.') || (len == 2 && strncmp(part, "..", 2) == 0))
            return false;
        part += len;
        if (!*part)
            return true;
    }
}

bool read_path(struct loader *l, const struct node *n, const char *what, const char **out)
{
    const char *text;

    if (!read_text(l, n, what, &text))
        return false;
    if (!path_is_inside(text) || strlen(text) > 1000) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "%s cannot be %s", what, quoted(l, n->text)),
                  "write a relative path without `.` and `..`, like data/in.bin");
        return false;
    }
    *out = text;
    return true;
}

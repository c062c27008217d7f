/* content.c - see content.h. Whatever is made here is made while loading: no later step can fail for it. */
#include "spec/content.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/rng.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTENT_ALL (UINT64_C(256) << 20)

/* Counts bytes before they are made. */
static bool afford(struct loader *l, const struct node *n, uint64_t size)
{
    if (size > CONTENT_MAX) {
        diag_error(l->diags, n->mark, "content of %llu bytes: at most %llu MiB", (unsigned long long)size,
                   (unsigned long long)(CONTENT_MAX >> 20));
        return false;
    }
    if (size > CONTENT_ALL - l->content) {
        diag_error(l->diags, n->mark, "all content of a spec together is at most %llu MiB",
                   (unsigned long long)(CONTENT_ALL >> 20));
        return false;
    }
    l->content += size;
    return true;
}

/* ---- hex, base64 --------------------------------------------------------------------------------- */

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int base64_digit(uint8_t c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static void report_digit(struct loader *l, const struct node *n, size_t at)
{
    struct diag *d = diag_error(l->diags, n->mark, "%s is no digit of !%s",
                                quoted(l, bytes_slice(n->text, at, 1)), n->tag);

    if (n->text.data[at] == '$')
        diag_note(l->diags, d, "no ${...} is filled in here: these bytes are as they stand");
}

/* Digits of `bits` bits each, with blanks between them, up to `end`. Returns the bits that are left over. */
static bool read_digits(struct loader *l, const struct node *n, size_t end, unsigned bits,
                        int (*digit)(uint8_t), struct buf *out, unsigned *left)
{
    uint32_t value = 0;

    *left = 0;
    for (size_t i = 0; i < end; i++) {
        int d = digit(n->text.data[i]);

        if (is_blank(n->text.data[i]))
            continue;
        if (d < 0) {
            report_digit(l, n, i);
            return false;
        }
        value = value << bits | (uint32_t)d;
        *left += bits;
        if (*left >= 8) {
            *left -= 8;
            buf_byte(out, (uint8_t)(value >> *left));
        }
    }
    return true;
}

static bool read_hex(struct loader *l, const struct node *n, struct buf *out)
{
    unsigned left;

    if (!read_digits(l, n, n->text.len, 4, hex_digit, out, &left))
        return false;
    if (left == 0)
        return true;
    diag_note(l->diags, diag_error(l->diags, n->mark, "!hex has an odd number of digits"),
              "a byte is two digits");
    return false;
}

static bool read_base64(struct loader *l, const struct node *n, struct buf *out)
{
    size_t end = n->text.len, padding = 0;
    unsigned left;

    for (; end > 0 && (n->text.data[end - 1] == '=' || is_blank(n->text.data[end - 1])); end--)
        padding += n->text.data[end - 1] == '=';
    if (!read_digits(l, n, end, 6, base64_digit, out, &left))
        return false;
    if (padding == (left == 0 ? 0u : left / 2) && left != 6)
        return true;
    diag_error(l->diags, n->mark,
               "!base64 is cut short: its digits come in groups of four, filled up with `=`");
    return false;
}

/* ---- random, repeat ------------------------------------------------------------------------------ */

struct recipe {
    uint64_t bytes, seed, times;
    struct bytes text;
    bool fine;
};

static void recipe_bytes(struct loader *l, const struct node *n, void *into)
{
    struct recipe *r = into;

    r->fine &= read_size(l, n, "`bytes`", CONTENT_MAX, &r->bytes);
}

static void recipe_seed(struct loader *l, const struct node *n, void *into)
{
    struct recipe *r = into;

    r->fine &= read_int(l, n, "`seed`", 0, UINT32_MAX, &r->seed);
}

static void recipe_times(struct loader *l, const struct node *n, void *into)
{
    struct recipe *r = into;

    r->fine &= read_int(l, n, "`times`", 0, CONTENT_MAX, &r->times);
}

static void recipe_text(struct loader *l, const struct node *n, void *into)
{
    struct recipe *r = into;

    r->fine &= content_read(l, n, "`text`", &r->text);
}

static const struct field random_fields[] = {{"bytes", recipe_bytes, true}, {"seed", recipe_seed}};
static const struct field repeat_fields[] = {{"text", recipe_text, true}, {"times", recipe_times, true}};

static bool read_recipe(struct loader *l, const struct node *n, const char *what, const struct field *fields,
                        size_t n_fields, struct recipe *out)
{
    struct node map = *n;
    size_t errors = l->diags->errors;

    map.tag = NULL;
    *out = (struct recipe){.fine = true};
    map_read(l, &map, what, fields, n_fields, out);
    return out->fine && l->diags->errors == errors;
}

static bool read_random(struct loader *l, const struct node *n, struct bytes *out)
{
    struct recipe r;
    struct rng rng;
    uint8_t *data;

    if (!read_recipe(l, n, "!random", random_fields, array_len(random_fields), &r) || !afford(l, n, r.bytes))
        return false;
    rng = rng_seed(r.seed, 0);
    data = arena_new(l->arena, r.bytes + 1);
    rng_fill(&rng, data, r.bytes);
    *out = (struct bytes){data, r.bytes};
    return true;
}

static bool read_repeat(struct loader *l, const struct node *n, struct bytes *out)
{
    struct recipe r;
    uint64_t size;
    uint8_t *data;

    if (!read_recipe(l, n, "!repeat", repeat_fields, array_len(repeat_fields), &r))
        return false;
    size = r.text.len * r.times; /* both are below 2^27 */
    if (!afford(l, n, size))
        return false;
    data = arena_new(l->arena, size + 1);
    for (uint64_t i = 0; r.text.len && i < r.times; i++)
        memcpy(data + i * r.text.len, r.text.data, r.text.len);
    *out = (struct bytes){data, size};
    return true;
}

/* ---- files --------------------------------------------------------------------------------------- */

static bool file_beside(struct loader *l, const struct node *n, const char *name, struct bytes *out)
{
    const char *path = path_beside(l->arena, n->mark.file, name);
    _cleanup_buf_ struct buf content = BUF_INIT;
    struct stat st;
    int r = -ENOENT;

    if (stat(path, &st) == 0) {
        if (!S_ISREG(st.st_mode)) {
            diag_error(l->diags, n->mark, "%s is no regular file", quoted(l, bytes_of(name)));
            return false;
        }
        if (!afford(l, n, (uint64_t)st.st_size))
            return false;
        r = fd_read_file(AT_FDCWD, path, CONTENT_MAX, &content);
    }
    if (r < 0) {
        diag_note(
            l->diags,
            diag_error(l->diags, n->mark, "cannot read %s: %s", quoted(l, bytes_of(name)), strerror(-r)),
            "!file names an entry of `files`, or a file beside the one that it stands in");
        return false;
    }
    *out = arena_bytes(l->arena, buf_view(&content));
    return true;
}

static bool read_file(struct loader *l, const struct node *n, struct bytes *out)
{
    struct node name = *n;
    const char *path;

    name.tag = NULL;
    if (!read_path(l, &name, "the path of !file", &path))
        return false;
    for (size_t i = 0; i < l->n_files; i++)
        if (strcmp(l->files[i].path, path) == 0) {
            if (!l->files[i].content.data) {
                diag_note(l->diags, diag_error(l->diags, n->mark, "what is in `%s` depends on ports", path),
                          "!file names what is known before a program runs");
                return false;
            }
            *out = l->files[i].content;
            return true;
        }
    return file_beside(l, n, path, out);
}

/* ---- all -------------------------------------------------------------------------------------- */

bool is_content_tag(const char *tag)
{
    static const char *const tags[] = {"hex", "base64", "file", "random", "repeat"};

    for (size_t i = 0; tag && i < array_len(tags); i++)
        if (strcmp(tag, tags[i]) == 0)
            return true;
    return false;
}

bool content_of_tag(struct loader *l, const struct node *n, struct bytes *out)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    bool map = strcmp(n->tag, "random") == 0 || strcmp(n->tag, "repeat") == 0, fine;

    if (n->kind != (map ? NODE_MAP : NODE_SCALAR)) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "!%s takes %s", n->tag, map ? "a map" : "a text"),
                  "like %s",
                  strcmp(n->tag, "random") == 0 ? "!random {bytes: 4096, seed: 7}"
                  : map                         ? "!repeat {text: \"a\", times: 1024}"
                  : strcmp(n->tag, "file") == 0 ? "!file in.bin"
                                                : "!hex \"00 ff\"");
        return false;
    }
    if (strcmp(n->tag, "random") == 0)
        return read_random(l, n, out);
    if (strcmp(n->tag, "repeat") == 0)
        return read_repeat(l, n, out);
    if (strcmp(n->tag, "file") == 0)
        return read_file(l, n, out);
    fine = strcmp(n->tag, "hex") == 0 ? read_hex(l, n, &b) : read_base64(l, n, &b);
    *out = arena_bytes(l->arena, buf_view(&b));
    return fine;
}

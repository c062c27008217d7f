#include "report/explanation.h"
#include "base/embed.h"

#include <string.h>

extern const char explanations[];
extern const size_t explanations_len;
EMBED(explanations, "build/explanations.md"); /* made by make */

struct bytes explanation_all(void)
{
    return (struct bytes){(const uint8_t *)explanations, explanations_len};
}

struct bytes explanation_line(struct bytes *text)
{
    const uint8_t *end = text->len ? memchr(text->data, '\n', text->len) : NULL;
    const struct bytes line = bytes_slice(*text, 0, end ? (size_t)(end - text->data) : text->len);

    *text = bytes_slice(*text, line.len + 1, text->len);
    return line;
}

static bool begins(struct bytes line, const char *with)
{
    return bytes_equal(bytes_slice(line, 0, strlen(with)), bytes_of(with));
}

/* What stands between two of these lines; without the second one, up to the end. Empty: the first is not
 * there. `until` is only how the second begins. */
static struct bytes between(struct bytes text, struct bytes from, const char *until)
{
    struct bytes rest;

    do {
        if (text.len == 0)
            return text;
    } while (!bytes_equal(explanation_line(&text), from));
    for (rest = text; rest.len;) {
        struct bytes here = rest;

        if (begins(explanation_line(&rest), until))
            return bytes_slice(text, 0, text.len - here.len);
    }
    return text;
}

static struct bytes section(struct bytes text, const char *title)
{
    return between(text, bytes_of(title), "## ");
}

bool explanation_find(const char *id, struct explanation *out)
{
    _cleanup_buf_ struct buf title = BUF_INIT;
    struct bytes text;

    buf_printf(&title, "# %s", id);
    text = between(explanation_all(), buf_view(&title), "# ");
    *out = (struct explanation){
        .seen = section(text, "## Seen"),
        .why = section(text, "## Why"),
        .wrong = between(section(text, "## Wrong"), bytes_of("```c"), "```"),
        .right = between(section(text, "## Right"), bytes_of("```c"), "```"),
    };
    return text.len > 0;
}

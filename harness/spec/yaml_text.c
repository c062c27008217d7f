/*
 * yaml_text.c - the bytes of a spec, before YAML sees them.
 *
 * libyaml counts lines by every line separator that Unicode has. Here only LF ends a line (a CR before it is
 * passed over), so that our line numbers are the editor's.
 */
#include "spec/yaml.h"

/* The length of the UTF-8 character at `at`, and what it is; 0 when it is none. */
static size_t utf8_next(struct bytes text, size_t at, uint32_t *c)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = text.data[at];
    size_t len = first < 0x80   ? 1
                 : first < 0xc2 ? 0
                 : first < 0xe0 ? 2
                 : first < 0xf0 ? 3
                 : first < 0xf5 ? 4
                                : 0;

    if (len == 0 || len > text.len - at)
        return 0;
    *c = len == 1 ? first : first & (0xffu >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((text.data[at + i] & 0xc0) != 0x80)
            return 0;
        *c = *c << 6 | (text.data[at + i] & 0x3f);
    }
    return *c < smallest[len] || *c > 0x10ffff || (*c >= 0xd800 && *c < 0xe000) ? 0 : len;
}

static bool is_control(uint32_t c)
{
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f ||
           (c >= 0x80 && c < 0xa0 && c != 0x85) || c == 0xfffe || c == 0xffff;
}

static bool is_odd_line_end(uint32_t c, struct bytes text, size_t at)
{
    return (c == '\r' && (at + 1 >= text.len || text.data[at + 1] != '\n')) || c == 0x85 || c == 0x2028 ||
           c == 0x2029;
}

#define MAX_REPORTED 20

bool yaml_text_check(const char *file, struct bytes text, struct diags *d)
{
    struct mark at = {file, 1, 1};
    unsigned wrong = 0;

    for (size_t i = 0; i < text.len && wrong < MAX_REPORTED;) {
        uint32_t c = 0;
        size_t len = utf8_next(text, i, &c);

        if (len == 0) {
            wrong++;
            diag_note(d, diag_error(d, at, "byte 0x%02x is not UTF-8", text.data[i]),
                      "save the file as UTF-8; for bytes that are no text use !hex");
            len = 1;
        } else if (is_control(c)) {
            wrong++;
            diag_note(d, diag_error(d, at, "control character 0x%02x", c),
                      "write it as an escape in double quotes, like \"\\u%04x\", or use !hex", c);
        } else if (is_odd_line_end(c, text, i)) {
            wrong++;
            diag_note(d, diag_error(d, at, "a line end that only some programs know (U+%04X)", c),
                      "end lines with LF, or CR and LF");
        }
        at.col++;
        if (c == '\n')
            at = (struct mark){file, at.line + 1, 1};
        i += len;
    }
    return wrong == 0;
}

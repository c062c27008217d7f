/* yaml_reword.c - what libyaml says, as somebody would say it who sits beside the author. */
#include "base/mem.h"
#include "spec/yaml.h"

#include <string.h>

struct reword {
    const char *problem, *context; /* a part of libyaml's; context NULL: any */
    struct yaml_advice advice;
};

static const struct reword words[] = {
    {"mapping values are not allowed",
     NULL,
     {"a colon cannot stand here", "quote a text that holds `: `, or check the indentation of this line"}},
    {"could not find expected ':'",
     NULL,
     {"this key has no colon", "write `key: value`; a text of several lines needs quotes"}},
    {"block sequence entries are not allowed",
     NULL,
     {"a list item cannot begin here", "put `- ` on a line of its own, indented like the items beside it"}},
    {"mapping keys are not allowed", NULL, {"a key cannot stand here", "check the indentation of this line"}},
    {"found character that cannot start any token",
     NULL,
     {"no value can begin with this character", "put the value in double quotes"}},
    {"found unexpected end of stream", "quoted scalar", {"this quote is never closed", NULL}},
    {"found unexpected document indicator",
     NULL,
     {"a quoted text holds a line that begins with `---` or `...`",
      "is its quote closed? Write line ends as \\n"}},
    {"found unknown escape character",
     NULL,
     {"double quotes do not know this backslash sequence",
      "write \\\\ for a backslash; patterns stand in single quotes, where backslashes are themselves"}},
    {"did not find expected hexdecimal number",
     NULL,
     {"\\x takes 2, \\u takes 4 and \\U takes 8 hexadecimal digits", NULL}},
    {"found invalid Unicode character escape code",
     NULL,
     {"this escape is no Unicode character", "use !hex for bytes that are no text"}},
    {"found a tab character", NULL, {"a tab where YAML wants spaces", "indent with spaces"}},
    {"found unexpected ':'", NULL, {"a colon in an unquoted text", "put the text in double quotes"}},
    {"did not find expected whitespace or line break",
     NULL,
     {"a space is missing here", "a tag or an anchor ends with a space"}},
    {"did not find expected alphabetic or numeric character",
     "anchor",
     {"`&` begins an anchor, and specs have none", "put the text in double quotes"}},
    {"did not find expected alphabetic or numeric character",
     "alias",
     {"`*` begins an alias, and specs have none", "put the text in double quotes"}},
    {"indentation indicator equal to 0", NULL, {"a block text cannot be indented by 0", NULL}},
    {"did not find expected comment or line break",
     NULL,
     {"a block text begins on the line below its `|` or `>`", NULL}},
    {"did not find expected '!'", NULL, {"this tag is cut short", NULL}},
    {"did not find expected tag URI", NULL, {"this is no tag", NULL}},
    {"did not find the expected '>'", NULL, {"this tag is never closed", NULL}},
    {"did not find URI escaped octet", NULL, {"this is no tag", NULL}},
    {"found an incorrect", NULL, {"this is no tag", NULL}},
    {"found undefined tag handle", NULL, {"there is no such tag", "tags begin with one `!`, like !hex"}},
    {"directive", NULL, {"a line that begins with `%` is a YAML directive, and specs have none", NULL}},
    {"version number", NULL, {"specs have no YAML directives", "remove this line"}},
    {"incompatible YAML document", NULL, {"specs have no YAML directives", "remove this line"}},
    {"did not find expected key",
     "block mapping",
     {"no key stands here", "check the indentation; a key stands exactly below the key before it"}},
    {"did not find expected '-' indicator",
     NULL,
     {"this line is neither an item of the list before it nor a part of its last item",
      "an item begins with `- `; what belongs to it stands further right than its dash, each key below the "
      "first"}},
    {"did not find expected ',' or ']'",
     NULL,
     {"this [list] is not closed, or a comma is missing", "quote texts that hold any of , [ ] { } : or ${"}},
    {"did not find expected ',' or '}'",
     NULL,
     {"this {map} is not closed, or a comma is missing", "quote texts that hold any of , [ ] { } : or ${"}},
    {"did not find expected node content",
     NULL,
     {"a value is missing here", "quote texts that begin with any of , ] } or %"}},
    {"did not find expected <document start>",
     NULL,
     {"this line does not belong to what stands before it",
      "a spec is one map of keys: check the indentation"}},
};

struct yaml_advice yaml_reword(const char *problem, const char *context)
{
    for (size_t i = 0; i < array_len(words); i++)
        if (problem && strstr(problem, words[i].problem) &&
            (!words[i].context || (context && strstr(context, words[i].context))))
            return words[i].advice;
    return (struct yaml_advice){"this is not YAML",
                                "check quotes, colons and the indentation around this place"};
}

struct yaml_advice yaml_reword_item(const char *problem, struct yaml_advice otherwise)
{
    if (problem &&
        (strstr(problem, "did not find expected key") || strstr(problem, "expected '-' indicator")))
        return (struct yaml_advice){
            "this item stands below nothing",
            "the items of a list are equally indented: put its dash below the others"};
    return otherwise;
}

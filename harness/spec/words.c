/* words.c - one pass over the text, one character at a time. */
#include "spec/words.h"
#include "base/mem.h"

#include <string.h>

struct split_state {
    struct bytes text;
    size_t at;
    struct buf word;
    bool in_word;
    struct words words;
    size_t cap;
    struct arena *arena;
};

static void word_end(struct split_state *s)
{
    if (!s->in_word)
        return;
    *array_push(s->words.word, s->words.n, s->cap) = (char *)arena_bytes(s->arena, buf_view(&s->word)).data;
    s->word.len = 0;
    s->in_word = false;
}

static void take(struct split_state *s)
{
    buf_byte(&s->word, s->text.data[s->at++]);
    s->in_word = true;
}

/* `${…}` whole, or `$$`. */
static enum words_result take_dollar(struct split_state *s)
{
    struct bytes rest = bytes_slice(s->text, s->at, s->text.len);

    if (rest.len < 2 || (rest.data[1] != '{' && rest.data[1] != '$'))
        return WORDS_VARIABLE;
    if (rest.data[1] == '$') {
        take(s);
        take(s);
        return WORDS_OK;
    }
    while (s->at < s->text.len && s->text.data[s->at] != '}')
        take(s);
    if (s->at < s->text.len)
        take(s);
    return WORDS_OK;
}

static enum words_result take_single(struct split_state *s)
{
    s->in_word = true;
    for (s->at++; s->at < s->text.len; take(s)) {
        if (s->text.data[s->at] == '\'') {
            s->at++;
            return WORDS_OK;
        }
        if (s->text.data[s->at] == '$')
            buf_byte(&s->word, '$');
    }
    return WORDS_QUOTE;
}

static enum words_result take_double(struct split_state *s)
{
    enum words_result r;

    s->in_word = true;
    for (s->at++; s->at < s->text.len;) {
        uint8_t c = s->text.data[s->at];

        if (c == '"') {
            s->at++;
            return WORDS_OK;
        }
        if (c == '$') {
            r = take_dollar(s);
            if (r != WORDS_OK)
                return r;
            continue;
        }
        if (c == '\\' && s->at + 1 < s->text.len && strchr("\"\\", s->text.data[s->at + 1]))
            s->at++;
        take(s);
    }
    return WORDS_QUOTE;
}

static enum words_result take_one(struct split_state *s)
{
    uint8_t c = s->text.data[s->at];

    if (c == 0)
        return WORDS_OPERATOR;
    if (strchr(" \t\n", c)) {
        word_end(s);
        s->at++;
        return WORDS_OK;
    }
    if (c == '\'')
        return take_single(s);
    if (c == '"')
        return take_double(s);
    if (c == '$')
        return take_dollar(s);
    if (strchr("|&;<>()`", c))
        return WORDS_OPERATOR;
    if (strchr("*?[", c) || (c == '~' && !s->in_word))
        return WORDS_PATTERN;
    if (c == '\\' && s->at + 1 < s->text.len)
        s->at++;
    take(s);
    return WORDS_OK;
}

enum words_result words_split(struct arena *arena, struct bytes text, struct words *out, size_t *where)
{
    struct split_state s = {.text = text, .arena = arena};
    enum words_result r = WORDS_OK;

    while (r == WORDS_OK && s.at < text.len) {
        *where = s.at;
        r = take_one(&s);
        if (r == WORDS_VARIABLE)
            *where = s.at;
    }
    word_end(&s);
    *array_push(s.words.word, s.words.n, s.cap) = NULL;
    out->n = s.words.n - 1;
    out->word = arena_copy(arena, s.words.word, s.words.n * sizeof *out->word);
    mem_free(s.words.word);
    buf_deinit(&s.word);
    return r;
}

#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static int negative(int code)
{
    return code > 0 ? -code : code;
}

static void set(struct err *e, int code, const char *fmt, va_list ap)
{
    e->code = negative(code);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
}

int err_say(struct err *e, int code, const char *fmt, ...)
{
    va_list ap;

    if (!e)
        return negative(code);
    va_start(ap, fmt);
    set(e, code, fmt, ap);
    va_end(ap);
    return e->code;
}

int err_set(struct err *e, int code, const char *fmt, ...)
{
    va_list ap;
    size_t len;

    if (!e)
        return negative(code);
    va_start(ap, fmt);
    set(e, code, fmt, ap);
    va_end(ap);
    len = strlen(e->text);
    if (code)
        snprintf(e->text + len, sizeof e->text - len, ": %s", strerror(-e->code));
    return e->code;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
    char inner[ERR_TEXT];
    size_t len;
    va_list ap;

    if (!e)
        return -EIO;
    memcpy(inner, e->text, sizeof inner);
    va_start(ap, fmt);
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    va_end(ap);
    len = strlen(e->text);
    snprintf(e->text + len, sizeof e->text - len, ": %s", inner);
    return e->code;
}

/*
 * escape.h - hostile bytes made printable, once per sink.
 *
 * What a student's program wrote may hold terminal controls, invalid UTF-8, or markup. Nothing of it reaches
 * a terminal or a file but through one of these. Each appends to out.
 */
#pragma once
#include "base/buf.h"

/* As a C string would show it: \n \r \t \0 \xNN \" \\; other printable ASCII as is. Pure ASCII out. */
void escape_c(struct buf *out, struct bytes b);
/* For running text: keeps line feeds, tabs and valid, printable UTF-8; controls (C0, C1, bidi) and what is
 * invalid become \xNN. */
void escape_text(struct buf *out, struct bytes b);
/* For XML 1.0 text and attributes: as escape_text, then & < > " ' as entities. */
void escape_xml(struct buf *out, struct bytes b);

/* Where byte `offset` of b begins in escape_c's output: its column, counted from 0. */
size_t escape_c_column(struct bytes b, size_t offset);

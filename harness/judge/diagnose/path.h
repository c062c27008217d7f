/* path.h - requests for files outside of a server's folder, in protocols of the spec's own. For
 * judge/diagnose/ alone.
 */
#pragma once
#include "judge/evidence.h"

/* That such a request was granted, where it should have been refused; NULL: it was not. */
const char *path_granted(const struct evidence *e);

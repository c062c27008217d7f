/* limits.h - resource limits of a student's process (setrlimit(2)). Never RLIMIT_AS: Java and ASan reserve
 * address space. */
#pragma once
#include "launch/box.h"

/* Limits the calling process. private_uid: the uid belongs to this box alone, so that its processes may be
 * counted. 0 or -errno. */
int limits_apply(const struct box_limits *limits, bool private_uid);

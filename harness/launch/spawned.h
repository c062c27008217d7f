/* spawned.h - the caller's half of starting a program: the request, and what came of it. Private to launch.
 */
#pragma once
#include "launch/init.h"

struct spawn_result {
    enum spawned outcome;
    pid_t pid;           /* SPAWNED: as the caller sees it */
    int cause;           /* otherwise: an errno */
    bool is_cwd;         /* path is the working directory of the command */
    char path[PATH_MAX]; /* what is missing or cannot be executed */
};

/* Sends the request. The socket on which the result will be told (owned by the caller), or a fault. */
int spawn_send(const struct box *b, uint32_t id, const struct box_command *command, struct err *e);
/* Waits for the result; takes over status. 0 or a fault. */
int spawn_receive(int status, int64_t deadline, struct spawn_result *out, struct err *e);
/* Says a failure in words; name is argv[0]. Returns its outcome, or a fault if this machine has what the box
 * hides. */
int spawn_explain(const struct spawn_result *result, const char *name, struct err *e);

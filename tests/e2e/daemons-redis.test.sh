#!/bin/sh
# Redis as a submission.
exec "$(dirname "$0")/daemons/try.sh" redis:redis-server

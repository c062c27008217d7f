#!/bin/sh
# memcached as a submission.
exec "$(dirname "$0")/daemons/try.sh" memcached:memcached

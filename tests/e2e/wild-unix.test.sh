#!/bin/sh
# Programs as they are met in the wild, of the kind that wild/unix/spec.yaml asks for.
exec "$(dirname "$0")/wild/try.sh" unix

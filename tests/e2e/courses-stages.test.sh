#!/bin/sh
# Homework of a real course: see courses/stages/spec.yaml.
LEVELS='uid basic' exec "$(dirname "$0")/courses/try.sh" stages

#!/bin/sh
# Web servers as submissions. webfsd wants to know its user by name, which only one level has.
exec "$(dirname "$0")/daemons/try.sh" python-http:python3 busybox-httpd:busybox webfs:webfsd:full lighttpd:lighttpd

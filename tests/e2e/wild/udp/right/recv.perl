#!/usr/bin/env perl
use strict;
use warnings;
use IO::Socket::INET;
my $socket = IO::Socket::INET->new(LocalPort => $ARGV[0], Proto => 'udp') or die "bind: $@";

while (1) {
    my $from = recv $socket, my $text, 2000, 0;
    next unless defined $from;
    send $socket, scalar(reverse $text), 0, $from;
}

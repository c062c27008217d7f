#!/usr/bin/env perl
# A process for each client.
use strict;
use warnings;
use IO::Socket::INET;
$SIG{CHLD} = 'IGNORE';
$SIG{PIPE} = 'IGNORE';
my $server = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 16, ReuseAddr => 1, Proto => 'tcp') or die "listen: $@";

while (1) {
    my $client = $server->accept or next;
    my $child = fork;
    if (defined $child && $child == 0) {
        close $server;
        $client->autoflush(1);
        while (my $line = <$client>) {
            last unless chomp $line;
            print {$client} scalar(reverse $line) . "\n" or last;
        }
        exit 0;
    }
    close $client;
}

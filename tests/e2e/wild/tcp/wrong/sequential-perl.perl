#!/usr/bin/env perl
# One client, and then the next.
use strict;
use warnings;
use IO::Socket::INET;
$SIG{PIPE} = 'IGNORE';
my $server = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 16, ReuseAddr => 1, Proto => 'tcp') or die "listen: $@";

while (my $client = $server->accept) {
    $client->autoflush(1);
    while (my $line = <$client>) {
        last unless chomp $line;
        print {$client} scalar(reverse $line) . "\n" or last;
    }
    close $client;
}

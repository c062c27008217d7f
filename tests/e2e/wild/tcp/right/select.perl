#!/usr/bin/env perl
# IO::Select with a time-out.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;
$SIG{PIPE} = 'IGNORE';
my $server = IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 16, ReuseAddr => 1, Proto => 'tcp') or die "listen: $@";
my $set = IO::Select->new($server);
my %rest;

sub leave {
    my $client = shift;
    $set->remove($client);
    delete $rest{$client};
    close $client;
}

while (1) {
    for my $ready ($set->can_read(0.5)) {
        if ($ready == $server) {
            my $client = $server->accept or next;
            $client->autoflush(1);
            $set->add($client);
            $rest{$client} = '';
            next;
        }
        my $n = sysread $ready, $rest{$ready}, 4096, length $rest{$ready};
        if (!$n) {
            leave($ready);
            next;
        }
        while ($rest{$ready} =~ s/\A(.*?)\n//s) {
            my $answer = reverse($1) . "\n";
            while (length $answer) {
                my $sent = syswrite $ready, $answer;
                last unless defined $sent;
                substr($answer, 0, $sent) = '';
            }
        }
    }
}

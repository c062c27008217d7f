#!/usr/bin/env node
// One event, one line.
'use strict';
require('net').createServer((client) => {
    client.on('data', (piece) => {
        client.write(piece.toString('latin1').trimEnd().split('').reverse().join('') + '\n');
    });
    client.on('error', () => {});
}).listen(Number(process.argv[2]), '0.0.0.0');

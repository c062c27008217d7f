#!/usr/bin/env node
// One buffer for all clients.
'use strict';
let rest = '';
require('net').createServer((client) => {
    client.setEncoding('latin1');
    client.on('data', (piece) => {
        const lines = (rest + piece).split('\n');
        rest = lines.pop();
        for (const line of lines) client.write(line.split('').reverse().join('') + '\n', 'latin1');
    });
    client.on('error', () => {});
}).listen(Number(process.argv[2]), '0.0.0.0');

#!/usr/bin/env node
// An error event that nobody listens for ends the program.
'use strict';
require('net').createServer((client) => {
    let rest = '';
    client.setEncoding('latin1');
    client.on('data', (piece) => {
        const lines = (rest + piece).split('\n');
        rest = lines.pop();
        for (const line of lines) client.write(line.split('').reverse().join('') + '\n', 'latin1');
    });
}).listen(Number(process.argv[2]), '0.0.0.0');

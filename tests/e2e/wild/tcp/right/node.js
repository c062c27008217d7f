#!/usr/bin/env node
// Events of streams.
'use strict';
const server = require('net').createServer((client) => {
    let rest = '';
    client.setEncoding('latin1');
    client.on('data', (piece) => {
        const lines = (rest + piece).split('\n');
        rest = lines.pop();
        for (const line of lines) client.write(line.split('').reverse().join('') + '\n', 'latin1');
    });
    client.on('error', () => client.destroy());
});
server.listen(Number(process.argv[2]), '0.0.0.0');

#!/usr/bin/env node
// A clock ticks all the time, and answers come from a timer of their own: both are one wait of the event loop.
'use strict';
require('net').createServer({ allowHalfOpen: true }, async (client) => {
    let rest = '';
    client.setEncoding('latin1');
    client.on('error', () => {});
    for await (const piece of client) {
        const lines = (rest + piece).split('\n');
        rest = lines.pop();
        for (const line of lines) {
            await new Promise((resolve) => setTimeout(resolve, 450));
            client.write(line.split('').reverse().join('') + '\n', 'latin1');
        }
    }
    client.end();
}).listen(Number(process.argv[2]), '0.0.0.0');
setInterval(() => {}, 50);

#!/usr/bin/env node
// setTimeout() of 400 ms before each answer; the end waits for the last one.
'use strict';
require('net').createServer({ allowHalfOpen: true }, (client) => {
    let rest = '';
    let pending = 0;
    let ended = false;
    const leave = () => { if (ended && pending === 0) client.end(); };
    client.setEncoding('latin1');
    client.on('data', (piece) => {
        const lines = (rest + piece).split('\n');
        rest = lines.pop();
        for (const line of lines) {
            pending++;
            setTimeout(() => {
                client.write(line.split('').reverse().join('') + '\n', 'latin1');
                pending--;
                leave();
            }, 400);
        }
    });
    client.on('end', () => { ended = true; leave(); });
    client.on('error', () => {});
}).listen(Number(process.argv[2]), '0.0.0.0');

#!/usr/bin/env node
// Loops over the pieces, a clock that ticks on the side, and a time-out for clients that say nothing.
'use strict';
const net = require('net');
let clients = 0;

async function serve(client) {
    let rest = Buffer.alloc(0);
    clients++;
    try {
        for await (const piece of client) {
            rest = Buffer.concat([rest, piece]);
            for (let end; (end = rest.indexOf(10)) >= 0; rest = rest.subarray(end + 1)) {
                client.write(Buffer.concat([Buffer.from(rest.subarray(0, end)).reverse(), Buffer.from('\n')]));
            }
        }
        client.end();
    } catch (error) {
        console.error('lost a client:', error.code);
    }
    clients--;
}

const server = net.createServer({ allowHalfOpen: true }, (client) => {
    client.setTimeout(60000, () => client.destroy());
    client.on('error', () => {});
    serve(client);
});
server.listen({ port: Number(process.argv[2]) });
setInterval(() => console.log(clients, 'clients'), 120);

#!/usr/bin/env node
// Answers on a socket of its own.
'use strict';
const dgram = require('dgram');
const socket = dgram.createSocket('udp4');
socket.on('message', (text, from) => {
    const other = dgram.createSocket('udp4');
    other.send(Buffer.from(text).reverse(), from.port, from.address, () => other.close());
});
socket.bind(Number(process.argv[2]));

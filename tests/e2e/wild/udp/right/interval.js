#!/usr/bin/env node
'use strict';
const socket = require('dgram').createSocket({ type: 'udp6', ipv6Only: false });
let count = 0;
socket.on('message', (text, from) => {
    count++;
    socket.send(Buffer.from(text).reverse(), from.port, from.address);
});
socket.on('error', (error) => console.error(error));
socket.bind(Number(process.argv[2]));
setInterval(() => console.log(count, 'datagrams'), 100);

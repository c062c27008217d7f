#!/usr/bin/env node
'use strict';
const socket = require('dgram').createSocket('udp4');
socket.on('message', (text, from) => socket.send(Buffer.from(text).reverse(), from.port, from.address));
socket.bind(Number(process.argv[2]));

"""Echoes what arrives on descriptor 0, a socket, with a blocking read: what a first Python server looks like."""

import socket

connection = socket.socket(fileno=0)
while data := connection.recv(4096):
    connection.sendall(data)

"""Speaks lines until it is asked for packets: see ../right.yaml."""
import socket
import socketserver
import struct
import sys
import threading


def data_port():
    """Another port, on which everything is sent back; for one connection."""
    listener = socket.create_server(("0.0.0.0", 0))

    def serve():
        connection = listener.accept()[0]
        listener.close()
        while data := connection.recv(4096):
            connection.sendall(data)
        connection.close()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


class Talk(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\n")

    def handle(self):
        self.wfile.write(b"HELLO 1\n")
        for line in self.rfile:
            word, *rest = line.decode().split()
            if word == "ADD":
                self.say("SUM %d" % (int(rest[0]) + int(rest[1])))
            elif word == "PASV":
                port = data_port()
                self.say("227 Entering (127.0.0.1,%d,%d)" % (port // 256, port % 256))
            elif word == "COUNT":
                for number in range(int(rest[0])):
                    self.say("NUMBER %d" % (number + 1))
            elif word == "ASK":
                self.say("QUESTION 20 22")
                self.say("HEARD " + self.rfile.readline().decode().split()[1])
            elif word == "RUDE":
                self.say("HELLO 2")
            elif word == "PACKETS":
                self.say("OK")
                self.packets()
                return

    def packets(self):
        while head := self.rfile.read(4):
            kind, size = struct.unpack(">HH", head)
            body = self.rfile.read(size)
            self.rfile.read(-size % 4)
            self.wfile.write(struct.pack(">HH", kind + 1, size) + body[::-1] + bytes(-size % 4))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256


Server(("", int(sys.argv[1])), Talk).serve_forever()

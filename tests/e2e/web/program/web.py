"""HTTP, and one mistake: see ../*.yaml.

   web.py MISTAKE serve PORT
   web.py MISTAKE ask HOST PORT METHOD TARGET...   one connection; prints the status of each answer
"""
import socket
import sys

PAGES = {"/a": b"hello", "/long": b"x" * 5000}


def head_of(stream):
    lines = []
    while (line := stream.readline().rstrip(b"\r\n")) != b"":
        lines.append(line)
    return lines


def length_of(head):
    for line in head[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return None


def answer(connection, method, target, mistake):
    body = PAGES.get(target, b"none")
    status = b"200 OK" if target in PAGES or target in ("/open", "/chunks") else b"404 Not Found"
    start = b"HTTP/1.1 " + status + b"\r\n"
    if target == "/open":  # as long as the connection is open
        connection.sendall(start + b"Connection: close\r\n\r\n" + b"the rest")
        return False
    if target == "/chunks":
        connection.sendall(start + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
        return True
    head = start + b"Content-Length: %d\r\n\r\n" % len(body)
    if mistake == "interim":
        head = b"HTTP/1.1 100 Continue\r\n\r\n" + head
    answer = head if method == "HEAD" and mistake != "body-to-head" else head + body
    # In one piece: or else a quick client may have asked the next between the two.
    connection.sendall(answer + head + body if mistake == "twice" else answer)
    return True


def serve_one(connection, mistake):
    stream = connection.makefile("rb")
    if mistake == "first":
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
    while True:
        head = head_of(stream)
        if not head:
            return
        words = head[0].decode().split()
        if words[-1] != "HTTP/1.1":
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            return
        method, target, _ = words
        size = length_of(head) or 0
        if size > 100000 and mistake != "reads-all":
            connection.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            stream.read(size)
            return
        stream.read(size)
        if mistake == "silent" or target == "/slow":
            continue
        if not answer(connection, method, target, mistake):
            return


def serve(port, mistake):
    listener = socket.create_server(("127.0.0.1", port))
    while True:
        connection = listener.accept()[0]
        try:
            serve_one(connection, mistake)
        except ConnectionError:
            pass  # it is gone
        connection.close()


def response(stream, method):
    head = head_of(stream)
    if not head:
        return "none"
    size = length_of(head)
    if method == "HEAD":
        size = 0
    if any(b"chunked" in line for line in head):
        while (size := int(stream.readline(), 16)) > 0:
            stream.read(size + 2)
        stream.readline()
    elif size is None and not head[0].split()[1].startswith(b"1"):
        stream.read()
    else:
        stream.read(size or 0)
    status = head[0].split()[1].decode()
    return status if status != "100" else response(stream, method)


def ask(host, port, requests, mistake):
    connection = socket.create_connection((host, port))
    stream = connection.makefile("rb")
    texts = [b"%s %s HTTP/1.1\r\nHost: web\r\n\r\n" % (m.encode(), t.encode()) for m, t in requests]
    if mistake == "pipelines":
        connection.sendall(b"".join(texts))
    for (method, _), text in zip(requests, texts):
        if mistake != "pipelines":
            connection.sendall(text)
        print(response(stream, method), flush=True)


mistake, what, *args = sys.argv[1:]
if what == "serve":
    serve(int(args[0]), mistake)
else:
    ask(args[0], int(args[1]), list(zip(args[2::2], args[3::2])), mistake)

s/client.makefile("rb") as lines/__import__("io").BytesIO(client.recv(65536)) as lines/

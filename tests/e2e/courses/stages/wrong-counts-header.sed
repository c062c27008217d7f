s/return struct.pack("!IIHH", len(payload)/return struct.pack("!IIHH", 12 + len(payload)/

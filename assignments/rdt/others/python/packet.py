"""The packets of the protocol, to bytes and back."""
import struct

DATA, ACK, FIN = 1, 2, 3
HEADER = struct.Struct("!BBHHH")
MAX_PAYLOAD = 1000
MODULUS = 65536


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def encode(kind, number, payload=b""):
    bare = HEADER.pack(kind, 0, number, len(payload), 0) + payload
    return HEADER.pack(kind, 0, number, len(payload), checksum(bare)) + payload


def decode(data):
    """Returns (kind, number, payload), or None for what is no packet."""
    if len(data) < HEADER.size or checksum(data) != 0:
        return None
    kind, zero, number, length, _ = HEADER.unpack_from(data)
    payload = data[HEADER.size :]
    if zero != 0 or len(payload) != length:
        return None
    if kind == DATA and 1 <= length <= MAX_PAYLOAD or kind in (ACK, FIN) and length == 0:
        return kind, number, payload
    return None

s/ + bytes(-len(payload) % 4)$//

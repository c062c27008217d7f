s/ if n.lower() not in OURS\]/]/

s/(s, st, sid) != (secret, step, SID)/(st, sid) != (step, SID)/

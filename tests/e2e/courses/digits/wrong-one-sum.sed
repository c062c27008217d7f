s/    while not answers or len(text) > 1:/    while not answers:/

s/range(1, 11)/range(10)/

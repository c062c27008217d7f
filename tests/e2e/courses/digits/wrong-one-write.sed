s/        for answer in sums(text.decode("latin-1")):/        for answer in [b"\\n".join(sums(text.decode("latin-1")))]:/

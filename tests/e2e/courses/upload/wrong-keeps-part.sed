/        out = freopen(path, "wb", out);/d

s/        fwrite(data, 1, (size_t)n, out);/        data[n < 65535 ? n : 65535] = 0, fputs(data, out);/

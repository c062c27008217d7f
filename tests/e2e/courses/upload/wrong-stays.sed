/^    close(fd);$/s/.*/    sleep(100);/

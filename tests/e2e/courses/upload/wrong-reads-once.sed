s/while ((n = read(/if ((n = read(/

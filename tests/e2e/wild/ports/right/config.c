/* The port stands in a file. */
#include "reverse.h"

int main(void)
{
    FILE *file = fopen("etc/server.conf", "r");
    char line[100], port[20] = "0";
    int server, fd;

    if (!file)
        die("etc/server.conf");
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "port = %19[0-9]", port) == 1)
            break;
    fclose(file);
    server = listen_on(port);
    while ((fd = accept(server, NULL, NULL)) >= 0)
        client_serve(fd);
    return 1;
}

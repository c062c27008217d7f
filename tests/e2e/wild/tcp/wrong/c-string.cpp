// A thread for each client. What was received is a line, and is sent with the NUL of c_str().
#include <algorithm>
#include <cstdlib>
#include <string>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(int fd)
{
    std::string in;
    char piece[512];

    for (ssize_t n; (n = recv(fd, piece, sizeof piece, 0)) > 0;) {
        in.append(piece, static_cast<size_t>(n));
        for (size_t end; (end = in.find('\n')) != std::string::npos; in.erase(0, end + 1)) {
            std::string line = in.substr(0, end);
            std::reverse(line.begin(), line.end());
            line += "\n";
            send(fd, line.c_str(), line.size() + 1, MSG_NOSIGNAL);
        }
    }
    close(fd);
}

int main(int argc, char **argv)
{
    const int server = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    sockaddr_in at{};

    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0));
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(server, reinterpret_cast<sockaddr *>(&at), sizeof at) < 0 || listen(server, SOMAXCONN) < 0)
        return 1;
    for (;;)
        std::thread(serve, accept(server, nullptr, nullptr)).detach();
}

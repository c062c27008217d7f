// std::thread for each client, std::getline on a buffer of its own over the socket.
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <istream>
#include <streambuf>
#include <string>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

class SocketBuffer : public std::streambuf {
public:
    explicit SocketBuffer(int fd) : fd(fd) {}

protected:
    int_type underflow() override
    {
        const ssize_t n = recv(fd, buffer, sizeof buffer, 0);

        if (n <= 0)
            return traits_type::eof();
        setg(buffer, buffer, buffer + n);
        return traits_type::to_int_type(buffer[0]);
    }

private:
    int fd;
    char buffer[512];
};

static bool sendAll(int fd, const std::string &text)
{
    for (size_t sent = 0; sent < text.size();) {
        const ssize_t n = send(fd, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (n < 0)
            return false;
        sent += static_cast<size_t>(n);
    }
    return true;
}

static void serve(int fd)
{
    SocketBuffer buffer(fd);
    std::istream in(&buffer);

    for (std::string line; std::getline(in, line) && !in.eof();) {
        std::reverse(line.begin(), line.end());
        if (!sendAll(fd, line + "\n"))
            break;
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
    if (bind(server, reinterpret_cast<sockaddr *>(&at), sizeof at) < 0 || listen(server, SOMAXCONN) < 0) {
        std::cerr << "cannot listen\n";
        return 1;
    }
    for (;;) {
        const int fd = accept(server, nullptr, nullptr);
        if (fd >= 0)
            std::thread(serve, fd).detach();
    }
}

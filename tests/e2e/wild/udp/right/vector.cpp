// A std::vector and a poll with a time-out.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in at{};

    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0));
    if (bind(fd, reinterpret_cast<sockaddr *>(&at), sizeof at) < 0) {
        std::cerr << "cannot bind\n";
        return 1;
    }
    for (;;) {
        pollfd one{fd, POLLIN, 0};
        std::vector<char> room(1500);
        sockaddr_in from{};
        socklen_t len = sizeof from;

        if (poll(&one, 1, 350) <= 0)
            continue;
        const ssize_t n = recvfrom(fd, room.data(), room.size(), 0, reinterpret_cast<sockaddr *>(&from), &len);
        if (n < 0)
            continue;
        std::reverse(room.begin(), room.begin() + n);
        sendto(fd, room.data(), static_cast<size_t>(n), 0, reinterpret_cast<sockaddr *>(&from), len);
    }
}

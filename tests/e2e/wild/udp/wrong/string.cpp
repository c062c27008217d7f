// The datagram is taken for a C string.
#include <algorithm>
#include <cstdlib>
#include <string>

#include <netinet/in.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    sockaddr_in at{};

    at.sin_family = AF_INET;
    at.sin_port = htons(static_cast<uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0));
    if (bind(fd, reinterpret_cast<sockaddr *>(&at), sizeof at) < 0)
        return 1;
    for (;;) {
        char room[1500] = "";
        sockaddr_in from{};
        socklen_t len = sizeof from;

        if (recvfrom(fd, room, sizeof room - 1, 0, reinterpret_cast<sockaddr *>(&from), &len) < 0)
            continue;
        std::string text(room);
        std::reverse(text.begin(), text.end());
        sendto(fd, text.data(), text.size(), 0, reinterpret_cast<sockaddr *>(&from), len);
    }
}

// std::this_thread::sleep_for, and a std::future that is late.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <future>
#include <string>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace std::chrono_literals;

static std::string answer(std::string line)
{
    std::this_thread::sleep_for(350ms);
    std::reverse(line.begin(), line.end());
    return line + "\n";
}

static void serve(int fd)
{
    std::string in;
    char piece[300];

    for (ssize_t n; (n = recv(fd, piece, sizeof piece, 0)) > 0;) {
        in.append(piece, static_cast<size_t>(n));
        for (size_t end; (end = in.find('\n')) != std::string::npos; in.erase(0, end + 1)) {
            auto later = std::async(std::launch::async, answer, in.substr(0, end));
            while (later.wait_for(120ms) != std::future_status::ready)
                ;
            const std::string text = later.get();
            send(fd, text.data(), text.size(), MSG_NOSIGNAL);
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
    if (bind(server, reinterpret_cast<sockaddr *>(&at), sizeof at) < 0 || listen(server, 16) < 0)
        return 1;
    for (;;)
        std::thread(serve, accept(server, nullptr, nullptr)).detach();
}

// One thread and epoll, with a time-out that only serves to print now and then, and a worker behind a condition variable.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <iostream>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct Client {
    std::string in, out;
    bool ended = false;
};

class Log {
public:
    Log() : worker([this] { run(); }) {}
    void say(const std::string &text)
    {
        std::lock_guard<std::mutex> lock(mutex);
        lines.push_back(text);
        some.notify_one();
    }

private:
    void run()
    {
        std::unique_lock<std::mutex> lock(mutex);
        for (;;) {
            some.wait_for(lock, std::chrono::milliseconds(250));
            for (; !lines.empty(); lines.pop_front())
                std::clog << lines.front() << std::endl;
        }
    }
    std::mutex mutex;
    std::condition_variable some;
    std::deque<std::string> lines;
    std::thread worker;
};

static void takeLines(Client &c)
{
    for (size_t end; (end = c.in.find('\n')) != std::string::npos; c.in.erase(0, end + 1)) {
        std::string line = c.in.substr(0, end);
        std::reverse(line.begin(), line.end());
        c.out += line + "\n";
    }
}

/* False: it is over. */
static bool step(int fd, Client &c, uint32_t events)
{
    char piece[700];

    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !c.ended) {
        const ssize_t n = recv(fd, piece, sizeof piece, 0);
        if (n < 0)
            return errno == EAGAIN;
        c.ended = n == 0;
        c.in.append(piece, static_cast<size_t>(n));
        takeLines(c);
    }
    if (!c.out.empty()) {
        const ssize_t n = send(fd, c.out.data(), c.out.size(), MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            return false;
        c.out.erase(0, n < 0 ? 0 : static_cast<size_t>(n));
    }
    return !c.ended || !c.out.empty();
}

int main(int argc, char **argv)
{
    const int server = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0), set = epoll_create1(0), yes = 1;
    std::map<int, Client> clients;
    sockaddr_in6 at{};
    Log log;

    at.sin6_family = AF_INET6;
    at.sin6_port = htons(static_cast<uint16_t>(argc > 1 ? std::atoi(argv[1]) : 0));
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(server, reinterpret_cast<sockaddr *>(&at), sizeof at) < 0 || listen(server, SOMAXCONN) < 0)
        return 1;
    epoll_event watched{};
    watched.events = EPOLLIN;
    watched.data.fd = server;
    epoll_ctl(set, EPOLL_CTL_ADD, server, &watched);
    for (;;) {
        epoll_event events[8];
        const int n = epoll_wait(set, events, 8, 400);

        if (n == 0)
            log.say(std::to_string(clients.size()) + " clients");
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;

            if (fd == server) {
                fd = accept4(server, nullptr, nullptr, SOCK_NONBLOCK);
                watched.data.fd = fd;
                if (fd >= 0 && epoll_ctl(set, EPOLL_CTL_ADD, fd, &watched) == 0)
                    clients[fd] = Client();
                continue;
            }
            Client &c = clients[fd];
            if (!step(fd, c, events[i].events)) {
                clients.erase(fd);
                close(fd);
                continue;
            }
            epoll_event again{};
            again.events = (c.ended ? 0u : static_cast<uint32_t>(EPOLLIN)) | (c.out.empty() ? 0u : static_cast<uint32_t>(EPOLLOUT));
            again.data.fd = fd;
            epoll_ctl(set, EPOLL_CTL_MOD, fd, &again);
        }
    }
}

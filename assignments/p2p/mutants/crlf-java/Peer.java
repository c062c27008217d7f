import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

public class Peer {
    static final String NAME = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}";

    final int port;
    final Path dir;
    private final List<Link> links = new ArrayList<>();         // both HELLOs said, in this order
    private final Set<String> dialling = new HashSet<>();

    Peer(int port, Path dir) {
        this.port = port;
        this.dir = dir;
    }

    /* who is linked with us */

    /** Adds a link that was accepted, and lets it greet; false if we know this peer. */
    synchronized boolean welcome(Link link) {
        StringBuilder others = new StringBuilder();
        for (Link l : links) {
            if (l.name().equals(link.name())) {
                return false;
            }
            others.append(l.name()).append('\n');
        }
        link.say("HELLO " + port + "\nPEERS " + links.size() + "\n" + others);
        links.add(link);
        return true;
    }

    synchronized void add(Link link) {
        links.add(link);
        dialling.remove(link.name());
    }

    synchronized void remove(Link link) {
        links.remove(link);
    }

    synchronized void dialFailed(String name) {
        dialling.remove(name);
    }

    private synchronized List<Link> allLinks() {
        return new ArrayList<>(links);
    }

    /** Dials a peer that somebody has told us of, unless we have it already. */
    void hearOf(String host, int itsPort, String myAddress) {
        String name = host + " " + itsPort;
        if (itsPort == port && host.equals(myAddress)) {
            return;
        }
        synchronized (this) {
            for (Link l : links) {
                if (l.name().equals(name)) {
                    return;
                }
            }
            if (!dialling.add(name)) {
                return;
            }
        }
        Thread t = new Thread(() -> {
            try {
                dialled(new Socket(host, itsPort), itsPort);
            } catch (IOException e) {
                System.err.println("peer: " + name + ": " + e.getMessage());
                dialFailed(name);
            }
        });
        t.start();
    }

    private void dialled(Socket socket, int itsPort) throws IOException {
        Link link = new Link(this, socket, itsPort);
        link.say("HELLO " + port + "\n");
        link.start();
    }

    /* the user */

    private void wishes() throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.ISO_8859_1));
        String line;
        while ((line = in.readLine()) != null) {
            if (!line.startsWith("get ")) {
                System.err.println("peer: say get and a name");
                continue;
            }
            String name = line.substring(4);
            long size = get(name);
            System.out.println(size >= 0 ? "got " + name + " " + size : "none " + name);
            System.out.flush();
        }
    }

    private long get(String name) {
        if (!name.matches(NAME)) {
            return -1;
        }
        for (Link l : allLinks()) {
            long size = l.fetch(name);
            if (size >= 0) {
                return size;
            }
        }
        return -1;
    }

    private static int port(String s) {
        return s.matches("[0-9]{1,5}") && Integer.parseInt(s) <= 65535 ? Integer.parseInt(s) : 0;
    }

    public static void main(String[] args) throws IOException {
        if ((args.length != 2 && args.length != 4) || port(args[0]) == 0 || !Files.isDirectory(Path.of(args[1]))
                || (args.length == 4 && port(args[3]) == 0)) {
            System.err.println("usage: peer PORT DIR [HOST PORT]");
            System.exit(1);
        }
        Peer peer = new Peer(port(args[0]), Path.of(args[1]));
        ServerSocket listener = null;
        try {
            listener = new ServerSocket(peer.port);
            if (args.length == 4) {
                peer.dialFirst(args[2], port(args[3]));
            }
        } catch (IOException e) {
            System.err.println("peer: " + e.getMessage());
            System.exit(2);
        }
        Thread user = new Thread(() -> {
            try {
                peer.wishes();
            } catch (IOException e) {
                System.err.println("peer: " + e.getMessage());
            }
        });
        user.start();
        while (true) {
            try {
                new Link(peer, listener.accept(), 0).start();
            } catch (IOException e) {
                System.err.println("peer: " + e.getMessage());
            }
        }
    }

    private void dialFirst(String host, int itsPort) throws IOException {
        IOException last = null;
        for (InetAddress a : InetAddress.getAllByName(host)) {
            try {
                Socket s = new Socket(a, itsPort);
                synchronized (this) {
                    dialling.add(a.getHostAddress() + " " + itsPort);
                }
                dialled(s, itsPort);
                return;
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }
}

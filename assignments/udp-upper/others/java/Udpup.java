import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.charset.StandardCharsets;

/** udpup HOST PORT TEXT, in Java, with a channel that never blocks and a selector to wait on. */
public class Udpup {
    static final int MAX_DATAGRAM = 1400;
    static final int TRIES = 3;
    static final long PATIENCE_MS = 1000;

    static long nowMs() {
        return System.nanoTime() / 1_000_000;
    }

    /** The server's next datagram, or null when none comes in time. */
    static ByteBuffer await(DatagramChannel channel, Selector selector, InetSocketAddress server)
            throws IOException {
        long until = nowMs() + PATIENCE_MS;
        ByteBuffer answer = ByteBuffer.allocate(MAX_DATAGRAM);
        for (long left = PATIENCE_MS; left > 0; left = until - nowMs()) {
            selector.select(left);
            selector.selectedKeys().clear();
            for (Object from = channel.receive(answer); from != null; from = channel.receive(answer)) {
                if (from.equals(server))
                    return answer.flip();
                answer.clear(); // a stranger's
            }
        }
        return null;
    }

    static int ask(InetSocketAddress server, String text) throws IOException {
        try (DatagramChannel channel = DatagramChannel.open(); Selector selector = Selector.open()) {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ);
            for (int i = 0; i < TRIES; i++) {
                channel.send(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), server);
                ByteBuffer answer = await(channel, selector, server);
                if (answer != null) {
                    System.out.write(answer.array(), 0, answer.limit());
                    System.out.write('\n');
                    System.out.flush();
                    return 0;
                }
            }
        }
        System.err.println("udpup: no answer");
        return 2;
    }

    static int portOf(String[] args) {
        try {
            int port = args.length == 3 ? Integer.parseInt(args[1]) : 0;
            return port > 65535 ? 0 : port;
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    public static void main(String[] args) {
        int port = portOf(args), status;
        if (port <= 0) {
            System.err.println("usage: udpup HOST PORT TEXT");
            System.exit(1);
        }
        try {
            InetSocketAddress server = new InetSocketAddress(args[0], port);
            if (server.isUnresolved())
                throw new IOException("no such host: " + args[0]);
            status = ask(server, args[2]);
        } catch (IOException e) {
            System.err.println("udpup: " + e.getMessage());
            status = 2;
        }
        System.exit(status);
    }
}

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** tcpupd PORT, with a selector: one thread, and for each client the bytes that are still to be sent back. */
public class Upper {
    private static class Client {
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(65536).limit(0);
        private boolean ended;

        /** Does what goes without waiting, and says what to wait for next; 0: the connection is over. */
        int step(SocketChannel channel) throws IOException {
            if (!buffer.hasRemaining()) {
                buffer.clear();
                ended = channel.read(buffer) < 0;
                buffer.flip();
                for (int i = 0; i < buffer.limit(); i++) {
                    byte b = buffer.get(i);
                    if (b >= 'a' && b <= 'z') {
                        buffer.put(i, (byte) (b - 32));
                    }
                }
            }
            channel.write(buffer);
            if (buffer.hasRemaining()) {
                return SelectionKey.OP_WRITE;
            }
            return ended ? 0 : SelectionKey.OP_READ;
        }
    }

    private static void accept(ServerSocketChannel server, Selector selector) throws IOException {
        SocketChannel channel = server.accept();
        if (channel != null) {
            channel.configureBlocking(false);
            channel.register(selector, SelectionKey.OP_READ, new Client());
        }
    }

    private static void serve(SelectionKey key) throws IOException {
        int next = 0;
        try {
            next = ((Client) key.attachment()).step((SocketChannel) key.channel());
        } catch (IOException e) {
            System.err.println("tcpupd: lost a client: " + e.getMessage());
        }
        if (next == 0) {
            key.channel().close();
        } else {
            key.interestOps(next);
        }
    }

    public static void main(String[] args) {
        if (args.length != 1 || !args[0].matches("[0-9]{1,5}")) {
            System.err.println("usage: tcpupd PORT");
            System.exit(1);
        }
        try (ServerSocketChannel server = ServerSocketChannel.open(); Selector selector = Selector.open()) {
            server.bind(new InetSocketAddress("0.0.0.0", Integer.parseInt(args[0])), 128);
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            while (true) {
                selector.select();
                for (SelectionKey key : selector.selectedKeys()) {
                    if (key.isAcceptable()) {
                        accept(server, selector);
                    } else {
                        serve(key);
                    }
                }
                selector.selectedKeys().clear();
            }
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("tcpupd: " + e.getMessage());
            System.exit(2);
        }
    }
}

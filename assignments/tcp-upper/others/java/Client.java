import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.WritableByteChannel;

/** tcpup HOST PORT, with channels: they may be read by one thread while another one writes. */
public class Client {
    private static volatile boolean inputEnded;

    private static void copy(ReadableByteChannel from, WritableByteChannel to) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(65536);
        while (from.read(buffer) >= 0) {
            buffer.flip();
            while (buffer.hasRemaining()) {
                to.write(buffer);
            }
            buffer.clear();
        }
    }

    private static void send(SocketChannel server) {
        try {
            copy(Channels.newChannel(System.in), server);
            inputEnded = true;
            server.shutdownOutput();
        } catch (IOException e) {
            System.err.println("tcpup: sending: " + e.getMessage());
        }
    }

    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            System.err.println("usage: tcpup HOST PORT");
            System.exit(1);
        }
        try (SocketChannel server = SocketChannel.open(new InetSocketAddress(args[0], Integer.parseInt(args[1])))) {
            Thread sender = new Thread(() -> send(server));
            sender.setDaemon(true);
            sender.start();
            copy(server, Channels.newChannel(System.out));
            System.out.flush();
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("tcpup: " + e);
            System.exit(2);
        }
        if (!inputEnded) {
            System.err.println("tcpup: the server closed too early");
            System.exit(2);
        }
    }
}

import java.io.IOException;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.*;

/** A channel and a Selector that wakes five times a second. */
public class Server {
    public static void main(String[] args) throws IOException {
        Selector selector = Selector.open();
        DatagramChannel channel = DatagramChannel.open();
        channel.bind(new InetSocketAddress(Integer.parseInt(args[0])));
        channel.configureBlocking(false);
        channel.register(selector, SelectionKey.OP_READ);
        ByteBuffer in = ByteBuffer.allocateDirect(2000);
        while (true) {
            selector.select(200);
            selector.selectedKeys().clear();
            SocketAddress from;
            while ((from = channel.receive(in)) != null) {
                ByteBuffer out = ByteBuffer.allocate(in.position());
                for (int i = in.position() - 1; i >= 0; i--)
                    out.put(in.get(i));
                out.flip();
                channel.send(out, from);
                in.clear();
            }
        }
    }
}

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.util.Iterator;

/** Waits for a whole line, answers it, and clears the buffer with what came after it. */
public class Server {
    static void read(SocketChannel channel, ByteBuffer in) throws IOException {
        if (channel.read(in) < 0) {
            channel.close();
            return;
        }
        for (int end = 0; end < in.position(); end++) {
            if (in.get(end) != '\n')
                continue;
            ByteBuffer out = ByteBuffer.allocate(end + 1);
            for (int i = end - 1; i >= 0; i--)
                out.put(in.get(i));
            out.put((byte) '\n').flip();
            while (out.hasRemaining())
                channel.write(out);
            in.clear();
            return;
        }
    }

    public static void main(String[] args) throws IOException {
        Selector selector = Selector.open();
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(Integer.parseInt(args[0])));
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            selector.select();
            for (Iterator<SelectionKey> i = selector.selectedKeys().iterator(); i.hasNext();) {
                SelectionKey key = i.next();
                i.remove();
                if (key.isAcceptable()) {
                    SocketChannel channel = server.accept();
                    channel.configureBlocking(false);
                    channel.register(selector, SelectionKey.OP_READ, ByteBuffer.allocate(8001));
                    continue;
                }
                try {
                    read((SocketChannel) key.channel(), (ByteBuffer) key.attachment());
                } catch (IOException e) {
                    key.channel().close();
                }
            }
        }
    }
}

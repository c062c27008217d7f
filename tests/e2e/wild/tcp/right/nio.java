import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.*;
import java.util.Iterator;

/** One thread and a Selector. What cannot be written at once waits until there is room. */
public class Server {
    static class Client {
        final SocketChannel channel;
        final ByteArrayOutputStream line = new ByteArrayOutputStream();
        ByteBuffer out = ByteBuffer.allocate(0);
        boolean ended;

        Client(SocketChannel channel) {
            this.channel = channel;
        }

        void queue(byte[] bytes) {
            ByteBuffer more = ByteBuffer.allocate(out.remaining() + bytes.length + 1);
            more.put(out);
            for (int i = bytes.length - 1; i >= 0; i--)
                more.put(bytes[i]);
            more.put((byte) '\n');
            more.flip();
            out = more;
        }

        void read() throws IOException {
            ByteBuffer in = ByteBuffer.allocate(4096);
            ended = channel.read(in) < 0;
            in.flip();
            while (in.hasRemaining()) {
                byte b = in.get();
                if (b != '\n') {
                    line.write(b);
                    continue;
                }
                queue(line.toByteArray());
                line.reset();
            }
        }

        void step(SelectionKey key) throws IOException {
            if (key.isReadable())
                read();
            if (out.hasRemaining())
                channel.write(out);
            if (ended && !out.hasRemaining())
                channel.close();
            else
                key.interestOps((ended ? 0 : SelectionKey.OP_READ) | (out.hasRemaining() ? SelectionKey.OP_WRITE : 0));
        }
    }

    public static void main(String[] args) throws IOException {
        Selector selector = Selector.open();
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(new InetSocketAddress(Integer.parseInt(args[0])), 64);
        server.configureBlocking(false);
        server.register(selector, SelectionKey.OP_ACCEPT);
        while (true) {
            selector.select();
            for (Iterator<SelectionKey> i = selector.selectedKeys().iterator(); i.hasNext();) {
                SelectionKey key = i.next();
                i.remove();
                if (key.isAcceptable()) {
                    SocketChannel channel = server.accept();
                    if (channel == null)
                        continue;
                    channel.configureBlocking(false);
                    channel.register(selector, SelectionKey.OP_READ, new Client(channel));
                    continue;
                }
                try {
                    ((Client) key.attachment()).step(key);
                } catch (IOException e) {
                    key.channel().close();
                }
            }
        }
    }
}

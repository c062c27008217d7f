import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** framed line|bin PORT, with NIO: one selector, and for each client two buffers. */
public final class Framed {
    static final int MAX_LINE = 1024;
    static final int MAX_PAYLOAD = 4096;
    static final Pattern ADD = Pattern.compile("ADD (-?[0-9]+) (-?[0-9]+)");

    /** What one client sent and is no whole message yet, and what it has not taken yet. */
    static final class Client {
        final SocketChannel channel;
        final boolean bin;
        final ByteBuffer in = ByteBuffer.allocate(8192);
        final ByteBuffer out = ByteBuffer.allocate(65536);
        boolean skipping; // the rest of a line that is too long
        boolean leaving; // said goodbye, or never to be answered again
        boolean ended; // it sends no more

        Client(SocketChannel channel, boolean bin) {
            this.channel = channel;
            this.bin = bin;
        }

        /** Reads and answers what can be, without waiting. False: the connection is over. */
        boolean step() throws IOException {
            ended = ended || channel.read(in) < 0;
            in.flip();
            while (!leaving && out.remaining() >= 2 + MAX_PAYLOAD && (bin ? frame() : line())) {
            }
            if (leaving) in.clear();
            else in.compact();
            out.flip();
            channel.write(out);
            out.compact();
            boolean answered = out.position() == 0;
            if (leaving && answered && !ended) channel.shutdownOutput();
            return !(ended && answered);
        }

        int interest() {
            boolean reads = !ended && in.hasRemaining() && out.remaining() >= 2 + MAX_PAYLOAD;
            return (reads ? SelectionKey.OP_READ : 0) | (out.position() > 0 ? SelectionKey.OP_WRITE : 0);
        }

        /** Answers the line at the front of `in`. False: it is not whole. */
        boolean line() {
            int end = in.position();
            while (end < in.limit() && in.get(end) != '\n') end++;
            boolean whole = end < in.limit();
            int length = end - in.position();
            if (length > MAX_LINE && !skipping) out.put(ascii("ERR line too long\n"));
            boolean answers = whole && !skipping && length <= MAX_LINE;
            skipping = !whole && (skipping || length > MAX_LINE);
            if (!whole && !skipping) return false;
            byte[] line = new byte[length];
            in.get(line);
            if (whole) in.get();
            if (answers) out.put(ascii(calculate(new String(line, StandardCharsets.ISO_8859_1))));
            return whole;
        }

        boolean frame() {
            if (in.remaining() < 2) return false;
            int length = in.getShort(in.position()) & 0xffff;
            if (length > MAX_PAYLOAD) {
                leaving = true;
                return false;
            }
            if (in.remaining() < 2 + length) return false;
            out.putShort(in.getShort());
            for (int i = length; i-- > 0; ) out.put(in.get(in.position() + i));
            in.position(in.position() + length);
            leaving = length == 0;
            return true;
        }
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    static String calculate(String line) {
        Matcher found = ADD.matcher(line);
        if (!found.matches()) return "ERR say ADD and two numbers\n";
        BigInteger a = new BigInteger(found.group(1));
        BigInteger b = new BigInteger(found.group(2));
        boolean fits = a.bitLength() < 64 && b.bitLength() < 64 && a.add(b).bitLength() < 64;
        return fits ? "OK " + a.add(b) + "\n" : "ERR that does not fit 64 bits\n";
    }

    static void serve(Selector selector, ServerSocketChannel door, boolean bin) throws IOException {
        while (true) {
            selector.select(key -> {
                Client client = (Client) key.attachment();
                try {
                    if (client == null) {
                        SocketChannel channel = door.accept();
                        if (channel == null) return;
                        channel.configureBlocking(false);
                        channel.register(selector, SelectionKey.OP_READ, new Client(channel, bin));
                    } else if (client.step()) {
                        key.interestOps(client.interest());
                    } else {
                        client.channel.close();
                    }
                } catch (IOException e) {
                    System.err.println("framed: lost a client: " + e.getMessage());
                    if (client != null) close(client);
                }
            });
        }
    }

    static void close(Client client) {
        try {
            client.channel.close();
        } catch (IOException e) {
            System.err.println("framed: " + e.getMessage());
        }
    }

    public static void main(String[] args) {
        if (args.length != 2 || !args[0].matches("line|bin") || !args[1].matches("[0-9]{1,5}")) {
            System.err.println("usage: framed line|bin PORT");
            System.exit(1);
        }
        try (Selector selector = Selector.open(); ServerSocketChannel door = ServerSocketChannel.open()) {
            door.bind(new InetSocketAddress("0.0.0.0", Integer.parseInt(args[1])), 128);
            door.configureBlocking(false);
            door.register(selector, SelectionKey.OP_ACCEPT);
            serve(selector, door, args[0].equals("bin"));
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("framed: " + e.getMessage());
            System.exit(2);
        }
    }
}

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * framec line|bin HOST PORT, with NIO. A selector knows channels and not stdin, so a thread carries what is typed into a
 * pipe, and does nothing else.
 */
public final class Framec {
    static final int MAX_LINE = 1024;
    static final int MAX_PAYLOAD = 4096;

    final SocketChannel server;
    final boolean bin;
    final ByteBuffer typed = ByteBuffer.allocate(16384);
    final ByteBuffer out = ByteBuffer.allocate(16384);
    final ByteBuffer in = ByteBuffer.allocate(16384);
    long unanswered;
    boolean stdinEnded;
    boolean saidBye;
    boolean ended;

    Framec(SocketChannel server, boolean bin) {
        this.server = server;
        this.bin = bin;
    }

    static void end(int status, String why) {
        if (why != null) System.err.println("framec: " + why);
        System.out.flush();
        System.exit(status);
    }

    /** Takes a line off the front of `buffer`, which is being read. null: there is no whole one. */
    static byte[] takeLine(ByteBuffer buffer) {
        for (int end = buffer.position(); end < buffer.limit(); end++) {
            if (buffer.get(end) != '\n') continue;
            byte[] line = new byte[end - buffer.position()];
            buffer.get(line).get();
            return line;
        }
        return null;
    }

    byte[] takeFrame() {
        if (in.remaining() < 2) return null;
        int length = in.getShort(in.position()) & 0xffff;
        if (length > MAX_PAYLOAD) end(3, "the server announces too long a frame");
        if (in.remaining() < 2 + length) return null;
        byte[] payload = new byte[length];
        in.getShort();
        in.get(payload);
        return payload;
    }

    void readTyped(Pipe.SourceChannel stdin) throws IOException {
        if (stdin.read(typed) >= 0) return;
        stdinEnded = true;
        if (typed.position() > 0 && typed.get(typed.position() - 1) != '\n') typed.put((byte) '\n');
    }

    void ask() {
        typed.flip();
        for (byte[] line; !saidBye && out.remaining() > 2 + MAX_PAYLOAD && (line = takeLine(typed)) != null; ) {
            if (bin) out.putShort((short) line.length);
            out.put(line);
            if (!bin) out.put((byte) '\n');
            unanswered++;
            saidBye = bin && line.length == 0;
        }
        typed.compact();
        if (!typed.hasRemaining()) end(1, "a line is too long to be sent");
    }

    void send() throws IOException {
        if (out.position() > 0) {
            out.flip();
            server.write(out);
            out.compact();
        }
        if (out.position() > 0 || ended || !(saidBye || stdinEnded && typed.position() == 0)) return;
        server.shutdownOutput();
        ended = true;
    }

    void printAnswers() throws IOException {
        boolean left = server.read(in) < 0;
        in.flip();
        for (byte[] answer; (answer = bin ? takeFrame() : takeLine(in)) != null; unanswered--) {
            System.out.write(answer);
            System.out.write('\n');
        }
        System.out.flush();
        in.compact();
        if (!bin && in.position() > MAX_LINE) end(3, "the server sent a line that is too long");
        if (left && !isDone()) end(3, "the server left");
    }

    boolean isDone() {
        return ended && unanswered == 0;
    }

    void talk(Selector selector, Pipe.SourceChannel stdin) throws IOException {
        SelectionKey user = stdin.register(selector, SelectionKey.OP_READ);
        SelectionKey socket = server.register(selector, SelectionKey.OP_READ);
        while (!isDone()) {
            user.interestOps(stdinEnded || saidBye ? 0 : SelectionKey.OP_READ);
            socket.interestOps(SelectionKey.OP_READ | (out.position() > 0 ? SelectionKey.OP_WRITE : 0));
            selector.select();
            if (user.isReadable()) readTyped(stdin);
            if (socket.isReadable()) printAnswers();
            selector.selectedKeys().clear();
            ask();
            send();
        }
    }

    static void carry(InputStream from, Pipe.SinkChannel to) {
        byte[] piece = new byte[4096];
        try (to) {
            for (int n; (n = from.read(piece)) >= 0; ) {
                for (ByteBuffer b = ByteBuffer.wrap(piece, 0, n); b.hasRemaining(); ) to.write(b);
            }
        } catch (IOException e) {
            System.err.println("framec: stdin: " + e.getMessage());
        }
    }

    public static void main(String[] args) {
        if (args.length != 3 || !args[0].matches("line|bin") || !args[2].matches("[0-9]{1,5}")) {
            System.err.println("usage: framec line|bin HOST PORT");
            System.exit(1);
        }
        try (Selector selector = Selector.open()) {
            InetSocketAddress address = new InetSocketAddress(args[1], Integer.parseInt(args[2]));
            if (address.isUnresolved()) throw new IOException("nobody knows " + args[1]);
            SocketChannel server = SocketChannel.open(address);
            server.configureBlocking(false);
            Pipe pipe = Pipe.open();
            pipe.source().configureBlocking(false);
            Thread typist = new Thread(() -> carry(System.in, pipe.sink()));
            typist.setDaemon(true);
            typist.start();
            new Framec(server, args[0].equals("bin")).talk(selector, pipe.source());
            end(0, null);
        } catch (IOException | IllegalArgumentException e) {
            end(2, e.getMessage());
        }
    }
}

// ipcd PATH, in Java: a thread for each client, and a map that counts atomically.

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Ipcd {
    private static final int MAX_LINE = 256;
    private static final Pattern REQUEST = Pattern.compile("INC ([A-Za-z0-9_-]{1,64})");
    private static final ConcurrentHashMap<String, Long> counters = new ConcurrentHashMap<>();

    /** Takes lines from a channel. What was read behind one stays for the next. */
    private static final class Lines {
        private final SocketChannel channel;
        private final ByteBuffer in = ByteBuffer.allocate(MAX_LINE + 1);

        Lines(SocketChannel channel) {
            this.channel = channel;
        }

        /** Returns null at the end, and when a line is too long. */
        String next() throws IOException {
            for (;;) {
                for (int i = 0; i < in.position(); i++) {
                    if (in.get(i) != '\n')
                        continue;
                    String line = new String(in.array(), 0, i, StandardCharsets.ISO_8859_1);
                    in.flip().position(i + 1);
                    in.compact();
                    return line;
                }
                if (!in.hasRemaining() || channel.read(in) < 0)
                    return null;
            }
        }
    }

    private static String answer(String line) {
        Matcher request = REQUEST.matcher(line);
        if (!request.matches())
            return "ERR say INC and a name\n";
        return counters.merge(request.group(1), 1L, Long::sum) + "\n";
    }

    private static void serve(SocketChannel channel) {
        try (channel) {
            Lines lines = new Lines(channel);
            for (String line = lines.next(); line != null; line = lines.next()) {
                ByteBuffer out = ByteBuffer.wrap(answer(line).getBytes(StandardCharsets.ISO_8859_1));
                while (out.hasRemaining())
                    channel.write(out);
            }
        } catch (IOException gone) {
            // the client has left: nobody else minds
        }
    }

    /** A socket that refuses connections has nobody who listens. */
    private static boolean isStale(Path path, UnixDomainSocketAddress address) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)
            || !Files.readAttributes(path, "isOther", LinkOption.NOFOLLOW_LINKS).get("isOther").equals(true))
            return false;
        try {
            SocketChannel.open(address).close();
            return false;
        } catch (IOException refused) {
            return true;
        }
    }

    private static void leave(Path path) {
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            System.err.println("ipcd: " + e.getMessage());
        }
        Runtime.getRuntime().halt(0); // else it would be 143, as after any signal
    }

    public static void main(String[] args) {
        if (args.length != 1 || args[0].isEmpty() || args[0].getBytes().length > 107) {
            System.err.println("usage: ipcd PATH\n       with 1 to 107 bytes of PATH");
            System.exit(1);
        }
        Path path = Path.of(args[0]);
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
        try {
            if (isStale(path, address))
                Files.delete(path);
            ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listener.bind(address, 128); // with the umask that the script ipcd has set
            Runtime.getRuntime().addShutdownHook(new Thread(() -> leave(path))); // runs on SIGTERM
            for (;;) {
                SocketChannel channel = listener.accept();
                new Thread(() -> serve(channel)).start();
            }
        } catch (IOException e) {
            System.err.println("ipcd: " + path + ": " + e.getMessage());
            Runtime.getRuntime().halt(2); // without the hook: the path may be another server's
        }
    }
}

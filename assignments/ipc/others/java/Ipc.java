// ipc PATH NAME, in Java.

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

public class Ipc {
    private static final int MAX_ANSWER = 256;

    /** Reads up to the line feed. Returns null when the server leaves before, or says too much. */
    private static String receiveLine(SocketChannel channel) throws IOException {
        ByteBuffer in = ByteBuffer.allocate(MAX_ANSWER);
        while (in.hasRemaining() && channel.read(in) >= 0) {
            String text = new String(in.array(), 0, in.position(), StandardCharsets.ISO_8859_1);
            int feed = text.indexOf('\n');
            if (feed >= 0)
                return text.substring(0, feed);
        }
        return null;
    }

    private static int ask(SocketChannel channel, String name) {
        String answer = null;
        try {
            ByteBuffer out = ByteBuffer.wrap(("INC " + name + "\n").getBytes(StandardCharsets.UTF_8));
            while (out.hasRemaining())
                channel.write(out);
            answer = receiveLine(channel);
        } catch (IOException e) {
            System.err.println("ipc: " + e.getMessage());
        }
        if (answer == null || !answer.matches("[0-9]+")) {
            System.err.println("ipc: no number came");
            return 3;
        }
        System.out.println(answer);
        return 0;
    }

    public static void main(String[] args) {
        if (args.length != 2 || args[0].isEmpty() || args[0].getBytes().length > 107) {
            System.err.println("usage: ipc PATH NAME\n       with 1 to 107 bytes of PATH");
            System.exit(1);
        }
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(args[0]))) {
            System.exit(ask(channel, args[1]));
        } catch (IOException e) {
            System.err.println("ipc: " + args[0] + ": " + e.getMessage());
            System.exit(2);
        }
    }
}

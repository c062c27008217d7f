import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;

/** tcpup HOST PORT: a thread sends what comes on stdin, while the main one prints what comes back. */
public class UpperClient {
    private static volatile boolean inputEnded;

    private static void send(Socket server) {
        try {
            System.in.transferTo(server.getOutputStream());
            inputEnded = true;
            server.shutdownOutput(); // and not close(): that would end the other direction too
        } catch (IOException e) {
            System.err.println("tcpup: " + e.getMessage());
        }
    }

    public static void main(String[] args) {
        if (args.length != 2) {
            System.err.println("usage: tcpup HOST PORT");
            System.exit(1);
        }
        try (Socket server = new Socket(args[0], Integer.parseInt(args[1])); InputStream in = server.getInputStream()) {
            Thread sender = new Thread(() -> send(server));
            sender.setDaemon(true);
            sender.start();
            in.transferTo(System.out);
            System.out.flush();
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("tcpup: " + e.getMessage());
            System.exit(2);
        }
        if (!inputEnded) {
            System.err.println("tcpup: the server closed too early");
            System.exit(2);
        }
    }
}

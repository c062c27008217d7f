import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * tcpupd PORT, with a pool of threads.
 * The mistake: one client at the door is enough, says the second argument of ServerSocket.
 */
public class Tcpupd {
    static void serve(Socket client) {
        try (client) {
            byte[] piece = new byte[32768];
            int n;
            while ((n = client.getInputStream().read(piece)) > 0) {
                for (int i = 0; i < n; i++)
                    piece[i] = 'a' <= piece[i] && piece[i] <= 'z' ? (byte) (piece[i] - 'a' + 'A') : piece[i];
                client.getOutputStream().write(piece, 0, n);
            }
        } catch (IOException e) {
            System.err.println("a client is lost: " + e.getMessage());
        }
    }

    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            System.err.println("usage: tcpupd PORT");
            System.exit(1);
        }
        ExecutorService pool = Executors.newCachedThreadPool();
        try (ServerSocket door = new ServerSocket(Integer.parseInt(args[0]), 1)) {
            while (true) {
                Socket client = door.accept();
                pool.execute(() -> serve(client));
            }
        }
    }
}

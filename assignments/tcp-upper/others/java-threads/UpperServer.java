import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;

/** tcpupd PORT, in threads: each client has one of its own, which may block as long as it likes. */
public class UpperServer {
    private static void upper(byte[] bytes, int n) {
        for (int i = 0; i < n; i++) {
            if (bytes[i] >= 'a' && bytes[i] <= 'z') {
                bytes[i] -= 32;
            }
        }
    }

    private static void serve(Socket client) {
        try (client; InputStream in = client.getInputStream(); OutputStream out = client.getOutputStream()) {
            byte[] bytes = new byte[65536];
            int n;
            while ((n = in.read(bytes)) >= 0) {
                upper(bytes, n);
                out.write(bytes, 0, n);
            }
        } catch (IOException e) {
            System.err.println("tcpupd: lost a client: " + e.getMessage());
        }
    }

    public static void main(String[] args) {
        if (args.length != 1 || !args[0].matches("[0-9]{1,5}")) {
            System.err.println("usage: tcpupd PORT");
            System.exit(1);
        }
        try (ServerSocket server = new ServerSocket(Integer.parseInt(args[0]))) {
            while (true) {
                Socket client = server.accept();
                new Thread(() -> serve(client)).start();
            }
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("tcpupd: " + e.getMessage());
            System.exit(2);
        }
    }
}

import java.io.*;
import java.net.*;

/** A thread for each client. One read is taken for one line. */
public class Server {
    static void serve(Socket client) {
        byte[] room = new byte[8192];
        try (client) {
            for (int n; (n = client.getInputStream().read(room)) > 0;) {
                String line = new String(room, 0, n, "ISO-8859-1").trim();
                client.getOutputStream().write((new StringBuilder(line).reverse() + "\n").getBytes("ISO-8859-1"));
            }
        } catch (IOException e) {
            System.err.println(e);
        }
    }

    public static void main(String[] args) throws IOException {
        try (ServerSocket server = new ServerSocket(Integer.parseInt(args[0]))) {
            while (true) {
                Socket client = server.accept();
                new Thread(() -> serve(client)).start();
            }
        }
    }
}

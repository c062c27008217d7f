import java.io.*;
import java.net.*;

/** A thread for each client, in Java. */
public class Server {
    static void serve(Socket client) {
        try (client) {
            InputStream in = new BufferedInputStream(client.getInputStream());
            OutputStream out = new BufferedOutputStream(client.getOutputStream());
            StringBuilder line = new StringBuilder();
            for (int c; (c = in.read()) >= 0;) {
                if (c != '\n') {
                    line.append((char) c);
                    continue;
                }
                out.write(line.reverse().append('\n').toString().getBytes("ISO-8859-1"));
                out.flush();
                line.setLength(0);
            }
        } catch (IOException e) {
            System.err.println("lost a client: " + e.getMessage());
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

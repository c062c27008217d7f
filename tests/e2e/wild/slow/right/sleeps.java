import java.io.*;
import java.net.*;

/** A thread for each client, which sleeps before it answers. */
public class Server {
    static void serve(Socket client) {
        try (client) {
            InputStream in = new BufferedInputStream(client.getInputStream());
            StringBuilder line = new StringBuilder();
            for (int c; (c = in.read()) >= 0;) {
                if (c != '\n') {
                    line.append((char) c);
                    continue;
                }
                Thread.sleep(400);
                client.getOutputStream().write(line.reverse().append('\n').toString().getBytes("ISO-8859-1"));
                line.setLength(0);
            }
        } catch (IOException | InterruptedException e) {
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

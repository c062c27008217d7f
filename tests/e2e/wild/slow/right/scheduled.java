import java.io.*;
import java.net.*;
import java.util.concurrent.*;

/** Answers are given by a clock, some time later; the end comes after the last of them. */
public class Server {
    static final ScheduledExecutorService clock = Executors.newScheduledThreadPool(2);

    static void write(Socket client, String text) {
        try {
            client.getOutputStream().write(text.getBytes("ISO-8859-1"));
        } catch (IOException e) {
            System.err.println(e);
        }
    }

    static void close(Socket client) {
        try {
            client.close();
        } catch (IOException e) {
            System.err.println(e);
        }
    }

    static void serve(Socket client) {
        try {
            InputStream in = new BufferedInputStream(client.getInputStream());
            StringBuilder line = new StringBuilder();
            for (int c; (c = in.read()) >= 0;) {
                if (c != '\n') {
                    line.append((char) c);
                    continue;
                }
                String answer = line.reverse().append('\n').toString();
                clock.schedule(() -> write(client, answer), 300, TimeUnit.MILLISECONDS);
                line.setLength(0);
            }
            clock.schedule(() -> close(client), 450, TimeUnit.MILLISECONDS);
        } catch (IOException e) {
            close(client);
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

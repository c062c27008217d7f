import java.io.*;
import java.net.*;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicInteger;

/** A pool of threads, time-outs on every socket, and a clock that counts the clients. */
public class Server {
    static final AtomicInteger clients = new AtomicInteger();

    static int patiently(InputStream in) throws IOException {
        while (true) {
            try {
                return in.read();
            } catch (SocketTimeoutException e) {
                Thread.yield();
            }
        }
    }

    static void serve(Socket client) {
        clients.incrementAndGet();
        try (client) {
            client.setSoTimeout(300);
            InputStream in = client.getInputStream();
            PrintWriter out = new PrintWriter(new OutputStreamWriter(client.getOutputStream(), StandardCharsets.ISO_8859_1), true);
            StringBuilder line = new StringBuilder();
            for (int c; (c = patiently(in)) >= 0;) {
                if (c != '\n') {
                    line.append((char) c);
                    continue;
                }
                out.print(line.reverse().append('\n'));
                out.flush();
                line.setLength(0);
            }
        } catch (IOException e) {
            System.err.println("lost a client: " + e.getMessage());
        }
        clients.decrementAndGet();
    }

    public static void main(String[] args) throws IOException {
        ExecutorService pool = Executors.newCachedThreadPool();
        ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
        clock.scheduleAtFixedRate(() -> System.out.println(clients + " clients"), 150, 150, TimeUnit.MILLISECONDS);
        ServerSocket server = new ServerSocket();
        server.setReuseAddress(true);
        server.bind(new InetSocketAddress("0.0.0.0", Integer.parseInt(args[0])), 50);
        while (true) {
            Socket client = server.accept();
            pool.execute(() -> serve(client));
        }
    }
}

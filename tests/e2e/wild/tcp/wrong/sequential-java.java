import java.io.*;
import java.net.*;

/** Only one client is served at a time. */
public class Server {
    public static void main(String[] args) throws IOException {
        ServerSocket server = new ServerSocket(Integer.parseInt(args[0]));
        while (true) {
            try (Socket client = server.accept()) {
                InputStream in = new BufferedInputStream(client.getInputStream());
                StringBuilder line = new StringBuilder();
                for (int c; (c = in.read()) >= 0;) {
                    if (c != '\n') {
                        line.append((char) c);
                        continue;
                    }
                    client.getOutputStream().write(line.reverse().append('\n').toString().getBytes("ISO-8859-1"));
                    line.setLength(0);
                }
            } catch (IOException e) {
                System.err.println(e);
            }
        }
    }
}

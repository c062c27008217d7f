import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * httpd PORT ROOT, a thread for each client.
 * The mistake: a line end is sent behind each body, as behind a line, and Content-Length does not count it.
 */
public class Httpd {
    private static Path root;

    /** A line without its end; null: there is no whole one. */
    static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c >= 0; c = in.read()) {
            line.append((char) c);
            if (line.length() >= 2 && line.substring(line.length() - 2).equals("\r\n"))
                return line.substring(0, line.length() - 2);
        }
        return null;
    }

    /** The file that is meant; null: there is none. */
    static Path find(String target) throws IOException {
        String path = target.split("\\?", 2)[0].replace("+", "%2B");
        try {
            path = URLDecoder.decode(path, StandardCharsets.UTF_8);
            if (path.indexOf('\0') >= 0)
                return null;
            if (path.endsWith("/"))
                path += "index.html";
            Path file = root.resolve(path.replaceFirst("^/+", "")).toRealPath();
            return file.startsWith(root) && Files.isRegularFile(file) ? file : null;
        } catch (IOException | IllegalArgumentException nothing) {
            return null;
        }
    }

    static void respond(OutputStream out, String status, byte[] body, boolean headOnly) throws IOException {
        String head = "HTTP/1.1 " + status + "\r\nContent-Length: " + body.length + "\r\n\r\n";
        out.write(head.getBytes(StandardCharsets.ISO_8859_1));
        if (!headOnly) {
            out.write(body);
            out.write('\r');
            out.write('\n');
        }
        out.flush();
    }

    /** False: the connection is done with. */
    static boolean answer(InputStream in, OutputStream out) throws IOException {
        String start = line(in);
        Map<String, String> headers = new HashMap<>();
        if (start == null)
            return false;
        boolean good = start.matches("[A-Za-z]+ /\\S* HTTP/1\\.[01]");
        boolean old = start.endsWith("HTTP/1.0");
        for (String header = line(in); header == null || !header.isEmpty(); header = line(in)) {
            if (header == null)
                return false;
            int colon = header.indexOf(':');
            good &= colon > 0 && header.charAt(colon - 1) != ' ';
            if (colon > 0)
                headers.put(header.substring(0, colon).toLowerCase(), header.substring(colon + 1).trim());
        }
        if (!good || (!old && !headers.containsKey("host"))) {
            respond(out, "400 Bad Request", "what?\n".getBytes(), false);
            return false;
        }
        String[] words = start.split(" ");
        boolean head = words[0].equals("HEAD");
        if (!head && !words[0].equals("GET")) {
            respond(out, "501 Not Implemented", "no\n".getBytes(), false);
        } else {
            Path file = find(words[1]);
            if (file == null)
                respond(out, "404 Not Found", "no such file\n".getBytes(), head);
            else
                respond(out, "200 OK", Files.readAllBytes(file), head);
        }
        return !old && !"close".equalsIgnoreCase(headers.get("connection"));
    }

    static void serve(Socket client) {
        try (client) {
            InputStream in = new BufferedInputStream(client.getInputStream());
            OutputStream out = new BufferedOutputStream(client.getOutputStream());
            while (answer(in, out))
                continue;
            client.shutdownOutput();
            while (in.read() >= 0)
                continue;
        } catch (IOException gone) {
            System.err.println("httpd: " + gone.getMessage());
        }
    }

    public static void main(String[] args) throws IOException {
        if (args.length != 2) {
            System.err.println("usage: httpd PORT ROOT");
            System.exit(1);
        }
        root = Path.of(args[1]).toRealPath();
        try (ServerSocket server = new ServerSocket(Integer.parseInt(args[0]), 100)) {
            while (true) {
                Socket client = server.accept();
                new Thread(() -> serve(client)).start();
            }
        }
    }
}

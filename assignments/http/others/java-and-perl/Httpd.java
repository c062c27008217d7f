import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** httpd PORT ROOT, with a thread for each client, which blocks as long as it likes. */
public final class Httpd {
    static final int MAX_HEAD = 8192;
    static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    static final Pattern REQUEST_LINE = Pattern.compile("(" + TOKEN + ") (/[!-~]*) HTTP/1\\.([01])");
    static final Pattern HEADER = Pattern.compile("(" + TOKEN + "):[ \t]*(.*?)[ \t]*", Pattern.DOTALL);

    /** What is wrong with a request, and what is right. */
    static final class Request {
        int status = 400;
        boolean close = true;
        boolean head;
        String target = "/";

        Request(String text) {
            String[] lines = text.split("\r\n", -1);
            Matcher first = REQUEST_LINE.matcher(lines[0]);
            boolean host = false;
            boolean wantsClose = false;

            for (int i = 1; i < lines.length; i++) {
                Matcher header = HEADER.matcher(lines[i]);
                if (!header.matches()) return;
                String name = header.group(1);
                host |= name.equalsIgnoreCase("Host");
                wantsClose |= name.equalsIgnoreCase("Connection") && header.group(2).equalsIgnoreCase("close");
            }
            boolean old = first.matches() && first.group(3).equals("0");
            if (!first.matches() || (!host && !old)) return;
            head = first.group(1).equals("HEAD");
            status = head || first.group(1).equals("GET") ? 200 : 501;
            target = first.group(2);
            close = wantsClose || old;
        }
    }

    /** All up to the empty line, without it; null when the client ends before. */
    static String readHead(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        for (int c; (c = in.read()) >= 0; ) {
            head.append((char) c);
            int end = head.length() - 4;
            if (c == '\n' && end >= 0 && head.substring(end).equals("\r\n\r\n")) return head.substring(0, end);
            if (head.length() > MAX_HEAD) return "too long";
        }
        return null;
    }

    /** "%41" is "A"; null where this is no such text. */
    static String decode(String target) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int i = 0; i < target.length(); i++) {
            char c = target.charAt(i);
            if (c != '%') {
                bytes.write(c);
                continue;
            }
            if (!target.substring(i + 1).matches("(?s)[0-9A-Fa-f]{2}.*")) return null;
            bytes.write(Integer.parseInt(target.substring(i + 1, i + 3), 16));
            i += 2;
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** The file that is meant, or null. It is resolved first: only then it can be seen whether it is below root. */
    static Path find(Path root, String target) {
        String path = decode(target.split("\\?", 2)[0]);
        if (path == null) return null;
        try {
            Path file = Path.of(root + "/" + path + (path.endsWith("/") ? "index.html" : "")).toRealPath();
            // A Path forgets a slash at the end, but hello.txt/ is no file.
            return file.startsWith(root) && Files.isRegularFile(file) ? file : null;
        } catch (IOException | InvalidPathException e) {
            return null;
        }
    }

    static void answer(OutputStream out, Request r, Path root) throws IOException {
        Path file = r.status == 200 ? find(root, r.target) : null;
        int status = r.status == 200 && file == null ? 404 : r.status;
        byte[] words = ("Status " + status + "\n").getBytes(StandardCharsets.US_ASCII);
        long length = file == null ? words.length : Files.size(file);

        out.write(("HTTP/1.1 " + status + " See number\r\nContent-Length: " + length + "\r\n"
                + (r.close ? "Connection: close\r\n\r\n" : "\r\n")).getBytes(StandardCharsets.US_ASCII));
        if (!r.head && file == null) out.write(words);
        if (!r.head && file != null) Files.copy(file, out);
        out.flush();
    }

    static void serve(Socket client, Path root) {
        try (client;
                InputStream in = new BufferedInputStream(client.getInputStream());
                OutputStream out = new BufferedOutputStream(client.getOutputStream())) {
            for (String head; (head = readHead(in)) != null; ) {
                Request r = new Request(head);
                answer(out, r, root);
                if (r.close) {
                    client.shutdownOutput();
                    in.transferTo(OutputStream.nullOutputStream()); // or what is unread would reset the connection
                    return;
                }
            }
        } catch (IOException e) {
            System.err.println("httpd: " + e.getMessage()); // a client is gone, and nobody else notices
        }
    }

    public static void main(String[] args) throws IOException {
        if (args.length != 2 || !args[0].matches("[0-9]{1,5}") || !Files.isDirectory(Path.of(args[1]))) {
            System.err.println("usage: httpd PORT ROOT");
            System.exit(1);
        }
        Path root = Path.of(args[1]).toRealPath();
        try (ServerSocket listener = new ServerSocket(Integer.parseInt(args[0]), 128)) {
            for (;;) {
                Socket client = listener.accept();
                new Thread(() -> serve(client, root)).start();
            }
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("httpd: " + e.getMessage());
            System.exit(2);
        }
    }
}

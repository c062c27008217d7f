import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;

/** A connection with another peer, whoever has dialled: one thread reads, one writes. */
class Link extends Thread {
    private static final long MAX_SIZE = 1L << 30;

    /** The other side does not keep to the protocol. */
    static class Mistake extends IOException {
        Mistake(String what) {
            super(what);
        }
    }

    /** What the writing thread has to do next. */
    interface Job {
        void write(OutputStream out) throws IOException;
    }

    private static final Job END = out -> { };

    private final Peer peer;
    private final Socket socket;
    private final InputStream in;
    private final boolean weDialled;
    private int itsPort;                // 0 until we know it
    private final LinkedBlockingQueue<Job> jobs = new LinkedBlockingQueue<>();

    private String wanted;              // the file that we have asked for
    private CompletableFuture<Long> answer;
    private boolean gone = false;

    Link(Peer peer, Socket socket, int itsPort) throws IOException {
        this.peer = peer;
        this.socket = socket;
        this.itsPort = itsPort;
        weDialled = itsPort != 0;
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 65536);
    }

    /** How others can dial it. */
    String name() {
        return socket.getInetAddress().getHostAddress() + " " + itsPort;
    }

    /* writing */

    /** One line, or several. */
    void say(String text) {
        byte[] bytes = text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1);
        jobs.add(out -> out.write(bytes));
    }

    private void writeJobs() {
        try {
            OutputStream out = socket.getOutputStream();
            Job job;
            while ((job = jobs.take()) != END) {
                job.write(out);
            }
            socket.shutdownOutput();
        } catch (IOException | InterruptedException e) {
            closeSocket();
        }
    }

    private void closeSocket() {
        try {
            socket.close();
        } catch (IOException e) {
            // closed is closed
        }
    }

    /* asking */

    /** Asks for a file and waits for it: its size, or -1. */
    long fetch(String name) {
        CompletableFuture<Long> mine = new CompletableFuture<>();
        synchronized (this) {
            if (gone) {
                return -1;
            }
            wanted = name;
            answer = mine;
        }
        say("GET " + name + "\n");
        return mine.join();
    }

    private synchronized void answered(long size) {
        CompletableFuture<Long> a = answer;
        answer = null;
        if (a != null) {
            a.complete(size);
        }
    }

    private synchronized boolean asked() {
        return answer != null;
    }

    /* reading */

    @Override
    public void run() {
        Thread writer = new Thread(this::writeJobs);
        writer.start();
        boolean linked = false;
        try {
            linked = begin();
            String line;
            while (linked && (line = readLine()) != null) {
                message(line);
            }
        } catch (IOException e) {
            System.err.println("peer: " + name() + ": " + e.getMessage());
            if (!(e instanceof Mistake)) {
                closeSocket();
            }
        }
        peer.remove(this);
        if (weDialled && !linked) {
            peer.dialFailed(name());
        }
        synchronized (this) {
            gone = true;
        }
        answered(-1);
        jobs.add(END);
        try {
            writer.join();
            socket.setSoTimeout(1000);
            byte[] junk = new byte[8192];
            while (in.read(junk) > 0) {
                continue;
            }
        } catch (IOException | InterruptedException e) {
            // it is over anyway
        }
        closeSocket();
    }

    /** The HELLOs; false if it comes to nothing. */
    private boolean begin() throws IOException {
        String line = readLine();
        if (line == null) {
            return false;
        }
        int port = (int) number(line, "HELLO ", 1, 65535);
        if (!weDialled) {
            itsPort = port;
            return peer.welcome(this);
        }
        peer.add(this);
        String count = readLine();
        if (count == null) {
            return true;
        }
        long n = number(count, "PEERS ", 0, 1000);
        for (long i = 0; i < n; i++) {
            String other = readLine();
            if (other == null) {
                return true;
            }
            if (!other.matches("([0-9]{1,3}\\.){3}[0-9]{1,3} [0-9]{1,5}")) {
                throw new Mistake("that is no peer");
            }
            int blank = other.indexOf(' ');
            int itsPort = Integer.parseInt(other.substring(blank + 1));
            if (itsPort < 1 || itsPort > 65535) {
                throw new Mistake("that is no port");
            }
            peer.hearOf(other.substring(0, blank), itsPort, socket.getLocalAddress().getHostAddress());
        }
        return true;
    }

    private void message(String line) throws IOException {
        if (line.startsWith("GET ")) {
            give(line.substring(4));
        } else if (line.startsWith("DATA ") && asked()) {
            receive(number(line, "DATA ", 0, MAX_SIZE));
        } else if (line.equals("NONE") && asked()) {
            answered(-1);
        } else {
            throw new Mistake("out of place: " + line);
        }
    }

    private void give(String name) throws IOException {
        Path file = name.matches(Peer.NAME) ? peer.dir.resolve(name) : null;
        if (file == null || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) || !Files.isReadable(file)) {
            say("NONE\n");
            return;
        }
        jobs.add(out -> {
            try (InputStream data = Files.newInputStream(file)) {
                long left = Files.size(file);
                out.write(("DATA " + left + "\r\n").getBytes(StandardCharsets.US_ASCII));
                byte[] buf = new byte[65536];
                while (left > 0) {
                    int n = data.read(buf, 0, (int) Math.min(left, buf.length));
                    if (n < 0) {
                        throw new IOException("the file has become shorter");
                    }
                    out.write(buf, 0, n);
                    left -= n;
                }
            }
        });
    }

    private void receive(long size) throws IOException {
        Path part = peer.dir.resolve("." + wanted + ".part");
        try {
            try (OutputStream out = Files.newOutputStream(part)) {
                byte[] buf = new byte[65536];
                long left = size;
                while (left > 0) {
                    int n = in.read(buf, 0, (int) Math.min(left, buf.length));
                    if (n < 0) {
                        throw new IOException("the file is cut");
                    }
                    out.write(buf, 0, n);
                    left -= n;
                }
            }
            Files.move(part, peer.dir.resolve(wanted), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
        answered(size);
    }

    private static long number(String line, String word, long min, long max) throws Mistake {
        String digits = line.startsWith(word) ? line.substring(word.length()) : "";
        if (!digits.matches("[0-9]{1,18}") || Long.parseLong(digits) < min || Long.parseLong(digits) > max) {
            throw new Mistake("not right: " + line);
        }
        return Long.parseLong(digits);
    }

    private String readLine() throws IOException {
        StringBuilder line = new StringBuilder();
        int b;
        while ((b = in.read()) != -1) {
            if (b == '\n') {
                int end = line.length();
                if (end > 0 && line.charAt(end - 1) == '\r') {
                    end--;
                }
                return line.substring(0, end);
            }
            if (line.length() == 512) {
                throw new Mistake("a line without end");
            }
            line.append((char) b);
        }
        return null;
    }
}

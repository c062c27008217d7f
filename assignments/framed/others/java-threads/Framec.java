import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.Socket;

/** framec line|bin HOST PORT: one thread waits for the user, the other for the server. */
public final class Framec {
    static final int MAX_PAYLOAD = 4096;

    private final Socket server;
    private final boolean bin;
    private long unanswered;
    private boolean asksNoMore;

    Framec(Socket server, boolean bin) {
        this.server = server;
        this.bin = bin;
    }

    static void end(int status, String why) {
        if (why != null) System.err.println("framec: " + why);
        System.out.flush();
        Runtime.getRuntime().halt(status); // exit() would do as well: the other thread may sleep in stdin
    }

    /** The next line without its end; null where there is none. A last line without an end is one, if so asked. */
    static byte[] readLine(InputStream in, boolean lastMayLackItsEnd) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int c; (c = in.read()) >= 0; line.write(c)) {
            if (c == '\n') return line.toByteArray();
        }
        return lastMayLackItsEnd && line.size() > 0 ? line.toByteArray() : null;
    }

    private synchronized void asked(boolean last) {
        unanswered++;
        asksNoMore = last;
    }

    private synchronized void answered() {
        unanswered--;
        endWhenDone();
    }

    private synchronized void askNoMore() {
        asksNoMore = true;
    }

    private synchronized void endWhenDone() {
        if (asksNoMore && unanswered == 0) end(0, null);
    }

    private void ask() throws IOException {
        InputStream stdin = new BufferedInputStream(System.in);
        OutputStream out = server.getOutputStream();
        for (byte[] line; !asksNoMore && (line = readLine(stdin, true)) != null; ) {
            ByteArrayOutputStream request = new ByteArrayOutputStream();
            if (bin) {
                request.write(line.length >> 8);
                request.write(line.length);
            }
            request.writeBytes(line);
            if (!bin) request.write('\n');
            asked(bin && line.length == 0);
            request.writeTo(out);
        }
        askNoMore();
        server.shutdownOutput();
        endWhenDone();
    }

    /** null: the stream ends before an answer does. */
    private byte[] nextAnswer(DataInputStream in) throws IOException {
        if (!bin) return readLine(in, false);
        try {
            int length = in.readUnsignedShort();
            if (length > MAX_PAYLOAD) end(3, "the server announces too long a frame");
            byte[] payload = new byte[length];
            in.readFully(payload);
            return payload;
        } catch (EOFException e) {
            return null;
        }
    }

    private void printAnswers() throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(server.getInputStream()));
        PrintStream out = System.out;
        for (byte[] answer; (answer = nextAnswer(in)) != null; answered()) {
            out.write(answer);
            out.write('\n');
            out.flush();
        }
        endWhenDone(); // it left because we had
        end(3, "the server left");
    }

    interface Work {
        void run() throws IOException;
    }

    static void guarded(Work work) {
        try {
            work.run();
        } catch (IOException e) {
            end(2, e.getMessage());
        }
    }

    public static void main(String[] args) {
        if (args.length != 3 || !args[0].matches("line|bin") || !args[2].matches("[0-9]{1,5}")) {
            System.err.println("usage: framec line|bin HOST PORT");
            System.exit(1);
        }
        guarded(() -> {
            Socket server;
            try {
                server = new Socket(args[1], Integer.parseInt(args[2]));
            } catch (IllegalArgumentException e) {
                throw new IOException(e.getMessage());
            }
            Framec talk = new Framec(server, args[0].equals("bin"));
            new Thread(() -> guarded(talk::ask)).start();
            guarded(talk::printAnswers);
        });
    }
}

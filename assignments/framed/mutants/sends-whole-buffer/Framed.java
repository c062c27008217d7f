import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * framed line|bin PORT, with a thread for each client.
 *
 * <p>The mistake: sends its whole buffer, and not only the answer in it.
 */
public final class Framed {
    static final int MAX_LINE = 1024;
    static final int MAX_PAYLOAD = 4096;

    static long number(String word) {
        if (!word.matches("-?[0-9]+")) throw new NumberFormatException();
        return Long.parseLong(word);
    }

    static String calculate(String line) {
        String[] words = line.split(" ", -1);
        if (words.length != 3 || !words[0].equals("ADD")) return "ERR say ADD and two numbers\n";
        try {
            return "OK " + Math.addExact(number(words[1]), number(words[2])) + "\n";
        } catch (NumberFormatException e) {
            return "ERR that is no number of 64 bits\n";
        } catch (ArithmeticException e) {
            return "ERR the sum does not fit 64 bits\n";
        }
    }

    /** The next line without its end. Of one that is too long, one byte more than a line may have; null at the end. */
    static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c; (c = in.read()) >= 0; ) {
            if (c == '\n') return line.toString();
            if (line.length() <= MAX_LINE) line.append((char) c);
        }
        return null;
    }

    static void serveLines(InputStream in, OutputStream out) throws IOException {
        for (String line; (line = readLine(in)) != null; ) {
            String answer = line.length() > MAX_LINE ? "ERR line too long\n" : calculate(line);
            out.write(answer.getBytes(StandardCharsets.US_ASCII));
        }
    }

    static void serveFrames(InputStream in, OutputStream out) throws IOException {
        DataInputStream data = new DataInputStream(in);
        int length;
        byte[] answer = new byte[2 + MAX_PAYLOAD];
        do {
            length = data.readUnsignedShort();
            if (length > MAX_PAYLOAD) return;
            byte[] payload = new byte[length];
            data.readFully(payload);
            answer[0] = (byte) (length >> 8);
            answer[1] = (byte) length;
            for (int i = 0; i < length; i++) answer[2 + i] = payload[length - 1 - i];
            out.write(answer);
        } while (length > 0);
    }

    static void serve(Socket client, boolean bin) {
        try (client) {
            InputStream in = new BufferedInputStream(client.getInputStream());
            if (bin) serveFrames(in, client.getOutputStream());
            else serveLines(in, client.getOutputStream());
        } catch (EOFException e) {
            // it ended in mid-frame
        } catch (IOException e) {
            System.err.println("framed: lost a client: " + e.getMessage());
        }
    }

    public static void main(String[] args) {
        if (args.length != 2 || !args[0].matches("line|bin") || !args[1].matches("[0-9]{1,5}")) {
            System.err.println("usage: framed line|bin PORT");
            System.exit(1);
        }
        boolean bin = args[0].equals("bin");
        try (ServerSocket door = new ServerSocket(Integer.parseInt(args[1]), 128, InetAddress.getByName("0.0.0.0"))) {
            while (true) {
                Socket client = door.accept();
                new Thread(() -> serve(client, bin)).start();
            }
        } catch (IOException | IllegalArgumentException e) {
            System.err.println("framed: " + e.getMessage());
            System.exit(2);
        }
    }
}

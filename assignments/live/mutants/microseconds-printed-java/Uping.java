import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.util.Locale;

/**
 * uping HOST PORT N.
 * The mistake: microseconds are printed where milliseconds should be.
 */
public class Uping {
    public static void main(String[] args) throws Exception {
        if (args.length != 3) {
            System.err.println("usage: uping HOST PORT N");
            System.exit(1);
        }
        int n = Integer.parseInt(args[2]), sent = 0, received = 0;
        long[] at = new long[n + 1];
        boolean[] answered = new boolean[n + 1];
        DatagramSocket socket = new DatagramSocket();
        socket.connect(InetAddress.getByName(args[0]), Integer.parseInt(args[1]));
        DatagramPacket in = new DatagramPacket(new byte[1500], 1500);
        long due = micros();
        while (received < n) {
            long wait = (due - micros() + 999) / 1000;
            if (wait <= 0) {
                if (sent == n)
                    break;
                at[++sent] = micros();
                byte[] text = ("PING " + sent + " " + at[sent] + "\n").getBytes();
                try {
                    socket.send(new DatagramPacket(text, text.length));
                } catch (PortUnreachableException e) {
                    // nobody there: it is lost
                }
                due += sent < n ? 20000 : 2000000;
                continue;
            }
            try {
                socket.setSoTimeout((int) wait);
                in.setLength(1500);
                socket.receive(in);
            } catch (SocketTimeoutException | PortUnreachableException e) {
                continue;
            }
            String[] words = new String(in.getData(), 0, in.getLength()).trim().split(" ");
            if (words.length != 3 || !words[1].matches("[0-9]{1,9}"))
                continue;
            int seq = Integer.parseInt(words[1]);
            if (seq < 1 || seq > sent || answered[seq])
                continue;
            answered[seq] = true;
            received++;
            System.out.printf(Locale.ROOT, "%d %.3f\n", seq, (double) (micros() - at[seq]));
        }
        for (int seq = 1; seq <= n; seq++)
            if (!answered[seq])
                System.out.println(seq + " lost");
        System.out.println(n + " sent, " + received + " received, " + (n - received) + " lost");
        System.exit(received > 0 ? 0 : 2);
    }

    private static long micros() {
        return System.nanoTime() / 1000;
    }
}

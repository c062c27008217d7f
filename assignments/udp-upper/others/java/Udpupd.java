import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;

/** udpupd PORT, in Java, with a blocking socket. */
public class Udpupd {
    static final int MAX_DATAGRAM = 1400;

    /** Bytes, not a String: that would be one only if they were text. */
    static void toUpper(byte[] bytes, int n) {
        for (int i = 0; i < n; i++)
            if (bytes[i] >= 'a' && bytes[i] <= 'z')
                bytes[i] -= 'a' - 'A';
    }

    static int portOf(String[] args) {
        try {
            int port = args.length == 1 ? Integer.parseInt(args[0]) : 0;
            return port > 65535 ? 0 : port;
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    public static void main(String[] args) {
        int port = portOf(args);
        if (port <= 0) {
            System.err.println("usage: udpupd PORT");
            System.exit(1);
        }
        try (DatagramSocket service = new DatagramSocket(port)) {
            byte[] room = new byte[MAX_DATAGRAM + 1];
            while (true) {
                DatagramPacket packet = new DatagramPacket(room, room.length);
                service.receive(packet);
                if (packet.getLength() > MAX_DATAGRAM)
                    continue;
                toUpper(room, packet.getLength());
                service.send(packet); // it still holds the sender's address
            }
        } catch (IOException e) {
            System.err.println("udpupd: " + e.getMessage());
            System.exit(2);
        }
    }
}

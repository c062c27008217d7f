import java.net.DatagramPacket;
import java.net.DatagramSocket;

/**
 * udpupd PORT.
 * The mistake: getData() is the whole buffer, not the datagram in it.
 */
public class Udpupd {
    public static void main(String[] args) throws Exception {
        if (args.length != 1) {
            System.err.println("usage: udpupd PORT");
            System.exit(1);
        }
        DatagramSocket service = new DatagramSocket(Integer.parseInt(args[0]));
        while (true) {
            DatagramPacket in = new DatagramPacket(new byte[1400], 1400);
            service.receive(in);
            byte[] bytes = in.getData();
            for (int i = 0; i < bytes.length; i++)
                if (bytes[i] >= 'a' && bytes[i] <= 'z')
                    bytes[i] -= 'a' - 'A';
            service.send(new DatagramPacket(bytes, bytes.length, in.getAddress(), in.getPort()));
        }
    }
}

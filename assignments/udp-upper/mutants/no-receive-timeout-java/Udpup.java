import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;

/**
 * udpup HOST PORT TEXT.
 * The mistake: setSoTimeout() is missing, so receive() waits for ever.
 */
public class Udpup {
    public static void main(String[] args) throws Exception {
        if (args.length != 3) {
            System.err.println("usage: udpup HOST PORT TEXT");
            System.exit(1);
        }
        DatagramSocket socket = new DatagramSocket();
        socket.connect(InetAddress.getByName(args[0]), Integer.parseInt(args[1]));
        byte[] text = args[2].getBytes("UTF-8");
        for (int i = 0; i < 3; i++) {
            try {
                socket.send(new DatagramPacket(text, text.length));
                DatagramPacket answer = new DatagramPacket(new byte[1400], 1400);
                socket.receive(answer);
                System.out.write(answer.getData(), 0, answer.getLength());
                System.out.println();
                return;
            } catch (SocketTimeoutException e) {
                System.err.println("udpup: asking again");
            }
        }
        System.exit(2);
    }
}

import java.net.DatagramPacket;
import java.net.DatagramSocket;

/**
 * announced SVC TCPPORT PORT.
 * The mistake: the socket is bound by its constructor, before anybody can say that it shares the port.
 */
public class Announced {
    public static void main(String[] args) throws Exception {
        if (args.length != 3) {
            System.err.println("usage: announced SVC TCPPORT PORT");
            System.exit(1);
        }
        byte[] answer = ("HERE " + args[0] + " " + args[1] + "\n").getBytes();
        DatagramSocket socket = new DatagramSocket(Integer.parseInt(args[2]));
        socket.setReuseAddress(true);
        while (true) {
            DatagramPacket in = new DatagramPacket(new byte[1500], 1500);
            socket.receive(in);
            String asked = new String(in.getData(), 0, in.getLength(), "ISO-8859-1");
            if (asked.equals("WHO " + args[0] + "\n"))
                socket.send(new DatagramPacket(answer, answer.length, in.getSocketAddress()));
        }
    }
}

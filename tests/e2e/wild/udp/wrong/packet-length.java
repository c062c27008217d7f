import java.io.IOException;
import java.net.*;

/** One DatagramPacket for all: after a short datagram, it takes no more than that. */
public class Server {
    public static void main(String[] args) throws IOException {
        DatagramSocket socket = new DatagramSocket(Integer.parseInt(args[0]));
        DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
        while (true) {
            socket.receive(packet);
            byte[] data = packet.getData();
            for (int i = 0, j = packet.getLength() - 1; i < j; i++, j--) {
                byte b = data[i];
                data[i] = data[j];
                data[j] = b;
            }
            socket.send(packet);
            packet.setLength(packet.getLength());
        }
    }
}

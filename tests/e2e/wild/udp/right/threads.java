import java.io.IOException;
import java.net.*;
import java.util.Arrays;
import java.util.concurrent.*;

/** One thread receives, a pool answers. */
public class Server {
    static void answer(DatagramSocket socket, byte[] ask, SocketAddress to) {
        byte[] answer = new byte[ask.length];
        for (int i = 0; i < ask.length; i++)
            answer[i] = ask[ask.length - 1 - i];
        try {
            socket.send(new DatagramPacket(answer, answer.length, to));
        } catch (IOException e) {
            System.err.println(e);
        }
    }

    public static void main(String[] args) throws IOException {
        DatagramSocket socket = new DatagramSocket(Integer.parseInt(args[0]));
        ExecutorService one = Executors.newSingleThreadExecutor();
        byte[] room = new byte[65536];
        while (true) {
            DatagramPacket packet = new DatagramPacket(room, room.length);
            socket.receive(packet);
            byte[] ask = Arrays.copyOf(packet.getData(), packet.getLength());
            SocketAddress from = packet.getSocketAddress();
            one.execute(() -> answer(socket, ask, from));
        }
    }
}

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * udpupd PORT, a thread for each client.
 * The mistake: a ServerSocket is one of TCP. This is the server of the assignment before.
 */
public class Udpupd extends Thread {
    private final Socket client;

    Udpupd(Socket client) {
        this.client = client;
    }

    @Override
    public void run() {
        try (client; InputStream in = client.getInputStream(); OutputStream out = client.getOutputStream()) {
            byte[] bytes = new byte[1400];
            for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
                for (int i = 0; i < n; i++)
                    if (bytes[i] >= 'a' && bytes[i] <= 'z')
                        bytes[i] -= 32;
                out.write(bytes, 0, n);
            }
        } catch (IOException gone) {
            System.err.println("udpupd: " + gone.getMessage());
        }
    }

    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            System.err.println("usage: udpupd PORT");
            System.exit(1);
        }
        try (ServerSocket server = new ServerSocket(Integer.parseInt(args[0]))) {
            while (true)
                new Udpupd(server.accept()).start();
        }
    }
}

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;

/**
 * tcpup HOST PORT.
 * The mistake: it sends everything before it reads anything. With a long input nobody moves any more once all buffers
 * between the two programs are full.
 */
public class Up {
    static void copy(InputStream in, OutputStream out) throws IOException {
        byte[] buffer = new byte[8192];
        int n;
        while ((n = in.read(buffer)) != -1) {
            out.write(buffer, 0, n);
        }
        out.flush();
    }

    public static void main(String[] args) {
        if (args.length != 2) {
            System.err.println("usage: tcpup HOST PORT");
            System.exit(1);
        }
        try (Socket socket = new Socket(args[0], Integer.parseInt(args[1]))) {
            copy(System.in, socket.getOutputStream());
            socket.shutdownOutput();
            copy(socket.getInputStream(), System.out);
        } catch (IOException e) {
            System.err.println("tcpup: " + e.getMessage());
            System.exit(2);
        }
    }
}

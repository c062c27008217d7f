import java.io.InputStream;
import java.net.ServerSocket;
import java.net.Socket;

/** One client after another. */
class Server {
    public static void main(String[] args) throws Exception {
        try (ServerSocket listener = new ServerSocket(Integer.parseInt(args[0]))) {
            while (true) {
                try (Socket client = listener.accept()) {
                    InputStream in = client.getInputStream();
                    byte[] line = new byte[100];
                    int have = 0;
                    int n;
                    while ((n = in.read(line, have, line.length - have)) > 0) {
                        have += n;
                        if (line[have - 1] == '\n') {
                            client.getOutputStream().write(line, 0, have);
                            have = 0;
                        }
                    }
                }
            }
        }
    }
}

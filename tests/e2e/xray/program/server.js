// All clients at once.
const net = require("net");

net.createServer((client) => {
  let line = "";
  client.on("data", (data) => {
    line += data;
    if (line.endsWith("\n")) {
      client.write(line);
      line = "";
    }
  });
  client.on("error", () => {});
}).listen(Number(process.argv[2]));

/udp.settimeout(0.5)/d

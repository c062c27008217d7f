s/                sock.settimeout(left)/                sock.settimeout(None)/

s/n.lower() == "host"/n == "Host"/

s/ HTTP\/1.0\\r\\n" + "".join/ HTTP\/1.1\\r\\n" + "".join/

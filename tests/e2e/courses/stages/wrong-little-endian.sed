s/struct.pack("!IIHH"/struct.pack("<IIHH"/

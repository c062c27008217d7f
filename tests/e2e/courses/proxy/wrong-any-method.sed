s/ or words\[0\] != "GET"//

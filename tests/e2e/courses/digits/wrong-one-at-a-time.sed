s/threading.Thread(target=talk, args=(listener.accept()\[0\],), daemon=True).start()/talk(listener.accept()[0])/

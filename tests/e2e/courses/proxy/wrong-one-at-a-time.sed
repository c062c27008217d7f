s/threading.Thread(target=serve, args=(listener.accept()\[0\],), daemon=True).start()/serve(listener.accept()[0])/

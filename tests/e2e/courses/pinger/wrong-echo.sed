s/message.upper(), client/message, client/

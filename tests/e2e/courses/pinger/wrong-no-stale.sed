s/if answer.decode() == message.upper():/if answer.decode() == message.upper() or sys.exit("what?"):/

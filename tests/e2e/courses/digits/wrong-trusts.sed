s/if not text.isdigit() or not text.isascii():/if False:/

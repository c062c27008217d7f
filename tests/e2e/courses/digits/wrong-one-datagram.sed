/^def ask_udp/,/^def /s/if is_last(answer):/if True:/

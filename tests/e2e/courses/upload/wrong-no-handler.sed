/signal(SIGQUIT, leave)/d

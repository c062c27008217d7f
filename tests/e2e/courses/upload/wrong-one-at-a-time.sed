s/pthread_detach(thread)/pthread_join(thread, NULL)/

s/if (n <= 0)$/if (n <= 0 || ftell(out) > 40000)/

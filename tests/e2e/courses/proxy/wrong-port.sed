s/url.port or 80)/url.port or 8080)/

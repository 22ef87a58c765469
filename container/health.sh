#!/bin/sh
# Whether bhcr answers with good settings. The health check of the container runs it.
listen=${LISTEN:-*:80}
exec wget -q -O /dev/null "http://127.0.0.1:${listen##*:}/healthz"

#!/bin/sh
# Whether bhcr answers with good settings. The health check of the container runs it.
listen=${LISTEN:-*:80}
case ${listen%:*} in
  '*' | 0.0.0.0 | '[::]') host=127.0.0.1 ;;
  *) host=${listen%:*} ;;
esac
exec wget -q -O /dev/null "http://$host:${listen##*:}/healthz"

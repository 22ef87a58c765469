#!/bin/sh
# Runs bhcr in the container: makes what is missing on the volume, and ends the runtime in time.
set -eu
umask 077

data=/data
# Whoever reaches a gateway may use its credential.
listen=${LISTEN:-${GATEWAY_TOKEN:+127.0.0.1:80}}
listen=${listen:-*:80}
mkdir -p "$data/kept" "$data/objects" "$data/catalog"

# Without a secret of their own, tokens and entries are sealed with one that stays on the volume.
if [ -z "${TOKEN_SECRET:-}" ]; then
  [ -s "$data/token-secret" ] || {
    head -c 32 /dev/urandom | base64 >"$data/token-secret.new"
    mv "$data/token-secret.new" "$data/token-secret"
  }
  TOKEN_SECRET=$(cat "$data/token-secret")
  export TOKEN_SECRET
fi

case ${HOSTING:-off} in
  on) config=hosting ;;
  off) config=releases ;;
  *) echo "HOSTING must be on or off" >&2 && exit 1 ;;
esac

workerd serve --experimental "/bhcr/$config.capnp" --socket-addr "http=$listen" &
worker=$!

# The runtime finishes its requests first. Engines kill a container 10 seconds after SIGTERM.
stop() {
  kill -TERM "$worker" 2>/dev/null || true
  (sleep 8 && kill -KILL "$worker" 2>/dev/null) &
  stopped=yes
}
stopped=no
trap stop TERM INT

# A signal ends the first wait before the runtime has ended.
code=0
wait "$worker" || code=$?
[ "$stopped" = no ] || { wait "$worker" || true; code=0; }
exit "$code"

#!/bin/sh
# Installs Debian packages without starting the daemons that some bring along.
set -eu

policy=/usr/sbin/policy-rc.d
if [ -d /run/systemd/system ] && [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

# --no-remove: a package that is already there, another vendor's engine say, stays.
install() {
  apt-get install -y -q --no-install-recommends --no-remove -o DPkg::Lock::Timeout=120 "$@"
}

export DEBIAN_FRONTEND=noninteractive
install "$@" || { apt-get update -q && install "$@"; }

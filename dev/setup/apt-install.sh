#!/bin/sh
# Installs Debian packages, given as name=version, without starting the daemons of some of them.
# Debian keeps only the last version of a package. If that is another one, it is installed instead.
set -eu

policy=/usr/sbin/policy-rc.d
if [ -d /run/systemd/system ] && [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

# --no-remove keeps packages that are already installed, such as another vendor's engine.
install() {
  apt-get install -y -q --no-install-recommends --no-remove -o DPkg::Lock::Timeout=120 "$@"
}

export DEBIAN_FRONTEND=noninteractive
install "$@" || { apt-get update -q && install "$@"; } || {
  for package in "$@"; do
    set -- "$@" "${package%%=*}"
    shift
  done
  echo "not in the tested versions: installing $*"
  install "$@"
}

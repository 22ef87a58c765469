#!/bin/sh
# Installs Debian packages, each as name=version, without starting the daemons that some bring
# along. Debian keeps the last version of a package alone: where that is another, it is taken.
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
install "$@" || { apt-get update -q && install "$@"; } || {
  for package in "$@"; do
    set -- "$@" "${package%%=*}"
    shift
  done
  echo "not in the tested versions: installing $*"
  install "$@"
}

#!/usr/bin/env bash
# Installs what the tests need and passes them: peers from Debian's packages where apt-get is at hand (as root or with
# sudo), npm packages, then lint, types, format, build and every test. The last line is `N passed, N failed`.
set -euo pipefail
cd "$(dirname "$0")/.."

PEERS=(redis-server redis-sentinel python3-tifffile python3-skimage python3-zarr libtiff-tools openssl memcached
  swift swift-proxy swift-account swift-container swift-object)
missing=()
for package in "${PEERS[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ] && command -v apt-get >/dev/null; then
  as_root=$([ "$(id -u)" -eq 0 ] || echo sudo)
  echo "installing ${missing[*]}"
  # The servers are started by the tests that need them, not by the system.
  $as_root env DEBIAN_FRONTEND=noninteractive sh -c "apt-get update -qq && apt-get install -y -qq --no-install-recommends ${missing[*]}" >/dev/null
fi
npm ci --no-audit --no-fund
npm test

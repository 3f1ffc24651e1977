#!/usr/bin/env bash
# Debian's Chromium for the browser tests, where it is missing: a download of a browser of the test tool's own is not needed.
set -euo pipefail
[ -x /usr/bin/chromium ] && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "The browser tests need Chromium at /usr/bin/chromium: install it (Debian: sudo apt-get install chromium)." >&2
  exit 1
fi
echo "Installing Debian's Chromium"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null

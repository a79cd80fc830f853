#!/bin/sh
# Make sure that there is a Chromium for the tests of the pages. Debian's shell without a window is
# the quickest; other systems have no such package.
set -eu
for name in chromium-headless-shell chromium chromium-browser google-chrome; do
  if command -v "$name" > /dev/null; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  apt-get update -qq || true
  for name in chromium-headless-shell chromium; do
    if DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "$name"; then exit 0; fi
  done
fi
.venv/bin/playwright install chromium || {
  echo "The tests need Chromium: install your system's package, such as chromium." >&2
  exit 1
}

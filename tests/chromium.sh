#!/bin/sh
# Make sure that there is a Chromium for the tests of the pages.
set -eu
for name in chromium chromium-browser google-chrome; do
  if command -v "$name" > /dev/null; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
  if apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium; then
    exit 0
  fi
fi
.venv/bin/playwright install chromium || {
  echo "The tests need Chromium: install your system's package, such as chromium." >&2
  exit 1
}

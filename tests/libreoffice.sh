#!/bin/sh
# Open a CSV export in LibreOffice, with the locale of South Africa, and save it as CSV again:
# tests/libreoffice.sh good-bank.csv FOLDER writes FOLDER/good-bank.csv.
set -eu
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
mkdir "$profile/user"
cat > "$profile/user/registrymodifications.xcu" <<'XML'
<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Setup/L10N"><prop oor:name="ooSetupSystemLocale" oor:op="fuse"><value>en-ZA</value></prop></item>
</oor:items>
XML
# In: commas (44), the first column a date, the others numbers with a dot. Out: semicolons (59), as shown.
soffice "-env:UserInstallation=file://$profile" --headless \
  --infilter='CSV:44,34,76,1,1/5/2/10/3/10/4/10,7177' \
  --convert-to 'csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true' --outdir "$2" "$1"

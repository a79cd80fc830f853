#!/bin/sh
# Open a CSV file in LibreOffice, with the locale of South Africa, and save it again:
# tests/statements/libreoffice.sh good-bank.csv FOLDER writes FOLDER/good-bank.csv,
# tests/statements/libreoffice.sh good-bank.csv FOLDER xlsx writes FOLDER/good-bank.xlsx; xls and ods likewise.
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
type=${3:-csv}
# Semicolons (59), as shown.
[ "$type" != csv ] || type='csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true'
# In: commas (44), the first column a date, the others numbers with a dot.
soffice "-env:UserInstallation=file://$profile" --headless \
  --infilter='CSV:44,34,76,1,1/5/2/10/3/10/4/10,7177' \
  --convert-to "$type" --outdir "$2" "$1"

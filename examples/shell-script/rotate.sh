#!/bin/sh
# Keeps the last N generations of a log: rotate.sh FILE N. FILE becomes FILE.1, FILE.1 becomes FILE.2, and so on.
set -eu
file=${1:?usage: rotate.sh FILE N}
keep=${2:?usage: rotate.sh FILE N}
[ -e "$file" ] || { echo "rotate: $file: no such file" >&2; exit 1; }
rm -f "$file.$keep"
n=$keep
while [ "$n" -gt 1 ]; do
  previous=$((n - 1))
  if [ -e "$file.$previous" ]; then mv "$file.$previous" "$file.$n"; fi
  n=$previous
done
mv "$file" "$file.1"
: > "$file"

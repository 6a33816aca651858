#!/usr/bin/env bash
# Installs Strata, and uv where there is none, below a folder. Prints the folders that PATH needs, one a line.
# Usage: install.sh FOLDER; ARCHIVE, SHA256 and UV_VERSION come from the environment.
set -euo pipefail
folder=$1
if [ -z "${ARCHIVE:-}" ] || [ -z "${SHA256:-}" ]; then
  echo "strata: the archive to install is not named: give its https:// address, and its SHA-256" >&2
  exit 2
fi
mkdir -p "$folder/strata"
case $ARCHIVE in
  https://*)
    curl --proto '=https' --proto-redir '=https' --fail --location --silent --show-error --retry 3 \
      --output "$folder/strata.tar.gz" -- "$ARCHIVE"
    ;;
  *://*)
    echo "strata: the archive's address must begin with https://" >&2
    exit 2
    ;;
  *) cp -- "$ARCHIVE" "$folder/strata.tar.gz" ;; # a file that an earlier step made
esac
echo "$SHA256  $folder/strata.tar.gz" | sha256sum --check --strict --quiet >&2
tar -xzf "$folder/strata.tar.gz" -C "$folder/strata" --no-same-owner
program=$(find "$folder/strata" \( -type f -o -type l \) -name strata -perm -u+x -print -quit)
if [ -z "$program" ]; then
  echo "strata: the archive holds no program 'strata'" >&2
  exit 1
fi
dirname -- "$program"
if [ ! -x "$(dirname -- "$program")/uv" ] && ! command -v uv >/dev/null; then
  python3 -m venv "$folder/uv" >&2
  "$folder/uv/bin/pip" install --quiet --disable-pip-version-check --only-binary :all: "uv==${UV_VERSION:?}" >&2
  printf '%s\n' "$folder/uv/bin"
fi

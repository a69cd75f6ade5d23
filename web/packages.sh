#!/bin/sh
# Puts the npm packages of a folder's lock file into its node_modules: packages.sh FOLDER STAMP. The
# build calls it; it installs only when the lock file is not the one that was installed last, then
# touches STAMP.
set -eu
stamp=$(realpath -m -- "$2")
cd "$1"
wanted=$(cat package.json package-lock.json | sha256sum)
if [ "$(cat node_modules/.shire-stamp 2>/dev/null)" != "$wanted" ]; then
    command -v npm >/dev/null || {
        echo "npm is missing, which fetches what the pages and tests are made of; run ./dev setup" >&2
        exit 1
    }
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    printf '%s\n' "$wanted" >node_modules/.shire-stamp
fi
touch "$stamp"

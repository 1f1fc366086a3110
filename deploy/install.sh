#!/usr/bin/env bash
# Puts `sentinel` on this host, for cron and for you: make install, typed in the checkout, as often as you like.
#
# A new environment is made beside the one in use and takes its place in one step, so that a minute of cron's that falls
# into it finds the old one or the new one, whole. The one before stays: deploy/deploy.sh goes back to it.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
umask 0077
python=${PYTHON:-python3}
say() { printf '%s\n' "$*"; }
fail() { printf 'error: %s\nnext: %s\n' "$1" "$2" >&2; exit 78; }

# What another user makes here cron cannot read.
[ "$(id -u)" = "$(stat -c %u .)" ] ||
  fail "$PWD belongs to $(stat -c %U .), and you are $(id -un)" "log in as $(stat -c %U .), and type it again"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
  fail "Sentinel needs python3 >= 3.11" "name one: make install PYTHON=python3.12"
"$python" -c 'import ensurepip' 2>/dev/null || fail "python's venv module is missing" "sudo apt-get install python3-venv"

mkdir -p .venvs
exec 9>.venvs/lock
flock -n 9 || fail "another installation is at work here" "wait for it"

new=.venvs/$(date -u +%Y%m%dT%H%M%SZ)-$$
trap 'rm -rf "$new"' EXIT
say "making $new"
"$python" -m venv "$new"
pip=("$PWD/$new/bin/python" -m pip --disable-pip-version-check -qq)
"${pip[@]}" install --require-hashes --no-deps -r requirements.lock
# Built from a copy, which leaves nothing in the checkout, and compiled, so that no run of cron's has to.
"${pip[@]}" install --no-deps --no-build-isolation .
version=$("$new/bin/sentinel" --version)

if [ -L .venv ]; then
  old=$(readlink .venv)
  ln -sfn "${old#.venvs/}" .venvs/previous
elif [ -e .venv ]; then
  # That of `make venv` is a folder, in whose place no link can be put in one step.
  mv .venv "$new.aside"
fi
ln -sfn "$new" .venv.next
mv -T .venv.next .venv
trap - EXIT

# The newest two stay, the one in use and the one before.
kept=$(readlink -f .venv; readlink -f .venvs/previous 2>/dev/null || true)
for old in .venvs/[0-9]*; do
  grep -qxF "$PWD/$old" <<<"$kept" || rm -rf "$old"
done

install -d -m 700 data logs
if [ ! -e .env ]; then
  install -m 600 .env.example .env
  next="fill in .env, then: sentinel db migrate"
elif [ "$(stat -c %a .env)" != 600 ] && [ "$(stat -c %a .env)" != 400 ]; then
  next="chmod 600 .env: others may read its secrets"
else
  next="sentinel db migrate; sentinel cron install; sentinel doctor"
fi
say "installed $version: $PWD/.venv/bin/sentinel"
case :$PATH: in
  *:"$PWD/.venv/bin":*) ;;
  *) say "to type it by its bare name: echo 'export PATH=$PWD/.venv/bin:\$PATH' >> ~/.profile" ;;
esac
say "next: $next"

#!/usr/bin/env bash
# Brings this installation to another release, and back by itself where that does not hold: deploy/deploy.sh
#
#   deploy/deploy.sh              to what the branch's upstream holds
#   deploy/deploy.sh v1.4.0       to a tag or commit, older ones too
#   deploy/deploy.sh --dry-run    says what would be done
#
# A backup, the code, the image, the host's environment, migrate, restart, crontab, doctor. Doctor must name no problem
# that it did not name before; else, or where it is broken off, code, image, environment and crontab go back. The
# database stays as it is then: each release's steps only add, so that the one before runs on it. While the receiver
# restarts Caddy answers 429, which GHL repeats, and the next check finds what no webhook told of.
# Exit codes: 0 done, or nothing to do; 1 it did not hold and everything is as before; 2 not even that: see the runbook;
# 75 another deploy or backup is at work; 78 it cannot begin. With 75 and 78 nothing was changed.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."
umask 0077
compose=${COMPOSE:-docker compose}
engine=${ENGINE:-docker}
image=ntpp-sentinel
patience=${PATIENCE:-30} # seconds for the receiver to come up
sentinel=$PWD/.venv/bin/sentinel
export SENTINEL_HOME=$PWD

say() { printf '%s %s\n' "$(date '+%H:%M:%S')" "$*"; }
fail() { printf 'error: %s\nnext: %s\n' "$2" "$3" >&2; exit "$1"; }
changed_files() { git status --porcelain --untracked-files=no; }
go_to() { if [ -n "$branch" ]; then git reset --quiet --keep "$1"; else git checkout --quiet --detach "$1"; fi; }

# A problem is an exit code of its own; only a doctor who says nothing has failed.
ask_doctor() { "$sentinel" doctor --json >"$1" 2>/dev/null || [ -s "$1" ]; }

# The problems that doctor did not name before, a line each. What may mend itself (75) counts for nothing where GHL that
# is away, or a run that is late, can be its cause: GHL, Summary, and of Cron all but what is installed.
new_problems() {
  ask_doctor .venvs/doctor.after || { say "  doctor says nothing"; return 0; }
  "$PWD/.venv/bin/python" -c '
import json, sys

def counts(item):
    mends_itself = item["code"] == 75 and item["pillar"] in ("GHL", "Summary", "Cron")
    return item["verdict"] == "problem" and not (mends_itself and item["check"] not in ("daemon", "crontab", "program"))

def problems(path):
    with open(path) as file:
        return {(item["pillar"], item["check"]): item for item in json.load(file)["items"] if counts(item)}

before, after = map(problems, sys.argv[1:])
for place, item in after.items():
    if place not in before:
        print("  {pillar}: {check}: {found}; {fix}".format(**item))' .venvs/doctor.before .venvs/doctor.after
}

up() {
  url=$(sed -n 's/^RECEIVER_URL=//p' .env | tail -n 1)
  $compose up -d --no-build || return 1
  # A mounted file that git has replaced is seen by a new container alone.
  for service in caddy datasette litestream; do
    git diff --quiet "$before" "$after" -- ":(icase)deploy/$service*" && continue
    [ -z "$($engine ps --quiet --filter "name=^ntpp-$service$")" ] ||
      $compose up -d --no-deps --force-recreate "$service" || return 1
  done
  for _ in $(seq "$patience"); do
    "$PWD/.venv/bin/python" -c '
import sys, urllib.request
urllib.request.urlopen(sys.argv[1] + "/health", timeout=2)' "${url:-http://127.0.0.1:8000}" 2>/dev/null && return 0
    sleep 1
  done
  say "the receiver does not answer"
  return 1
}

back() {
  trap - EXIT
  trap '' HUP INT TERM
  set +e
  say "going back to $(git log -1 --format='%h %s' "$before")"
  wrong=
  go_to "$before"
  [ "$(git rev-parse HEAD)" = "$before" ] && [ -z "$(changed_files)" ] || wrong="$wrong, the code (git status)"
  [ "$(readlink .venv)" = "$environment" ] || { ln -sfn "$environment" .venv.next && mv -T .venv.next .venv; }
  [ "$(readlink .venv)" = "$environment" ] && [ -x "$sentinel" ] || wrong="$wrong, the host's .venv (ls -ld .venv)"
  [ -z "$crontab_before" ] || crontab - <<<"$crontab_before" || wrong="$wrong, the crontab (crontab -l)"
  $engine tag "$image:before" "$image:latest" || wrong="$wrong, the image ($engine images $image)"
  up || wrong="$wrong, the receiver ($compose ps)"
  [ -z "$wrong" ] || fail 2 "not as before: ${wrong#, }" "docs/runbook.md, section 10"
  say "everything is as before; what went wrong stands above"
  exit 1
}

# Ends here, with nothing changed, where something stands in the way.
may_begin() {
  [ "$(id -u)" = "$(stat -c %u .)" ] ||
    fail 78 "$PWD belongs to $(stat -c %U .), and you are $(id -un)" "log in as $(stat -c %U .), and type it again"
  mkdir -p .venvs
  exec 8>.venvs/deploy.lock
  flock -n 8 || fail 75 "another deploy is at work here" "wait for it"
  [ -L .venv ] && [ -x "$sentinel" ] || fail 78 "sentinel is not installed here as for production" "make install"
  [ -z "$(changed_files)" ] ||
    fail 78 "files of the checkout were changed" "git status shows them; git stash keeps them aside"
  git fetch --quiet --tags || fail 78 "what is new cannot be fetched" "git fetch --tags says why"
  [ -n "$1" ] || git rev-parse --verify --quiet '@{upstream}' >/dev/null 2>&1 ||
    fail 78 "no branch with an upstream is checked out" "git checkout -B main; git branch -u origin/main"
}

back_up() {
  written=$("$sentinel" db backup --json | sed -n 's/.*"path": "\([^"]*\)".*/\1/p') ||
    fail 78 "no backup could be made" "sentinel db backup"
  [ -n "$written" ] || fail 75 "another backup is at work, and a deploy needs its own" "wait for it"
  say "wrote $written"
}

# All of it is read before anything is done, for this file may be another one by then.
main() {
  dry=
  [ "${1:-}" != --dry-run ] || { dry=1; shift; }
  may_begin "${1:-}"
  before=$(git rev-parse HEAD)
  branch=$(git symbolic-ref --quiet --short HEAD || true)
  wanted=${1:-'@{upstream}'}
  after=$(git rev-parse --verify --quiet "$wanted^{commit}") || fail 78 "there is no $wanted" "git log --oneline --all"
  say "from $(git log -1 --format='%h %s' "$before")"
  say "to   $(git log -1 --format='%h %s' "$after")"
  if [ "$before" = "$after" ] && [ -z "${1:-}" ]; then
    say "nothing to do"
    exit 0
  fi
  if [ -n "$dry" ]; then
    git log --oneline "$before..$after"
    say "dry run: nothing was changed"
    exit 0
  fi

  say "looking at how it stands"
  ask_doctor .venvs/doctor.before || fail 78 "doctor says nothing" "sentinel doctor"
  say "backing up"
  back_up

  environment=$(readlink .venv)
  crontab_before=
  $engine tag "$image:latest" "$image:before" 2>/dev/null || say "there is no image to go back to yet"
  trap back EXIT
  trap 'exit 1' HUP INT TERM
  go_to "$after"
  say "building the image"
  $compose build --quiet
  say "installing on the host"
  deploy/install.sh
  say "migrating the database"
  "$sentinel" db migrate
  say "restarting"
  up
  crontab=$(crontab -l 2>/dev/null || true)
  if [[ $crontab == *"BEGIN Sentinel in $PWD:"* ]]; then
    crontab_before=$crontab
    "$sentinel" cron install
  fi
  say "asking doctor"
  new=$(new_problems)
  [ -z "$new" ] || { sleep $((patience / 6)); new=$(new_problems); } # a proxy made anew needs a moment
  if [ -n "$new" ]; then
    say "doctor names what it did not name before:"
    printf '%s\n' "$new"
    exit 1
  fi
  trap - EXIT HUP INT TERM
  say "done: $("$sentinel" --version), $(git rev-parse --short HEAD)"
  $engine image prune --force >/dev/null 2>&1 || say "old images are left: $engine image prune"
}

main "$@"
exit

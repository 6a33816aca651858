#!/usr/bin/env bash
# Commits what 'strata bump' changed, pushes it to a branch of its own, and opens a pull request if there is none.
set -euo pipefail
if git diff --quiet; then echo "Everything is the newest."; exit 0; fi
{ echo "Bump Lambda layers"; echo; cat "$RUNNER_TEMP/bump.txt"; } > "$RUNNER_TEMP/message.txt"
git -c user.name=strata -c user.email=strata@users.noreply.github.com \
  commit --quiet --all --file "$RUNNER_TEMP/message.txt"
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$SERVER/.extraheader"
GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $(printf 'x-access-token:%s' "$GH_TOKEN" | base64 -w0)"
export GIT_CONFIG_VALUE_0
git push --quiet --force origin "HEAD:$BRANCH"
# By curl's standard input: arguments can be read by every process of the machine.
request() {
  printf 'header = "Authorization: Bearer %s"\n' "$GH_TOKEN" |
    curl --config - --fail-with-body --silent --show-error --header "Accept: application/vnd.github+json" "$@"
}
owner="${REPOSITORY%%/*}"
open="$(request "$API/repos/$REPOSITORY/pulls?state=open&head=$owner:$BRANCH" | tr -d '[:space:]')"
if [ "$open" = "[]" ]; then
  # shellcheck disable=SC2016  # Python's, not the shell's
  BODY="$(cat "$RUNNER_TEMP/bump.txt")" python3 -c '
import json, os
values = os.environ
print(json.dumps({
    "title": "Bump Lambda layers", "head": values["BRANCH"], "base": values["BASE"],
    "body": "```\n" + values["BODY"] + "\n```",
}))' > "$RUNNER_TEMP/pull.json"
  request --request POST --data @"$RUNNER_TEMP/pull.json" "$API/repos/$REPOSITORY/pulls" > /dev/null
  echo "Opened a pull request."
else
  echo "The pull request is up to date."
fi

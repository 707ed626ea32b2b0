#!/usr/bin/env bash
# What a pipeline does with defenderctl report, step by step, so that the comment and the page are there before anything fails:
#
#   report.sh plan [FOLDER...]   plans each configuration (the one here without), and reports on all of them: report.md, report.html,
#                                and in `code` what defenderctl ended with
#   report.sh comment github     posts report.md to the pull request PULL_REQUEST, or renews what was posted last
#   report.sh comment azure      the same for Azure DevOps, by the variables that an agent sets and SYSTEM_ACCESSTOKEN
#   report.sh end                ends with 3 where something could not be read, and with 4 where something drifted or is to change;
#                                with CHANGES_ARE_FINE=true, as in a pull request, 4 is 0
#
# All of it lies in REPORT_FOLDER, "report" without. Needs terraform (after its init) and defenderctl; comments need gh, or curl and python3.
set -euo pipefail

report=${REPORT_FOLDER:-report}

plan() {
  mkdir -p "$report"
  report=$(cd "$report" && pwd)
  [ $# -gt 0 ] || set -- .
  # A plan holds every secret of its state in the clear: it lives no longer than this.
  secret=$(mktemp -d)
  trap 'rm -rf "$secret"' EXIT
  mkdir "$secret/plans"
  local folder name code=0
  for folder in "$@"; do
    name=plan-$(printf '%s' "${folder#./}" | tr / +)
    # An empty file is one that the report cannot read, and says so.
    : >"$secret/plans/$name.json"
    if terraform -chdir="$folder" plan -input=false -lock-timeout=10m -out="$secret/plan"; then
      terraform -chdir="$folder" show -json "$secret/plan" >"$secret/plans/$name.json"
    fi
  done
  cd "$secret/plans"
  defenderctl report --force --out "$report/report.html" 2>/dev/null || true
  defenderctl report --force --out "$report/report.md" || code=$?
  printf '%s\n' "$code" >"$report/code"
  case $code in
    0 | 3 | 4) ;;
    *) exit "$code" ;;
  esac
}

comment_github() {
  gh pr comment "$PULL_REQUEST" --body-file "$report/report.md" --edit-last --create-if-none
}

comment_azure() {
  local threads="$SYSTEM_COLLECTIONURI$SYSTEM_TEAMPROJECTID/_apis/git/repositories/$BUILD_REPOSITORY_ID/pullRequests/$SYSTEM_PULLREQUEST_PULLREQUESTID/threads"
  local version="api-version=7.1" posted
  # The token comes by a file, for arguments can be seen.
  ask() {
    curl --fail --silent --show-error --header @<(printf 'Authorization: Bearer %s\n' "$SYSTEM_ACCESSTOKEN") \
      --header "Content-Type: application/json" "$@"
  }
  posted=$(ask "$threads?$version" | python3 -c '
import json, sys
head = open(sys.argv[1]).readline().strip()
for thread in json.load(sys.stdin)["value"]:
    for comment in thread["comments"][:1]:
        if not comment.get("isDeleted") and (comment.get("content") or "").startswith(head):
            print(thread["id"], comment["id"])
' "$report/report.md" | tail -n 1)
  if [ -n "$posted" ]; then
    python3 -c 'import json, sys; print(json.dumps({"content": open(sys.argv[1]).read()}))' "$report/report.md" |
      ask --request PATCH --data @- "$threads/${posted% *}/comments/${posted#* }?$version"
  else
    python3 -c '
import json, sys
comment = {"parentCommentId": 0, "content": open(sys.argv[1]).read(), "commentType": 1}
print(json.dumps({"comments": [comment], "status": 1}))
' "$report/report.md" | ask --data @- "$threads?$version"
  fi >/dev/null
}

end() {
  local code
  code=$(cat "$report/code")
  if [ "$code" -eq 4 ] && [ "${CHANGES_ARE_FINE:-}" = true ]; then code=0; fi
  exit "$code"
}

case "${1:-} ${2:-}" in
  "plan "*) plan "${@:2}" ;;
  "comment github") comment_github ;;
  "comment azure") comment_azure ;;
  "end ") end ;;
  *)
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
    exit 2
    ;;
esac

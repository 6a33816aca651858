"""Posts a file as a comment of the pull request whose head a run built, or renews the comment that is there.

    python3 -I post.py FILE

The environment says the rest. The token is in no argument and in no message.
https://docs.github.com/en/rest/issues/comments
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

MARK = "<!-- strata review -->\n"
LIMIT = 65_000  # GitHub takes 65,536 characters
REPOSITORY = f"{os.environ['API']}/repos/{os.environ['REPOSITORY']}"


def request(method: str, url: str, value: Any = None) -> Any:
    """What GitHub answers, as JSON."""
    headers = {
        "Authorization": f"Bearer {os.environ['GH_TOKEN']}",
        "Accept": "application/vnd.github+json",
        "Content-Type": "application/json",
        "User-Agent": "strata",
    }
    data = None if value is None else json.dumps(value).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method), timeout=60) as answer:
        return json.load(answer)


def pull() -> int | None:
    """The open pull request whose head is the commit that was built."""
    head = urllib.parse.quote(f"{os.environ['HEAD_OWNER']}:{os.environ['HEAD_BRANCH']}", safe="")
    for found in request("GET", f"{REPOSITORY}/pulls?state=open&per_page=100&head={head}"):
        if found["head"]["sha"] == os.environ["HEAD_SHA"]:
            return int(found["number"])
    return None


def former(number: int) -> int | None:
    """The comment that an earlier run posted with this token."""
    for page in range(1, 31):
        comments = request("GET", f"{REPOSITORY}/issues/{number}/comments?per_page=100&page={page}")
        for comment in comments:
            if comment["user"]["login"] == os.environ["LOGIN"] and comment["body"].startswith(MARK.strip()):
                return int(comment["id"])
        if len(comments) < 100:
            return None
    return None


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read(LIMIT + 1)
    if len(text) > LIMIT:
        print("::error::the answer is longer than a comment may be")
        return 1
    try:
        number = pull()
        if number is None:
            print("No open pull request is at this commit any more: nothing to answer.")
            return 0
        comment = former(number)
        if comment is None:
            request("POST", f"{REPOSITORY}/issues/{number}/comments", {"body": MARK + text})
        else:
            request("PATCH", f"{REPOSITORY}/issues/comments/{comment}", {"body": MARK + text})
    except urllib.error.HTTPError as error:
        print(f"::error::GitHub answered {error.code}: the token needs 'pull-requests: write'")
        return 1
    except urllib.error.URLError as error:
        print(f"::error::GitHub cannot be reached: {error.reason}")
        return 1
    print(f"Answered pull request {number}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

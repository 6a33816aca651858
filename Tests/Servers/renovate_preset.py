"""Looks up releases as Renovate does: a preset's JSONata expression over a custom data source's answer.

    python3 renovate_preset.py PRESET REGION ANSWER     prints the result as JSON
"""

import json
import sys

import jsonata


def main() -> None:
    preset, region, answer = sys.argv[1:]
    with open(preset) as file:
        (transform,) = json.load(file)["customDatasources"]["strata"]["transformTemplates"]
    with open(answer) as file:
        data = json.load(file)
    print(json.dumps(jsonata.Jsonata(transform.replace("{{arg0}}", region)).evaluate(data), sort_keys=True))


if __name__ == "__main__":
    main()

"""AWS as another client sees it: boto3, which shares nothing with Strata. Endpoint and keys are in the environment.

    python aws_look.py versions NAME,... REGION...    the versions of layers there, as JSON
    python aws_look.py secret NAME                    a secret's text
    python aws_look.py parameter NAME                 a parameter's text
    python aws_look.py put-secret NAME TEXT           makes a secret, or a new version of it
    python aws_look.py put-parameter NAME TEXT        makes a parameter
    python aws_look.py ledger-table NAME REGION       makes a table as docs/dynamodb.md says, with the same client
    python aws_look.py stack NAME TEMPLATE            makes a stack
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Iterator
from typing import Any

import boto3


def versions(name: str, region: str) -> Iterator[Any]:
    client = boto3.client("lambda", region_name=region)
    for version in client.list_layer_versions(LayerName=name)["LayerVersions"]:
        found = client.get_layer_version(LayerName=name, VersionNumber=version["Version"])
        policy = client.get_layer_version_policy(LayerName=name, VersionNumber=version["Version"])["Policy"]
        yield {
            "arn": version["LayerVersionArn"],
            "sha256": base64.b64decode(found["Content"]["CodeSha256"]).hex(),
            "isPublic": [statement["Principal"] for statement in json.loads(policy)["Statement"]] == ["*"],
        }


def ledger_table(name: str, region: str) -> None:
    def keys(partition: str, sort: str) -> list[Any]:
        return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]

    boto3.client("dynamodb", region_name=region).create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk", "gpk", "gsk")],
        KeySchema=keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "listing",
                "KeySchema": keys("gpk", "gsk"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["json", "version"]},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def main() -> None:
    what, *names = sys.argv[1:]
    if what == "versions":
        names, regions = names[0].split(","), names[1:]
        print(json.dumps([found for region in regions for name in names for found in versions(name, region)]))
    elif what == "stack":
        boto3.client("cloudformation", region_name="us-east-1").create_stack(StackName=names[0], TemplateBody=names[1])
    elif what == "secret":
        print(boto3.client("secretsmanager", region_name="us-east-1").get_secret_value(SecretId=names[0])["SecretString"])
    elif what == "parameter":
        client = boto3.client("ssm", region_name="us-east-1")
        print(client.get_parameter(Name=names[0], WithDecryption=True)["Parameter"]["Value"])
    elif what == "put-secret":
        secrets = boto3.client("secretsmanager", region_name="us-east-1")
        try:
            secrets.create_secret(Name=names[0], SecretString=names[1])
        except secrets.exceptions.ResourceExistsException:
            secrets.put_secret_value(SecretId=names[0], SecretString=names[1])
    elif what == "put-parameter":
        ssm = boto3.client("ssm", region_name="us-east-1")
        ssm.put_parameter(Name=names[0], Value=names[1], Type="SecureString", Overwrite=True)
    elif what == "ledger-table":
        ledger_table(*names)


if __name__ == "__main__":
    main()

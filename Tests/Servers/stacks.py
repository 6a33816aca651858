"""What moto's CloudFormation leaves out and AWS does: conditions and parameters in change sets, change sets without a
change, outputs after a change set, DeletionPolicy RetainExceptOnCreate, imports of resources that exist, secrets with
their tags, the limit of a template in a request, and a failure with its rollback where a test asks for one.

Resource types that moto does not know are shown in change sets and are not made: bucket policies, schedules, alarms and
OIDC providers.
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Iterable
from typing import Any

BODY_LIMIT = 51_200


class Failing:
    """The resources that are made to fail."""

    def __init__(self) -> None:
        self.names: set[Any] = set()

    def replace(self, names: Iterable[str]) -> None:
        self.names = set(names)


FAILING = Failing()


def repair() -> None:
    """Puts AWS's behaviour into moto, for this process."""
    from moto.cloudformation import models, parsing, responses
    from moto.stepfunctions import models as machines
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    # A state machine of a stack belongs to the engine, too.
    machines.stepfunctions_backends = stepfunctions_parser_backends
    models.ChangeSet.diff = diff
    models.ChangeSet.apply = apply
    plain = models.CloudFormationBackend.create_change_set

    def create_change_set(self: Any, *arguments: Any, **named: Any) -> tuple[Any, Any]:
        # A stack that was never made may be asked for again.
        for key, stack in list(self.stacks.items()):
            if stack.name == named["stack_name"] and stack.status == "REVIEW_IN_PROGRESS":
                del self.stacks[key]
        identifier, stack = plain(self, *arguments, **named)
        change_set = self.change_sets[identifier]
        if not change_set.changes:
            change_set.status, change_set.execution_status = "FAILED", "UNAVAILABLE"
            change_set.status_reason = "The submitted information didn't contain changes. Submit different information."
        return identifier, stack

    models.CloudFormationBackend.create_change_set = create_change_set
    responses.get_stack_from_s3_url = template_at
    plain_answer = responses.CloudFormationResponse.create_change_set

    def limited(self: Any) -> Any:
        size = len((self._get_param("TemplateBody") or "").encode())
        if size > BODY_LIMIT:
            raise responses.ValidationError(
                message="1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
                f"Member must have length less than or equal to {BODY_LIMIT}"
            )
        return plain_answer(self)

    responses.CloudFormationResponse.create_change_set = limited
    execute = models.CloudFormationBackend.execute_change_set

    def execute_change_set(self: Any, change_set_name: str, stack_name: str | None = None) -> Any:
        change_set = self.change_sets[change_set_name]
        added = {change.logical_resource_id for change in change_set.changes}
        failing = FAILING.names & added | taken_secrets(change_set)
        if failing:
            return roll_back(models, self.stacks[change_set.stack_id], change_set, min(failing))
        return execute(self, change_set_name, stack_name)

    models.CloudFormationBackend.execute_change_set = execute_change_set
    delete = parsing.ResourceMap.delete

    def delete_kept(self: Any) -> None:
        for resource in self._resource_json_map.values():
            if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
                resource["DeletionPolicy"] = "Retain"
        delete(self)

    parsing.ResourceMap.delete = delete_kept


def diff(change_set: Any) -> Any:
    from moto.cloudformation.models import Change

    parameters = resolved(change_set.template_dict, change_set.parameters)
    new = present(change_set.template_dict, parameters)
    nothing: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    old, former = getattr(change_set.stack, "applied", nothing)
    changed = {name for name in parameters if parameters[name] != former.get(name)}
    changes = []
    for name, resource in new.items():
        if name not in old:
            changes.append(Change("Add", name, resource["Type"]))
        elif resource != old[name] or changed & references(resource, change_set.template_dict):
            changes.append(Change("Modify", name, resource["Type"]))
    changes += [Change("Remove", name, resource["Type"]) for name, resource in old.items() if name not in new]
    return changes


def apply(change_set: Any) -> None:
    """Resources are added and removed by moto; changed ones it knows only in part, so that their change is only noted."""
    from moto.cloudformation.models import OutputMap

    stack = change_set.stack
    parameters = resolved(change_set.template_dict, change_set.parameters)
    new = present(change_set.template_dict, parameters)
    template = {**change_set.template_dict, "Resources": new}
    resources = stack.resource_map
    before = resources._resource_json_map
    resources._resource_json_map = {name: new.get(name, resource) for name, resource in before.items()}
    resources.input_parameters = dict(parameters)
    resources.update(template, dict(change_set.parameters))
    stack.parameters = dict(change_set.parameters)
    stack.template_dict = template
    stack.output_map = OutputMap(resources, template, stack.stack_id)
    for name in secrets_to_make(change_set):
        make_secret(stack, new[name]["Properties"], parameters)
    stack.applied = (json.loads(json.dumps(new, default=str)), parameters)


def template_at(url: str, account_id: str, partition: str) -> str:
    """A template in S3, by an address with the bucket in its path."""
    from moto.s3.models import s3_backends

    bucket, _, key = urllib.parse.unquote(urllib.parse.urlsplit(url).path).lstrip("/").partition("/")
    return s3_backends[account_id][partition].get_object(bucket, key).value.decode()


def secrets_to_make(change_set: Any) -> list[str]:
    """The secrets that a change set adds, by their names in the template."""
    return [
        change.logical_resource_id
        for change in change_set.changes
        if change.action == "Add" and change.resource_type == "AWS::SecretsManager::Secret"
    ]


def secret_store(stack: Any) -> Any:
    from moto.secretsmanager.models import secretsmanager_backends

    return secretsmanager_backends[stack.account_id][stack.region_name]


def secret_name(properties: dict[str, Any], parameters: dict[str, Any]) -> str:
    return value(properties["Name"], parameters)


def taken_secrets(change_set: Any) -> set[str]:
    """The secrets that cannot be made, since there is one of the name, if only one that is to be deleted."""
    parameters = resolved(change_set.template_dict, change_set.parameters)
    resources, store = change_set.template_dict["Resources"], secret_store(change_set.stack)
    return {
        name
        for name in secrets_to_make(change_set)
        if secret_name(resources[name]["Properties"], parameters) in store.secrets.keys()
    }


def make_secret(stack: Any, properties: dict[str, Any], parameters: dict[str, Any]) -> None:
    """A secret without a value."""
    tags = [
        {"Key": tag["Key"], "Value": stack.name if tag["Value"] == {"Ref": "AWS::StackName"} else str(tag["Value"])}
        for tag in properties.get("Tags", ())
    ]
    secret_store(stack).create_secret(
        name=secret_name(properties, parameters), secret_string=None, secret_binary=None, description=None, tags=tags,
        kms_key_id=None, client_request_token=None, replica_regions=[], force_overwrite=False,
    )  # fmt: skip


def roll_back(models: Any, stack: Any, change_set: Any, name: str) -> None:
    """The resource fails, others are cancelled, and everything is as it was."""
    verb = change_set.change_set_type
    kind = change_set.template_dict["Resources"][name]["Type"]

    def tell(resource: Any, type_: str, status: str, reason: str | None) -> None:
        stack.events.append(
            models.Event(stack.stack_id, stack.name, resource, resource, type_, status, reason, None)
        )

    tell("Cancelled", "AWS::IAM::Role", f"{verb}_FAILED", "Resource creation cancelled")
    tell(name, kind, f"{verb}_FAILED", f"{name} was made to fail")
    stack.status = "ROLLBACK_COMPLETE" if verb == "CREATE" else "UPDATE_ROLLBACK_COMPLETE"
    if verb == "CREATE":
        # What a failed creation leaves is described with what it was asked for.
        stack.resource_map.resolved_parameters = resolved(change_set.template_dict, change_set.parameters)
    tell(stack.name, "AWS::CloudFormation::Stack", stack.status, None)


def resolved(template: dict[str, Any], given: Any) -> dict[str, Any]:
    defaults = {name: slot.get("Default") for name, slot in template.get("Parameters", {}).items()}
    return {name: str(given.get(name, default)) for name, default in defaults.items()}


def present(template: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """The resources whose condition holds."""
    conditions = template.get("Conditions", {})
    return {
        name: resource
        for name, resource in template["Resources"].items()
        if "Condition" not in resource or holds(conditions[resource["Condition"]], conditions, parameters)
    }


def holds(expression: Any, conditions: dict[str, Any], parameters: dict[str, Any]) -> Any:
    [(function, operands)] = expression.items()
    if function == "Condition":
        return holds(conditions[operands], conditions, parameters)
    if function == "Fn::Equals":
        return value(operands[0], parameters) == value(operands[1], parameters)
    results = [holds(operand, conditions, parameters) for operand in operands]
    if function == "Fn::Not":
        return not results[0]
    return all(results) if function == "Fn::And" else any(results)


def value(operand: Any, parameters: dict[str, Any]) -> Any:
    return parameters[operand["Ref"]] if isinstance(operand, dict) else str(operand)


def references(resource: Any, template: dict[str, Any]) -> Any:
    """The parameters that a resource names, directly or in a condition."""
    text = json.dumps(resource, default=str)
    used = set(re.findall(r'"Ref": "(\w+)"', text)) | set(re.findall(r"\$\{(\w+)", text))
    for condition in re.findall(r'"Fn::If": \["(\w+)"', text):
        used |= set(re.findall(r'"Ref": "(\w+)"', json.dumps(template["Conditions"][condition])))
    return used

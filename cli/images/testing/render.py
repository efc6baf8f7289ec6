"""Renders the template on stdin with the variables of YAML files, read and rendered by what Ansible uses itself."""

import sys

import jinja2
import yaml


def combine(first, second, recursive=False):
    """Ansible's filter (lib/ansible/utils/vars.py, merge_hash)."""
    merged = dict(first)
    for key, value in second.items():
        both = recursive and isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = combine(merged[key], value, recursive) if both else value
    return merged


variables = {}
for name in sys.argv[1:]:
    with open(name, encoding="utf-8") as file:
        # A variable of a later file stands instead of the one before, as include_vars has it.
        variables.update(yaml.safe_load(file))
environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
environment.filters["combine"] = combine
sys.stdout.write(environment.from_string(sys.stdin.read()).render(variables))

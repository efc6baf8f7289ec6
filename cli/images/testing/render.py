"""Renders the template on stdin with the variables of a YAML file, read and rendered by what Ansible uses itself."""

import sys

import jinja2
import yaml

with open(sys.argv[1], encoding="utf-8") as file:
    variables = yaml.safe_load(file)
environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True)
sys.stdout.write(environment.from_string(sys.stdin.read()).render(variables))

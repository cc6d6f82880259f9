"""The formats, one file each. To add one, add a file that registers a Mapping here."""

from accounts.imports.rows import Mapping
from cloudbank.registry import Registry

MAPPINGS: Registry[Mapping] = Registry("accounts.imports.mappings")

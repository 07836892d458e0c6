"""The scripts of bin/ as modules: they stand outside the package and may have no ending."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

BIN = Path(__file__).resolve().parent.parent.parent / "bin"


def script(name: str) -> ModuleType:
    """The script as a module, loaded once."""
    known = f"bin_{name.removesuffix('.py')}"
    if known not in sys.modules:
        loader = SourceFileLoader(known, str(BIN / name))
        spec = importlib.util.spec_from_loader(known, loader)
        assert spec is not None
        sys.modules[known] = importlib.util.module_from_spec(spec)
        loader.exec_module(sys.modules[known])
    return sys.modules[known]

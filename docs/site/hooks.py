"""Makes a site of pages that are written to be read in the repository: MkDocs calls these functions while it builds.

Pages outside docs/ join the site, and links to files that are not pages lead to the repository.
"""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[2]

JOINED = {
    "CHANGELOG.md": "CHANGELOG.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "RELEASING.md": "RELEASING.md",
    "SECURITY.md": "SECURITY.md",
    "examples/README.md": "examples.md",
}
"""Pages outside docs/, and their places in the site."""

PYODIDE = ROOT / "docs" / "site" / "node_modules" / "pyodide"
WHEELS = ROOT / "build" / "wheels"
"""Python for browsers, and the packages that the playground runs there: `nox -s docs` fetches and builds both."""

MODULES = (ROOT / "examples" / "server" / "compiled.py", ROOT / "docs" / "playground" / "playground.py")
INTERPRETER = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")

_LINK = re.compile(r"(?<=\]\()(?!https?:|mailto:|#)([^)\s#]+)(#[^)\s]*)?(?=\))")
_CITED = re.compile(r"docs/([\w-]+)\.md(#[\w-]+)?")
_INFO = re.compile(r"^(\s*```json) \w+$", re.MULTILINE)

_SIGNATURES = re.compile(r"^```python\n.*?^```\n", re.MULTILINE | re.DOTALL)
"""What docs/api.md shows to readers of the repository. The site has the docstrings in their place."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages outside docs/, and what the playground runs."""
    for source, place in JOINED.items():
        files.append(File.generated(config, place, abs_src_path=str(ROOT / source)))
    wheels = sorted(WHEELS.glob("*.whl"))
    if not wheels or not PYODIDE.is_dir():
        raise PluginError("The playground needs Pyodide and wheels: `nox -s docs` fetches and builds them.")
    styles_and_scripts = (ROOT / "examples" / "server" / "page").glob("*.[cj]s*")
    parts = {f"playground/page/{path.name}": path for path in styles_and_scripts}
    parts |= {f"playground/python/{path.name}": path for path in (*wheels, *MODULES)}
    parts |= {f"playground/python/{name}": PYODIDE / name for name in INTERPRETER}
    for place, path in parts.items():
        files.append(File.generated(config, place, abs_src_path=str(path)))
    named = {"wheels": [path.name for path in wheels], "modules": [path.name for path in MODULES]}
    files.append(File.generated(config, "playground/python/files.json", content=json.dumps(named)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turns links between files of the repository into links of the site."""
    place = page.file.src_uri
    source = next((name for name, joined in JOINED.items() if joined == place), f"docs/{place}")

    def link(match: re.Match[str]) -> str:
        target = normpath(str(PurePosixPath(source).parent / match[1]))
        return _in_site(target, place, config, files) + (match[2] or "")

    found = _INFO.sub(r"\1", _LINK.sub(link, markdown))
    return _SIGNATURES.sub("", found) if place == "api.md" else found


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turns what docstrings cite, as in docs/language.md#null, into links."""
    return _CITED.sub(r'<a href="\1.html\2">\1\2</a>', html) if page.file.src_uri == "api.md" else html


def _in_site(target: str, place: str, config: MkDocsConfig, files: Files) -> str:
    """The link from a page of the site to a file of the repository."""
    found = JOINED.get(target) or target.removeprefix("docs/")
    if target != "README.md" and files.get_file_from_path(found) is not None:
        return relpath(found, PurePosixPath(place).parent)
    return f"{config.repo_url}/blob/main/{target}"

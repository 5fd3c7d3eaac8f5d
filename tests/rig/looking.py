"""What is wrong with a page as a browser has it open: what axe finds, and whether it is wider than its window."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_axe = Axe()


def faults_of(page: Page, part: str | None = None, *, audited: bool = True) -> list[str]:
    """Return what is wrong, a line each, once all of the page is there; `audited`: by axe, too, which takes longer
    than all else, of one `part` (a selector) or of the whole page."""
    page.wait_for_load_state()
    violations = _axe.run(page, part).response["violations"] if audited else []
    faults = [f"{one['id']}: {node['target']} {node['html'][:120]}" for one in violations for node in one["nodes"]]
    size = page.viewport_size
    assert size is not None
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*faults, *([f"{wide} pixels wide"] if wide > size["width"] else [])]

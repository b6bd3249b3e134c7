"""How a page lies in its window: whether it is wider, and whether it jumps."""

from playwright.sync_api import Page

MOST_SHIFT = 0.1
"""Above it people lose the place where they read (https://web.dev/articles/cls)."""
COUNT_SHIFTS = """
    window.shift = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""
"""For each page before it is loaded."""


def shifted(page: Page) -> float:
    """The cumulative layout shift of a page so far, once what is there has been drawn."""
    drawn = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(window.shift))))"
    return float(page.evaluate(drawn))


def is_wider(page: Page, width: int) -> bool:
    """Whether a window of this width would have to be moved sideways."""
    page.set_viewport_size({"width": width, "height": 720})
    return bool(page.evaluate("document.documentElement.scrollWidth > innerWidth"))
